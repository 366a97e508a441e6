"""The commands that write what leaves: exports, what is shared, country updates, open data."""
