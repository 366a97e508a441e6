"""Tables and database engines, independent of the bot."""
