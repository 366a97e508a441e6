"""Choice of the next question, and of questions to leave out."""
