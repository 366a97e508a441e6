"""Unsent forms of reporters and moderators."""
