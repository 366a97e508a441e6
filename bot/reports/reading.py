"""Reads a report's sealed answers and the moderators' records beside it, and takes out originals for safekeeping."""

import asyncio
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from bot.errors import ArgumentError, Refusal, SettingsError, StoreAwayError
from bot.form.answers import Answer, TextPart, Written, files_of, from_json, to_json
from bot.form.model import Form, Privacy
from bot.reports import claims
from bot.reports.talk import messages
from bot.safety import offline
from bot.safety.sealing import UnsealError
from bot.store import audit, files, vault
from bot.store.file_store import ReadableStore
from bot.store.files import KeptFile
from bot.store.unit import UnitOfWork
from db.engine import end_when_idle
from db.models import Report

log = logging.getLogger(__name__)
UNANSWERED = ":unanswered"
"""Key among the sealed answers for the paths of missing ones."""
FORM = ":form"
"""Key among the sealed answers for digest and id of their form. It looks like an answer, since older programs
take an answer to an unknown question for a sealed one."""
_FILLED_TO = 4096
CUSTODY = "custody.json"
LOST = {"lost": True}


@dataclass(frozen=True, slots=True)
class ReportContent:
    """Content of a report.

    - `form`: the report form that it was made with.
    - `answers`: by instance path, in the order of the form.
    - `sealed`: answers to sealed questions, never shown.
    - `files`: by file id.
    - `unanswered`: paths of required questions left out.
    """

    form: Form
    answers: Mapping[str, Answer]
    sealed: Mapping[str, Answer]
    files: Mapping[str, KeptFile]
    unanswered: tuple[str, ...] = ()

    @property
    def all(self) -> Mapping[str, Answer]:
        """All answers, for code that only counts them or derives codes."""
        return {**self.answers, **self.sealed}


def content_context(report_id: str) -> str:
    return f"reports.content:{report_id}"


class Told(NamedTuple):
    """All answers of a report, sealed ones too, by instance path, its form, and paths of required questions left out."""

    form: Form
    answers: Mapping[str, Answer]
    unanswered: tuple[str, ...] = ()


def told(unit: UnitOfWork, report_id: str, key_id: str, sealed: bytes) -> Told:
    """Sealed answers and form of a report. Its data key must be open. Raises UnsealError."""
    stored = vault.unseal(unit, key_id, sealed, content_context(report_id))
    unanswered = tuple(stored.pop(UNANSWERED, ()))
    mark = from_json(stored.pop(FORM)) if FORM in stored else None
    answers = {path: from_json(answer) for path, answer in stored.items()}
    digest, _, name = mark.text.partition(" ") if isinstance(mark, Written) else ("", "", "")
    root = next(iter(answers), "").strip("/").partition("/")[0]
    return Told(unit.report_forms.of(digest, name or root), answers, unanswered)


def form_mark(form: Form) -> Mapping[str, object]:
    """Entry of the sealed answers that names their form."""
    return {FORM: to_json(Written((TextPart(f"{form.digest} {form.id}"),)))}


async def content_of(unit: UnitOfWork, report: Report) -> ReportContent | None:
    """Content of a report, or None when destroyed. Raises UnsealError without its key in the ring, or InArchive."""
    if report.data_key_id is None or report.content is None:
        return None
    await vault.open_keys(unit, [report.data_key_id], ref=report.ref)
    form, answers, unanswered = told(unit, report.id, report.data_key_id, report.content)
    asked = {path: form.question_at(path) for path in answers}
    # Answers to questions that the form no longer has count as sealed.
    open_ = {path for path, question in asked.items() if question and question.privacy is not Privacy.SEALED}
    shown = {path: answer for path, answer in answers.items() if path in open_}
    sealed = {path: answer for path, answer in answers.items() if path not in open_}
    known = await files.known(unit, [ref.id for answer in shown.values() for ref in files_of(answer)])
    return ReportContent(form, shown, sealed, known, unanswered)


async def read_beside(unit: UnitOfWork, report: Report) -> Mapping[str, Any]:
    """All data by name, empty for a destroyed report. Raises as `content_of`."""
    sealed = await unit.session.scalar(select(Report.notes).where(Report.id == report.id))
    if report.data_key_id is None or sealed is None:
        return {}
    await vault.open_keys(unit, [report.data_key_id], ref=report.ref)
    return opened_beside(unit, report.id, report.data_key_id, sealed)


def opened_beside(unit: UnitOfWork, report_id: str, key_id: str, sealed: bytes | None) -> Mapping[str, Any]:
    """Data of the sealed column, whose key is open. Raises UnsealError if damaged."""
    if sealed is None:
        return {}
    found: Mapping[str, Any] = vault.unseal(unit, key_id, sealed, _beside_context(report_id))
    return found


async def legible_beside(unit: UnitOfWork, report: Report) -> Mapping[str, Any] | None:
    """All data by name, or None if damaged. Raises UnsealError when the ring lacks the key."""
    try:
        return await read_beside(unit, report)
    except UnsealError:
        if report.data_key_id not in unit.keys:
            raise
        log.error("report %s: what moderators keep beside it is damaged", report.ref)  # noqa: TRY400 - no trace helps
        return None


async def keep_beside(unit: UnitOfWork, report: Report, told: Mapping[str, Any]) -> None:
    if report.data_key_id is None:
        raise Refusal("moderator.content.gone", {"ref": report.ref})
    kept = {**(await legible_beside(unit, report) or {}), **told}
    await vault.open_keys(unit, [report.data_key_id], ref=report.ref)
    report.notes = vault.seal(
        unit, report.data_key_id, kept, _beside_context(report.id), filled_to=_FILLED_TO
    )
    await unit.session.flush()


def _beside_context(report_id: str) -> str:
    return f"reports.notes:{report_id}"


async def note_originals_taken(unit: UnitOfWork, typed: str) -> None:
    """Record in the audit log that originals are taken out. Commit it before `write_originals`, which may stop
    halfway. Raises SettingsError without recipients, Refusal for an unknown or destroyed report."""
    if not unit.settings.original_recipients:
        raise SettingsError(
            "KUAGER_ORIGINAL_RECIPIENTS is not set, and originals leave only encrypted. Example: KUAGER_ORIGINAL_RECIPIENTS=age1<58-characters>"
        )
    report = await claims.find(unit, typed)
    if report.content is None:
        raise Refusal("moderator.content.gone", {"ref": report.ref})
    await claims.require_open(unit, report)
    await audit.record(unit, audit.SYSTEM, "originals", report.ref)


async def write_originals(unit: UnitOfWork, store: ReadableStore, typed: str, folder: Path) -> int:
    """Write a report's originals as age files into a new folder, with their custody in CUSTODY, or LOST. Returns their
    number. Only reads, so that the bot can write. Raises Refusal, ArgumentError for the folder, or StoreAwayError."""
    await end_when_idle(unit.session)  # a store may be slow
    recipients = unit.settings.original_recipients
    report = await claims.look_up(unit, typed)
    content = await content_of(unit, report)
    if content is None:
        raise Refusal("moderator.content.gone", {"ref": report.ref})
    talk = await messages.said(unit, report)
    refs = [ref for answer in content.answers.values() for ref in files_of(answer)]
    refs += [ref for message in talk for ref in message.words.files]
    known = {**content.files, **await messages.known_files(unit, talk)}
    told: dict[str, Any] = {}
    written = 0
    try:
        await asyncio.to_thread(folder.mkdir, parents=True, mode=0o700)
        for number, ref in enumerate(refs, 1):
            located = await files.locate_original(unit, ref.id, f"{report.ref}-{number}")
            custody = known[ref.id].custody if ref.id in known else None
            told[str(number)] = asdict(custody) if custody is not None else None
            if located is None:
                continue
            try:
                name, original, _ = await located.read(store)
            except (FileNotFoundError, UnsealError):
                told[str(number)] = LOST
                continue
            await asyncio.to_thread(_write, folder, name, original, recipients)
            written += 1
        manifest = json.dumps(told, indent=1).encode()
        await asyncio.to_thread(_write, folder, CUSTODY, manifest, recipients)
    except StoreAwayError:
        raise
    except OSError as error:
        raise ArgumentError(
            f"the folder is wrong: the originals cannot be written: {error.strerror}. Example: python -m bot originals R7K3QV originals-R7K3QV"
        ) from None
    return written


def _write(folder: Path, name: str, content: bytes, recipients: tuple[str, ...]) -> None:
    sealed = content if name.endswith(".age") else offline.seal_to(recipients, content)
    path = folder / (name if name.endswith(".age") else f"{name}.age")
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(sealed)
