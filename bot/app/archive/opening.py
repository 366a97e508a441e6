"""A bundle in a database of this process's memory, for all that reads reports, and the small files for the server."""

import asyncio
import hashlib
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from bot.app.archive.bundles import Bundle, BundledReport
from bot.app.wiring import system_clock
from bot.app.work import Work
from bot.errors import ArgumentError
from bot.form.model import Form, form_from_json
from bot.json_text import dumped
from bot.languages import codes
from bot.safety import offline
from bot.safety.sealing import new_key, show_key
from bot.settings import Settings
from bot.store import archive_keys, vault
from bot.store.unit import FormRegistry, UnitOfWork
from db.engine import IN_MEMORY, Database
from db.models import Base, Incident, RelatedReport

FORMAT = 1
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class OpenArchive:
    """An opened bundle, which is the store of its files too."""

    bundle: Bundle
    work: Work

    async def get(self, file_id: str) -> bytes:
        """Bytes of a file by its place in the server's store. Raises OSError."""
        members = (report.members.get(file_id) for report in self.bundle.reports.values())
        if (name := next(filter(None, members), None)) is None:
            raise FileNotFoundError(file_id)
        return await asyncio.to_thread(self.bundle.member, name)


@asynccontextmanager
async def opened(bundle: Bundle, recipients: Sequence[str] = ()) -> AsyncIterator[OpenArchive]:
    """Open a bundle in memory, once. Its originals leave encrypted to `recipients`. Raises ArgumentError for forms that are none."""
    settings = _settings(bundle, recipients)
    own = settings.model_copy(
        update={"published_languages": ()}
    )  # the program's own forms are in none but its own
    work = Work(own, Database(settings.database_url), system_clock(settings))
    work.settings, work.forms = settings, _forms(bundle, work.forms)
    try:
        async with work.database.writer.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        reports = [*bundle.reports.values()]
        for start in range(0, len(reports), _AT_ONCE):
            async with work.write() as unit:
                for one in reports[start : start + _AT_ONCE]:
                    await _add(unit, bundle, one)
        async with work.write() as unit:
            _link(unit, bundle)
        yield OpenArchive(bundle, work)
    finally:
        await work.database.close()


def _settings(bundle: Bundle, recipients: Sequence[str]) -> Settings:
    """Settings with keys for this process alone. Environment and `.env` are not read."""
    head = bundle.head
    own: dict[str, Any] = {name: SecretStr(show_key(new_key())) for name in ("lookup_key", "audit_key")}
    own |= {
        "key_ring": SecretStr(f"k1:{show_key(new_key())}"),
        "database_url": IN_MEMORY.format(secrets.token_hex(8)),
    }
    own["published_languages"] = tuple(one for one in head["published_languages"] if one in codes())
    own |= {name: tuple(recipients) for name in ("export_recipients", "original_recipients")}
    return Settings.model_construct(**own, time_zone=head["zone"], organisation={"": head["organisation"]})


def _forms(bundle: Bundle, own: Mapping[str, Form]) -> FormRegistry:
    head = bundle.head
    try:
        forms = {digest: form_from_json(dumped(written)) for digest, written in head["forms"].items()}
        kinds = {**own, **{kind: forms[digest] for kind, digest in head["kinds"].items()}}
        more = [forms[digest] for digest in head["report_forms"]]
        if all(form.digest == digest for digest, form in forms.items()):
            return FormRegistry(kinds, [form for form in more if form not in kinds.values()])
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise ArgumentError(
        f"FILE is wrong: {bundle.path} has forms that this program cannot read. Install the server's version: pip install --upgrade kuager"
    )


async def _add(unit: UnitOfWork, bundle: Bundle, report: BundledReport) -> None:
    for key_id in report.envelopes.keys() & bundle.keys.keys():
        vault.add_key(unit, key_id, bundle.keys[key_id])
    row = report.row
    is_open = row.data_key_id in bundle.keys
    if not is_open:
        row.data_key_id = row.content = row.notes = None
    unit.session.add(row)
    await unit.session.flush()  # rows that refer to this one come after it
    for message in report.talk if is_open else ():
        message.files_key_id = message.files_key_id if message.files_key_id in bundle.keys else None
        unit.session.add(message)
    unit.session.add_all(one for one in report.versions if one.data_key_id in bundle.keys)
    unit.session.add_all(one for one in report.files if one.data_key_id in bundle.keys)


def _link(unit: UnitOfWork, bundle: Bundle) -> None:
    """Add incidents, and links among the bundle's reports."""
    incidents = {ref: vault.new_id() for one in bundle.reports.values() if (ref := one.incident)}
    unit.session.add_all(Incident(id=row_id, ref=ref, hour=0) for ref, row_id in incidents.items())
    for one in bundle.reports.values():
        if one.incident:
            one.row.incident_id = incidents[one.incident]
            unit.session.add(one.row)
        others = (bundle.reports[ref].row for ref in {*one.related} if ref in bundle.reports)
        unit.session.add_all(RelatedReport(report_id=one.row.id, other_id=other.id) for other in others)


def reopening(bundle: Bundle, ref: str) -> bytes:
    """Reopening file of a report: its data keys, sealed to the server. Raises ArgumentError."""
    report = bundle.report(ref)
    if not report.sealed:
        raise ArgumentError(
            f"REF is wrong: the server opens {report.row.ref} itself. In the bot: /open {report.row.ref}"
        )
    if not bundle.opens(report):
        raise ArgumentError(
            f"--identity is wrong: {report.row.ref} is sealed to other recipients. Give the key of one of them. Example: --identity key.txt"
        )
    keys = {
        key_id: {"data": b64encode(bundle.keys[key_id]).decode(), "envelope": _digest(envelope)}
        for key_id, envelope in report.sealed.items()
    }
    return _to_server(bundle, {"kuager": "reopening", "report": report.row.ref, "keys": keys})


def resealing(bundle: Bundle, to: Sequence[str]) -> tuple[bytes, int, int]:
    """Reseal file: envelopes for other recipients. Returns it with the numbers of reports in it and of those that stay closed."""
    sealed = {ref: one for ref, one in bundle.reports.items() if one.sealed}
    opened_ = {ref: one for ref, one in sealed.items() if bundle.opens(one)}
    envelopes = dict[str, Mapping[str, str]]()
    for ref, one in opened_.items():
        for key_id, envelope in one.sealed.items():
            plain = archive_keys.sealed_key(bundle.head["installation"], ref, key_id, bundle.keys[key_id])
            envelopes[key_id] = {
                "old": _digest(envelope),
                "new": b64encode(offline.seal_to(to, plain)).decode(),
            }
    made = _to_server(bundle, {"kuager": "resealing", "to": list(to), "envelopes": envelopes})
    return made, len(opened_), len(sealed) - len(opened_)


def _digest(envelope: bytes) -> str:
    return hashlib.sha256(envelope).hexdigest()


def _to_server(bundle: Bundle, told: Mapping[str, Any]) -> bytes:
    whole = {"format": FORMAT, "installation": bundle.head["installation"], **told}
    return offline.seal_to([bundle.head["server"]], dumped(whole))
