"""Writers of rationales, one file each."""
