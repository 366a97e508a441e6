"""Files that open reports of the sealed archive again, sent to the bot by one administrator and confirmed by another."""

from bot.chat.renderer import act_button
from bot.chat.turn import Turn
from bot.desk.forms import service as forms_service
from bot.desk.forms.service import FormState
from bot.desk.notices.chat import Post, notify_other_admins, say
from bot.desk.people import service as people_service
from bot.desk.references import open_button
from bot.desk.reopening import service as reopening_service
from bot.errors import Refusal
from bot.form.screen import ButtonRole, Key, Phrase, Said
from bot.reports.archive.returning import MOST_BYTES
from db.models import InstalledForm, Moderator

ENDING = ".age"


async def reopen(turn: Turn) -> None:
    """Handle /reopen: say where the file comes from."""
    turn.say("archive.reopen.how")


async def sent(turn: Turn) -> bool:
    """Handle a file of the organisation's machine. Returns False for any other message."""
    admin, file = turn.chat.moderator, getattr(turn.message, "document", None)
    if admin is None or admin.role != people_service.ADMIN or file is None:
        return False
    if not (file.file_name or "").lower().endswith(ENDING):
        return False
    if (file.file_size or 0) > MOST_BYTES:
        raise Refusal("archive.returned.foreign")
    if len(await people_service.admins(turn.unit)) < 2:
        raise Refusal("archive.reopen.one_admin")
    await forms_service.upload(turn.unit, admin, file.file_id, file.file_name)
    turn.say("moderator.forms.reading")
    return True


async def take(post: Post, row_id: str, content: bytes | None) -> None:
    """Take in a file that was fetched, or None, and tell the administrators."""
    row = await reopening_service.fetched(post.unit, row_id)
    if row is None:
        return
    asker = await post.unit.session.get_one(Moderator, row.asker_id)
    is_confirmed, confirmer_id = row.state == FormState.KEYS_CONFIRMED, row.confirmer_id
    others = [one for one in await people_service.admins(post.unit) if one.id != asker.id]
    try:
        ref = await reopening_service.take(post.unit, row, content)
    except Refusal as refusal:
        await post.unit.session.delete(row)
        for one in [asker, *(one for one in others if one.id == confirmer_id)]:
            say(post, one, Key(refusal.key, refusal.arguments))
        return
    if is_confirmed:
        for one in (asker, *others):
            say(post, one, Key("archive.reopen.done", {"ref": ref}), rows=[[open_button(ref)]])
        return
    _ask(post, row, asker, others)


def _ask(post: Post, row: InstalledForm, asker: Moderator, others: list[Moderator]) -> None:
    told: dict[str, Phrase | str | int] = {"ref": row.form_id, "hours": row.expires_hour - post.unit.hour}
    drop = act_button("moderator.forms.drop", "mkeysno", row.id)
    say(post, asker, Key("archive.reopen.asked", told), rows=[[drop]])
    confirm = act_button("archive.reopen.confirm", "mkeys", row.id, row.digest, role=ButtonRole.COMPLETE)
    decline = act_button("moderator.forms.decline", "mkeysno", row.id)
    for one in others:
        said = Key("archive.reopen.ask", {**told, "alias": Said(asker.alias)})
        say(post, one, said, rows=[[confirm], [decline]])


async def confirm(turn: Turn) -> None:
    """Confirm a file as it was shown."""
    await reopening_service.confirm(turn.unit, turn.moderator, turn.act.first, turn.act.second)
    turn.drop_message()
    turn.say("moderator.forms.reading")


async def decline(turn: Turn) -> None:
    """Drop one's own file, or decline another's."""
    row = await reopening_service.decline(turn.unit, turn.moderator, turn.act.first)
    turn.drop_message()
    said = Key("archive.reopen.declined", {"ref": row.form_id, "alias": Said(turn.moderator.alias)})
    turn.say(said)
    await notify_other_admins(turn, turn.moderator, said)
