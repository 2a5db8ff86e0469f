"""Reports of runs: one self-contained page, the same as Markdown, and its tables as CSV. Needs no model."""
