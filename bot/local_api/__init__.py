"""A local Bot API over HTTP, with phones to drive any bot."""
