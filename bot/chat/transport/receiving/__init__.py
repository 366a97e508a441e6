"""What comes in: updates as Telegram wrote them, fetched by polling or posted to a webhook."""
