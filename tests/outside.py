"""Judge of what is stored: it reads a database, a folder of files and keys from outside, without the bot's code.

Forms of what is sealed are those of the documents: a version byte, a nonce of 12 bytes, AES-256-GCM with the place as
associated data; a byte with the length of a ring key's name and the name come before it where the ring sealed.
"""

import hashlib
import json
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyrage  # type: ignore[import-untyped] # it has no types
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

OPEN, SEALED, GONE, BROKEN = "open", "sealed", "gone", "broken"
_NONCE, KEY = 12, 32
_FARTHEST = 16 * 1024
"""Bytes behind what looks like the beginning of something sealed that are read as such."""
Ring = Mapping[str, bytes]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Taken:
    """Rows of a database, by table, as they stood at one moment."""

    tables: Mapping[str, Sequence[Row]]

    def of(self, table: str, column: str, value: object) -> Sequence[Row]:
        return [row for row in self.tables[table] if row[column] == value]


_TABLES = ("reports", "talk_messages", "public_versions", "files", "data_keys", "key_slots", "marks")


async def take(url: str, tables: Sequence[str] = _TABLES) -> Taken:
    """Read these tables in one transaction."""
    engine = create_async_engine(_only_reading(url))
    try:
        async with engine.connect() as connection:
            if not url.startswith("sqlite"):
                await connection.execution_options(isolation_level="REPEATABLE READ")
            found = {}
            for table in tables:
                rows = await connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - a name of ours
                found[table] = [dict(row) for row in rows.mappings()]
            return Taken(found)
    finally:
        await engine.dispose()


def _only_reading(url: str) -> str:
    """URL for a reader alone: another connection would empty SQLite's log when it is closed, in the bot's place."""
    scheme, _, path = url.partition(":///")
    return f"{scheme}:///file:{path}?mode=ro&uri=true" if url.startswith("sqlite") else url


def unsealed(key: bytes, sealed: bytes, place: str) -> bytes | None:
    """Plain bytes that a key opens at a place, or None."""
    with suppress(InvalidTag, ValueError):
        return AESGCM(key).decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], place.encode())
    return None


def by_ring(ring: Ring, sealed: bytes, place: str) -> bytes | None:
    name = sealed[1 : 1 + sealed[0]].decode(errors="replace") if sealed else ""
    return unsealed(ring[name], sealed[1 + sealed[0] :], place) if name in ring else None


@dataclass
class KeyFound:
    """A data key and the way in which it was found."""

    state: str
    key: bytes = field(default=b"", repr=False)
    outer: bytes = field(default=b"", repr=False)
    """Key of the layer round the envelope."""


def key_of(taken: Taken, ring: Ring, identities: Sequence[Any], report: Row, key_id: str) -> KeyFound:
    """Open one key of a report: by the ring alone, or by the ring's outer layer and an identity."""
    row = next(iter(taken.of("data_keys", "id", key_id)), None)
    if row is None:
        return KeyFound(GONE)
    content = bytes(taken.of("key_slots", "number", row["slot"])[0]["content"])
    wrapped = content[1 : 1 + content[0]]
    plain = by_ring(ring, wrapped, f"data_keys.wrapped:{key_id}")
    outer = by_ring(ring, wrapped, f"data_keys.envelope_key:{key_id}")
    if plain is not None:
        clean = row["sealed_to"] is None and row["envelope"] is None
        return KeyFound(OPEN if clean else BROKEN, plain)
    if outer is None or not row["sealed_to"] or not row["envelope"]:
        return KeyFound(BROKEN)
    envelope = unsealed(outer, bytes(row["envelope"]), f"data_keys.envelope:{key_id}")
    with suppress(pyrage.DecryptError, ValueError, KeyError, TypeError):
        told = json.loads(pyrage.decrypt(envelope, list(identities)))
        if (told["report"], told["key"]) == (report["ref"], key_id):
            return KeyFound(SEALED, b64decode(told["data"]), outer)
    return KeyFound(BROKEN)


@dataclass
class ReportFound:
    """One report as it lies: its state, why it is broken, and all its plain values by name."""

    state: str
    why: str = ""
    values: dict[str, bytes] = field(default_factory=dict, repr=False)
    keys: dict[str, KeyFound] = field(default_factory=dict, repr=False)

    @property
    def digests(self) -> dict[str, str]:
        return {name: hashlib.sha256(value).hexdigest() for name, value in sorted(self.values.items())}


def report_in(
    taken: Taken, ring: Ring, identities: Sequence[Any], report: Row, folder: Path | None = None
) -> ReportFound:
    """Open all of a report that can be opened. Its state is that of all keys that belong into the archive."""
    sealed = _sealed_values(taken, report, folder)
    talk = taken.of("talk_messages", "report_id", report["id"])
    versions = taken.of("public_versions", "report_id", report["id"])
    public = {
        one["data_key_id"]
        for one in versions
        if one["current"] and report["consent_use"] == "publish_no_names" and one["data_key_id"]
    }
    ids = {
        report["data_key_id"],
        *(one["files_key_id"] for one in talk),
        *(one["data_key_id"] for one in versions),
    }
    found = ReportFound(GONE)
    found.keys = {
        one: key_of(taken, ring, identities, report, one) for one in sorted(str(one) for one in ids if one)
    }
    states = {key.state for one, key in found.keys.items() if one not in public}
    for name, key_ids, place, value in sealed:
        keys = [found.keys[one].key for one in key_ids if one in found.keys and found.keys[one].key]
        plain = next((one for key in keys if (one := unsealed(key, value, place)) is not None), None)
        if plain is None:
            states.add(f"{name} does not open")
        else:
            found.values[name] = plain
    states |= {"public version not open" for one in public if found.keys[one].state != OPEN}
    found.state, found.why = _state_of(report, states)
    return found


def _state_of(report: Row, states: set[str]) -> tuple[str, str]:
    if not states and report["data_key_id"] is None and report["content"] is None:
        return GONE, ""
    if states == {OPEN}:
        return (OPEN, "") if not report["sealed"] else (BROKEN, "open, and called sealed")
    if states == {SEALED}:
        return (SEALED, "") if report["sealed"] else (BROKEN, "sealed, and not called so")
    return BROKEN, ", ".join(sorted(states)) or "no key, but content"


def _sealed_values(
    taken: Taken, report: Row, folder: Path | None
) -> Sequence[tuple[str, Sequence[str], str, bytes]]:
    """Name, ids of keys that may open it, place and sealed bytes of each value of a report."""
    own, key_id = report["id"], report["data_key_id"]
    found: list[tuple[str, Sequence[Any], str, Any]] = [
        ("content", [key_id], f"reports.content:{own}", report["content"]),
        ("notes", [key_id], f"reports.notes:{own}", report["notes"]),
    ]
    keys = {key_id}
    for one in taken.of("talk_messages", "report_id", own):
        keys.add(one["files_key_id"])
        place = f"talk_messages.content:{one['id']}"
        found.append((f"talk {one['number']}", [key_id, one["files_key_id"]], place, one["content"]))
    for one in taken.of("public_versions", "report_id", own):
        keys.add(one["data_key_id"])
        place = f"public_versions.content:{one['id']}"
        found.append((f"version {one['version']}", [one["data_key_id"]], place, one["content"]))
    for one in (row for row in taken.tables["files"] if row["data_key_id"] in keys - {None}):
        found.append((f"meta {one['id']}", [one["data_key_id"]], f"files.meta:{one['id']}", one["meta"]))
        copy = hashlib.sha256(f"copy:{one['id']}".encode()).hexdigest()[:32]
        paths = [path for name in (one["id"], copy) for path in folder.rglob(name)] if folder else []
        found += [
            (f"body {path.name}", [one["data_key_id"]], f"files.body:{path.name}", path.read_bytes())
            for path in paths
        ]
    return [(name, ids, place, bytes(value)) for name, ids, place, value in found if any(ids) and value]


def opened_anywhere(ring: Ring, places: Iterable[bytes]) -> Iterable[bytes]:
    """Open whatever looks as if a key of the ring had sealed it, at any offset, without its place or its tag.

    GCM enciphers as a counter does (NIST SP 800-38D, 6.5), so a part opens without the rest.
    """
    for raw in places:
        for name, key in ring.items():
            prefix = bytes([len(name)]) + name.encode() + b"\x01"
            at = raw.find(prefix)
            while at >= 0:
                yield counted(key, raw[at + len(prefix) : at + len(prefix) + _FARTHEST])
                at = raw.find(prefix, at + 1)


def counted(key: bytes, sealed: bytes) -> bytes:
    """Bytes that a key makes of a nonce and a body, true or not."""
    if len(sealed) <= _NONCE:
        return b""
    return Cipher(AES(key), CTR(sealed[:_NONCE] + b"\0\0\0\x02")).decryptor().update(sealed[_NONCE:])
