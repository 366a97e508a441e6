"""People: members of the team, invitations, and blocks of senders."""
