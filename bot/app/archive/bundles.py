"""Reader of bundles (`bot.publish.bundles`), whose texts are held in memory. Files are read again, one by one.

A bundle may come from anywhere. Nothing of it is used before all of it is decrypted, whole and well formed.
"""

import re
import sys
import tarfile
from base64 import b64decode
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

from bot.errors import ArgumentError
from bot.json_text import loaded
from bot.publish.bundles import BUNDLE, CLEAR, END, FILES, FORMAT, KIND, REPORTS, TALK, VERSION
from bot.reports.states import Status
from bot.safety import offline
from bot.safety.sealing import SecretKey, UnsealError
from bot.store import archive_keys, files
from db.models import File, PublicVersion, Report, TalkMessage

MOST_TEXT = 512 * 1024 * 1024
"""Bytes of texts, which need a few times as much memory. Ten thousand reports have about a fifth."""
_REF = re.compile(r"[0-9A-Z]{1,16}")
_ID = re.compile(r"[0-9a-f]{32}")
_T = TypeVar("_T", Report, TalkMessage, PublicVersion, File)


class _ForeignError(Exception):
    """Raised for what no bundle holds."""


class _Enough(Exception):  # noqa: N818 - no error
    """Raised once all that is wanted was read."""


@dataclass(slots=True)
class BundledReport:
    """Rows of a report as they lie on the server, and envelopes of its data keys by id. The server itself opens those in `open`.
    `members` are names of the bundle's files by their places in the server's store."""

    row: Report
    talk: Sequence[TalkMessage]
    versions: Sequence[PublicVersion]
    files: Sequence[File]
    members: Mapping[str, str]
    envelopes: Mapping[str, bytes]
    open: Sequence[str]
    incident: str | None
    related: Sequence[str]

    @property
    def sealed(self) -> Mapping[str, bytes]:
        """Envelopes of the keys that the server cannot open."""
        return {key_id: one for key_id, one in self.envelopes.items() if key_id not in self.open}


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was read whole. `keys` are the data keys that the identities open, by id."""

    path: Path
    identities: Sequence[str] = field(repr=False)
    head: Mapping[str, Any]
    reports: Mapping[str, BundledReport]
    keys: Mapping[str, SecretKey] = field(repr=False)

    def report(self, ref: str) -> BundledReport:
        if (found := self.reports.get(ref.strip().upper())) is None:
            raise ArgumentError(
                f"REF is wrong: no report of {self.path} has it. See which it holds: python -m bot archive open {self.path}"
            )
        return found

    def opens(self, report: BundledReport) -> bool:
        """Whether the identities open all of a report."""
        return report.envelopes.keys() <= self.keys.keys()

    def member(self, name: str) -> bytes:
        """Bytes of a file as they lie on the server. Raises OSError."""
        found = list[bytes]()

        def take(_: str, content: bytes) -> NoReturn:
            found.append(content)
            raise _Enough

        try:
            _decrypt(self.path, self.identities, _tar(lambda one, _: one == name, take))
        except _Enough:
            return found[0]
        except _ForeignError:
            raise OSError("the bundle has changed") from None
        raise FileNotFoundError(name)


_Tar = Generator[None, bytes, None]


def _tar(wants: Callable[[str, int], bool], take: Callable[[str, bytes], object]) -> _Tar:
    """Take apart a tar that is sent in pieces: each member that `wants` its name and size goes to `take`."""
    read = bytearray()
    while any(header := (yield from _cut(read, tarfile.BLOCKSIZE))):
        try:
            told = tarfile.TarInfo.frombuf(header, "utf-8", "strict")
        except (tarfile.TarError, ValueError):
            raise _ForeignError from None
        _require(told.isreg() and told.size >= 0)
        left = -(-told.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
        if wants(told.name, told.size):
            content = yield from _cut(read, left)
            take(told.name, content[: told.size])
            continue
        while left:
            left -= len((yield from _cut(read, min(left, tarfile.RECORDSIZE))))
    while True:
        _require(not any(read))
        read[:] = yield


def _cut(read: bytearray, size: int) -> Generator[None, bytes, bytes]:
    while len(read) < size:
        read += yield
    found = bytes(read[:size])
    del read[:size]
    return found


class _Sent:
    """Writable stream, whose pieces are sent to a generator."""

    def __init__(self, to: _Tar) -> None:
        next(to)
        self._to = to

    def write(self, piece: bytes) -> int:
        self._to.send(piece)
        return len(piece)

    def flush(self) -> None:
        """Keep nothing back."""


def _decrypt(path: Path, identities: Sequence[str], to: _Tar) -> None:
    plain: Any = _Sent(to)
    with path.open("rb") as sealed:
        if sealed.read(len(archive_keys.AGE)) != archive_keys.AGE:
            raise _ForeignError
        sealed.seek(0)
        offline.open_stream(identities, sealed, plain)


class _Contents:
    """Texts of a bundle as its members come, in their one order."""

    def __init__(self, path: Path, most_text: int) -> None:
        self._path, self._room = path, most_text
        self.head, self.end = dict[str, Any](), dict[str, Any]()
        self.reports = dict[str, BundledReport]()
        self._names, self._due, self._ids = set[str](), set[str](), set[str]()

    def wants(self, name: str, size: int) -> bool:
        """Whether a member is a text. Raises _ForeignError for one that does not belong here, and ArgumentError for too much text."""
        if name in self._names or (name == BUNDLE) != (not self._names) or self.end:
            raise _ForeignError
        self._names.add(name)
        if name in self._due:
            self._due.discard(name)
            return False
        self._room -= size
        if self._room < 0:
            raise ArgumentError(
                f"FILE is wrong: {self._path} holds more text than fits into memory ({MOST_TEXT >> 20} MB). Have a shorter period exported on "
                "the server: python -m bot archive export FILE --from 2026-01-01 --to 2026-03-31"
            )
        return True

    def take(self, name: str, content: bytes) -> None:
        try:
            told = loaded(content)
            if name == BUNDLE:
                self._take_head(told)
            elif name == END:
                _require(told["reports"] == len(self.reports) and not self._due)
                self.end = told
            else:
                self._take_report(name, told)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise _ForeignError from None

    def _take_head(self, told: dict[str, Any]) -> None:
        _require(told["kuager"] == KIND and type(told["format"]) is int and told["format"] >= FORMAT)
        if told["format"] > FORMAT:
            raise ArgumentError(
                f"FILE is wrong: {self._path} was written by a newer program. Install the server's version: pip install --upgrade kuager"
            )
        ZoneInfo(told["zone"])
        texts = [told[name] for name in ("installation", "organisation")]
        texts += [*told["languages"], *told["published_languages"], *told["forms"], *told["report_forms"]]
        _require(all(isinstance(one, str) for one in texts))
        _require(0 <= told["made_hour"] < 2**31 and isinstance(told["kinds"], dict))
        self.head = told | {"server": offline.read_recipient(told["server"])}

    def _take_report(self, name: str, told: dict[str, Any]) -> None:
        report = _report(told)
        ref = report.row.ref
        parts = report.talk, report.versions, report.files
        ids = [report.row.id, *report.envelopes, *(one.id for rows in parts for one in rows)]
        _require(name == f"{REPORTS}/{ref}.json" and len(ids) == len({*ids} - self._ids))
        self._ids.update(ids)
        self._due.update(report.members.values())
        self.reports[ref] = report


def _require(is_right: object) -> None:
    if not is_right:
        raise _ForeignError


def _report(told: dict[str, Any]) -> BundledReport:
    row = _row(Report, told, (*CLEAR, "content", "notes"), data_key_id=told["key"], announced=True)
    _require(_REF.fullmatch(row.ref) and row.status in set(Status))
    talk = [_row(TalkMessage, one, TALK, files_key_id=one["key"], report_id=row.id) for one in told["talk"]]
    versions = [
        _row(PublicVersion, one, VERSION, data_key_id=one["key"], report_id=row.id)
        for one in told["versions"]
    ]
    known = {"kind": "document", "size": 0, "attempts": 0, "hour": 0}
    kept = [
        _row(File, one, ("id", "status", "meta"), data_key_id=one["key"], **known) for one in told["files"]
    ]
    members = dict[str, str]()
    for one in told["files"]:
        for place, which in ((one["id"], "original"), (files.copy_id(one["id"]), "clean")):
            if one[which] is not None:
                _require(one[which] == f"{FILES}/{one['id']}.{which}")
                members[place] = one[which]
    envelopes = {key_id: b64decode(one, validate=True) for key_id, one in told["envelopes"].items()}
    named = {row.data_key_id, *(one.files_key_id for one in talk), *(one.data_key_id for one in versions)}
    _require(envelopes.keys() <= named)  # a key that opens nothing here must not go into a reopening file
    linked = [*told["related"], *([told["incident"]] if told["incident"] else [])]
    _require(all(map(_ID.fullmatch, [*envelopes, *told["open"]])) and all(map(_REF.fullmatch, linked)))
    return BundledReport(
        row, talk, versions, kept, members, envelopes, told["open"], told["incident"], told["related"]
    )


def _row(table: type[_T], told: Mapping[str, Any], names: Sequence[str], **own: Any) -> _T:
    """Row of a table. Raises _ForeignError for what its columns cannot hold."""
    columns = {name: told[name] for name in names} | own
    for name in columns:
        column: Any = table.__table__.columns[name]
        kind, value = column.type.python_type, columns[name]
        if kind is bytes and isinstance(value, str):
            value = columns[name] = b64decode(value, validate=True)
        _require(column.nullable if value is None else type(value) is kind)
        _require(not isinstance(value, str) or len(value) <= column.type.length)
        _require(not isinstance(value, int) or 0 <= value < 2**31)
    _require(_ID.fullmatch(columns["id"]) and _ID.fullmatch(columns.get("data_key_id") or "0" * 32))
    return table(**columns)


def read(path: Path, identities: Sequence[str], *, most_text: int = MOST_TEXT) -> Bundle:
    """Read a bundle whole, and open the data keys in it. Raises ArgumentError that says what to do."""
    contents = _Contents(path, most_text)
    try:
        _decrypt(path, identities, _tar(contents.wants, contents.take))
        _require(contents.end)
    except _ForeignError:
        why = "it is no bundle of the archive. The server writes one: python -m bot archive export FILE"
    except ValueError:
        raise ArgumentError(
            f"--identity is wrong: it does not open {path}. Give the key of a recipient of the archive. Example: --identity key.txt"
        ) from None
    except OSError as error:
        changed = "it was cut or changed. Copy it anew from the server, or have it written anew: python -m bot archive export FILE"
        why = f"it cannot be read: {error.strerror}. Example: archive.age" if error.strerror else changed
    else:
        keys = _keys(identities, contents.head["installation"], contents.reports)
        return Bundle(path, identities, contents.head, contents.reports, keys)
    raise ArgumentError(f"FILE is wrong: {path}: {why}")


def _keys(
    identities: Sequence[str], installed: str, reports: Mapping[str, BundledReport]
) -> Mapping[str, SecretKey]:
    keys = dict[str, SecretKey]()
    for ref, report in reports.items():
        for key_id, envelope in report.envelopes.items():
            # Another recipient's, or a damaged one, is told as such.
            with suppress(ValueError, OSError, UnsealError, RecursionError):
                plain = archive_keys.opened(identities, envelope)
                keys[key_id] = archive_keys.read_key(plain, installed, ref, key_id)
    return keys


def read_identities(path: str) -> Sequence[str]:
    """Identities in a file of `age-keygen`, or of standard input for `-`. Raises ArgumentError without a word of it."""
    try:
        written = sys.stdin.read() if path == "-" else Path(path).read_text("utf-8")
        found = [
            one.strip() for one in written.splitlines() if one.strip() and not one.lstrip().startswith("#")
        ]
        recipients = [offline.recipient_of(one) for one in found]
    except OSError as error:
        raise ArgumentError(
            f"--identity is wrong: {path} cannot be read: {error.strerror}. Example: --identity key.txt"
        ) from None
    except ValueError:
        recipients = []
    if not recipients:
        raise ArgumentError(
            f"--identity is wrong: {path} is no key. It has a line AGE-SECRET-KEY-1… as age-keygen writes it. One with a passphrase is opened "
            "first: age -d key.age | python -m bot archive open FILE --identity -"
        )
    return found
