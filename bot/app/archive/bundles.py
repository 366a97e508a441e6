"""Reader of bundles: age files to the recipients, with a tar of reports as they lie on the server.

A bundle may come from anywhere. Nothing of it is used before all of it is decrypted, whole and well formed. Texts are
held in memory, and files are read again from the bundle, one by one.
"""

import io
import sys
import tarfile
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError

from bot.errors import ArgumentError
from bot.reports.states import Status, VersionState
from bot.safety import offline
from bot.safety.sealing import KEY_BYTES, SecretKey, UnsealError
from bot.store import archive_keys

FORMAT = 1
MOST_TEXT = 512 * 1024 * 1024
"""Bytes of texts in a bundle, which need a few times as much memory. Ten thousand reports have about a fifth."""
MOST_FILE = 2 * 1024 * 1024 * 1024
_BLOCK = tarfile.BLOCKSIZE
_AGE = b"age-encryption.org/v1\n"
_HEAD, _END, _REPORTS, _FILES = "bundle.json", "end.json", "reports/", "files/"

_T = TypeVar("_T")
_Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
_Ref = Annotated[str, Field(pattern=r"^[0-9A-Z]{1,16}$")]
_Code = Annotated[str, Field(max_length=64)]
_Hour = Annotated[int, Field(ge=0, lt=2**31)]


def _decoded(written: object) -> bytes | None:
    if written is None:
        return None
    if not isinstance(written, str):
        raise ValueError("not base64")  # noqa: TRY004 - pydantic takes a ValueError for a wrong value
    return b64decode(written, validate=True)


_Bytes = Annotated[bytes, BeforeValidator(_decoded)]


@dataclass(frozen=True, slots=True)
class ArchivedMessage:
    id: _Id
    number: _Hour
    from_reporter: bool
    open: bool
    content: _Bytes
    key: _Id | None = None


@dataclass(frozen=True, slots=True)
class ArchivedVersion:
    id: _Id
    version: _Hour
    current: bool
    state: VersionState
    approved_hour: _Hour | None
    consent: _Code | None
    key: _Id | None
    content: _Bytes | None


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """File of a report. `clean` and `original` name members of the bundle, None for what is not there."""

    id: _Id
    key: _Id | None
    status: _Code
    meta: _Bytes
    clean: str | None = None
    original: str | None = None


@dataclass(frozen=True, slots=True)
class ArchivedReport:
    """Report as it lies on the server. `envelopes` are its data keys by id, `sealed_to` tells which the server cannot open."""

    id: _Id
    ref: _Ref
    status: Status
    language: _Code
    form: _Code
    form_version: _Code
    category: _Code | None
    region: _Code | None
    date_start: _Code | None
    date_end: _Code | None
    date_precision: _Code | None
    urgent: bool
    consent_use: _Code | None
    submitted_hour: _Hour
    closed_hour: _Hour | None
    reject_reason: _Code | None
    key: _Id | None
    content: _Bytes | None
    notes: _Bytes | None
    talk: list[ArchivedMessage]
    versions: list[ArchivedVersion]
    files: list[ArchivedFile]
    envelopes: dict[_Id, _Bytes]
    sealed_to: dict[_Id, str | None]


@dataclass(frozen=True, slots=True)
class BundleHead:
    installation: _Id
    made_hour: _Hour
    server: Annotated[str, AfterValidator(offline.read_recipient)]
    organisation: str
    forms: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _End:
    reports: int
    files: int


_HEAD_JSON, _REPORT_JSON, _END_JSON = TypeAdapter(BundleHead), TypeAdapter(ArchivedReport), TypeAdapter(_End)
_KIND_JSON = TypeAdapter(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was read whole. `keys` are the data keys that the identities open, by id."""

    path: Path
    identities: Sequence[str] = field(repr=False)
    head: BundleHead
    reports: Sequence[ArchivedReport]
    keys: Mapping[str, SecretKey] = field(repr=False)

    def report(self, ref: str) -> ArchivedReport:
        """Report with this reference. Raises ArgumentError."""
        found = next((one for one in self.reports if one.ref == ref.strip().upper()), None)
        if found is None:
            raise ArgumentError(
                f"REF is wrong: no report of {self.path} has it. See which are in it: python -m bot archive open"
            )
        return found

    def member(self, name: str) -> bytes:
        """Bytes of a file, as they lie on the server. Raises FileNotFoundError, and OSError for a bundle that has changed since."""
        found = list[bytes]()

        def take(_: str, content: bytes) -> NoReturn:
            found.append(content)
            raise _Enough

        members = _Members(lambda one, _: one == name, take)
        try:
            _decrypt(self.path, self.identities, members)
        except _Enough:
            return found[0]
        except _ForeignError:
            raise OSError("the bundle has changed") from None
        raise FileNotFoundError(name)


class _Enough(Exception):  # noqa: N818 - no error
    """Raised once all that is wanted was read."""


class _ForeignError(Exception):
    """Raised for what no bundle holds."""


class _Members:
    """Writable stream that takes a tar apart: each member that `wants` its name and size goes to `take`."""

    def __init__(self, wants: Callable[[str, int], bool], take: Callable[[str, bytes], object]) -> None:
        self._wants, self._take = wants, take
        self._read, self._name, self._size, self._skipped = bytearray(), "", -1, 0
        self.ended = False

    def write(self, piece: bytes) -> int:
        self._read += piece
        while self._read and self._step():
            pass
        return len(piece)

    def flush(self) -> None:
        """Do nothing, as no stream lies behind this one."""

    def _step(self) -> bool:
        if self._skipped:
            skipped = min(self._skipped, len(self._read))
            del self._read[:skipped]
            self._skipped -= skipped
            return True
        if self._size < 0:
            return len(self._read) >= _BLOCK and self._begin(self._cut(_BLOCK))
        if len(self._read) < _padded(self._size):
            return False
        content, size = self._cut(_padded(self._size)), self._size
        self._size = -1
        self._take(self._name, content[:size])
        return True

    def _begin(self, header: bytes) -> bool:
        if not any(header):
            self.ended = True
            return True
        try:
            told = tarfile.TarInfo.frombuf(header, "utf-8", "strict")
        except (tarfile.TarError, ValueError):
            raise _ForeignError from None
        if self.ended or not told.isreg() or not 0 <= told.size <= MOST_FILE:
            raise _ForeignError
        if self._wants(told.name, told.size):
            self._name, self._size = told.name, told.size
        else:
            self._skipped = _padded(told.size)
        return True

    def _cut(self, size: int) -> bytes:
        found = bytes(self._read[:size])
        del self._read[:size]
        return found

    @property
    def is_whole(self) -> bool:
        return self.ended and not self._read and not self._skipped and self._size < 0


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _decrypt(path: Path, identities: Sequence[str], plain: Any) -> None:
    with path.open("rb") as sealed:
        offline.open_stream(identities, sealed, plain)


class _Contents:
    """Texts of a bundle as its members come, in their one order."""

    def __init__(self, path: Path, most_text: int) -> None:
        self._path, self._room = path, most_text
        self.head: BundleHead | None = None
        self.reports, self.names = list[ArchivedReport](), set[str]()
        self.end: _End | None = None
        self._due = set[str]()

    def wants(self, name: str, size: int) -> bool:
        """Whether a member is a text. Raises _ForeignError for one that does not belong here, and ArgumentError for too much text."""
        is_first = not self.names
        if name in self.names or (name == _HEAD) != is_first or self.end is not None:
            raise _ForeignError
        self.names.add(name)
        if name in self._due:
            self._due.discard(name)
            return False
        if self._due or not (name in {_HEAD, _END} or (name.startswith(_REPORTS) and name.endswith(".json"))):
            raise _ForeignError
        self._room -= size
        if self._room < 0:
            raise ArgumentError(
                f"FILE is wrong: {self._path} holds more text than fits into memory ({MOST_TEXT >> 20} MB at most). "
                "Have a shorter period exported on the server: python -m bot archive export FILE --since 2026-01-01 --until 2026-03-31"
            )
        return True

    def take(self, name: str, content: bytes) -> None:
        if name == _HEAD:
            self.head = self._read_head(content)
        elif name == _END:
            self.end = _parsed(_END_JSON, content)
        else:
            self._take_report(name, _parsed(_REPORT_JSON, content))

    def _read_head(self, content: bytes) -> BundleHead:
        told = _parsed(_KIND_JSON, content)
        if told.get("kuager") != "archive":
            raise _ForeignError
        if isinstance(found := told.get("format"), int) and found > FORMAT:
            raise ArgumentError(
                f"FILE is wrong: {self._path} was written by a newer program. Install the version of the server here: pip install --upgrade kuager"
            )
        if found != FORMAT:
            raise _ForeignError
        return _parsed(_HEAD_JSON, content)

    def _take_report(self, name: str, report: ArchivedReport) -> None:
        if name != f"{_REPORTS}{report.ref}.json":
            raise _ForeignError
        for one in report.files:
            for which, given in (("clean", one.clean), ("original", one.original)):
                if given not in {None, f"{_FILES}{one.id}.{which}"} or given in self._due:
                    raise _ForeignError
                self._due |= {given} if given else set()
        self.reports.append(report)

    def require_whole(self) -> BundleHead:
        """Head of a bundle whose end was seen. Raises _ForeignError for other contents."""
        ids = [one.id for one in self.reports]
        for one in self.reports:
            ids += [part.id for parts in (one.talk, one.versions, one.files) for part in parts]
            ids += one.envelopes
        files = sum(name.startswith(_FILES) for name in self.names)
        if (
            self.head is None
            or self._due
            or self.end != _End(len(self.reports), files)
            or len(ids) != len(set(ids))
        ):
            raise _ForeignError
        return self.head


def _parsed(of: TypeAdapter[_T], content: bytes) -> _T:
    try:
        return of.validate_json(content, strict=True)
    except ValidationError:
        raise _ForeignError from None


def read(path: Path, identities: Sequence[str], *, most_text: int = MOST_TEXT) -> Bundle:
    """Read a bundle whole, and open the data keys in it. Raises ArgumentError that says what to do."""
    contents = _Contents(path, most_text)
    members = _Members(contents.wants, contents.take)
    with _refusing(path):
        _decrypt(path, identities, members)
        if not members.is_whole:
            raise _ForeignError
        head = contents.require_whole()
    bundle = Bundle(path, identities, head, contents.reports, {})
    return replace(
        bundle, keys={key_id: key for one in bundle.reports for key_id, key in _keys(bundle, one).items()}
    )


def require_opening(path: Path, identities: Sequence[str]) -> None:
    """Raise ArgumentError unless one of these identities opens a bundle."""

    def take(*_: object) -> NoReturn:
        raise _Enough

    with _refusing(path), suppress(_Enough):
        _decrypt(path, identities, _Members(lambda *_: True, take))


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Turn whatever is wrong with a bundle into an ArgumentError that says what to do."""
    try:
        with path.open("rb") as file:
            if file.read(len(_AGE)) != _AGE:
                raise _ForeignError
        yield
    except _ForeignError:
        raise ArgumentError(
            f"FILE is wrong: {path} is no bundle of the archive. The server writes one: python -m bot archive export FILE"
        ) from None
    except ValueError:
        raise ArgumentError(
            f"--identity is wrong: it does not open {path}. Give the file of a key that the archive is sealed to. Example: --identity archive-key.txt"
        ) from None
    except OSError as error:
        why = (
            f"it cannot be read: {error.strerror}. Example: bundle.age"
            if error.strerror
            else "it was cut or changed. Copy it anew from the server"
        )
        raise ArgumentError(f"FILE is wrong: {path}: {why}") from None


def _keys(bundle: Bundle, report: ArchivedReport) -> Mapping[str, SecretKey]:
    found = dict[str, SecretKey]()
    for key_id, envelope in report.envelopes.items():
        plain = io.BytesIO()
        try:
            offline.open_stream(bundle.identities, io.BytesIO(envelope), plain)
            key = archive_keys.read_key(plain.getvalue(), bundle.head.installation, report.ref, key_id)
        except (
            ValueError,
            OSError,
            UnsealError,
            RecursionError,
        ):  # of another recipient, or damaged: told as such
            continue
        if len(key) == KEY_BYTES:
            found[key_id] = key
    return found


def read_identities(path: str) -> Sequence[str]:
    """Identities in a file of `age-keygen`, or from standard input for `-`. Raises ArgumentError without its content."""
    try:
        written = sys.stdin.read() if path == "-" else Path(path).read_text("utf-8")
        found = [
            line.strip()
            for line in written.splitlines()
            if line.strip() and not line.lstrip().startswith("#")
        ]
        for one in found:
            offline.recipient_of(one)
    except OSError as error:
        raise ArgumentError(
            f"--identity is wrong: {path} cannot be read: {error.strerror}. Example: --identity archive-key.txt"
        ) from None
    except ValueError:
        found = []
    if not found:
        raise ArgumentError(
            f"--identity is wrong: {path} holds no identity. It has a line AGE-SECRET-KEY-1… as age-keygen writes it; one with a passphrase "
            "is opened first: age -d key.age | python -m bot archive open FILE --identity -"
        )
    return found
