"""Command /search: by reference, days, words of the story, tags and grades of the public version, and
filters."""

import re
from datetime import date

from bot.chat.moderation.lists import wording
from bot.chat.moderation.lists.filtering import show_menu
from bot.chat.moderation.lists.found import Asked, words_of
from bot.chat.moderation.lists.queue import begin_list
from bot.chat.moderation.lists.wording import month_of, year_of
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Key, Label
from bot.services import audit
from bot.services.desk.lists import searching
from bot.services.desk.lists.filters import Filter, Scope, read
from bot.services.desk.lists.queue import by_reference
from bot.services.desk.lists.walking import Place
from bot.services.unit import REVIEW_FORM

EVERYTHING = Filter(Scope.ALL)
ASK = "moderator.search.ask"
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?|(\d{1,2})\.(\d{1,2})\.(\d{4})")


async def search(turn: Turn) -> None:
    """Handle /search with a reference, one or two days, or words, tags and grades. Without arguments, show
    the filters of all reports."""
    typed = turn.argument
    if not typed:
        await show_menu(turn, EVERYTHING)
        return
    report = await by_reference(turn.unit, typed)
    days = _days(typed)
    if report is not None:
        lines = await wording.lines(turn.unit, turn.renderer, turn.language, [report])
        turn.say(*lines, rows=wording.opens([report]))
    elif days is not None:
        await begin_list(turn, Filter(Scope.ALL, since=days[0], until=days[1]))
    else:
        await _seek(turn, typed, EVERYTHING)


async def ask_words(turn: Turn) -> None:
    turn.answer_tap()
    turn.ask_reply(Key(ASK), turn.renderer.phrase(Key("moderator.search.example"), turn.language))


async def ask_grade(turn: Turn) -> None:
    """Offer the grades of sources and information."""
    turn.answer_tap()
    rows = [
        [ActButton(Label(choice.label), Act("mgrade", choice.name))]
        for question in searching.graded(turn.unit.forms[REVIEW_FORM])
        for choice in question.choices
    ]
    back = act_button("moderator.filter.back", "mfilt", str(EVERYTHING))
    turn.say_in_place("moderator.search.grades.ask", rows=[*rows, [back]])


async def of_grade(turn: Turn) -> None:
    code = searching.grade(turn.unit.forms[REVIEW_FORM], turn.act.first)
    if code is None:
        raise Refusal("reporter.tap.stale")
    turn.answer_tap()
    await _seek(turn, code, EVERYTHING)


async def replied(turn: Turn) -> bool:
    """Handle a reply with search words. Returns False for any other message."""
    if turn.chat.moderator is None or turn.replied_key((ASK,)) is None:
        return False
    turn.sit_at_desk()
    await _seek(turn, turn.message.text or "", EVERYTHING)
    return True


async def seek(turn: Turn) -> None:
    """Continue a search, or repeat it in another list, with the words of the tapped message."""
    wanted, words = read(turn.unit, turn.act.first), words_of(turn)
    if wanted is None or not words:
        raise Refusal("reporter.tap.stale")
    turn.answer_tap()
    await _seek(turn, words, wanted, turn.act.second)


async def _seek(turn: Turn, typed: str, wanted: Filter, place: str = "") -> None:
    """Enqueue a search, in place of the tapped message if there is one. The audit log records it without its
    words."""
    words = " ".join(typed.split())[: searching.MOST_TYPED]
    asked_for = searching.read(turn.unit.forms[REVIEW_FORM], words)
    if asked_for == searching.NOTHING:
        raise Refusal("moderator.search.short", {"n": searching.FEWEST_LETTERS})
    await searching.require_allowed(turn.unit, turn.moderator)
    await audit.record(turn.unit, turn.moderator.alias, "search", "", f"{asked_for.kinds} {wanted}")
    valid = place if Place.read(place) else ""
    asked = Asked(words, str(wanted), valid, turn.language, turn.moderator.id)
    turn.call("sendChatAction", {"chat_id": turn.chat.id, "action": "typing"}, essential=False)
    if turn.tapped_message_id is None:
        turn.call("sendMessage", {"chat_id": turn.chat.id}, attach={"text": asked.name()})
    else:
        place_ = {"chat_id": turn.chat.id, "message_id": turn.tapped_message_id}
        turn.call("editMessageText", place_, attach={"text": asked.name()})


def _days(typed: str) -> tuple[date, date] | None:
    """First and last day of one or two dates, each a day, a month or a year. None for any other text."""
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
