"""What goes out: the outbox, and the sender that empties it, a lane for each chat, at Telegram's pace."""
