"""How updates come in and answers go out, durably and in order; nothing in this room knows what they are about."""
