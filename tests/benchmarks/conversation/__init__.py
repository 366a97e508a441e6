"""Two hundred people answer ten questions of a form in a chat: this bot beside its peers, each in a process of its own."""
