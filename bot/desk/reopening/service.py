"""Reopening of a report by two administrators: one brings a file of the organisation's machine, another confirms it.

Nothing of the file is kept here: it is fetched from the chat when it comes, to be checked, and once more when it is
confirmed. Requests share the table of forms that administrators bring (`desk.forms`), whose rows are proved.
"""

import hashlib

from sqlalchemy import delete

from bot.desk.forms import service as forms_service
from bot.desk.forms.service import FormState
from bot.errors import Refusal
from bot.reports.archive import returning
from bot.reports.archive.returning import Kind
from bot.safety.sealing import UnsealError
from bot.store import audit
from bot.store.unit import UnitOfWork
from db.models import InstalledForm, Moderator

_DIGITS = 16


async def fetched(unit: UnitOfWork, row_id: str) -> InstalledForm | None:
    """Locked request whose file was fetched. None if another replica was faster, or it is over, which deletes it."""
    states = FormState.UPLOADED, FormState.KEYS_CONFIRMED
    try:
        return await forms_service.find(unit, row_id, *states)
    except Refusal:  # else its file would be fetched again and again
        over = InstalledForm.id == row_id, InstalledForm.state.in_(states)
        await unit.session.execute(delete(InstalledForm).where(*over))
        return None


async def take(unit: UnitOfWork, row: InstalledForm, content: bytes | None) -> str:
    """Propose the report of a file to the other administrators, or reopen it once it is confirmed. Returns its reference. Raises
    Refusal, with nothing changed, also for None, a file that could not be fetched."""
    if content is None:
        raise Refusal("archive.returned.cut")
    digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
    is_confirmed = row.state == FormState.KEYS_CONFIRMED
    if is_confirmed and digest != row.digest:
        raise Refusal("archive.returned.foreign")
    try:
        told = await returning.read(unit, content, Kind.REOPENING)
        found = await returning.reopening(unit, told)
    except UnsealError:  # its key has left the ring
        raise Refusal("archive.returned.foreign") from None
    ref, asker = found.report.ref, await unit.session.get_one(Moderator, row.asker_id)
    if is_confirmed:
        confirmer = await unit.session.get_one(Moderator, row.confirmer_id)
        await returning.bring_back(unit, found)
        await unit.session.delete(row)
        await audit.record(unit, confirmer.alias, "unseal", ref, asker.alias)
        return ref
    sealed = unit.safe.ring.unseal(row.content, forms_service.context(row))
    row.state, row.form_id, row.digest = FormState.KEYS, ref, digest
    row.content = unit.safe.ring.seal(sealed, forms_service.context(row))
    await audit.record(unit, asker.alias, "unseal_ask", ref)
    return ref


async def confirm(unit: UnitOfWork, admin: Moderator, row_id: str, digest: str) -> None:
    """Confirm the file of this digest. Its report opens once it is fetched. Raises Refusal for the administrator's own."""
    row = await _waiting(unit, row_id)
    if row.asker_id == admin.id:
        raise Refusal("archive.reopen.own")
    if row.digest != digest:
        raise Refusal("archive.reopen.gone")
    row.state, row.confirmer_id = FormState.KEYS_CONFIRMED, admin.id
    unit.installed = True


async def _waiting(unit: UnitOfWork, row_id: str) -> InstalledForm:
    try:
        return await forms_service.find(unit, row_id, FormState.KEYS)
    except Refusal:
        raise Refusal("archive.reopen.gone") from None


async def decline(unit: UnitOfWork, admin: Moderator, row_id: str) -> InstalledForm:
    """End a request, another's or one's own."""
    row = await _waiting(unit, row_id)
    await unit.session.delete(row)
    await audit.record(unit, admin.alias, "unseal_decline", row.form_id)
    return row
