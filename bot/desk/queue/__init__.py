"""Lists of reports: the queue, a moderator's own, approved ones, filters and search."""
