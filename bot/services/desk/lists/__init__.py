"""Lists of reports, the queue among them."""
