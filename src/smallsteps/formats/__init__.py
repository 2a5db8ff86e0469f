"""Public corpus layouts, in and out, one file each."""
