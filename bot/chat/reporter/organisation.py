"""Organisation behind the bot, from the settings."""

from collections.abc import Iterator

from bot.chat.turn import Turn
from bot.form.screen import Key, Phrase
from bot.settings import worded


def behind(turn: Turn) -> Iterator[Phrase]:
    """The organisation and a contact that can confirm the bot is genuine. Empty if unset or with a neutral
    look."""
    settings = turn.unit.settings
    if settings.neutral_look:
        return
    if organisation := worded(settings.organisation, turn.language):
        yield Key("profile.behind", {"organisation": organisation})
        if contact := worded(settings.organisation_contact, turn.language):
            yield Key("profile.contact", {"contact": contact})
