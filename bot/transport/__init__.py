"""Durable, ordered transport of updates in and calls out, which knows nothing of their subject."""
