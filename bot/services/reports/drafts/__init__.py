"""Unsent forms of reporters and moderators, and the end of those that are abandoned."""
