"""A page with phones to write from, and the calls of the Bot API beside them."""
