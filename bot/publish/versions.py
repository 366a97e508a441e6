"""Public versions of a report, the reporter's answers and own words that may leave, and a scan for identifying details."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sqlalchemy import func, select

from bot.form.answers import Answer, Chosen, Number, StoredAnswers, TextPart, When, Written, tag_of
from bot.form.draft import Draft, Withheld, joined
from bot.form.expressions.expression import told_by
from bot.form.kinds import value_kind
from bot.form.kinds.text import is_put_there, text_of
from bot.form.model import Form, Privacy, Question, schema_path
from bot.form.typed.intervals import coarsened, exactly, is_date
from bot.form.typed.links import APPEARANCE
from bot.publish.location import sources
from bot.publish.published_languages import TEXTS, language_of, language_of_role
from bot.reports import approvals, reading
from bot.reports.states import Consent, VersionState
from bot.reports.withdrawal import forget_version
from bot.safety.personal_data import found
from bot.safety.personal_data.words import FindingKind
from bot.safety.sealing import UnsealError
from bot.store import audit, ring_keys, vault
from bot.store.unit import REVIEW_FORM, FormRegistry, UnitOfWork
from db.models import DataKey, Moderator, PublicVersion, Report

TOO_OLD = "too_old"
"""Consent of a version older than sealed consents."""

_NAME = "withheld"
_WRITTEN = tag_of(Written)
_PROSE = frozenset({*TEXTS, "affected_role", "perpetrator_detail"})


@dataclass(frozen=True, slots=True)
class ReportedAnswers:
    """Answers of the reporter that may leave, by instance path, fixed with the version. Texts are there once confirmed."""

    form: str
    version: str
    answers: Mapping[str, Answer] = field(default_factory=dict)


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
    - `reported`: the reporter's answers beside it. None if their form has none that may leave.
    - `translations`: by language, then by text (`one_line`), of short texts such as roles and towns.
    - `translates`: number of the version that this one only translates, 0 for none.
    - `persons`: random ids of linked persons by the path of their instance (`persons`). No export has them.
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
    reported: ReportedAnswers | None = None
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    persons: Mapping[str, Sequence[str]] = field(default_factory=dict)
    translates: int = 0


def _context(version_id: str) -> str:
    return f"public_versions.content:{version_id}"


def write(unit: UnitOfWork, version: PublicVersion, content: VersionContent) -> None:
    """Seal the content into its row, whose data key is open."""
    assert version.data_key_id is not None  # noqa: S101 - a version being written has its key
    plain: dict[str, Any] = {
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
        "translates": content.translates,
        "persons": {place: list(links) for place, links in content.persons.items()},
    }
    if told := content.reported:
        answers = StoredAnswers.of(told.answers).stored
        plain["reported"] = {"form": told.form, "version": told.version, "answers": answers}
    if content.translations:
        plain["translations"] = {language: dict(texts) for language, texts in content.translations.items()}
    version.content = vault.seal(unit, version.data_key_id, plain, _context(version.id))


def read(unit: UnitOfWork, version_id: str, key_id: str, sealed: bytes) -> VersionContent:
    """Inverse of `write`. The data key must be open (`vault.open_keys`)."""
    plain: dict[str, Any] = vault.unseal(unit, key_id, sealed, _context(version_id))
    told = plain.get("reported")
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
        reported=told and ReportedAnswers(told["form"], told["version"], StoredAnswers(told["answers"])),
        translations=plain.get("translations", {}),
        persons=plain.get("persons", {}),
        translates=plain.get("translates", 0),
    )


def one_line(text: str) -> str:
    return " ".join(text.split())


def translations_of(
    answers: Mapping[str, Answer], known: Mapping[str, Mapping[str, str]]
) -> Mapping[str, Mapping[str, str]]:
    """Translations whose texts are still among the answers."""
    texts = {one_line(one.text) for one in answers.values() if isinstance(one, Written)}
    kept = {code: {text: said for text, said in one.items() if text in texts} for code, one in known.items()}
    return {code: one for code, one in kept.items() if one}


async def content(unit: UnitOfWork, version: PublicVersion) -> VersionContent | None:
    """Content of a version, or None when destroyed. Raises InArchive when it is in the sealed archive."""
    if version.data_key_id is None or version.content is None:
        return None
    try:
        await vault.open_keys(unit, [version.data_key_id])
    except vault.InArchive:
        raise vault.InArchive((await unit.session.get_one(Report, version.report_id)).ref) from None
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
    """Store the answers taken out, in place of earlier ones, unless the report is destroyed or in the sealed archive."""
    if report.data_key_id is None:
        return
    try:
        known = await reading.legible_beside(unit, report)
    except vault.InArchive:
        return  # lost, since nothing that is open may hold them
    if taken or known is None or _NAME in known:  # damaged data is replaced
        instances = [[repeat, StoredAnswers.of(said).stored] for repeat, said in taken.instances]
        plain = {"answers": StoredAnswers.of(taken.answers).stored, "instances": instances}
        await reading.keep_beside(unit, report, {_NAME: plain})


async def brought_back(unit: UnitOfWork, report: Report, draft: Draft) -> Draft:
    """Draft from a version, with its taken out answers kept out."""
    try:
        known = await reading.read_beside(unit, report)
    except (UnsealError, vault.InArchive):
        return draft
    if _NAME not in known:
        return draft
    instances = tuple((repeat, StoredAnswers(said)) for repeat, said in known[_NAME]["instances"])
    return joined(draft, Withheld(StoredAnswers(known[_NAME]["answers"]), instances))


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Text that waits for confirmation. `language` is its likely language, if not the version's. `form` is the id of
    the report form, for an answer that stands beside the version."""

    path: str
    text: str
    language: str | None = None
    form: str = ""

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


def answered_forms(forms: Mapping[str, Form]) -> Mapping[str, Form]:
    """Report forms by id that have `leaving_questions`. Of several with one id the newest counts."""
    known = forms if isinstance(forms, FormRegistry) else FormRegistry(forms)
    reports = reversed(known.every)
    return {one.id: one for one in reports if leaving_questions(one, forms[REVIEW_FORM])}


def leaving_questions(report: Form, review: Form) -> Mapping[str, Question]:
    """Questions by path whose answers may leave as given: `public` ones with a column in an export, which tell of
    such questions alone and which the moderators' form does not take over."""
    return report.once(
        "leaving",
        review.digest,
        lambda: {
            one.path: one
            for one in report.questions
            if _leaves(report, one) and not any(_takes_over(own, one) for own in review.questions)
        },
    )


def _leaves(form: Form, question: Question) -> bool:
    told = map(form.question_at, told_by(form, question))
    is_column = question.privacy is Privacy.PUBLIC and value_kind(question).fact_type is not None
    return is_column and all(_leaves(form, one) for one in told if one is not None)


def _takes_over(own: Question, asked: Question) -> bool:
    """Whether a moderators' question starts from the answer to `asked`, whose kind and codes it knows."""
    is_alike = value_kind(own).answered_with is value_kind(asked).answered_with
    knows = is_alike and (not asked.choices or not asked.labels.keys().isdisjoint(own.labels))
    named = (one.partition("/") for one in sources(own))
    columns = [column for name, _, column in named if name == asked.name]
    return any(any(one in choice.columns for choice in asked.choices) if one else knows for one in columns)


def reported(
    form: Form, review: Form, consent: str | None, answers: Mapping[str, Answer]
) -> tuple[ReportedAnswers | None, tuple[OwnWords, ...]]:
    """All that may leave of a reporter's answers, and the texts to confirm first. None for a form without such questions."""
    questions, found, words = leaving_questions(form, review), dict[str, Answer](), list[OwnWords]()
    for path, answer in answers.items() if consent in {Consent.PUBLISH, Consent.SHARE} else ():
        if (question := questions.get(schema_path(path))) is None:
            continue
        kept = _permitted(question, answer)
        if isinstance(kept, Written) and question.kind != "acknowledge":
            words.append(OwnWords(path, kept.text, form=form.id))
        elif kept is not None:
            found[path] = kept
    return ReportedAnswers(form.id, form.version, found) if questions else None, tuple(words)


def _permitted(question: Question, answer: Answer) -> Answer | None:
    """The part of an answer that may leave. A text is without its voice messages. Others never leave."""
    if isinstance(answer, Written) and question.kind == "dateTime" and is_date(answer.text[:10]):
        answer = exactly(answer.text[:10])
    match answer:
        case Chosen():
            names = tuple(name for name in answer.names if name in question.labels)
            return Chosen(names) if names else None
        case Number():
            return answer
        case When():
            return coarsened(answer, question.bot.get("precision", "month"))
        case Written() if text := answer.text.strip():
            return None if question.kind == "dateTime" else Written((TextPart(text),))
    return None


async def unconfirmed_reported(
    unit: UnitOfWork, report: Report, content: VersionContent
) -> tuple[OwnWords, ...]:
    """Texts of the report that may leave, without a confirmed copy in the version. None once it is sealed or destroyed."""
    with suppress(UnsealError, vault.InArchive):
        told = await reading.content_of(unit, report) if content.reported else None
        if told is not None and content.reported is not None:
            known = content.reported.answers
            _, words = reported(told.form, unit.forms[REVIEW_FORM], content.consent, told.answers)
            return tuple(one for one in words if known.get(one.path) != Written((TextPart(one.text),)))
    return ()


async def confirm_own_words(
    unit: UnitOfWork,
    moderator: Moderator,
    report: Report,
    version: PublicVersion,
    content: VersionContent,
    words: Iterable[OwnWords],
) -> None:
    """Let these words be public from now on, which voids approvals. The version's data key must be open."""
    found = tuple(words)
    confirmed = content.confirmed | {one.digest for one in found if not one.form}
    texts = {one.path: Written((TextPart(one.text),)) for one in found if one.form}
    told = content.reported and replace(content.reported, answers={**content.reported.answers, **texts})
    write(unit, version, replace(content, confirmed=confirmed, reported=told))
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
        if (fields := stored.get(_WRITTEN)) is None or (one := watched.get(schema_path(path))) is None:
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
    told = content.reported.answers.values() if content.reported else ()
    texts = [answer.text for answer in told if isinstance(answer, Written)]
    texts += [said for one in content.translations.values() for said in one.values()]
    own = giveaways_of_answers(form, public_answers(form, content))
    return tuple(dict.fromkeys((*own, *giveaways(texts))))


def giveaways_of_answers(form: Form, answers: Mapping[str, Answer]) -> tuple[Giveaway, ...]:
    """Identifying details in public written answers, each once, in order."""
    texts = []
    for path, answer in answers.items():
        question = form.question_at(path)
        if question is None or question.privacy is not Privacy.PUBLIC or not isinstance(answer, Written):
            continue
        if APPEARANCE not in question.appearance:  # links are public pages
            texts.append(answer.text)
    return giveaways(texts)


def giveaways(texts: Iterable[str]) -> tuple[Giveaway, ...]:
    pieces = ((one.kind, text[one.start : one.end]) for text in texts for one in found(text))
    return tuple(dict.fromkeys(Giveaway(kind, " ".join(words.split())) for kind, words in pieces))
