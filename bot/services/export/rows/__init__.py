"""Rows of an export: records of versions, filtered or made anonymous, as cells and as JSON."""
