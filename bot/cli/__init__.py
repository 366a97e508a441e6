"""The operator's commands: `python -m bot …`, a module for each group of them."""

from bot.cli.application import app, main

__all__ = ["app", "main"]
