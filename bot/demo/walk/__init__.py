"""Walks through the screens of a form, and chats with the real handlers."""
