"""/audit, for administrators: who did what and when, and whether the log is whole."""
