"""Decisions on a report. One module a decision."""
