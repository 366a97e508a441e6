"""Status page of the running bot: whether it lives, whether it serves, and its metrics."""
