"""Reports from the reporter's side: filling in, receipts, talk, withdrawal, and the states of a report."""
