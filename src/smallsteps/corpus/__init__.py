"""Records in and out of files: importing, merging repeats, leaks, corruption."""
