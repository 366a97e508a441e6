"""/queue, /next and /moderators."""

from collections.abc import Sequence

from telegram import Update

from bot.chat.callback import Act
from bot.chat.moderation.showing import show
from bot.chat.moderation.subject import age_of, button, category, moderator_of
from bot.chat.renderer import Choice
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Joined, Key, Phrase, Said
from bot.services.desk import claims, team
from bot.services.desk.queue import claim_next
from bot.services.desk.queue import queue as queue_page
from db.models import Report

PAGE = 8
MOST_HELD, MOST_LABEL = 10, 200
"""Held reports that are named, and characters of a label: the message must stay below Telegram's 4096."""


async def queue(update: Update, turn: Turn) -> None:
    """/queue: what waits, urgent and oldest first, and what the moderator holds."""
    del update
    await _show(turn, 0)


async def page(turn: Turn, act: Act) -> None:
    """Another page of the queue, in place of the tapped one."""
    turn.answer_tap()
    turn.drop_message()
    await _show(turn, int(act.first) if act.first.isdecimal() else 0)


async def _show(turn: Turn, offset: int) -> None:
    moderator = moderator_of(turn)
    waiting = await queue_page(turn.unit, PAGE, offset)
    held = await claims.held_by(turn.unit, moderator)
    counts = {str(status): number for status, number in waiting.counts.items()}
    body: list[Phrase] = [Key("moderator.queue.counts", counts)]
    body += [_line(turn, report) for report in waiting.reports] or [Key("moderator.queue.empty")]
    if held:
        body.append(_held(held))
    rows = [*_opens(waiting.reports), *_opens(held[:MOST_HELD])]
    turns = []
    if offset:
        turns.append(button("moderator.queue.back", "mqueue", str(max(0, offset - PAGE))))
    if offset + PAGE < waiting.waiting:
        turns.append(button("moderator.queue.more", "mqueue", str(offset + PAGE)))
    turn.say(*body, rows=[*rows, *([turns] if turns else [])])


def _held(held: Sequence[Report]) -> Phrase:
    refs = Joined(tuple(Said(report.ref) for report in held[:MOST_HELD]))
    more = len(held) - MOST_HELD
    if more > 0:
        return Key("moderator.queue.held_more", {"refs": refs, "more": more})
    return Key("moderator.queue.held", {"refs": refs})


def _line(turn: Turn, report: Report) -> Phrase:
    label = turn.renderer.phrase(category(turn.unit, report), turn.language)
    key = "moderator.queue.urgent" if report.urgent else "moderator.queue.line"
    facts: dict[str, Phrase | str | int] = {
        "ref": report.ref,
        "category": Said(label[:MOST_LABEL]),
        "age": age_of(turn.unit, report),
    }
    return Key(key, facts)


def _opens(reports: Sequence[Report]) -> list[list[Choice]]:
    """Buttons that open reports, two in a row."""
    buttons = [Choice(Said(report.ref), Act("mopen", report.ref)) for report in reports]
    return [buttons[place : place + 2] for place in range(0, len(buttons), 2)]


async def next_(update: Update, turn: Turn) -> None:
    """/next: claim the first report of the queue and open it."""
    del update
    report = await claim_next(turn.unit, moderator_of(turn))
    if report is None:
        raise Refusal("moderator.queue.empty")
    await show(turn, report)


async def tapped_next(turn: Turn, act: Act) -> None:
    """The same by a button."""
    del act
    report = await claim_next(turn.unit, moderator_of(turn))
    if report is None:
        raise Refusal("moderator.queue.empty")
    turn.answer_tap()
    await show(turn, report)


async def moderators_(update: Update, turn: Turn) -> None:
    """/moderators: aliases and roles, for administrators."""
    del update
    if moderator_of(turn).role != team.ADMIN:
        raise Refusal("moderator.admins_only")
    lines: list[Phrase] = [Key("moderator.list")]
    for one in await team.list_moderators(turn.unit):
        role = Key(f"moderator.role.{one.role}" if one.active else "moderator.role.revoked")
        lines.append(Joined((Said(one.alias), role), " · "))
    turn.say(Joined(tuple(lines), "\n"))
