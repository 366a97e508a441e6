"""Forms, their questions and the conversation, as pure values and functions."""
