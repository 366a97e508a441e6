"""Approved versions as data for others: what leaves, in which columns, in which formats."""
