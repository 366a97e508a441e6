"""Filling in a form in a chat, a reporter's or a moderator's."""
