"""View of a card with the moderators' notes and the checklist of verification."""

from collections.abc import Iterator

from bot.chat.moderation.card import pages
from bot.chat.moderation.card.pages import Place, View
from bot.chat.moderation.references import ago
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said
from bot.services.desk import claims
from bot.services.desk.card import notes
from bot.services.desk.card.notes import CHECKLIST, Notes
from db.models import Report

ASK = "moderator.note.ask"
_LAST = 999
"""Page beyond the last, which shows the newest note."""


def button(report: Report, found: Notes) -> ActButton:
    done = {"notes": len(found.notes), "done": len(found.checks), "of": len(CHECKLIST)}
    return ActButton(Key("moderator.notes.button", done), Act(pages.TURN, report.ref, str(Place(View.NOTES))))


async def show(turn: Turn, report: Report, place: Place) -> None:
    found = await notes.of_report(turn.unit, report)
    boxes = [
        ActButton(
            Joined((Said("☑" if name in found.checks else "☐"), Key(f"moderator.check.{name}")), " "),
            Act("mcheck", report.ref, name),
        )
        for name in CHECKLIST
    ]
    own = notes.name_of_newest(turn.unit, turn.moderator, report, found)
    write = [act_button("moderator.note.write", "mnote", report.ref, role=ButtonRole.ONWARD)]
    if own is not None:
        back = act_button("moderator.note.take_back", "mnoteback", report.ref, own, ButtonRole.DESTROY)
        write.append(back)
    rows = [*([one] for one in boxes), write, [pages.button("moderator.card.to_card", report, Place())]]
    pages.put(turn, report, place, _body(turn, report, found), Key("moderator.notes.foot"), rows)


def _body(turn: Turn, report: Report, found: Notes) -> Iterator[Phrase]:
    yield Key("moderator.notes", {"ref": report.ref})
    checks = tuple(
        Key("moderator.checked", {"what": Key(f"moderator.check.{name}"), **_by(turn, one.alias, one.hour)})
        for name, one in found.checks.items()
        if name in CHECKLIST
    )
    if checks:
        yield Joined(checks, "\n")
    for one in found.notes:
        yield Joined((Key("moderator.note.head", _by(turn, one.alias, one.hour)), Said(one.text)), "\n")
    if not found.notes:
        yield Key("moderator.notes.none")


def _by(turn: Turn, alias: str, hour: int) -> dict[str, Phrase | str | int]:
    return {"alias": Said(alias), "age": ago(turn.unit.hour - hour)}


async def check(turn: Turn) -> None:
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    await notes.toggle(turn.unit, turn.moderator, report, turn.act.second)
    turn.answer_tap()
    await show(turn, report, Place(View.NOTES))


async def write(turn: Turn) -> None:
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    turn.answer_tap()
    turn.ask_reply(Key(ASK, {"ref": report.ref, "most": notes.LONGEST}), "…", report_id=report.id)


async def take_back(turn: Turn) -> None:
    """Delete the moderator's newest note, which the button names."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    await notes.take_back(turn.unit, turn.moderator, report, turn.act.second)
    turn.answer_tap("moderator.note.taken_back")
    await show(turn, report, Place(View.NOTES, _LAST))


async def replied(turn: Turn) -> bool:
    """Handle a reply with a note. Returns False for any other message."""
    ref = None
    if turn.chat.moderator is not None:
        ref = turn.replied_about(ASK, "ref", {"most": notes.LONGEST})
    if ref is None:
        return False
    turn.sit_at_desk()
    report = await claims.take(turn.unit, turn.moderator, ref)
    turn.keep_own_message(report.id)
    await notes.add(turn.unit, turn.moderator, report, turn.message.text or "")
    asked = turn.message.reply_to_message
    turn.delete([turn.message.message_id, *([asked.message_id] if asked else [])], surely=True)
    await show(turn, report, Place(View.NOTES, _LAST))
    return True
