"""/audit: the last acts, those about a report or of a person, by pages. Whoever looks is written down too."""

from collections.abc import Iterator

from bot.chat.moderation.audit import checking
from bot.chat.moderation.audit.lines import by_day
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Key, Phrase, Said
from bot.services import audit
from bot.services.desk.people import team
from bot.services.keeping import audit_pages
from bot.services.keeping.audit_pages import EVERYTHING, About, AuditPage, View, of_person

_BELOW, _ABOVE = "b", "a"
_VERIFY = "verify"
MOST_PEOPLE = 40
"""People of whom there are buttons: so many fit below a message."""


async def audit_(turn: Turn) -> None:
    """/audit; with a reference or an alias the acts about or of it, with `verify` and perhaps a head the check."""
    words = turn.argument
    first, _, head = words.partition(" ")
    if first.lower() == _VERIFY:
        await checking.owe(turn, head)
        return
    view = await audit_pages.typed(turn.unit, words) if words else EVERYTHING
    if view is None:
        raise Refusal("moderator.audit.how")
    await _show(turn, view, await audit_pages.page(turn.unit, view))


async def page(turn: Turn) -> None:
    """A page, in place of the tapped one."""
    view = await audit_pages.read(turn.unit, turn.act.first)
    side, number = turn.act.second[:1], turn.act.second[1:]
    if view is None or (number and not number.isdecimal()):
        raise Refusal("reporter.tap.stale")
    below, above = (int(number) if number and side == one else None for one in (_BELOW, _ABOVE))
    turn.drop_message()
    turn.answer_tap()
    await _show(turn, view, await audit_pages.page(turn.unit, view, below=below, above=above))


async def people(turn: Turn) -> None:
    """Whose acts to look at, in place of the tapped message: moderators, also revoked ones."""
    found = await team.list_moderators(turn.unit)
    buttons = [ActButton(Said(one.alias), Act("maudit", of_person(one).code)) for one in found[:MOST_PEOPLE]]
    turn.drop_message()
    turn.answer_tap()
    rows = [buttons[place : place + 2] for place in range(0, len(buttons), 2)]
    turn.say(
        "moderator.audit.whose", rows=[*rows, [act_button("moderator.audit.all", "maudit", EVERYTHING.code)]]
    )


async def _show(turn: Turn, view: View, found: AuditPage) -> None:
    shown = "" if not found.entries else f"{found.entries[-1].id}-{found.entries[0].id}"
    subject = view.name if view.about is not About.ALL else ""
    body = [_title(view), *by_day(found.entries, turn.unit.settings.zone)]
    turn.say(*body, rows=list(_rows(view, found)), protect=True)
    await audit.record(turn.unit, turn.moderator.alias, "audit", subject, shown)


def _title(view: View) -> Phrase:
    return Key(f"moderator.audit.title.{view.about}", {"name": view.name})


def _rows(view: View, found: AuditPage) -> Iterator[list[ActButton]]:
    turns = []
    if found.newer is not None:
        turns.append(act_button("moderator.audit.newer", "maudit", view.code, f"{_ABOVE}{found.newer}"))
    if found.older is not None:
        turns.append(act_button("moderator.audit.older", "maudit", view.code, f"{_BELOW}{found.older}"))
    if turns:
        yield turns
    yield [act_button("moderator.audit.by", "mauditby"), act_button("moderator.audit.verify", "mverify")]
    if view.about is not About.ALL:
        yield [act_button("moderator.audit.all", "maudit", EVERYTHING.code)]
