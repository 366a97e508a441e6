"""Unasked messages to reporters, none of which reveals anything."""
