"""Kuager: reports of acts against civic freedoms, from a phone to an approved export."""

__version__ = "0.2.0"
