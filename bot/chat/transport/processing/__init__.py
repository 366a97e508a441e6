"""What runs as long as the bot does: the batch loop, the jobs beside it, and what they do when the database refuses."""
