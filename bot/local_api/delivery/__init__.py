"""How updates reach a bot: the queue behind getUpdates, and the webhook."""
