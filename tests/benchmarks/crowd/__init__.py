"""A crowd of newcomers who begin within seconds: this bot beside its peers, with Telegram's limits or without."""
