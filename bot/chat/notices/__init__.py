"""Messages that no update of their chat asked for."""
