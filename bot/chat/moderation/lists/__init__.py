"""Commands that list reports."""
