"""/edit: the review form in the moderator's chat, and what follows when it is saved."""

from telegram import Update

from bot.chat.callback import Act
from bot.chat.moderation.subject import button, moderator_of, ref_of
from bot.chat.turn import Turn
from bot.form.events import Show
from bot.form.screen import Key
from bot.services.desk import claims
from bot.services.desk import editing as edits
from bot.services.reports import drafting
from bot.services.reports.drafting import OpenDraft


async def edit(update: Update, turn: Turn) -> None:
    """/edit REF."""
    await _edit(turn, await ref_of(update, turn))


async def tapped_edit(turn: Turn, act: Act) -> None:
    """The same by a button."""
    await _edit(turn, act.first)
    turn.answer_tap()
    turn.drop_buttons()


async def _edit(turn: Turn, ref: str) -> None:
    """Begin the edit, or go on with it where it was left."""
    moderator = moderator_of(turn)
    open_draft = turn.chat.filling
    await edits.may_begin(turn.unit, await claims.find(turn.unit, ref), open_draft)
    report = await claims.take(turn.unit, moderator, ref)
    turn.chat.filling = await edits.begin(turn.unit, moderator, report, open_draft)
    if open_draft is None:
        turn.chat.prompt = None
    before = turn.chat.filling.draft
    screen, _ = await drafting.apply(turn.unit, turn.chat.filling, Show())
    turn.prompt(screen, before)


async def saved(turn: Turn, filling: OpenDraft) -> None:
    """The edit was sent: it is a proposed version now, which can be approved."""
    report, version = await edits.save_edit(turn.unit, filling)
    done = Key("moderator.edit.saved", {"ref": report.ref, "version": version.version})
    rows = [
        [button("moderator.approve", "mpreview", report.ref)],
        [button("moderator.edit.again", "medit", report.ref)],
    ]
    turn.say(done, rows=rows, report_id=report.id)
