"""Batches of updates, and the backlog."""
