"""/search: by reference, by days, by words of the story, and by all that a list is narrowed down to."""

import re
from datetime import date

from bot.chat.moderation.lists import rows
from bot.chat.moderation.lists.filtering import show_menu
from bot.chat.moderation.lists.found import Asked, words_of
from bot.chat.moderation.lists.queue import begin_list
from bot.chat.moderation.lists.wording import month_of, year_of
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Key
from bot.services import audit
from bot.services.desk.lists import searching
from bot.services.desk.lists.filters import Filter, Scope, read
from bot.services.desk.lists.queue import by_reference
from bot.services.desk.lists.walking import Place

EVERYTHING = Filter(Scope.ALL)
ASK = "moderator.search.ask"
"""The question for words, which may be answered by a reply."""
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?|(\d{1,2})\.(\d{1,2})\.(\d{4})")


async def search(turn: Turn) -> None:
    """/search: without words the filter of all reports; else a reference, one or two days, or words of the story."""
    typed = turn.argument
    if not typed:
        await show_menu(turn, EVERYTHING)
        return
    report = await by_reference(turn.unit, typed)
    days = _days(typed)
    if report is not None:
        lines = await rows.lines(turn.unit, turn.renderer, turn.language, [report])
        turn.say(*lines, rows=rows.opens([report]))
    elif days is not None:
        await begin_list(turn, Filter(Scope.ALL, since=days[0], until=days[1]))
    else:
        await _seek(turn, typed, EVERYTHING)


async def ask_words(turn: Turn) -> None:
    """The button of the filter: which words?"""
    turn.answer_tap()
    turn.ask_reply(Key(ASK), turn.renderer.phrase(Key("moderator.search.example"), turn.language))


async def replied(turn: Turn) -> bool:
    """Take a reply as the words that were asked for; False when none were."""
    if turn.chat.moderator is None or turn.replied_key((ASK,)) is None:
        return False
    turn.sit_at_desk()
    await _seek(turn, turn.message.text or "", EVERYTHING)
    return True


async def seek(turn: Turn) -> None:
    """A button below what was found: further, or the same words in another list. The words stand in the tapped message."""
    wanted, sought = read(turn.unit, turn.act.first), words_of(turn)
    if wanted is None or not sought:
        raise Refusal("reporter.tap.stale")
    turn.answer_tap()
    await _seek(turn, sought, wanted, turn.act.second)


async def _seek(turn: Turn, typed: str, wanted: Filter, place: str = "") -> None:
    """Owe what the search will have found, in place of the tapped message. That somebody searched is written down, not what for."""
    sought = " ".join(typed.split())[: searching.MOST_TYPED]
    if not searching.needles(sought):
        raise Refusal("moderator.search.short", {"n": searching.FEWEST_LETTERS})
    await audit.record(turn.unit, turn.moderator.alias, "search", "", f"words {wanted}")
    valid = place if Place.read(place) else ""
    asked = Asked(sought, str(wanted), valid, turn.language, turn.moderator.id)
    turn.call("sendChatAction", {"chat_id": turn.chat.id, "action": "typing"}, essential=False)
    if turn.tapped_message_id is None:
        turn.call("sendMessage", {"chat_id": turn.chat.id}, attach={"text": asked.name()})
    else:
        place_ = {"chat_id": turn.chat.id, "message_id": turn.tapped_message_id}
        turn.call("editMessageText", place_, attach={"text": asked.name()})


def _days(typed: str) -> tuple[date, date] | None:
    """The first and the last day of one or two dates, each a day, a month or a year; None for anything else."""
    spans = [_span(one) for one in typed.split()]
    found = [span for span in spans if span is not None]
    if len(found) != len(spans) or len(found) not in {1, 2}:
        return None
    return min(first for first, _ in found), max(last for _, last in found)


def _span(typed: str) -> tuple[date, date] | None:
    found = _DAY.fullmatch(typed)
    if found is None:
        return None
    year = int(found[1] or found[6])
    month, day = found[2] or found[5], found[3] or found[4]
    try:
        if month is None:
            return year_of(date(year, 1, 1))
        if day is None:
            return month_of(date(year, int(month), 1))
        return (date(year, int(month), int(day)),) * 2
    except ValueError:
        return None
