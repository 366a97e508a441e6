"""Members of the team, and acts for administrators or for two members together."""
