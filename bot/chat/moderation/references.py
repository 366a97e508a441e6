"""Which report a command or a button is about, how old it is, and what stands in the clear of it."""

from bot.chat.turn import Turn
from bot.errors import WrongArgument
from bot.form.screen import Joined, Key, Label, Phrase, Said
from bot.services.desk import claims
from bot.services.desk.lists.queue import age
from bot.services.unit import REPORT_FORM, Unit
from db.models import Report

_HOURS_SHOWN = 48
"""From so many hours on an age is told in days."""


async def named(turn: Turn) -> Report:
    """The report that a command or a button names; a command's message goes with it. Raises Refusal."""
    report = await claims.find(turn.unit, await _named_ref(turn))
    if turn.update.callback_query is None:
        turn.keep_own_message(report.id)
    return report


async def taken(turn: Turn) -> Report:
    """The same, once the moderator holds it."""
    report = await named(turn)
    await claims.claim(turn.unit, turn.moderator, report)
    return report


async def _named_ref(turn: Turn) -> str:
    """The reference that the tapped button carries, or that stands behind the command; without one that of the only
    report which the moderator holds."""
    if turn.update.callback_query is not None:
        return turn.act.first
    words = turn.argument.split()
    if words:
        return words[0]
    held = await claims.held_by(turn.unit, turn.moderator)
    if len(held) != 1:
        raise WrongArgument("moderator.which")
    return held[0].ref


def age_of(unit: Unit, report: Report) -> Phrase:
    """How long ago a report was sent."""
    return ago(age(unit, report))


def ago(hours: int) -> Phrase:
    """So many hours ago, or days."""
    if hours >= _HOURS_SHOWN:
        return Key("moderator.age.days", {"n": hours // 24})
    return Key("moderator.age.hours", {"n": hours}) if hours else Key("moderator.age.fresh")


def facts(unit: Unit, report: Report) -> Phrase:
    """A report in one line: its reference, what happened, where and when, as far as that stands in the clear."""
    told = [Said(report.ref), *_labels(unit, category=report.category, region=report.region)]
    return Joined((*told, *([Said(report.date_start)] if report.date_start else [])), " · ")


def _labels(unit: Unit, **codes: str | None) -> list[Phrase]:
    """The labels of codes by the roles of their questions; a code that the form no longer has is left out."""
    roles = unit.forms[REPORT_FORM].by_role
    return [
        Label(choice.label)
        for role, code in codes.items()
        for choice in (roles[role].choices if role in roles else ())
        if choice.name == code
    ]
