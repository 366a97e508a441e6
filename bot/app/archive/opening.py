"""An opened bundle in a database of this process's memory, so that all that reads reports on the server reads these, and
the small files that go back to the server."""

import asyncio
import hashlib
import secrets
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import SecretStr

from bot import json_text
from bot.app.archive.bundles import ArchivedReport, Bundle
from bot.app.wiring import system_clock
from bot.app.work import Work
from bot.errors import ArgumentError
from bot.form.answers import FileKind
from bot.form.model import Form, form_from_json
from bot.safety import offline
from bot.safety.sealing import SecretKey, new_key, show_key
from bot.settings import Settings
from bot.store import archive_keys, files, vault
from bot.store.file_store import FileStore
from bot.store.unit import REPORT_FORM, REVIEW_FORM, SECONDS_AN_HOUR, FormRegistry, UnitOfWork
from db.engine import IN_MEMORY, Database
from db.models import Base, File, PublicVersion, Report, TalkMessage

FORMAT = 1
_AT_ONCE = 200
_CLEAR = (
    *(
        "id",
        "ref",
        "status",
        "language",
        "form",
        "form_version",
        "category",
        "region",
        "date_start",
        "date_end",
    ),
    *("date_precision", "urgent", "consent_use", "submitted_hour", "closed_hour", "reject_reason"),
)


class BundleStore(FileStore):
    """Files of a bundle by their places in the server's store. Nothing is written."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        every = [one for report in bundle.reports for one in report.files]
        self._members = {one.id: one.original for one in every} | {
            files.copy_id(one.id): one.clean for one in every
        }

    async def prepare(self) -> str | None:
        return None

    async def put(self, file_id: str, sealed: bytes) -> None:
        raise PermissionError(file_id)

    async def get(self, file_id: str) -> bytes:
        if (name := self._members.get(file_id)) is None:
            raise FileNotFoundError(file_id)
        return await asyncio.to_thread(self._bundle.member, name)

    async def lengths(self) -> AsyncIterator[Sequence[tuple[str, int]]]:
        for file_id in sorted(self._members):
            yield [(file_id, 0)]

    async def remove(self, file_id: str) -> None:
        raise PermissionError(file_id)


@dataclass(frozen=True, slots=True)
class OpenArchive:
    bundle: Bundle
    work: Work
    store: BundleStore


@asynccontextmanager
async def opened(bundle: Bundle, recipients: Sequence[str] = ()) -> AsyncIterator[OpenArchive]:
    """Open a bundle in memory. What leaves it is encrypted to `recipients`."""
    settings = _settings(bundle, recipients)
    work = Work(settings, Database(settings.database_url), system_clock(settings))
    work.forms = _forms(bundle.head.forms, work.forms)
    try:
        async with work.database.writer.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        for start in range(0, len(bundle.reports), _AT_ONCE):
            async with work.write() as unit:
                for one in bundle.reports[start : start + _AT_ONCE]:
                    _add(unit, one, bundle.keys)
        yield OpenArchive(bundle, work, BundleStore(bundle))
    finally:
        await work.database.close()


def _settings(bundle: Bundle, recipients: Sequence[str]) -> Settings:
    """Settings with keys for this process alone. Environment and `.env` are not read."""
    own: dict[str, Any] = {name: SecretStr(show_key(new_key())) for name in ("lookup_key", "audit_key")}
    own |= {"key_ring": SecretStr(f"k1:{show_key(new_key())}"), "organisation": bundle.head.organisation}
    own |= {name: tuple(recipients) for name in ("export_recipients", "original_recipients")}
    return Settings.model_construct(**own, database_url=IN_MEMORY.format(secrets.token_hex(8)))


def _forms(stored: Mapping[str, Any], own: Mapping[str, Form]) -> FormRegistry:
    """Forms of a bundle, in front of the program's own."""
    found = list[Form]()
    for digest, written in stored.items():
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            form = form_from_json(json_text.dumped(written))
            found += [form] if form.digest == digest else []
    reviews = [one for one in found if {"title", "summary"} <= one.by_role.keys()]
    reports = [one for one in found if one not in reviews] or [own[REPORT_FORM]]
    kinds = {**own, REPORT_FORM: reports[0], REVIEW_FORM: next(iter(reviews), own[REVIEW_FORM])}
    return FormRegistry(kinds, reports[1:])


def _add(unit: UnitOfWork, report: ArchivedReport, keys: Mapping[str, SecretKey]) -> None:
    """Add a report with all of it that opens."""
    for key_id in report.envelopes.keys() & keys.keys():
        vault.add_key(unit, key_id, keys[key_id])
    row = Report(**{name: getattr(report, name) for name in _CLEAR}, announced=True)
    unit.session.add(row)
    if report.key in keys:
        row.data_key_id, row.content, row.notes = report.key, report.content, report.notes
        unit.session.add_all(_talk(report, keys))
    versions = (one for one in report.versions if one.key in keys)
    for version in versions:
        columns = {name: told for name, told in asdict(version).items() if name != "key"}
        unit.session.add(PublicVersion(**columns, report_id=report.id, data_key_id=version.key))
    for one in report.files:
        if one.key in keys:
            known = {"kind": FileKind.DOCUMENT, "size": 0, "attempts": 0, "hour": 0}
            unit.session.add(File(id=one.id, data_key_id=one.key, status=one.status, meta=one.meta, **known))


def _talk(report: ArchivedReport, keys: Mapping[str, SecretKey]) -> Iterator[TalkMessage]:
    for one in report.talk:
        columns = {name: told for name, told in asdict(one).items() if name != "key"}
        yield TalkMessage(**columns, report_id=report.id, files_key_id=one.key if one.key in keys else None)


def reopening(bundle: Bundle, ref: str) -> bytes:
    """Reopening file of a report: its data keys, sealed to the server. Raises ArgumentError."""
    report = bundle.report(ref)
    envelopes = _sealed(report)
    if not envelopes:
        raise ArgumentError(
            f"REF is wrong: {report.ref} is not sealed. Nothing has to be reopened: open it in the bot: /open {report.ref}"
        )
    if not envelopes.keys() <= bundle.keys.keys():
        raise ArgumentError(
            f"--identity is wrong: {report.ref} is sealed to other recipients. See which: python -m bot archive open. Give one of their keys. "
            "Example: --identity archive-key.txt"
        )
    keys = {
        key_id: {"data": b64encode(bundle.keys[key_id]).decode(), "envelope": _digest(envelope)}
        for key_id, envelope in envelopes.items()
    }
    hour = int(time.time()) // SECONDS_AN_HOUR
    return _to_server(bundle, {"kuager": "reopening", "report": report.ref, "made_hour": hour, "keys": keys})


def resealing(bundle: Bundle, to: Sequence[str]) -> tuple[bytes, int, int]:
    """Reseal file of a bundle: envelopes for other recipients. Returns it with the number of reports in it and of those that no identity
    opens."""
    envelopes, done = dict[str, dict[str, str]](), 0
    reports = {one.ref: _sealed(one) for one in bundle.reports}
    for ref, sealed in reports.items():
        if not sealed or not sealed.keys() <= bundle.keys.keys():
            continue
        done += 1
        for key_id, envelope in sealed.items():
            plain = archive_keys.sealed_key(bundle.head.installation, ref, key_id, bundle.keys[key_id])
            envelopes[key_id] = {
                "old": _digest(envelope),
                "new": b64encode(offline.seal_to(to, plain)).decode(),
            }
    made = _to_server(bundle, {"kuager": "resealing", "to": list(to), "envelopes": envelopes})
    return made, done, sum(map(bool, reports.values())) - done


def _sealed(report: ArchivedReport) -> Mapping[str, bytes]:
    """Envelopes of the keys that the server cannot open. Others have one for this bundle alone."""
    return {key_id: one for key_id, one in report.envelopes.items() if report.sealed_to.get(key_id)}


def _digest(envelope: bytes) -> str:
    return hashlib.sha256(envelope).hexdigest()


def _to_server(bundle: Bundle, told: Mapping[str, Any]) -> bytes:
    whole = {"format": FORMAT, "installation": bundle.head.installation, **told}
    return offline.seal_to([bundle.head.server], json_text.dumped(whole))
