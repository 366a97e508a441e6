"""Decisions on a report, by its holder or by several moderators in turn. One module a decision."""
