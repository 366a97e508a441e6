"""The card of a report, its files, and asking its reporter."""
