"""Telegram's state for a bot."""
