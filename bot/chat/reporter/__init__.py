"""What a reporter's updates do, beside filling in a form."""
