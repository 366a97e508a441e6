"""How the Bot API speaks over HTTP: parameters, answers, refusals and long polling."""
