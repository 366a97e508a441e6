"""Command /translate: public records without one of the organisation's languages, and replies with their
title and summary in it."""

from collections.abc import Sequence

from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Key, Phrase, Said
from bot.languages import name_of
from bot.services.desk import claims
from bot.services.desk.publishing import translating
from bot.services.desk.publishing.translating import Untranslated

ASK = "moderator.translate.ask"
"""Question whose reply has the title in its first line and the summary below."""
SHOWN = 8


async def translate(turn: Turn) -> None:
    """List the newest public records that lack a language, with a button for each language."""
    if not turn.unit.settings.published_languages:
        raise Refusal("moderator.translate.unset")
    found = await translating.untranslated(turn.unit, SHOWN)
    turn.answer_tap()
    if not found:
        raise Refusal("moderator.translate.none")
    for one in found:
        _list(turn, one)


def _list(turn: Turn, one: Untranslated) -> None:
    rows = [
        [ActButton(Said(f"→ {name_of(language)}"), Act("mtranslate", one.report.ref, language))]
        for language in one.languages
    ]
    facts: dict[str, Phrase | str | int] = {"ref": one.report.ref, "title": Said(one.title)}
    turn.say(Key("moderator.translate.line", facts), rows=rows, report_id=one.report.id, protect=True)


async def begin(turn: Turn) -> None:
    """Show the original texts and ask for their translation."""
    report = await claims.find(turn.unit, turn.act.first)
    language = turn.act.second
    original = await translating.original(turn.unit, turn.moderator, report, language)
    turn.answer_tap()
    paragraphs: Sequence[Phrase] = [Said(original.title), Said(original.summary)]
    turn.say(*paragraphs, report_id=report.id, protect=True)
    asked = Key(ASK, {"ref": report.ref, "language": name_of(language)})
    turn.ask_reply(asked, "…", report_id=report.id)


async def replied(turn: Turn) -> bool:
    """Handle a reply with a translation. Returns False for any other message."""
    found = _asked(turn)
    if turn.chat.moderator is None or found is None:
        return False
    ref, language = found
    turn.sit_at_desk()
    report = await claims.find(turn.unit, ref)
    turn.keep_own_message(report.id)
    title, _, summary = (turn.message.text or "").strip().partition("\n")
    await translating.translate(turn.unit, turn.moderator, report, language, title, summary)
    turn.say(Key("moderator.translate.done", {"ref": report.ref, "language": name_of(language)}))
    return True


def _asked(turn: Turn) -> tuple[str, str] | None:
    for language in turn.unit.settings.published_languages:
        ref = turn.replied_about(ASK, "ref", {"language": name_of(language)})
        if ref is not None:
            return ref, language
    return None
