"""Public versions of a report: what moderators wrote for the public, each sealed under its own data key.

A version is `proposed` when saved, `approved` when it is what exports show, `replaced` when a later one took
its place; of a replaced version nothing but its number is kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from bot.form.answers import Answer, from_json, to_json
from bot.services import vault
from bot.services.unit import Unit
from db.models import PublicVersion, Report


class VersionState(StrEnum):
    """Where a public version stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class VersionContent:
    """What a version says: answers by instance path of the form, the language it was written in."""

    form: str
    form_version: str
    language: str
    answers: Mapping[str, Answer]
    counts: Mapping[str, int]


def _place(version_id: str) -> str:
    return f"public_versions.content:{version_id}"


def write(unit: Unit, version: PublicVersion, written: VersionContent) -> None:
    """Seal the content into its row, whose data key is open."""
    assert version.data_key_id is not None  # noqa: S101 - a version being written has its key
    content = {
        "form": written.form,
        "version": written.form_version,
        "language": written.language,
        "answers": {path: to_json(answer) for path, answer in written.answers.items()},
        "counts": dict(written.counts),
    }
    version.content = vault.seal(unit, version.data_key_id, content, _place(version.id))


def read(unit: Unit, version_id: str, key_id: str, sealed: bytes) -> VersionContent:
    """The inverse of `write`; the data key must be open (`vault.open_keys`)."""
    content: dict[str, Any] = vault.unseal(unit, key_id, sealed, _place(version_id))
    return VersionContent(
        form=content["form"],
        form_version=content["version"],
        language=content["language"],
        answers={path: from_json(answer) for path, answer in content["answers"].items()},
        counts=content["counts"],
    )


async def written(unit: Unit, version: PublicVersion) -> VersionContent | None:
    """What a version says, None when it is destroyed."""
    if version.data_key_id is None or version.content is None:
        return None
    await vault.open_keys(unit, [version.data_key_id])
    return read(unit, version.id, version.data_key_id, version.content)


async def of_report(unit: Unit, report: Report, state: VersionState) -> Sequence[PublicVersion]:
    """The versions of a report in a state, the newest first."""
    query = select(PublicVersion).where(PublicVersion.report_id == report.id, PublicVersion.state == state)
    return (await unit.session.scalars(query.order_by(PublicVersion.version.desc()))).all()


async def latest(unit: Unit, report: Report) -> PublicVersion | None:
    """The version an edit starts from: the proposed one, else the one that is public."""
    for state in (VersionState.PROPOSED, VersionState.APPROVED):
        for version in await of_report(unit, report, state):
            return version
    return None


async def next_number(unit: Unit, report: Report) -> int:
    """The number of the report's next version; a number is never used twice."""
    query = select(func.max(PublicVersion.version)).where(PublicVersion.report_id == report.id)
    return (await unit.session.scalar(query) or 0) + 1


async def replace(unit: Unit, versions: Sequence[PublicVersion]) -> None:
    """Destroy what these versions say; they are no longer public."""
    keys = [version.data_key_id for version in versions]
    for version in versions:
        version.state, version.current = VersionState.REPLACED, False
        version.content = version.data_key_id = None
    await vault.destroy(unit, keys)
