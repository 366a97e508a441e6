"""Choice of the next question."""
