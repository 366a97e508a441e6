"""People's phones over HTTP."""
