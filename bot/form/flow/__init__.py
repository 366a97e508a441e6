"""The conversation, as a pure function of a draft and an event."""
