"""The card of a report: everything that its moderator sees, with files, notes and similar reports."""
