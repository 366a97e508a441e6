"""What has to leave chats, and what may remain there."""
