"""The batch loop and the jobs beside it."""
