"""Who is on the team, and what two of them, or an administrator, may do."""
