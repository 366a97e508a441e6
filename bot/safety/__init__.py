"""Keys, sealing, keyed hashes, receipts and logs that betray nobody; pure, without Telegram and SQL."""
