"""Batches: the updates that one transaction processes, and the backlog of updates that wait."""
