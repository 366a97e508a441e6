"""Commands of the operator: `python -m bot …`, a module for each group."""

from bot.cli.application import app, main

__all__ = ["app", "main"]
