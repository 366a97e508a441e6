"""Whom and what a command is about: the moderator at work, the report that was named, its labels."""

from telegram import Update

from bot.chat.callback import Act
from bot.chat.renderer import Choice
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Key, Label, Phrase, Said
from bot.services.desk import claims
from bot.services.desk.queue import age
from bot.services.unit import Unit
from db.models import Moderator, Report

_DAYS_FROM = 48


def moderator_of(turn: Turn) -> Moderator:
    """The moderator whose chat this is; raises Refusal for anybody else."""
    if turn.chat.moderator is None:
        raise Refusal("moderator.nobody")
    return turn.chat.moderator


def words_of(update: Update) -> list[str]:
    """The words after a command."""
    message = update.effective_message
    return (message.text or "").split()[1:] if message is not None else []


async def ref_of(update: Update, turn: Turn) -> str:
    """The reference after a command; without one that of the only report the moderator holds."""
    words = words_of(update)
    if words:
        return words[0]
    held = await claims.held_by(turn.unit, moderator_of(turn))
    if len(held) != 1:
        raise Refusal("moderator.which")
    return held[0].ref


def category(unit: Unit, report: Report) -> Phrase:
    """What the reporter said happened, by its label."""
    question = unit.forms["report"].by_role.get("category")
    for choice in question.choices if question is not None else ():
        if choice.name == report.category:
            return Label(choice.label)
    return Said(report.category or "—")


def age_of(unit: Unit, report: Report) -> Phrase:
    """How long ago a report was sent."""
    hours = age(unit, report)
    if hours >= _DAYS_FROM:
        return Key("moderator.age.days", {"n": hours // 24})
    return Key("moderator.age.hours", {"n": hours}) if hours else Key("moderator.age.fresh")


def button(key: str, verb: str, first: str = "", second: str = "") -> Choice:
    """A button with a text of the catalogue."""
    return Choice(Key(key), Act(verb, first, second))


def forget_edit(turn: Turn, report: Report) -> None:
    """The open edit of this report is gone: its screen is no longer asked."""
    filling = turn.chat.filling
    if filling is not None and filling.row.report_id == report.id:
        turn.drop_prompt()
        turn.chat.filling = turn.chat.prompt = None
