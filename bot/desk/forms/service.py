"""Forms put into force in the chat: one administrator brings a file, another confirms what it asks.

A file is read once, in a confined process, by the replica that notices it first. A form in force replaces the one of its
id. The old one stays for the drafts and reports that were begun with it, until none is left. Each row is proved and its
content sealed to id and digest, so that write access to the database alone puts no form into force.
"""

import gzip
import json
import secrets
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, select

from bot.desk.sharing.service import OPEN_HOURS
from bot.errors import Refusal
from bot.form.model import Form, Privacy, Question, form_from_json, form_to_json
from bot.safety.sealing import UnsealError
from bot.store import audit
from bot.store.unit import HOURS_A_DAY, UnitOfWork
from bot.store.vault import RingSealed
from db.models import InstalledForm, Moderator, Report

MOST_BYTES = 5 * 1024 * 1024
"""Size of a file: a large workbook with its lists, and far below what the Bot API lets a bot fetch."""


class FormState(StrEnum):
    """State of a form: its file waits to be read, read for its administrator, proposed to the others, in force, replaced.

    KEYS, KEYS_CONFIRMED: no form, but the file of a report to be reopened (`desk.reopening`), proposed and confirmed.
    """

    UPLOADED = "uploaded"
    READ = "read"
    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REPLACED = "replaced"
    KEYS = "keys"
    KEYS_CONFIRMED = "keys_confirmed"


_KEYS = FormState.KEYS, FormState.KEYS_CONFIRMED
_TO_FETCH = FormState.UPLOADED, FormState.KEYS_CONFIRMED
_OPEN = (FormState.UPLOADED, FormState.READ, FormState.PROPOSED, *_KEYS)


def context(row: InstalledForm) -> str:
    return f"installed_forms.content:{row.id}:{row.digest}"


RING_SEALED = RingSealed(InstalledForm.content, context)


async def upload(unit: UnitOfWork, admin: Moderator, file_id: str, name: str) -> None:
    """Note a file to be read, in place of what this administrator has not proposed."""
    own = InstalledForm.asker_id == admin.id, InstalledForm.state.in_((FormState.UPLOADED, FormState.READ))
    await unit.session.execute(delete(InstalledForm).where(*own))
    row = InstalledForm(id=secrets.token_hex(4), state=FormState.UPLOADED, form_id="", digest="")
    row.asker_id, row.expires_hour = admin.id, unit.hour + OPEN_HOURS
    row.content = unit.safe.ring.seal(json.dumps([file_id, name]).encode(), context(row))
    unit.session.add(row)
    unit.installed = True


async def uploads(unit: UnitOfWork) -> Sequence[tuple[str, str, str]]:
    """Id, Telegram's file id and name of each file to be fetched."""
    query = select(InstalledForm).where(InstalledForm.state.in_(_TO_FETCH))
    rows = (await unit.session.scalars(query)).all()
    found = []
    for row in rows:
        with suppress(UnsealError):  # its key has left the ring: it expires
            found.append((row.id, *json.loads(unit.safe.ring.unseal(row.content, context(row)))))
    return found


async def note_read(unit: UnitOfWork, row_id: str, form: Form | None) -> Moderator | None:
    """Keep the form of a file, None for a refused one. Returns its administrator, or None if there is no need."""
    row = await _row(unit, row_id, FormState.UPLOADED)
    if row is None:
        return None
    asker = await unit.session.get(Moderator, row.asker_id)
    if form is None or asker is None or not asker.active:
        await unit.session.delete(row)
    else:
        row.state, row.form_id, row.digest = FormState.READ, form.id, form.digest
        row.content = unit.safe.ring.seal(gzip.compress(form_to_json(form), mtime=0), context(row))
    return asker if asker is not None and asker.active else None


async def _row(unit: UnitOfWork, row_id: str, *states: FormState) -> InstalledForm | None:
    query = select(InstalledForm).where(InstalledForm.id == row_id, InstalledForm.state.in_(states))
    query = query.with_for_update().execution_options(populate_existing=True)
    return (await unit.session.scalars(query)).first()


async def find(unit: UnitOfWork, row_id: str, *states: FormState) -> InstalledForm:
    """Form of this id in one of these states, locked. Raises Refusal if it is gone, expired, or its administrator left."""
    await audit.begin(unit)
    row = await _row(unit, row_id, *states)
    if row is not None and row.state in _OPEN:
        asker = await unit.session.get_one(Moderator, row.asker_id)
        row = row if row.expires_hour > unit.hour and asker.active else None
    if row is None:
        raise Refusal("moderator.forms.gone")
    return row


def opened(unit: UnitOfWork, row: InstalledForm) -> Form | None:
    """Form of a row that was read, or None if it does not open or is of a newer version."""
    with suppress(UnsealError, ValueError, OSError, KeyError, TypeError):
        form = form_from_json(gzip.decompress(unit.safe.ring.unseal(row.content, context(row))))
        return form if form.digest == row.digest else None
    return None


def form_of(unit: UnitOfWork, row: InstalledForm) -> Form:
    """Form of a row that was read. Raises Refusal if it does not open."""
    if (form := opened(unit, row)) is None:
        raise Refusal("moderator.forms.gone")
    return form


async def read(unit: UnitOfWork) -> Sequence[InstalledForm]:
    """Forms that were read: those that wait, those in force, and replaced ones that are still needed."""
    query = select(InstalledForm).where(InstalledForm.state.not_in((FormState.UPLOADED, *_KEYS)))
    return (await unit.session.scalars(query.order_by(InstalledForm.id))).all()


def waits_for(unit: UnitOfWork, admin: Moderator, row: InstalledForm) -> bool:
    """Whether a form waits for this administrator: one that was proposed, or their own that was read."""
    is_theirs = row.state == FormState.READ and row.asker_id == admin.id
    return (is_theirs or row.state == FormState.PROPOSED) and row.expires_hour > unit.hour


async def propose(unit: UnitOfWork, admin: Moderator, row_id: str) -> InstalledForm:
    """Propose an administrator's own form to the others."""
    row = await find(unit, row_id, FormState.READ)
    if row.asker_id != admin.id:
        raise Refusal("moderator.forms.gone")
    row.state = FormState.PROPOSED
    await audit.record(unit, admin.alias, "form_propose", row.form_id[:40], row.digest)
    return row


async def confirm(unit: UnitOfWork, admin: Moderator, row_id: str, digest: str) -> InstalledForm:
    """Put the proposed form of this digest into force in place of the one of its id. Raises Refusal for the administrator's own."""
    row = await find(unit, row_id, FormState.PROPOSED)
    if row.asker_id == admin.id:
        raise Refusal("moderator.forms.own")
    if row.digest != digest:
        raise Refusal("moderator.forms.gone")
    same = InstalledForm.form_id == row.form_id, InstalledForm.state == FormState.IN_FORCE
    for replaced in await unit.session.scalars(select(InstalledForm).where(*same)):
        _put_out(unit, replaced)
    row.state, row.confirmer_id, row.expires_hour = FormState.IN_FORCE, admin.id, 0
    await audit.record(unit, admin.alias, "form_confirm", row.form_id[:40], row.digest)
    unit.installed = True
    return row


async def end(unit: UnitOfWork, admin: Moderator, row_id: str) -> InstalledForm:
    """Decline a form that waits, or take one out of force."""
    row = await find(unit, row_id, FormState.READ, FormState.PROPOSED, FormState.IN_FORCE)
    unit.installed = True
    if row.state == FormState.IN_FORCE:
        _put_out(unit, row)
        await audit.record(unit, admin.alias, "form_end", row.form_id[:40], row.digest)
    else:
        await unit.session.delete(row)
        await audit.record(unit, admin.alias, "form_decline", row.form_id[:40], row.digest)
    return row


def _put_out(unit: UnitOfWork, row: InstalledForm) -> None:
    row.state = FormState.REPLACED
    row.expires_hour = unit.hour + unit.settings.report_days * HOURS_A_DAY  # no draft lives as long


def is_over(unit: UnitOfWork) -> ColumnElement[bool]:
    """Forms that expired: those that wait, and replaced ones once no draft and no report can need them."""
    needed = select(Report.id).where(Report.form == InstalledForm.form_id, Report.data_key_id.is_not(None))
    waits = InstalledForm.state.in_(_OPEN)
    unneeded = (InstalledForm.state == FormState.REPLACED) & ~needed.exists()
    return (InstalledForm.expires_hour <= unit.hour) & (waits | unneeded)


def newly_sealed(old: Form | None, new: Form) -> Sequence[Question]:
    """Sealed questions that the form in force does not ask, or does not seal."""
    known = {one.name for one in old.questions if one.privacy is Privacy.SEALED} if old is not None else set()
    return [one for one in new.questions if one.privacy is Privacy.SEALED and one.name not in known]
