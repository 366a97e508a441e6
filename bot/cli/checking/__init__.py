"""`check`: what is looked at before a report is lost by it, and what was found."""
