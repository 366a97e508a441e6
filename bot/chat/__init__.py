"""Telegram adapter: updates become calls of services, and results become messages."""
