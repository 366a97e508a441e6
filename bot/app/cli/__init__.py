"""The operator's commands: `python -m bot …`, a module for each group."""
