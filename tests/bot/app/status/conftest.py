"""The real bot on a local Bot API, as for the tests of chats."""

from tests.bot.conftest import phone_of, settings, telegram

__all__ = ["phone_of", "settings", "telegram"]
