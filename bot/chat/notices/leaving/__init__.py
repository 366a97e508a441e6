"""Deletion of messages from chats, and messages that remain."""
