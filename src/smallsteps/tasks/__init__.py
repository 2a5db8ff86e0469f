"""Tasks: how answers are read and compared, one file each."""
