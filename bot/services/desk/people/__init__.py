"""Members of the team, and acts of administrators."""
