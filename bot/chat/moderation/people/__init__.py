"""Commands about people: the team, blocks, sharing by two."""
