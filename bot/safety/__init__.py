"""Keys, sealing, keyed hashes, receipt codes, clean copies of files and logs without personal data.
Independent of Telegram and SQL."""
