"""Checks that the operator's keys open the database, and finds reports that are damaged."""

import hmac
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, delete, select

from bot.app import retention
from bot.desk.people import service as people_service
from bot.errors import SettingsError
from bot.reports import reading, withdrawal
from bot.reports.talk import messages
from bot.safety.sealing import UnsealError
from bot.store import audit, files, ring_keys, vault
from bot.store.audit import AuditCheck
from bot.store.unit import AS_STORED, UnitOfWork
from db.models import DataKey, DraftRow, File, Mark, Moderator, PublicVersion, Report, TalkMessage, WayBack

WRONG_RING = (
    "KUAGER_KEY_RING does not open what is stored: a key is missing, or another one has its name. Put it back behind the "
    "new ones (Example: KUAGER_KEY_RING=k2027:…,k2026:…)."
)
_OF_DRAFTS = select(DataKey).join(DraftRow, DraftRow.data_key_id == DataKey.id)
_OF_NEW_FILES = select(DataKey).join(File, File.data_key_id == DataKey.id).where(File.status == files.PENDING)
_OF_REPORTS = select(DataKey).join(Report, Report.data_key_id == DataKey.id)
_OF_VERSIONS = select(DataKey).join(PublicVersion, PublicVersion.data_key_id == DataKey.id)
_BOT = "bot"
AT_ONCE = 50
"""Data keys of one transaction. A report that is given up costs a dozen statements."""
_READ_AT_ONCE = 500


async def check(unit: UnitOfWork) -> None:
    """Raise SettingsError when a key does not fit the drafts, the files to fetch or the moderators."""
    unopened = len(await _unopened(unit, _OF_DRAFTS) | await _unopened(unit, _OF_NEW_FILES))
    if unopened:
        raise SettingsError(
            f"KUAGER_KEY_RING does not open {unopened} of the unfinished reports and new files: a key is missing, or "
            "another one has its name. Put it back behind the new ones (Example: KUAGER_KEY_RING=k2027:…,k2026:…). "
            "If it is lost for good, give them up: python -m bot purge --unopened"
        )
    stranger = await _stranger(unit)
    if stranger is not None:
        raise SettingsError(
            f"KUAGER_LOOKUP_KEY is not the one that {stranger} was enrolled with: the bot would recognise no moderator. Put the "
            "old one back (Example: KUAGER_LOOKUP_KEY= and 44 characters, as python -m bot keys new prints it). "
            f"If it is lost for good: python -m bot moderators revoke {stranger!r}, and invite anew"
        )


async def require_ours(unit: UnitOfWork) -> None:
    """Raise SettingsError for an audit key that would break the log's chain, and for another bot's token.
    Remembers the first bot, and writes the log's head to its file."""
    await _require_audit_key(unit)
    await ring_keys.note_first(unit, _BOT, _bot(unit))
    await require_bot(unit)
    await audit.update_head(unit)
    await audit.note_kept(unit)


async def require_bot(unit: UnitOfWork) -> None:
    """Raise SettingsError for another bot's token. A renewed token keeps the id before the colon (Bot API)."""
    mark = await unit.session.get(Mark, _BOT)
    if mark is not None and mark.value != _bot(unit) and await audit.fits(unit):
        raise SettingsError(
            "KUAGER_BOT_TOKEN is that of another bot than the one of this database, whose chats it cannot reach (or KUAGER_AUDIT_KEY is another). Put that bot's token back, or "
            "name another database. To go on with this bot and leave those chats: python -m bot adopt"
        )


async def _require_audit_key(unit: UnitOfWork) -> None:
    if not await audit.fits(unit):
        raise SettingsError(
            "KUAGER_AUDIT_KEY is not the one that the audit log was written with, or the end of the log was changed: an entry would break its "
            "chain. Put the right key back (Example: KUAGER_AUDIT_KEY= and 44 characters, as python -m bot keys new prints it). If it is "
            "lost, or the log was changed: python -m bot audit restart"
        )


async def adopt(unit: UnitOfWork) -> None:
    """Bind the database to the token's bot from now on. Raises SettingsError for a wrong audit key."""
    await _require_audit_key(unit)
    await note_bot(unit)
    await audit.record(unit, audit.SYSTEM, "adopt", "")


async def note_bot(unit: UnitOfWork) -> None:
    """Remember only the token's bot, as a hash under the audit key."""
    await unit.session.execute(delete(Mark).where(Mark.name == _BOT))
    await ring_keys.note_first(unit, _BOT, _bot(unit))


async def begin_anew(unit: UnitOfWork, found: AuditCheck) -> None:
    """Begin another log with an entry for each member, since rights follow from it. Voids open invitations."""
    why = "headless" if found.broken_at is None and not found.cuts else "cut" if found.cuts else "changed"
    await audit.restart(unit, found.broken_at or found.head.number, why)
    for member in await people_service.list_moderators(unit, active=True):
        await audit.record(unit, member.alias, "enrol", "", member.role)
        people_service.note_entry(unit, member)
    await people_service.void_all_invitations(unit)
    await note_bot(unit)


def _bot(unit: UnitOfWork) -> str:
    bot_id, _, _ = unit.settings.bot_token.get_secret_value().partition(":")
    return hmac.new(unit.safe.audit_key, f"bot:{bot_id}".encode(), "sha256").hexdigest()


async def unopened_reports(unit: UnitOfWork) -> tuple[int, int]:
    """Numbers of unopened and of all keys of reports and public versions. Slow: for the command line."""
    unopened = number = 0
    for keys in (_OF_REPORTS, _OF_VERSIONS):
        async for key in await unit.session.stream_scalars(keys.execution_options(yield_per=_READ_AT_ONCE)):
            number += 1
            unopened += not vault.opens(unit, key)
    return unopened, number


async def give_up(unit: UnitOfWork, after: str = "") -> tuple[int, str | None]:
    """Destroy all of the data keys, among the next AT_ONCE after this id, that the ring does not open. Returns their number, and
    the last id, or None at the end."""
    query = select(DataKey).where(DataKey.id > after).order_by(DataKey.id).limit(AT_ONCE)
    rows = (await unit.session.scalars(query)).all()
    lost = [row.id for row in rows if not vault.opens(unit, row)]
    if lost:
        await _give_up(unit, lost)
    return len(lost), rows[-1].id if rows else None


async def _give_up(unit: UnitOfWork, lost: Sequence[str]) -> None:
    for table in (DraftRow, WayBack):
        await unit.session.execute(delete(table).where(table.data_key_id.in_(lost)))
    of_these = select(PublicVersion).where(PublicVersion.data_key_id.in_(lost))
    for version in await unit.session.scalars(of_these):
        withdrawal.forget_version(version)
        report = await unit.session.get_one(Report, version.report_id)
        await audit.record(unit, audit.SYSTEM, "erase", report.ref, f"unopened v{version.version}")
    await unit.session.flush()
    reports = (await unit.session.scalars(select(Report).where(Report.data_key_id.in_(lost)))).all()
    await retention.expire_all(unit, reports, "unopened")
    await vault.destroy(unit, lost)


async def _unopened(unit: UnitOfWork, keys: Select[DataKey]) -> set[str]:
    return {key.id for key in await unit.session.scalars(keys) if not vault.opens(unit, key)}


async def _stranger(unit: UnitOfWork) -> str | None:
    """Alias of an active moderator whose chat has another hash under this key. None if any one's matches."""
    stranger = None
    query = select(Moderator).where(Moderator.active).execution_options(**{AS_STORED: True})
    for moderator in await unit.session.scalars(query.order_by(Moderator.alias)):
        chat_id = people_service.address(unit, moderator)
        if chat_id is not None and unit.safe.pseudonyms.chat(chat_id) == moderator.chat_hash:
            return None
        stranger = stranger or (moderator.alias if chat_id is not None else None)
    return stranger


_DAMAGE_READ_AT_ONCE = 200


async def damaged_reports(unit: UnitOfWork) -> list[str]:
    """References of reports with damaged content, talk, notes or envelopes. Decrypts all: for the command line, if no key is lacking."""
    columns = Report.id, Report.ref, Report.data_key_id, Report.content, Report.notes
    query = select(*columns).where(Report.data_key_id.is_not(None)).order_by(Report.id)
    found, after = list[str](), ""
    while True:
        next_ = query.where(Report.id > after).limit(_DAMAGE_READ_AT_ONCE)
        rows = (await unit.session.execute(next_)).all()
        await vault.open_keys(unit, [row.data_key_id for row in rows], lenient=True)
        opened = {row.id: row.data_key_id for row in rows if row.data_key_id in unit.keys}
        sealed = await _sealed(unit, rows)
        damaged = opened.keys() ^ sealed.keys() ^ {row.id for row in rows}
        damaged |= await messages.damaged(unit, opened) | set(_damaged(unit, rows))
        damaged |= {report_id for report_id, is_whole in sealed.items() if not is_whole}
        found += [row.ref for row in rows if row.id in damaged]
        for row in rows:
            unit.keys.pop(row.data_key_id, None)
        if len(rows) < _DAMAGE_READ_AT_ONCE:
            return found
        after = rows[-1].id


async def _sealed(unit: UnitOfWork, rows: Sequence[Any]) -> dict[str, bool]:
    """Ids of sealed reports among these, and whether all envelopes of a report and its talk are whole."""
    found = await vault.envelopes(unit, [row.data_key_id for row in rows], lenient=True)
    sealed = {row.id: bool(found[row.data_key_id]) for row in rows if row.data_key_id in found}
    query = select(TalkMessage.report_id, TalkMessage.files_key_id)
    query = query.where(TalkMessage.report_id.in_(sealed), TalkMessage.files_key_id.is_not(None))
    keys = {row.files_key_id: row.report_id for row in await unit.session.execute(query)}
    for key_id, envelope in (await vault.envelopes(unit, keys, lenient=True)).items():
        sealed[keys[key_id]] &= bool(envelope)
    return sealed


def _damaged(unit: UnitOfWork, rows: Sequence[Any]) -> Iterator[str]:
    for row in rows:
        if row.data_key_id in unit.keys:
            try:
                reading.told(unit, row.id, row.data_key_id, row.content or b"")
                reading.opened_beside(unit, row.id, row.data_key_id, row.notes)
            except UnsealError:
                yield row.id
