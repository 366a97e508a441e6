"""Handling of reporters' updates, apart from forms."""
