"""Decisions on a report: approval, rejection, duplicates, links, setting aside, release and withdrawal."""
