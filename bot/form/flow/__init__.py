"""The conversation: a pure function from a draft and an event to a draft and a screen."""
