"""Methods of the Bot API, grouped by purpose."""
