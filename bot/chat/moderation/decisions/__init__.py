"""Decisions on a report, each after a confirmation, one module for each."""
