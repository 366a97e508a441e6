"""Decided reports with all that a report can hold: made by the bot, for tests of the sealed archive."""

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image
from sqlalchemy import select

from bot.desk.card import service as card_service
from bot.desk.decisions import service as decisions_service
from bot.form.answers import Answer, Chosen, FileKind, FileRef, Files
from bot.reports import claims
from bot.reports.receipts import service as receipts_service
from bot.reports.receipts.service import Receipt
from bot.reports.talk import messages
from bot.reports.talk.messages import MessageContent
from bot.safety.cleaning.cleaner import clean
from bot.store import archive_keys, drafting, files, vault
from bot.store.file_store import FileStore
from bot.store.unit import REPORT_FORM, UnitOfWork
from db.models import File, Moderator, PublicVersion, Report, TalkMessage
from tests.bench import TOLD, Bench, approve_proposal, text

WORDS = ("story", "name", "question", "answer", "note", "title", "summary")
PUBLISHED, SHARED, COUNTED = "publish_no_names", "share_trusted", "statistics_only"
APPROVED, REJECTED = "approved", "rejected"


@dataclass(frozen=True)
class Words:
    """Words and files of one report."""

    story: str
    name: str
    question: str
    answer: str
    note: str
    title: str
    summary: str
    photo: bytes
    paper: bytes
    file_name: str


def words(number: int) -> Words:
    """Words that no other number has, with small files."""
    said = {name: f"The {name} of report {number}." for name in WORDS}
    return Words(**said, photo=jpeg(f"p{number}"), paper=jpeg(f"q{number}"), file_name=f"photo-{number}.jpg")


def jpeg(comment: str) -> bytes:
    """A small picture with a comment."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (20, 90, 30)).save(out, "JPEG", comment=comment)
    return out.getvalue()


async def decided(
    bench: Bench, moderator_id: str, store: FileStore | None, told: Words, consent: str, end: str = APPROVED
) -> Receipt:
    """Make a report with a name, a note, a talk, a version and, in a `store`, files, and approve or reject it."""
    async with bench.write() as unit:
        receipt = await _submitted(bench, unit, told, consent, with_file=store is not None)
        report = receipt.report
        moderator = await unit.session.get_one(Moderator, moderator_id)
        await claims.claim(unit, moderator, report)
        await card_service.add_note(unit, moderator, report, told.note)
        await _talk(unit, report, told, with_file=store is not None)
    if store is not None:
        await _store_files(bench, store, receipt.report.id, told)
    async with bench.write() as unit:
        moderator = await unit.session.get_one(Moderator, moderator_id)
        report = await unit.session.get_one(Report, receipt.report.id)
        said: dict[str, Answer] = {"title": text(told.title), "summary": text(told.summary)}
        role = {"affected[1]/affected_role": text("Journalists")}
        await bench.propose(unit, moderator, report, None, **said, **role)
        if end == APPROVED:
            await approve_proposal(unit, moderator, report)
        else:
            await decisions_service.reject(unit, moderator, report, "spam")
    return receipt


async def _submitted(
    bench: Bench, unit: UnitOfWork, told: Words, consent: str, *, with_file: bool
) -> Receipt:
    filling = await drafting.start(unit, bench.new_chat()[1], REPORT_FORM, "ru")
    roles = {**TOLD, "consent_use": Chosen((consent,)), "story": text(told.story)}
    answers: dict[str, Answer] = {filling.form.by_role[role].path: one for role, one in roles.items()}
    named: dict[str, Answer] = {
        "affected_groups": Chosen(("journalist",)),
        "affected_number": Chosen(("1",)),
        "affected_name_ok": Chosen(("agreed",)),
        "affected_name": text(told.name),
    }
    answers |= {f"/incident/report/affected[1]/{name}": one for name, one in named.items()}
    answers["/incident/report/depth"] = Chosen(("full",))
    filling.draft = replace(filling.draft, answers=answers, counts={"/incident/report/affected": 1})
    drafting.save(unit, filling)  # which makes the key
    if with_file:
        ref = _noted(unit, str(filling.row.data_key_id), told.file_name, len(told.photo))
        answers["/incident/report/evidence"] = Files((ref,))
        filling.draft = replace(filling.draft, answers=answers)
        drafting.save(unit, filling)
    return await receipts_service.submit(unit, filling)


def _noted(unit: UnitOfWork, key_id: str, name: str, size: int) -> FileRef:
    incoming = files.Incoming(FileKind.PHOTO, f"telegram-{name}", name, "image/jpeg", size)
    return files.take_note(unit, key_id, incoming)


async def _talk(unit: UnitOfWork, report: Report, told: Words, *, with_file: bool) -> None:
    """A question and its answer, which brings a file under a key of its own."""
    question = MessageContent(told.question, alias="Aspan", hour=unit.hour)
    await messages.add(unit, report, question, from_reporter=False)
    refs: tuple[FileRef, ...] = ()
    key_id = vault.make_key(unit)
    await unit.session.flush()
    if with_file:
        refs = (_noted(unit, key_id, f"answer-{told.file_name}", len(told.paper)),)
    answer = MessageContent(told.answer, files=refs, hour=unit.hour)
    await messages.add(unit, report, answer, from_reporter=True, files_key_id=key_id)


async def _store_files(bench: Bench, store: FileStore, report_id: str, told: Words) -> None:
    async with bench.write() as unit:
        report = await unit.session.get_one(Report, report_id)
        keys = await messages.keys_of(unit, [report_id])
        await vault.open_keys(unit, [report.data_key_id, *keys])
        for key_id, content in ((report.data_key_id, told.photo), (keys[0], told.paper)):
            query = select(File.id).where(File.data_key_id == key_id)
            file_id = (await unit.session.scalars(query)).one()
            sealed = files.seal_file(unit.keys[str(key_id)], file_id, content, clean(content), (), unit.hour)
            assert await files.note_stored(unit, file_id, sealed)
            assert sealed.copy is not None
            await store.put(file_id, sealed.original)
            await store.put(files.copy_id(file_id), sealed.copy)


async def keys_to_seal(unit: UnitOfWork, report: Report) -> Sequence[str]:
    """Ids of the keys that the issue has sealed: all of a report but that of a version for the public."""
    talk = select(TalkMessage.files_key_id).where(TalkMessage.report_id == report.id)
    versions = select(PublicVersion.data_key_id).where(PublicVersion.report_id == report.id)
    if report.consent_use == PUBLISHED:
        versions = versions.where(~PublicVersion.current)
    found = [report.data_key_id, *await unit.session.scalars(talk), *await unit.session.scalars(versions)]
    return [str(key_id) for key_id in found if key_id is not None]


async def seal(unit: UnitOfWork, report: Report, to: Collection[str]) -> None:
    """Seal a decided report to these recipients, as the bot's job does to those of its settings."""
    keys = await keys_to_seal(unit, report)
    await vault.open_keys(unit, keys)
    await archive_keys.seal_keys(unit, report.ref, keys, list(to))
    report.sealed = True


async def answer_words(bench: Bench, *recipients: str) -> Any:
    """Name these recipients in the settings, and let each answer the word that was encrypted to it."""
    bench.settings = bench.settings.model_copy(update={"archive_recipients": recipients})
    async with bench.write() as unit:
        for one in recipients:
            await archive_keys.answer(unit, one, archive_keys.word(unit, one))
