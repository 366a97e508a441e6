"""Reopening of reports in the sealed archive."""
