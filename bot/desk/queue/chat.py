"""/queue, /mine, /approved, /next and /search in a chat, and one rejection of several reports as spam."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.desk.card.chat import show
from bot.desk.decisions import chat as decisions_chat
from bot.desk.decisions import service as decisions_service
from bot.desk.queue import searching
from bot.desk.queue.found import (
    PendingSearch,
    list_title,
    month_of,
    name_filter,
    show_menu,
    turning,
    words_of,
    year_of,
)
from bot.desk.queue.service import (
    ASKED,
    HELD,
    MOST_READ,
    QUEUE,
    VOTED,
    Count,
    Filter,
    ListCursor,
    QueuePage,
    ReportScope,
    by_reference,
    claim_next,
    numbers,
    read_filter,
)
from bot.desk.queue.service import page as page_of
from bot.desk.references import KEEP, box, in_rows, list_lines, marks_of, open_buttons, opening
from bot.errors import Refusal
from bot.form.screen import Joined, Key, Label, Phrase, Said
from bot.reports import approvals, claims
from bot.reports.approvals import Votes
from bot.store import audit
from bot.store.unit import REVIEW_FORM
from db.models import Report

_ON, _BACK = "n", "b"
QUEUE_PAGE = 6
"""Reports of a page: three rows of buttons, and three below them."""
MOST_HELD, FEW_HELD = 10, 2


async def begin_list(turn: Turn, wanted: Filter = QUEUE) -> None:
    """Show the first page of a list, by default of the queue."""
    await show_list(turn, wanted, await page_of(turn.unit, wanted, turn.moderator, QUEUE_PAGE))


async def listed(turn: Turn) -> None:
    """Show a page of a list in place of the tapped message. An outdated button leads to the first page."""
    wanted = read_filter(turn.unit, turn.act.first)
    if wanted is None:
        raise Refusal("reporter.tap.stale")
    direction, place = turn.act.second[:1], ListCursor.read(turn.act.second[1:])
    found = await page_of(turn.unit, wanted, turn.moderator, QUEUE_PAGE, place, back=direction == _BACK)
    if found.moved or (direction and place is None):
        turn.answer_tap("moderator.queue.from_start")
    await show_list(turn, wanted, found)


async def show_list(turn: Turn, wanted: Filter, found: QueuePage) -> None:
    """Show a page of a list, in place of any tapped message."""
    shown, claimed, *special = await numbers(turn.unit, [wanted, HELD, ASKED, VOTED], turn.moderator)
    held = await claims.held_by(turn.unit, turn.moderator) if wanted in {QUEUE, ASKED} else ()
    body: list[Phrase] = [_title(turn, wanted, shown, claimed)]
    body += await list_lines(turn.unit, turn.renderer, turn.language, found.reports)
    body += [] if found.reports else [_none(wanted, found)]
    if found.unread:
        body.append(Key("moderator.list.unread", {"n": MOST_READ}))
    if held:
        body.append(_held(held, await approvals.votes(turn.unit, held[:MOST_HELD])))
    on_page = {report.id for report in found.reports}
    others = [one for one in held if one.id not in on_page]
    own = open_buttons(others)
    if len(others) > FEW_HELD:
        label = Key("moderator.queue.to_mine", {"n": len(others)})
        own = [[ActButton(label, Act("mlist", str(Filter(ReportScope.MINE))))]]
    rows = [*open_buttons(found.reports), *own, *_turns(wanted, found), _others(wanted, special)]
    turn.say_in_place(*body, rows=rows)


def _title(turn: Turn, wanted: Filter, shown: Count, claimed: Count) -> Phrase:
    if wanted == QUEUE:
        return Key("moderator.queue.counts", {"new": str(shown), "claimed": str(claimed)})
    if wanted == ASKED:
        return Key("moderator.queue.asked", {"n": str(shown)})
    if wanted == VOTED:
        return Key("moderator.queue.voted", {"n": str(shown) or "…"})
    return list_title(turn.unit, wanted, shown)


def _none(wanted: Filter, found: QueuePage) -> Phrase:
    if found.unread:
        return Key("moderator.list.none_yet")
    if found.before is not None:
        return Key("moderator.list.no_more")
    if wanted == QUEUE:
        return Key("moderator.queue.empty")
    return Key("moderator.queue.none_asked" if wanted == ASKED else "moderator.list.none")


def _turns(wanted: Filter, found: QueuePage) -> list[list[ActButton]]:
    turns = []
    if found.before is not None:
        turns.append(act_button("moderator.queue.back", "mlist", str(wanted), f"{_BACK}{found.before}"))
    if found.after is not None:
        key = "moderator.list.further" if found.unread else "moderator.queue.more"
        turns.append(act_button(key, "mlist", str(wanted), f"{_ON}{found.after}"))
    return [turns] if turns else []


def _others(wanted: Filter, special: Sequence[Count]) -> list[ActButton]:
    narrow = act_button("moderator.filter.button", "mfilt", str(wanted))
    if wanted == QUEUE:
        found = [narrow]
        for name, one, number in zip(("asked", "voted"), (ASKED, VOTED), special, strict=True):
            label = Key(f"moderator.queue.to_{name}", {"n": str(number) or "…"})
            found += [] if number.none else [ActButton(label, Act("mlist", str(one)))]
        return found
    if wanted.scope in {ReportScope.APPROVED, ReportScope.REJECTED, ReportScope.ALL} and wanted.narrowed:
        return [narrow, act_button("moderator.filter.reset", "mlist", str(Filter(wanted.scope)))]
    if wanted == Filter(ReportScope.MINE):
        return [narrow, act_button("moderator.spam.button", "mspam")]
    if wanted == Filter(wanted.scope) and wanted.scope is not ReportScope.HELD:
        return [narrow]
    return [narrow, act_button("moderator.queue.all", "mlist", str(QUEUE))]


def _held(held: Sequence[Report], votes: Mapping[str, Votes]) -> Phrase:
    refs = Joined(tuple(Joined((opening(one.ref), *marks_of(one, votes)), " ") for one in held[:MOST_HELD]))
    if (more := len(held) - MOST_HELD) > 0:
        return Key("moderator.queue.held_more", {"refs": refs, "more": more})
    return Key("moderator.queue.held", {"refs": refs})


async def next_(turn: Turn) -> None:
    """Claim the first report of the queue and open it."""
    report = await claim_next(turn.unit, turn.moderator)
    if report is None:
        raise Refusal("moderator.queue.empty")
    await show(turn, report)


EVERYTHING = Filter(ReportScope.ALL)
ASK = "moderator.search.ask"
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?|(\d{1,2})\.(\d{1,2})\.(\d{4})")


async def search(turn: Turn) -> None:
    """Handle /search with a reference, one or two days, or words, tags and grades; without any, show the filters."""
    typed = turn.argument
    if not typed:
        await show_menu(turn, EVERYTHING)
    elif (report := await by_reference(turn.unit, typed)) is not None:
        lines = await list_lines(turn.unit, turn.renderer, turn.language, [report])
        turn.say(*lines, rows=open_buttons([report]))
    elif (days := _days(typed)) is not None:
        await begin_list(turn, Filter(ReportScope.ALL, since=days[0], until=days[1]))
    else:
        await _seek(turn, typed, EVERYTHING)


async def ask_words(turn: Turn) -> None:
    turn.ask_reply(Key(ASK), turn.renderer.phrase(Key("moderator.search.example"), turn.language))


async def ask_grade(turn: Turn) -> None:
    """Offer the grades of sources and information."""
    rows = [
        [ActButton(Label(choice.label), Act("mgrade", choice.name))]
        for question in searching.graded(turn.unit.forms[REVIEW_FORM])
        for choice in question.choices
    ]
    back = act_button("moderator.filter.back", "mfilt", str(EVERYTHING))
    paged = turning(rows, turn.act.first, lambda number: Act("mgrades", number), back)
    turn.say_in_place("moderator.search.grades.ask", rows=paged)


async def of_grade(turn: Turn) -> None:
    code = searching.grade(turn.unit.forms[REVIEW_FORM], turn.act.first)
    if code is None:
        raise Refusal("reporter.tap.stale")
    await _seek(turn, code, EVERYTHING)


async def replied(turn: Turn) -> bool:
    """Handle a reply with search words, or with a filter's name. Returns False for any other message."""
    if turn.replied_key((ASK,)) is None:
        return await name_filter(turn)
    turn.sit_at_desk()
    await _seek(turn, turn.message.text or "", EVERYTHING)
    return True


async def seek(turn: Turn) -> None:
    """Continue a search, or repeat it in another list, with the words of the tapped message."""
    wanted, words = read_filter(turn.unit, turn.act.first), words_of(turn)
    if wanted is None or not words:
        raise Refusal("reporter.tap.stale")
    await _seek(turn, words, wanted, turn.act.second)


async def _seek(turn: Turn, typed: str, wanted: Filter, place: str = "") -> None:
    # The audit log records a search without its words.
    words = " ".join(typed.split())[: searching.MOST_TYPED]
    asked_for = searching.read(turn.unit.forms[REVIEW_FORM], words)
    if asked_for == searching.NOTHING:
        raise Refusal("moderator.search.short", {"n": searching.FEWEST_LETTERS})
    await searching.require_allowed(turn.unit, turn.moderator)
    await audit.record(turn.unit, turn.moderator.alias, "search", "", f"{asked_for.kinds} {wanted}")
    valid = place if ListCursor.read(place) else ""
    asked = PendingSearch(words, str(wanted), valid, turn.language, turn.moderator.id)
    turn.answer_tap()  # at once, since a search takes its time
    chat = {"chat_id": turn.chat.id}
    turn.call("sendChatAction", {**chat, "action": "typing"}, essential=False)
    if turn.tapped_message_id is None:
        turn.call("sendMessage", chat, attach={"text": asked.name()})
    else:
        message = {**chat, "message_id": turn.tapped_message_id}
        turn.call("editMessageText", message, attach={"text": asked.name()})


def _days(typed: str) -> tuple[date, date] | None:
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
    with suppress(ValueError):
        if month is None:
            return year_of(date(year, 1, 1))
        if day is None:
            return month_of(date(year, int(month), 1))
        return (date(year, int(month), int(day)),) * 2
    return None


async def spam(turn: Turn) -> None:
    """Show the held reports that may be rejected as spam together, with a tick each."""
    found, ticked, proof = await _ticked(turn)
    if not found:
        raise Refusal("moderator.spam.none")
    lines = await list_lines(turn.unit, turn.renderer, turn.language, found)
    bits = sum(1 << at for at, one in enumerate(found) if one in ticked)
    boxes = [
        ActButton(box(Said(one.ref), on=one in ticked), Act("mspam", f"{bits ^ 1 << at:x}", proof))
        for at, one in enumerate(found)
    ]
    last = [KEEP]
    if ticked:
        label = Key("moderator.spam.reject", {"n": len(ticked)})
        last.insert(0, ActButton(label, Act("mspamask", f"{bits:x}", proof)))
    turn.say_in_place("moderator.spam", *lines, rows=[*in_rows(boxes), last])


async def _ticked(turn: Turn) -> tuple[Sequence[Report], Sequence[Report], str]:
    found, bits = await decisions_service.may_be_spam(turn.unit, turn.moderator), turn.act.first or "0"
    proof = approvals.keyed(turn.unit, ",".join(one.id for one in found))
    if turn.act.second not in {proof, ""} or not re.fullmatch(r"[0-9a-f]{1,3}", bits):
        raise Refusal("moderator.spam.changed")
    return found, [one for at, one in enumerate(found) if int(bits, 16) >> at & 1], proof


async def confirm_spam(turn: Turn) -> None:
    """Ask once for all ticked reports."""
    _, ticked, proof = await _ticked(turn)
    sure = act_button("moderator.reject.surely", "mspamyes", turn.act.first, proof)
    refs, days = ", ".join(one.ref for one in ticked), turn.unit.settings.rejected_days
    asked = Key("moderator.spam.ask", {"refs": refs, "days": days})
    turn.say_in_place(asked, rows=[[sure], [KEEP]])


async def reject_spam(turn: Turn) -> None:
    _, ticked, _ = await _ticked(turn)
    for one in ticked:
        decisions_chat.require_none(turn, one)
    lot = await decisions_service.reject_spam(turn.unit, turn.moderator, ticked)
    turn.drop_message()
    undo = act_button("moderator.spam.undo", "mundolot", lot)
    done = Key("moderator.spam.done", {"refs": ", ".join(one.ref for one in ticked)})
    decisions_chat.say(turn, ticked[0], done, undo=undo)


async def undo_spam(turn: Turn) -> None:
    refs = await decisions_service.undo_lot(turn.unit, turn.moderator, turn.act.first)
    turn.drop_buttons()
    turn.say(Key("moderator.spam.undone", {"refs": Joined(tuple(map(opening, refs)))}))
