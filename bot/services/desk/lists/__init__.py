"""Lists of reports: the queue."""
