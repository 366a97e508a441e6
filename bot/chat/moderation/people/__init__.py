"""Commands about people: the team, blocks and shared exports."""
