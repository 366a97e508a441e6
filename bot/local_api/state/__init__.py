"""What Telegram keeps for a bot: people, chats, messages, files and what their phones show."""
