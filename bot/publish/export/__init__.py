"""Exports: approved versions as data for others, by columns, rows and formats."""
