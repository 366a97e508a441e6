"""Kuager: reports of acts against civic freedoms, from a phone to an approved export."""

__version__ = "0.2.0"
COMMAND = "python -m bot"
"""The command line as people read of it in the chat. The installed package has another."""
