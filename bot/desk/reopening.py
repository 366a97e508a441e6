"""Files that open reports of the sealed archive again: one administrator brings one from the organisation's machine, another confirms it.

Nothing of the file is kept here: it is fetched from the chat when it comes, to be checked, and once more when it is
confirmed. Requests share the table of forms that administrators bring (`desk.forms`), whose rows are proved.
"""

import hashlib

from sqlalchemy import delete

from bot.chat.renderer import act_button
from bot.chat.turn import Turn
from bot.desk.forms import service as forms_service
from bot.desk.forms.service import FormState
from bot.desk.notices.chat import Post, notify_other_admins, say
from bot.desk.people import service as people_service
from bot.desk.references import open_button
from bot.errors import Refusal
from bot.form.screen import ButtonRole, Key, Phrase, Said
from bot.reports import archive as archive_service
from bot.reports.archive import Kind
from bot.safety.sealing import UnsealError
from bot.store import audit
from bot.store.unit import UnitOfWork
from db.models import InstalledForm, Moderator

ENDING = ".age"
_DIGITS = 16


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
    if (file.file_size or 0) > archive_service.MOST_BYTES:
        raise Refusal("archive.returned.foreign")
    if len(await people_service.admins(turn.unit)) < 2:
        raise Refusal("archive.reopen.one_admin")
    await forms_service.upload(turn.unit, admin, file.file_id, file.file_name)
    turn.say("moderator.forms.reading")
    return True


async def take(post: Post, row_id: str, content: bytes | None) -> None:
    """Take in a file that was fetched, or None, and tell the administrators."""
    row = await _fetched(post.unit, row_id)
    if row is None:
        return
    asker = await post.unit.session.get_one(Moderator, row.asker_id)
    is_confirmed, confirmer_id = row.state == FormState.KEYS_CONFIRMED, row.confirmer_id
    others = [one for one in await people_service.admins(post.unit) if one.id != asker.id]
    try:
        ref = await _take(post.unit, row, asker, content)
    except Refusal as refusal:
        await post.unit.session.delete(row)
        for one in [asker, *(one for one in others if one.id == confirmer_id)]:
            say(post, one, Key(refusal.key, refusal.arguments))
        return
    if not is_confirmed:
        _ask(post, row, asker, others)
        return
    for one in (asker, *others):
        say(post, one, Key("archive.reopen.done", {"ref": ref}), rows=[[open_button(ref)]])


async def _fetched(unit: UnitOfWork, row_id: str) -> InstalledForm | None:
    """Locked request whose file was fetched. None if another replica was faster, or it is over, which deletes it."""
    states = FormState.UPLOADED, FormState.KEYS_CONFIRMED
    try:
        return await forms_service.find(unit, row_id, *states)
    except Refusal:  # else its file would be fetched again and again
        over = InstalledForm.id == row_id, InstalledForm.state.in_(states)
        await unit.session.execute(delete(InstalledForm).where(*over))
        return None


async def _take(unit: UnitOfWork, row: InstalledForm, asker: Moderator, content: bytes | None) -> str:
    """Propose the report of a file, or reopen it once confirmed. Returns its reference. Raises Refusal, also for None, with nothing changed."""
    if content is None:
        raise Refusal("archive.returned.cut")
    digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
    is_confirmed = row.state == FormState.KEYS_CONFIRMED
    if is_confirmed and digest != row.digest:
        raise Refusal("archive.returned.foreign")
    try:
        told = await archive_service.read(unit, content, Kind.REOPENING)
        found = await archive_service.reopening(unit, told)
    except UnsealError:  # its key has left the ring
        raise Refusal("archive.returned.foreign") from None
    ref = found.report.ref
    if is_confirmed:
        confirmer = await unit.session.get_one(Moderator, row.confirmer_id)
        await archive_service.bring_back(unit, found)
        await unit.session.delete(row)
        await audit.record(unit, confirmer.alias, "unseal", ref, asker.alias)
        return ref
    sealed = unit.safe.ring.unseal(row.content, forms_service.context(row))
    row.state, row.form_id, row.digest = FormState.KEYS, ref, digest
    row.content = unit.safe.ring.seal(sealed, forms_service.context(row))
    await audit.record(unit, asker.alias, "unseal_ask", ref)
    return ref


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
    """Confirm another's file as it was shown. Its report opens once the file is fetched again."""
    row = await _waiting(turn)
    if row.asker_id == turn.moderator.id:
        raise Refusal("archive.reopen.own")
    if row.digest != turn.act.second:
        raise Refusal("archive.reopen.gone")
    row.state, row.confirmer_id = FormState.KEYS_CONFIRMED, turn.moderator.id
    turn.unit.installed = True
    turn.drop_message()
    turn.say("moderator.forms.reading")


async def _waiting(turn: Turn) -> InstalledForm:
    try:
        return await forms_service.find(turn.unit, turn.act.first, FormState.KEYS)
    except Refusal:
        raise Refusal("archive.reopen.gone") from None


async def decline(turn: Turn) -> None:
    """Drop one's own file, or decline another's."""
    row = await _waiting(turn)
    await turn.unit.session.delete(row)
    await audit.record(turn.unit, turn.moderator.alias, "unseal_decline", row.form_id)
    turn.drop_message()
    said = Key("archive.reopen.declined", {"ref": row.form_id, "alias": Said(turn.moderator.alias)})
    turn.say(said)
    await notify_other_admins(turn, turn.moderator, said)
