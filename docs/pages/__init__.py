"""The pages of docs/reference, one file each; `make docs` writes them."""
