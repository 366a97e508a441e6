"""Web page with phones and a log of Bot API calls."""
