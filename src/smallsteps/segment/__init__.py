"""Ways to label the clauses of a rationale, one file each."""
