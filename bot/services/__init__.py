"""What the bot does, one use case a function: each takes a unit of work and never commits."""
