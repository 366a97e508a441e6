"""Receipts: a sent report, its code, and everything that the code allows."""
