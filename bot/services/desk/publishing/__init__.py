"""The public version of a report."""
