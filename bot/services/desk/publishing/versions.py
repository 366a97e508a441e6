"""Public versions of a report, each sealed under a data key of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from bot.form.answers import Answer, StoredAnswers, from_json, to_json
from bot.form.draft import Draft
from bot.form.flow.leaving import Withheld, joined
from bot.safety.sealing import UnsealError
from bot.services import ring_keys, vault
from bot.services.reports import beside
from bot.services.reports.states import VersionState
from bot.services.reports.withdrawal import forget_version
from bot.services.unit import Unit
from db.models import DataKey, PublicVersion, Report

TOO_OLD = "too_old"
"""Consent of a version older than sealed consents."""


@dataclass(frozen=True, slots=True)
class VersionContent:
    """Content of a version.

    - `answers`: by instance path.
    - `language`: the moderator's.
    - `confirmed`: digests of confirmed words (`own_words`).
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


def write(unit: Unit, version: PublicVersion, content: VersionContent) -> None:
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


def read(unit: Unit, version_id: str, key_id: str, sealed: bytes) -> VersionContent:
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


async def content(unit: Unit, version: PublicVersion) -> VersionContent | None:
    """Content of a version, or None when destroyed."""
    if version.data_key_id is None or version.content is None:
        return None
    await vault.open_keys(unit, [version.data_key_id])
    return read(unit, version.id, version.data_key_id, version.content)


async def legible(unit: Unit, version: PublicVersion) -> VersionContent | None:
    """Content of a version, or None when destroyed or damaged, so that another can be written. Raises
    UnsealError when the ring lacks a key, which may come back."""
    try:
        return await content(unit, version)
    except UnsealError:
        key = await unit.session.get_one(DataKey, version.data_key_id)
        if not await ring_keys.has(unit, key.ring):
            raise
        return None


async def of_report(unit: Unit, report: Report, *states: VersionState) -> Sequence[PublicVersion]:
    query = select(PublicVersion).where(PublicVersion.report_id == report.id, PublicVersion.state.in_(states))
    return (await unit.session.scalars(query.order_by(PublicVersion.version.desc()))).all()


async def next_number(unit: Unit, report: Report) -> int:
    """Number of the next version. Numbers are never reused."""
    query = select(func.max(PublicVersion.version)).where(PublicVersion.report_id == report.id)
    return (await unit.session.scalar(query) or 0) + 1


async def replace(unit: Unit, versions: Sequence[PublicVersion]) -> None:
    """Destroy the content of these versions, which are no longer public."""
    keys = [version.data_key_id for version in versions]
    for version in versions:
        forget_version(version)
    await vault.destroy(unit, keys)


_NAME = "withheld"


async def keep(unit: Unit, report: Report, taken: Withheld) -> None:
    """Store the answers taken out, in place of earlier ones, unless the report is destroyed."""
    if report.data_key_id is None:
        return
    known = await beside.legible(unit, report)
    if taken or known is None or _NAME in known:  # damaged data is replaced
        await beside.keep(unit, report, {_NAME: _plain(taken)})


async def brought_back(unit: Unit, report: Report, draft: Draft) -> Draft:
    """Draft from a version, with its taken out answers kept out."""
    try:
        known = await beside.read(unit, report)
    except UnsealError:
        return draft
    return joined(draft, _read(known[_NAME])) if _NAME in known else draft


def _plain(taken: Withheld) -> Mapping[str, Any]:
    return {
        "answers": _written(taken.answers),
        "instances": [[repeat, _written(said)] for repeat, said in taken.instances],
    }


def _read(data: Mapping[str, Any]) -> Withheld:
    instances = tuple((repeat, _answers(said)) for repeat, said in data["instances"])
    return Withheld(_answers(data["answers"]), instances)


def _written(answers: Mapping[str, Answer]) -> Mapping[str, Any]:
    return {path: to_json(answer) for path, answer in answers.items()}


def _answers(data: Mapping[str, Any]) -> Mapping[str, Answer]:
    return {path: from_json(answer) for path, answer in data.items()}
