"""Summaries of waiting reports for members of the team: at their hour, after quiet hours, or after a long
absence."""

from collections.abc import Sequence

from bot.chat.notices.unasked import say
from bot.chat.screens.renderer import Renderer, act_button
from bot.chat.transport.sending.outbox import Outbox
from bot.form.screen import ButtonRole, Key
from bot.services.desk.people import waiting
from bot.services.desk.people.waiting import MOST_COUNTED
from bot.services.unit import Unit
from db.models import Moderator


async def owe(renderer: Renderer, unit: Unit, outbox: Outbox, member_ids: Sequence[str]) -> None:
    """Enqueue the summaries of these members: only numbers, and a button to the queue."""
    for member_id in member_ids:
        member = await unit.session.get(Moderator, member_id)
        told = await waiting.take(unit, member) if member is not None else None
        if member is None or told is None:
            continue
        why, found = told
        facts = {"number": _number(found.number), "urgent": _number(found.urgent)}
        said = [Key(f"moderator.waiting.{why}"), Key("moderator.waiting", facts)]
        rows = [[act_button("moderator.waiting.queue", "mqueue", "start", role=ButtonRole.ONWARD)]]
        say(renderer, unit, outbox, member, *said, rows=rows)


def _number(number: int) -> str:
    return f"{MOST_COUNTED - 1}+" if number >= MOST_COUNTED else str(number)
