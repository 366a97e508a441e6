"""Unasked messages to the team."""
