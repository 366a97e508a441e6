"""Keys, sealing, keyed hashes, receipt codes, clean copies and quiet logs. Independent of Telegram and SQL."""
