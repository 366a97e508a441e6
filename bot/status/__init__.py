"""What an operator's machine can ask of the running bot: whether it lives, whether it serves, and its numbers."""
