"""Use cases of the bot. Each function takes a unit of work and never commits."""

from bot.services import row_proofs as row_proofs  # proves rows at every read and write
