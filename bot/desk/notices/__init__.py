"""Notices to the team, and removal of shown reports from its chats."""
