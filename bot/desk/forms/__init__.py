"""Forms that administrators send in the chat, try, and put into force."""
