"""The public version of a report: its editing, storage, location and translation."""
