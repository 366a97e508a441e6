"""The Telegram adapter: updates become calls of services, what comes of them becomes messages."""
