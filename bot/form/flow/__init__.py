"""The conversation: what an event makes of a draft, which question comes next, and the screens."""
