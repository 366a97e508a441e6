"""Which approved versions may leave, for whom, and what they belong with."""
