"""Students at work: generation, answering, scoring of segments, traces."""
