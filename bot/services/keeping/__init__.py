"""How long everything is kept, and whether the operator's keys still open it."""
