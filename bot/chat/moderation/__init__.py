"""Handling of moderators' updates, apart from forms."""
