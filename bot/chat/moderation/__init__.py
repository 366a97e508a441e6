"""What a moderator's updates do, beside filling in a form."""
