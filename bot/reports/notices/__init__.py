"""Notices to reporters: questions, reminders, and expiry of abandoned drafts and replies."""
