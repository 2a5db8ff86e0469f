"""People and judge models compare rationales, and people clean a corpus: items, a store, a local page, results."""
