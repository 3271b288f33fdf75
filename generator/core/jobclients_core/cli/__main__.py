"""`python -m jobclients_core.cli`, where the command itself is not on the path."""

from . import main

main()
