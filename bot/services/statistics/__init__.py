"""Statistics of reports: numbers, categories, regions, waiting times and times to decision, with charts.

Counted on request from columns in the clear. No report is decrypted and no result stored.
"""
