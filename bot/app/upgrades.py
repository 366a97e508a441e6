"""Steps of an upgrade besides the tables: a copy of the database before it, consents of older versions, and proofs of the team."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import and_, delete, or_, select

from bot.desk.people import service as people_service
from bot.errors import ArgumentError, SettingsError
from bot.publish import versions
from bot.publish.versions import TOO_OLD, VersionContent
from bot.reports import claims, reading
from bot.reports.states import VersionState, classify
from bot.safety.sealing import UnsealError
from bot.store import audit, row_proofs, vault
from bot.store.unit import AS_STORED, REVIEW_FORM, UnitOfWork
from db import transfers
from db.models import AuditEntry, Invite, Mark, PublicVersion, Report

AT_ONCE = 100


async def take_over(unit: UnitOfWork, after: str) -> str | None:
    """Seal the consent of some versions after this id, as their reports tell it. Returns the last id, or None."""
    query = select(PublicVersion).where(PublicVersion.id > after).order_by(PublicVersion.id).limit(AT_ONCE)
    found = (await unit.session.scalars(query)).all()
    await vault.open_keys(unit, [one.data_key_id for one in found], lenient=True)
    for version in found:
        with suppress(UnsealError, vault.InArchive):
            if content := await _too_old(unit, version):
                told = await reading.content_of(unit, await unit.session.get_one(Report, version.report_id))
                if consent := told and classify(told.form, told.all).consent_use:
                    _complete(unit, version, content, consent)
    return found[-1].id if len(found) == AT_ONCE else None


async def confirm(unit: UnitOfWork, ref: str, consent: str) -> None:
    """Seal a consent with a report's versions that lack one. Raises ArgumentError if it is not theirs."""
    report = await claims.find(unit, ref)
    found = await versions.of_report(unit, report, VersionState.PROPOSED, VersionState.APPROVED)
    old = [(one, content) for one in found if (content := await _too_old(unit, one))]
    if not old or report.consent_use != consent:
        raise ArgumentError(
            f"{ref} is wrong: its version tells its consent, or the database says another one."
        )
    for version, content in old:
        _complete(unit, version, content, consent)
    await audit.record(unit, audit.SYSTEM, "consent", report.ref, consent)


def _complete(unit: UnitOfWork, version: PublicVersion, content: VersionContent, consent: str) -> None:
    """Seal the consent, and confirm all words of a public version, so that a published one stays so."""
    words = versions.unconfirmed(unit.forms[REVIEW_FORM], content) if version.current else ()
    confirmed = content.confirmed.union(one.digest for one in words)
    versions.write(unit, version, replace(content, consent=consent, confirmed=confirmed))


async def _too_old(unit: UnitOfWork, version: PublicVersion) -> VersionContent | None:
    content = await versions.content(unit, version)
    return content if content is not None and content.consent == TOO_OLD else None


FOLDER, DAYS = "before-upgrade", 7
_PIECE = 1 << 20


def keep(database: Path, revision: str) -> Path:
    """Copy the data of `backup` at this revision, and return the file. Raises OSError and sqlite3.Error."""
    kept = database.parent / FOLDER / f"{revision}.db"
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    _destroy(kept)
    transfers.copy_kept(database, kept)
    return kept


def remove_due(database: Path, now: datetime) -> None:
    """Remove copies that are DAYS old, incomplete, or hold a destroyed key. Raises OSError, sqlite3.Error."""
    folder, oldest = database.parent / FOLDER, (now - timedelta(days=DAYS)).timestamp()
    for path in folder.glob("*"):
        if path.suffix != ".db" or path.stat().st_mtime < oldest or transfers.is_outlived(path, database):
            _destroy(path)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _destroy(path: Path) -> None:
    """Overwrite a file before unlinking it, since free blocks would keep its keys."""
    if path.exists():
        with path.open("r+b") as file:
            for _ in range(0, path.stat().st_size, _PIECE):
                file.write(bytes(_PIECE))
            os.fsync(file.fileno())
        path.unlink()


_UNPROVED = "unproved"


async def is_due(unit: UnitOfWork) -> bool:
    """Whether rows are still to be proved. Raises SettingsError when the audit log shows an earlier proof or
    a newer version's invitation, or is damaged: the mark may be forged."""
    if await unit.session.get(Mark, _UNPROVED) is None:
        return False
    invited = and_(AuditEntry.act == "invite", AuditEntry.subject != "")
    if await unit.session.scalar(
        select(AuditEntry.id).where(or_(invited, AuditEntry.act == "proved")).limit(1)
    ):
        raise SettingsError(
            "The rows of the database were proved once, and a mark asks for it again: another writer has access to it. "
            "Find out who; a backup from before holds what was there (docs/operators.md)"
        )
    for fault in (await audit.check_log(unit)).faults(unit.settings):
        raise SettingsError(fault)
    return True


async def prove_team(unit: UnitOfWork) -> Sequence[tuple[str, str, bool]]:
    """Prove members who match an intact audit log. Voids invitations. Returns alias, role and whether proved."""
    unit.session.info[AS_STORED] = True
    whole, found = await audit.broken_at(unit) is None, await people_service.list_moderators(unit)
    for one in found:
        entry = await unit.session.get(AuditEntry, max(one.enrolled, one.revoked)) if whole else None
        said = ("enrol", one.role, True) if entry and entry.act == "enrol" else ("revoke", "", False)
        if entry is None or (entry.act, entry.detail, one.active) != said:
            continue
        chat_id = people_service.address(unit, one)
        if chat_id is not None and unit.safe.pseudonyms.chat(chat_id) == one.chat_hash:
            one.entry = entry.id
            row_proofs.trust(unit, one)
    await unit.session.execute(delete(Invite))
    return [(one.alias, one.role if one.active else "revoked", one.row_mac is not None) for one in found]


async def finish(unit: UnitOfWork) -> None:
    await unit.session.execute(delete(Mark).where(Mark.name == _UNPROVED))
    await audit.record(unit, audit.SYSTEM, "proved", "")
