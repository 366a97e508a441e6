"""The exit codes that say more than 0, done, and 1, refused or failed."""

MISUSED = 2
"""The command line is wrong, as typer has it."""
INCOMPLETE = 3
"""The file or folder was made, and something that belongs in it is left out for a fault. Standard error names it."""
