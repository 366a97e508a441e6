"""Command /edit: the review form in the moderator's chat. `endings` handles its submission."""

from bot.chat import form_events
from bot.chat.moderation.references import named
from bot.chat.screens.renderer import act_button
from bot.chat.turn import Turn
from bot.form.events import Show
from bot.form.screen import Key
from bot.services.desk import claims
from bot.services.desk.publishing import editing as edits
from bot.services.reports.drafts.drafting import OpenDraft


async def edit(turn: Turn) -> None:
    report, open_draft = await named(turn), turn.chat.open_draft
    await edits.may_begin(turn.unit, report, open_draft)
    await claims.claim(turn.unit, turn.moderator, report)
    begins = open_draft is None or open_draft.row.report_id != report.id
    if begins and await edits.begins_anew(turn.unit, report):
        turn.say(Key("moderator.edit.anew", {"ref": report.ref}))
    turn.chat.open_draft = await edits.begin(turn.unit, turn.moderator, report, open_draft)
    if begins:
        turn.chat.prompt = None
    await form_events.apply(turn, Show())
    turn.answer_tap()
    turn.drop_buttons()


async def edit_saved(turn: Turn, ended: OpenDraft) -> None:
    report, version = await edits.save_edit(turn.unit, ended)
    done = Key("moderator.edit.saved", {"ref": report.ref, "version": version.version})
    turn.say(done, rows=[[act_button("moderator.edit.again", "medit", report.ref)]], report_id=report.id)
    turn.saved = report
