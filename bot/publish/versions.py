"""Public versions of a report, confirmation of the reporter's own words, and a scan for identifying details."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sqlalchemy import func, select

from bot.form.answers import Answer, StoredAnswers, Written, tag_of
from bot.form.draft import Draft
from bot.form.flow.leaving import Withheld, joined
from bot.form.kinds.text import is_put_there, text_of
from bot.form.model import Form, Privacy, Question, schema_path
from bot.form.typed.links import APPEARANCE
from bot.publish.published_languages import TEXTS, language_of, language_of_role
from bot.reports import approvals, reading
from bot.reports.states import VersionState
from bot.reports.withdrawal import forget_version
from bot.safety.personal_data import found
from bot.safety.personal_data.words import FindingKind
from bot.safety.sealing import UnsealError
from bot.store import audit, ring_keys, vault
from bot.store.unit import UnitOfWork
from db.models import DataKey, Moderator, PublicVersion, Report

TOO_OLD = "too_old"
"""Consent of a version older than sealed consents."""

_NAME = "withheld"
_WRITTEN = tag_of(Written)
_PROSE = frozenset({*TEXTS, "affected_role", "perpetrator_detail"})


@dataclass(frozen=True, slots=True)
class VersionContent:
    """Content of a version.

    - `answers`: by instance path.
    - `language`: the moderator's.
    - `confirmed`: digests of confirmed words (`confirm_own_words`).
    - `checked`: words in another language need confirmation too.
    - `consent`: the reporter's, from the sealed report. The code in the clear must equal it. Or TOO_OLD.
    - `named`: the reporter named a person.
    - `writers`: authors of title and summary by language, if not the approver.
    """

    form: str
    form_version: str
    language: str
    answers: Mapping[str, Answer]
    counts: Mapping[str, int]
    confirmed: frozenset[str] = frozenset()
    consent: str | None = None
    named: bool = False
    checked: bool = False
    writers: Mapping[str, str] = field(default_factory=dict)


def _context(version_id: str) -> str:
    return f"public_versions.content:{version_id}"


def write(unit: UnitOfWork, version: PublicVersion, content: VersionContent) -> None:
    """Seal the content into its row, whose data key is open."""
    assert version.data_key_id is not None  # noqa: S101 - a version being written has its key
    plain = {
        "form": content.form,
        "version": content.form_version,
        "language": content.language,
        "answers": StoredAnswers.of(content.answers).stored,
        "counts": dict(content.counts),
        "confirmed": sorted(content.confirmed),
        "consent": content.consent,
        "named": content.named,
        "checked": content.checked,
        "writers": dict(content.writers),
    }
    version.content = vault.seal(unit, version.data_key_id, plain, _context(version.id))


def read(unit: UnitOfWork, version_id: str, key_id: str, sealed: bytes) -> VersionContent:
    """Inverse of `write`. The data key must be open (`vault.open_keys`)."""
    plain: dict[str, Any] = vault.unseal(unit, key_id, sealed, _context(version_id))
    return VersionContent(
        form=plain["form"],
        form_version=plain["version"],
        language=plain["language"],
        answers=StoredAnswers(plain["answers"]),
        counts=plain["counts"],
        confirmed=frozenset(plain.get("confirmed", ())),
        consent=plain.get("consent", TOO_OLD),
        named=plain.get("named", True),  # older versions do not tell: assume the stricter case
        checked=plain.get("checked", False),
        writers=plain.get("writers", {}),
    )


async def content(unit: UnitOfWork, version: PublicVersion) -> VersionContent | None:
    """Content of a version, or None when destroyed."""
    if version.data_key_id is None or version.content is None:
        return None
    await vault.open_keys(unit, [version.data_key_id])
    return read(unit, version.id, version.data_key_id, version.content)


async def legible(unit: UnitOfWork, version: PublicVersion) -> VersionContent | None:
    """Content of a version, or None when destroyed or damaged, so that another can be written. Raises
    UnsealError when the ring lacks a key, which may come back."""
    try:
        return await content(unit, version)
    except UnsealError:
        key = await unit.session.get_one(DataKey, version.data_key_id)
        if not await ring_keys.has(unit, key.ring):
            raise
        return None


async def of_report(unit: UnitOfWork, report: Report, *states: VersionState) -> Sequence[PublicVersion]:
    query = select(PublicVersion).where(PublicVersion.report_id == report.id, PublicVersion.state.in_(states))
    return (await unit.session.scalars(query.order_by(PublicVersion.version.desc()))).all()


async def next_number(unit: UnitOfWork, report: Report) -> int:
    """Number of the next version. Numbers are never reused."""
    query = select(func.max(PublicVersion.version)).where(PublicVersion.report_id == report.id)
    return (await unit.session.scalar(query) or 0) + 1


async def replace_versions(unit: UnitOfWork, versions: Sequence[PublicVersion]) -> None:
    """Destroy the content of these versions, which are no longer public."""
    keys = [version.data_key_id for version in versions]
    for version in versions:
        forget_version(version)
    await vault.destroy(unit, keys)


async def keep_withheld(unit: UnitOfWork, report: Report, taken: Withheld) -> None:
    """Store the answers taken out, in place of earlier ones, unless the report is destroyed."""
    if report.data_key_id is None:
        return
    known = await reading.legible_beside(unit, report)
    if taken or known is None or _NAME in known:  # damaged data is replaced
        instances = [[repeat, StoredAnswers.of(said).stored] for repeat, said in taken.instances]
        plain = {"answers": StoredAnswers.of(taken.answers).stored, "instances": instances}
        await reading.keep_beside(unit, report, {_NAME: plain})


async def brought_back(unit: UnitOfWork, report: Report, draft: Draft) -> Draft:
    """Draft from a version, with its taken out answers kept out."""
    try:
        known = await reading.read_beside(unit, report)
    except UnsealError:
        return draft
    if _NAME not in known:
        return draft
    instances = tuple((repeat, StoredAnswers(said)) for repeat, said in known[_NAME]["instances"])
    return joined(draft, Withheld(StoredAnswers(known[_NAME]["answers"]), instances))


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Text that waits for confirmation. `language` is its likely language, if not the version's."""

    path: str
    text: str
    language: str | None = None

    @property
    def digest(self) -> str:
        """Digest for a confirmation: 128 bits of SHA-256, in hexadecimal."""
        told = f"{schema_path(self.path)}\x1f{self.text}"
        return hashlib.sha256(told.encode()).hexdigest()[:32]


def unconfirmed(form: Form, content: VersionContent) -> tuple[OwnWords, ...]:
    """Unconfirmed words in answers to public questions, in order."""
    return tuple(words for words in _marked(form, content) if words.digest not in content.confirmed)


def public_answers(form: Form, content: VersionContent) -> StoredAnswers:
    left_out = {words.path for words in unconfirmed(form, content)}
    answers = StoredAnswers.of(content.answers)
    if not left_out:
        return answers
    return StoredAnswers({path: answer for path, answer in answers.stored.items() if path not in left_out})


async def confirm_own_words(
    unit: UnitOfWork,
    moderator: Moderator,
    report: Report,
    version: PublicVersion,
    content: VersionContent,
    words: Iterable[OwnWords],
) -> None:
    """Let these words be public with this and later versions. Voids approvals. The version's data key must
    be open."""
    confirmed = content.confirmed | {one.digest for one in words}
    write(unit, version, replace(content, confirmed=confirmed))
    await approvals.void(unit, [report])
    await audit.record(unit, moderator.alias, "confirm", report.ref, f"v{version.version}")


@dataclass(frozen=True, slots=True)
class _Watched:
    """Public question. `is_prose`: its texts have a language, even a moderator's. `has_language`: it is no
    link. `language`: the expected one, None for the version's."""

    question: Question
    is_prose: bool
    has_language: bool
    language: str | None


def _marked(form: Form, content: VersionContent) -> Iterator[OwnWords]:
    watched = form.once("own_words", "", partial(_watched, form))
    kinds = form.by_role.get("date_kind")
    codes = kinds.labels if kinds is not None else {}  # an earlier form had its default as words
    for path, stored in StoredAnswers.of(content.answers).stored.items():
        fields = stored.get(_WRITTEN)
        one = watched.get(schema_path(path)) if fields is not None else None
        if fields is None or one is None:
            continue
        text = text_of(fields)
        is_own = is_put_there(one.question, text, [part["source"] for part in fields["parts"]])
        is_own = is_own and not (one.question.role == "date_meaning" and text in codes)
        if is_own or (content.checked and one.is_prose):
            found = language_of(text) if one.has_language else None
            language = None if found == (one.language or content.language) else found
            if is_own or language is not None:
                yield OwnWords(path, text, language)


def _watched(form: Form) -> Mapping[str, _Watched]:
    found = {}
    for one in form.questions:
        if one.privacy is Privacy.PUBLIC:
            language = language_of_role(one.role)
            is_prose = one.role in _PROSE or language is not None
            found[one.path] = _Watched(one, is_prose, APPEARANCE not in one.appearance.split(), language)
    return found


@dataclass(frozen=True, slots=True)
class Giveaway:
    kind: FindingKind
    words: str


def giveaways_of_version(form: Form, content: VersionContent) -> tuple[Giveaway, ...]:
    return giveaways_of_answers(form, public_answers(form, content))


def giveaways_of_answers(form: Form, answers: Mapping[str, Answer]) -> tuple[Giveaway, ...]:
    """Identifying details in public written answers, each once, in order."""
    texts = []
    for path, answer in answers.items():
        question = form.question_at(path)
        if question is None or question.privacy is not Privacy.PUBLIC or not isinstance(answer, Written):
            continue
        if APPEARANCE not in question.appearance:  # links are public pages
            texts.append(answer.text)
    pieces = ((one.kind, text[one.start : one.end]) for text in texts for one in found(text))
    return tuple(dict.fromkeys(Giveaway(kind, " ".join(words.split())) for kind, words in pieces))
