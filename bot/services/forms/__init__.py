"""The forms of this installation: where they come from, and what they must have."""
