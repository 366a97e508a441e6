"""File of a backup: a tar of rows and sealed files, with a manifest at its end, perhaps encrypted with age.

The manifest holds a digest of all before it, and a proof under the audit key. Nothing is kept in memory but
one member, and nothing is written elsewhere.
"""

import hashlib
import hmac
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import TypeAdapter

from bot.errors import ArgumentError
from bot.safety import offline
from bot.safety.sealing import SecretKey

FORMAT = 1
ROWS, FILES, MANIFEST = "rows", "files", "manifest.json"
_MOST = 1 << 28
"""Bytes of the largest member, which is read into memory."""
_AGE = b"age-encryption.org/"
CUT = (
    "is cut short or damaged, or no backup. Take another one, or copy this one anew from where it was written"
)
CHANGED = "was changed or damaged since it was written. Take another one"
FOREIGN = (
    "was written with another KUAGER_AUDIT_KEY, or changed by a person without it. Put the key of its time back; if that key is "
    "lost and you trust the file, add --unproved"
)
OLD_FOLDER = "is a folder of version 0.2.0. Stop the bot, then run: mkdir -p data && cp -r {0}/files {0}/kuager.db data && python -m bot migrate"
UNREAD_AGE = "is encrypted. Add --identity FILE with its key, or first run: age --decrypt"
WRONG_IDENTITY = "does not open with this identity. Take the one that was named by --to"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Content of a backup.

    - `id`: random name, by which a list of withdrawals knows the backup
    - `hour`: whole hours since 1970-01-01 UTC
    - `counts`: rows by table; `messages`: slots for message ids
    - `head`: head of the audit log; `ring`: ids of the ring's keys that its rows need
    - `unread`: ids of files that could not be read
    """

    id: str
    hour: int
    version: str
    revision: str
    counts: Mapping[str, int]
    messages: int
    head: str
    ring: Sequence[str]
    files: int = 0
    unread: Sequence[str] = ()
    format: int = FORMAT


_MANIFEST = TypeAdapter(Manifest)


def _digest(members: Any, manifest: Mapping[str, Any]) -> bytes:
    """Digest of the hashed members and the manifest."""
    last = members.copy()
    last.update(json.dumps(manifest, sort_keys=True).encode())
    return bytes(last.digest())


def _add(members: Any, name: str, content: bytes) -> None:
    members.update(f"{name}:{len(content)}:".encode() + content)


class BackupWriter(ExitStack):
    """Writes members. A backup is one only with its manifest."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._tar = tarfile.open(fileobj=stream, mode="w|", format=tarfile.USTAR_FORMAT)  # noqa: SIM115 - closed at the end
        self.callback(self._tar.close)
        self._members = hashlib.sha256()

    def add(self, name: str, content: bytes) -> None:
        _add(self._members, name, content)
        info = tarfile.TarInfo(name)  # without times, which would be finer than an hour
        info.size, info.mode = len(content), 0o600
        self._tar.addfile(info, io.BytesIO(content))
        self._tar.members.clear()  # type: ignore[attr-defined] # untyped; it would remember each

    def finish(self, manifest: Manifest, key: SecretKey) -> None:
        said = json.loads(json.dumps(asdict(manifest)))
        digest = _digest(self._members, said)
        said |= {"sha256": digest.hex(), "proof": hmac.digest(key, digest, "sha256").hex()}
        self.add(MANIFEST, json.dumps(said, indent=1).encode())


class BackupReader:
    """Reads a backup's members, then its manifest. Methods raise ArgumentError: what is wrong and what to do."""

    def __init__(self, place: Path, identities: Sequence[str] = ()) -> None:
        self._place, self._identities = place, identities
        self._said: dict[str, Any] = {}
        self._digest = self._proof = b""

    def wrong(self, why: str) -> ArgumentError:
        return ArgumentError(f"{self._place} {why}")

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Yield each member but the manifest, then check the digest."""
        members, said = hashlib.sha256(), b""
        with self._opened() as stream:
            try:
                tar = tarfile.open(fileobj=stream, mode="r|")  # noqa: SIM115 - `stream` is closed
                while not said and (info := tar.next()) is not None:
                    tar.members.clear()  # type: ignore[attr-defined] # as in the writer
                    found = tar.extractfile(info) if info.size <= _MOST else None
                    content = b"" if found is None else found.read()
                    if len(content) < info.size:
                        raise self.wrong(CUT)
                    if info.name == MANIFEST:
                        said = content
                        continue
                    _add(members, info.name, content)
                    yield info.name, content
            except (tarfile.TarError, EOFError):
                raise self.wrong(CUT) from None
        if not said:
            raise self.wrong(CUT)
        self._check(members, said)

    def _check(self, members: Any, manifest: bytes) -> None:
        try:
            self._said = json.loads(manifest)
            given = self._said.pop("sha256"), bytes.fromhex(self._said.pop("proof"))
        except (ValueError, KeyError, TypeError):
            raise self.wrong(CHANGED) from None
        self._digest, self._proof = _digest(members, self._said), given[1]
        if self._said.get("format") != FORMAT:
            raise self.wrong("was written by a newer version. Update this program, then restore")
        if given[0] != self._digest.hex():
            raise self.wrong(CHANGED)

    def manifest(self, key: SecretKey | None) -> Manifest:
        """Manifest, after `members`. With a key its proof is checked."""
        if key is not None and not hmac.compare_digest(self._proof, hmac.digest(key, self._digest, "sha256")):
            raise self.wrong(FOREIGN)
        try:
            return _MANIFEST.validate_python(self._said)
        except ValueError:
            raise self.wrong(CHANGED) from None

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        if (self._place / "kuager.db").is_file():
            raise self.wrong(OLD_FOLDER.format(self._place))
        try:
            file = self._place.open("rb")
        except OSError as error:
            raise self.wrong(f"cannot be read: {error.strerror}. Name the file that `backup` wrote") from None
        with file:
            is_sealed = file.read(len(_AGE)) == _AGE
            file.seek(0)
            if not is_sealed:
                yield file
            elif not self._identities:
                raise self.wrong(UNREAD_AGE)
            else:
                with self._unsealed(file) as plain:
                    yield plain

    @contextmanager
    def _unsealed(self, file: BinaryIO) -> Iterator[BinaryIO]:
        reading, writing = os.pipe()
        with ThreadPoolExecutor(1) as thread, os.fdopen(reading, "rb") as plain:
            target = os.fdopen(writing, "wb")
            job = thread.submit(_closing, offline.open_stream, self._identities, file, target, closes=target)
            try:
                yield plain
                plain.read()  # to the end, where a cut shows
            except ArgumentError:
                plain.close()
                if isinstance(job.exception(), ValueError):
                    raise self.wrong(WRONG_IDENTITY) from None
                raise
            if job.exception() is not None:
                raise self.wrong(CUT)


def _closing(act: Callable[..., None], *given: Any, closes: BinaryIO) -> None:
    """Close a pipe's end after `act`, so that the other end never waits for it."""
    with closes:
        act(*given)


@contextmanager
def sealed(recipients: Sequence[str], target: BinaryIO) -> Iterator[BinaryIO]:
    """Stream into `target`, encrypted to recipients (age) if there are any. Raises OSError."""
    if not recipients:
        yield target
        return
    reading, writing = os.pipe()
    with ThreadPoolExecutor(1) as thread:
        source = os.fdopen(reading, "rb")
        job = thread.submit(_closing, offline.seal_stream, recipients, source, target, closes=source)
        try:
            with os.fdopen(writing, "wb") as plain:
                yield plain
        except BrokenPipeError:
            job.result()  # tells why
            raise
        job.result()
