"""`python -m smallsteps`: the command."""

from smallsteps.cli import main

main()
