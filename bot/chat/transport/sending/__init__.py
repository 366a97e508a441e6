"""The outbox, and the sender that empties it, with a lane for each chat, at Telegram's pace."""
