"""Display of messages, buttons and prompts, and what buttons carry."""
