"""Who stands behind the bot, as its operator has set it."""

from collections.abc import Iterator

from bot.chat.turn import Turn
from bot.form.screen import Key, Phrase
from bot.settings import worded


def behind(turn: Turn) -> Iterator[Phrase]:
    """What a greeting says of the organisation, and where to ask whether the bot is really its own; nothing where the
    operator has not set it, or wants a neutral look."""
    settings = turn.unit.settings
    if settings.neutral_look:
        return
    if organisation := worded(settings.organisation, turn.language):
        yield Key("profile.behind", {"organisation": organisation})
        if contact := worded(settings.organisation_contact, turn.language):
            yield Key("profile.contact", {"contact": contact})
