"""Commands that write exports, shared data, country updates and open data."""
