"""The tables and the two database engines; they know nothing of the bot."""
