"""/queue and /next."""

from collections.abc import Iterator, Sequence

from bot.chat.moderation.card.report_view import show
from bot.chat.moderation.references import age_of
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Joined, Key, Label, Phrase, Said
from bot.services.desk import claims
from bot.services.desk.lists.queue import MOST_COUNTED, Place, Queue, claim_next
from bot.services.desk.lists.queue import queue as queue_page
from db.models import Report

_ON, _BACK = "on", "back"
_ALL, _ASKED = "mqueue", "mwaits"
"""The verbs of the two lists' pages."""
QUEUE_PAGE = 8
"""Reports of the queue that are shown at a time."""
MOST_HELD, MOST_CATEGORY = 10, 200
"""Held reports that are named, and characters of a label: the message must stay below Telegram's 4096."""


async def queue(turn: Turn) -> None:
    """/queue: what waits, urgent and oldest first, and what the moderator holds."""
    await _show(turn, await queue_page(turn.unit, QUEUE_PAGE))


async def asked(turn: Turn) -> None:
    """The reports that wait for an answer, or another page of them, in place of the tapped message."""
    place = Place.read(turn.act.first)
    turn.drop_message()
    back = turn.act.second == _BACK
    found = await queue_page(turn.unit, QUEUE_PAGE, place, back=back, asked=True)
    turn.answer_tap()
    await _show(turn, found, _ASKED)


async def page(turn: Turn) -> None:
    """Another page of the queue, in place of the tapped one. A button that leads nowhere any more, or never did, leads to the
    first page, and says so."""
    place = Place.read(turn.act.first)
    turn.drop_message()
    found = await queue_page(turn.unit, QUEUE_PAGE, place, back=turn.act.second == _BACK)
    lost = (place is None and turn.act.first != "start") or found.moved
    turn.answer_tap("moderator.queue.from_start" if lost else None)
    await _show(turn, found)


async def _show(turn: Turn, found: Queue, list_: str = _ALL) -> None:
    held = await claims.held_by(turn.unit, turn.moderator)
    counts = {str(status): _number(number) for status, number in found.counts.items()}
    body: list[Phrase] = [Key("moderator.queue.counts", counts)]
    if list_ == _ASKED:
        body = [Key("moderator.queue.asked", {"n": _number(found.asked)})]
    empty = Key("moderator.queue.none_asked" if list_ == _ASKED else "moderator.queue.empty")
    body += [_line(turn, report) for report in found.reports] or [empty]
    if held:
        body.append(_held(held))
    listed = {report.id for report in found.reports}
    rows = [*_opens(found.reports), *_opens([one for one in held[:MOST_HELD] if one.id not in listed])]
    turns = []
    if found.before:
        turns.append(_turn("moderator.queue.back", list_, found.reports[0], _BACK))
    if found.after:
        turns.append(_turn("moderator.queue.more", list_, found.reports[-1], _ON))
    turn.say(*body, rows=[*rows, *([turns] if turns else []), *_other_list(found, list_)])


def _other_list(found: Queue, list_: str) -> list[list[ActButton]]:
    """From the queue to what waits for an answer, if anything does, and back."""
    if list_ == _ASKED:
        return [[act_button("moderator.queue.all", _ALL, "start")]]
    label = Key("moderator.queue.to_asked", {"n": _number(found.asked)})
    return [[ActButton(label, Act(_ASKED, "start"))]] if found.asked else []


def _number(number: int) -> str:
    return f"{number - 1}+" if number >= MOST_COUNTED else str(number)


def _turn(key: str, list_: str, edge: Report, direction: str) -> ActButton:
    """A button that turns the page from the report at its edge on."""
    return act_button(key, list_, str(Place.of(edge)), direction)


def _held(held: Sequence[Report]) -> Phrase:
    refs = Joined(tuple(Joined((Said(one.ref), *_marks(one)), " ") for one in held[:MOST_HELD]))
    more = len(held) - MOST_HELD
    if more > 0:
        return Key("moderator.queue.held_more", {"refs": refs, "more": more})
    return Key("moderator.queue.held", {"refs": refs})


def _line(turn: Turn, report: Report) -> Phrase:
    label = turn.renderer.phrase(_category(turn, report), turn.language)
    key = "moderator.queue.urgent" if report.urgent else "moderator.queue.line"
    facts: dict[str, Phrase | str | int] = {
        "ref": report.ref,
        "category": Said(label[:MOST_CATEGORY]),
        "age": age_of(turn.unit, report),
    }
    return Joined((Key(key, facts), *_marks(report)), " · ")


def _marks(report: Report) -> Iterator[Phrase]:
    """What is new of a talk, what it waits for, and how many approve what waits."""
    if report.unread:
        yield Key("moderator.queue.unread")
    if report.waits:
        yield Key("moderator.queue.waits")
    if report.approvals:
        yield Key("moderator.queue.approvals", {"n": report.approvals})


def _category(turn: Turn, report: Report) -> Phrase:
    """What the reporter said happened, by its label."""
    question = turn.unit.forms["report"].by_role.get("category")
    for choice in question.choices if question is not None else ():
        if choice.name == report.category:
            return Label(choice.label)
    return Said(report.category or "—")


def _opens(reports: Sequence[Report]) -> list[list[ActButton]]:
    """Buttons that open reports, two in a row."""
    buttons = [ActButton(Said(report.ref), Act("mopen", report.ref)) for report in reports]
    return [buttons[place : place + 2] for place in range(0, len(buttons), 2)]


async def next_(turn: Turn) -> None:
    """/next, or its button: claim the first report of the queue and open it."""
    report = await claim_next(turn.unit, turn.moderator)
    if report is None:
        raise Refusal("moderator.queue.empty")
    turn.answer_tap()
    await show(turn, report)
