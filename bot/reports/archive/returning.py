"""Takes in what comes back from the organisation's machine: keys that open a report again, and new envelopes.

The server's recipient is no secret, so such a file may come from anyone. A key is taken only if it opens what it
sealed, in place of the very envelope that lies here.
"""

import hashlib
import io
from base64 import b64decode
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import select

from bot import json_text
from bot.errors import ArgumentError, Refusal
from bot.reports import approvals, claims
from bot.reports.states import UNDECIDED, Move, Status, after
from bot.safety import offline
from bot.safety.sealing import KEY_BYTES, SecretKey, UnsealError
from bot.store import archive_keys, vault
from bot.store.unit import UnitOfWork
from db.engine import padded_to_power_of_two
from db.models import DataKey, File, PublicVersion, Report, TalkMessage

FORMAT = 1
MOST_BYTES = 1024 * 1024
"""Size of a reopening file: a few hundred keys."""
_KEYS_AT_ONCE = 500
_AGE = b"age-encryption.org/v1\n"


class Kind(StrEnum):
    """Kind of a file that comes back."""

    REOPENING = "reopening"
    RESEALING = "resealing"


def _wrong(why: str, ref: str = "") -> Refusal:
    return Refusal(f"archive.returned.{why}", {"ref": ref} if ref else {})


async def read(unit: UnitOfWork, sealed: bytes, kind: Kind) -> Mapping[str, Any]:
    """Content of a file that was sealed to this server. Raises Refusal for one that is cut, or of another installation or kind."""
    if not sealed.startswith(_AGE):
        raise _wrong("foreign")
    plain = io.BytesIO()
    try:
        identity = await archive_keys.server_identity(unit)
        offline.open_stream([identity], io.BytesIO(sealed), plain)
    except ValueError:
        raise _wrong("foreign") from None
    except OSError:
        raise _wrong("cut") from None
    with suppress(ValueError, KeyError, TypeError):
        told: Mapping[str, Any] = json_text.loaded(plain.getvalue())
        is_ours = told["installation"] == await archive_keys.installation(unit)
        if is_ours and (told["kuager"], told["format"]) == (kind, FORMAT):
            return told
    raise _wrong("foreign")


@dataclass(frozen=True, slots=True)
class Reopening:
    """A report, and all its data keys that are in the archive."""

    report: Report
    keys: Mapping[str, SecretKey]


async def reopening(unit: UnitOfWork, told: Mapping[str, Any]) -> Reopening:
    """Report of a reopening file, locked, with its proven keys. Raises Refusal if the report is withdrawn or open, or the file old."""
    try:
        ref, keys = str(told["report"]), {one: _key(value) for one, value in told["keys"].items()}
        digests = {one: str(value["envelope"]) for one, value in told["keys"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _wrong("foreign") from None
    if not claims.read_reference(ref):
        raise _wrong("foreign")
    report = await claims.find(unit, ref)
    values = [one async for one in _sealed_values(unit, report)]
    lie = await _lying(unit, {one.key_id for one in values})
    if not lie:
        raise _wrong("withdrawn" if report.data_key_id is None else "open", report.ref)
    if lie != digests:
        raise _wrong("old", report.ref)
    await vault.open_keys(unit, [report.data_key_id], lenient=True)
    of_report = keys.get(report.data_key_id or "") or unit.keys.get(report.data_key_id or "")
    if not all(
        _is_proven(unit, key, [one for one in values if one.key_id == key_id], of_report)
        for key_id, key in keys.items()
    ):
        raise _wrong("foreign")
    return Reopening(report, keys)


class _Sealed(NamedTuple):
    key_id: str
    context: str
    value: bytes


def _key(told: Mapping[str, str]) -> SecretKey:
    key = SecretKey(b64decode(told["data"], validate=True))
    if len(key) != KEY_BYTES:
        raise ValueError
    return key


async def _sealed_values(unit: UnitOfWork, report: Report) -> AsyncIterator[_Sealed]:
    """Values that the keys of a report seal. A message may be sealed by that of the report instead."""
    if report.data_key_id is not None:
        yield _Sealed(report.data_key_id, f"reports.content:{report.id}", report.content or b"")
    versions = PublicVersion.report_id == report.id, PublicVersion.data_key_id.is_not(None)
    for version in await unit.session.scalars(select(PublicVersion).where(*versions)):
        context = f"public_versions.content:{version.id}"
        yield _Sealed(version.data_key_id or "", context, version.content or b"")
    talk = TalkMessage.report_id == report.id, TalkMessage.files_key_id.is_not(None)
    rows = (await unit.session.scalars(select(TalkMessage).where(*talk))).all()
    for row in rows:
        yield _Sealed(row.files_key_id or "", f"talk_messages.content:{row.id}", row.content)
    of_talk = File.data_key_id.in_([row.files_key_id for row in rows])
    for file in await unit.session.scalars(select(File).where(of_talk)):
        yield _Sealed(file.data_key_id or "", f"files.meta:{file.id}", file.meta)


def _is_proven(
    unit: UnitOfWork, key: SecretKey, values: Sequence[_Sealed], of_report: SecretKey | None
) -> bool:
    """Whether a key opens what it sealed, if anything. One damaged value does not count against it."""

    def opens(key: SecretKey | None, one: _Sealed) -> bool:
        with suppress(UnsealError):
            return key is not None and unit.safe.ring.scheme.unseal(key, one.value, one.context) is not None
        return False

    own = [one for one in values if one.value and (key == of_report or not opens(of_report, one))]
    return not own or any(opens(key, one) for one in own)


async def _lying(unit: UnitOfWork, key_ids: Collection[str]) -> Mapping[str, str]:
    """Digests of the envelopes that lie here, by key id."""
    found = await vault.envelopes(unit, padded_to_power_of_two(sorted(key_ids))) if key_ids else {}
    return {key_id: hashlib.sha256(envelope).hexdigest() for key_id, envelope in found.items()}


async def bring_back(unit: UnitOfWork, found: Reopening) -> None:
    """Open a report again. A decided one returns to the queue, and its public version stays until a new decision."""
    report = found.report
    await vault.bring_back(unit, found.keys)
    report.sealed, was = False, Status(report.status)
    report.status = after(was, Move.BRING_BACK)
    if was not in UNDECIDED:
        report.closed_hour = report.closed_hour if was == Status.APPROVED else None
        report.reject_reason = report.duplicate_of = None
        approvals.came_back(unit, report)


async def reseal(unit: UnitOfWork, told: Mapping[str, Any]) -> tuple[str, int, int]:
    """Replace envelopes by those of a reseal file, all of them. Returns fingerprints of their recipients, and numbers of keys
    replaced, and destroyed meanwhile. Raises ArgumentError for an old file, and for recipients that have not
    answered; the caller rolls back."""
    try:
        to = [offline.read_recipient(one) for one in told["to"]]
        new = {one: b64decode(value["new"], validate=True) for one, value in told["envelopes"].items()}
        old = {one: str(value["old"]) for one, value in told["envelopes"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _wrong("foreign") from None
    answered = {one.recipient for one in await archive_keys.recipients(unit) if one.answered_hour is not None}
    if not to or not set(to) <= answered:
        raise ArgumentError(
            "FILE is wrong: it is for recipients that the settings do not name, or that have not answered. Run: python -m bot archive words"
        )
    if not all(one.startswith(_AGE) for one in new.values()):
        raise _wrong("foreign")
    gone, ids, sealed_to = 0, list(new), archive_keys.sealed_to(to)
    for some in (ids[start : start + _KEYS_AT_ONCE] for start in range(0, len(ids), _KEYS_AT_ONCE)):
        kept = set(
            await unit.session.scalars(select(DataKey.id).where(DataKey.id.in_(some)).with_for_update())
        )
        lie = await _lying(unit, some)
        if any(lie.get(one) != old[one] for one in kept):
            raise ArgumentError(
                "FILE is old: some of it was reopened or sealed anew since. Nothing was taken in. Export a new bundle and reseal that: python -m bot archive export"
            )
        gone += len(some) - len(kept)
        await vault.exchange(unit, {one: new[one] for one in kept}, sealed_to)
    return sealed_to, len(new) - gone, gone
