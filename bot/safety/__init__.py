"""Keys, sealing, keyed hashes, receipts, clean copies of files and logs that betray nobody; without Telegram and SQL."""
