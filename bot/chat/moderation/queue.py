"""/queue and /next."""

from collections.abc import Sequence

from bot.chat.moderation.references import age_of
from bot.chat.moderation.report_view import show
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Joined, Key, Label, Phrase, Said
from bot.services.desk import claims
from bot.services.desk.queue import MOST_COUNTED, Place, Queue, claim_next
from bot.services.desk.queue import queue as queue_page
from db.models import Report

_ON, _BACK = "on", "back"
QUEUE_PAGE = 8
"""Reports of the queue that are shown at a time."""
MOST_HELD, MOST_CATEGORY = 10, 200
"""Held reports that are named, and characters of a label: the message must stay below Telegram's 4096."""


async def queue(turn: Turn) -> None:
    """/queue: what waits, urgent and oldest first, and what the moderator holds."""
    await _show(turn, await queue_page(turn.unit, QUEUE_PAGE))


async def page(turn: Turn) -> None:
    """Another page of the queue, in place of the tapped one. A button that leads nowhere any more, or never did, leads to the
    first page, and says so."""
    place = Place.read(turn.act.first)
    turn.drop_message()
    found = await queue_page(turn.unit, QUEUE_PAGE, place, back=turn.act.second == _BACK)
    turn.answer_tap("moderator.queue.from_start" if place is None or found.moved else None)
    await _show(turn, found)


async def _show(turn: Turn, found: Queue) -> None:
    held = await claims.held_by(turn.unit, turn.moderator)
    counts = {str(status): _number(number) for status, number in found.counts.items()}
    body: list[Phrase] = [Key("moderator.queue.counts", counts)]
    body += [_line(turn, report) for report in found.reports] or [Key("moderator.queue.empty")]
    if held:
        body.append(_held(held))
    rows = [*_opens(found.reports), *_opens(held[:MOST_HELD])]
    turns = []
    if found.before:
        turns.append(_turn("moderator.queue.back", found.reports[0], _BACK))
    if found.after:
        turns.append(_turn("moderator.queue.more", found.reports[-1], _ON))
    turn.say(*body, rows=[*rows, *([turns] if turns else [])])


def _number(number: int) -> str:
    return f"{number - 1}+" if number >= MOST_COUNTED else str(number)


def _turn(key: str, edge: Report, direction: str) -> ActButton:
    """A button that turns the page from the report at its edge on."""
    return act_button(key, "mqueue", str(Place.of(edge)), direction)


def _held(held: Sequence[Report]) -> Phrase:
    refs = Joined(tuple(Said(report.ref) for report in held[:MOST_HELD]))
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
    return Key(key, facts)


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
