"""Unasked messages to reporters, which reveal nothing about reports."""
