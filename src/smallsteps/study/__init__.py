"""Studies: methods x students x seeds on one corpus, one budget, one table."""
