"""The sealed archive of decided reports."""
