"""Reports of runs: a self-contained page, the same as Markdown, tables as CSV, figures as SVG. Needs no model."""
