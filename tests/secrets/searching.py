"""The search: every byte that was left behind, for every secret, in every encoding, also inside of what is compressed."""

import base64
import bz2
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import ahocorasick_rs

from tests.secrets.spellings import Secret, spellings

Found = set[tuple[str, str]]
"""Secrets and the encodings in which they were found."""
_HEADS = (
    b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda", b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ", b"PK\x03\x04",
)  # fmt: skip
"""How zlib, gzip, bzip2, xz and zip begin (RFC 1950, RFC 1952 and the formats' own documents)."""
_WRITTEN_HEADS = (
    *(head + bytes([last]) for head, lasts in ((b"eA", b"EFGH"), (b"eF", b"4567"), (b"eJ", b"wxyz"), (b"eN", b"opqr")) for last in lasts),
    b"H4sI", b"QlpoO", b"/Td6WFo", b"_Td6WFo", b"UEsDB",
)  # fmt: skip
"""How they begin in base64."""
_BEGINNINGS = ahocorasick_rs.BytesAhoCorasick([*_HEADS, *_WRITTEN_HEADS])
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}")
_MOST = 4_000_000
"""Bytes of one stream that are looked at."""
_DEEPEST = 3


class Search:
    """Looks for these secrets. All are looked for at once, so that it costs little more than reading."""

    def __init__(self, secrets: Mapping[str, Secret]) -> None:
        self._meant: dict[bytes, Found] = {}
        for name, secret in secrets.items():
            for encoding, spelt in spellings(secret).items():
                self._meant.setdefault(spelt, set()).add((name, encoding))
        self._spelt = list(self._meant)
        self._automaton = ahocorasick_rs.BytesAhoCorasick(self._spelt)

    def __call__(self, content: bytes) -> Found:
        """What of them stands in these bytes, as they are or unpacked."""
        found: Found = set()
        for plain in (content, *unpacked(content)):
            hits = self._automaton.find_matches_as_indexes(plain, overlapping=True)
            for pattern in {pattern for pattern, *_ in hits}:
                found |= self._meant[self._spelt[pattern]]
        return found


def unpacked(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """All that is compressed in these bytes, wherever it begins, also where it is written as base64, and again what is compressed
    in that."""
    if depth == _DEEPEST:
        return
    for head, start, _ in _BEGINNINGS.find_matches_as_indexes(content, overlapping=True):
        is_plain = head < len(_HEADS)
        for plain in _opened(content, start) if is_plain else _opened(_decoded(content, start), 0):
            yield plain
            yield from unpacked(plain, depth + 1)


def _decoded(content: bytes, start: int) -> bytes:
    """The base64 that begins there; nothing if it is too short."""
    written = _BASE64.match(content, start)
    if written is None:
        return b""
    plain = written.group().translate(bytes.maketrans(b"-_", b"+/"))
    return base64.b64decode(plain[: len(plain) // 4 * 4])


def _opened(content: bytes, start: int) -> Iterator[bytes]:
    """What the stream that begins there holds; nothing where none does."""
    head = content[start : start + 6]
    if head.startswith(b"PK"):
        with suppress(Exception), zipfile.ZipFile(io.BytesIO(content[start:])) as archive:
            for name in archive.namelist():
                yield archive.read(name)[:_MOST]
        return
    opened: zlib._Decompress | bz2.BZ2Decompressor | lzma.LZMADecompressor
    if head.startswith(b"BZh"):
        opened = bz2.BZ2Decompressor()
    elif head.startswith(b"\xfd7zXZ"):
        opened = lzma.LZMADecompressor()
    else:
        opened = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    plain = bytearray()
    with suppress(zlib.error, OSError, lzma.LZMAError, EOFError):
        # In pieces: what was cut off, or goes over into other bytes, is read as far as it goes.
        for at in range(start, len(content), 4096):
            plain += opened.decompress(content[at : at + 4096])
            if len(plain) > _MOST or getattr(opened, "eof", False):
                break
    if len(plain) >= 4:
        yield bytes(plain)


def files_in(folder: Path, since: float = 0.0) -> dict[str, bytes]:
    """Every file below a folder by its path, and under `names` all the paths themselves; of those that go while they are read,
    nothing. `since`: only those that were written after this moment."""
    paths = [path for path in folder.rglob("*") if not path.is_symlink()]
    found = {"names": "\n".join(str(path.relative_to(folder)) for path in paths).encode()}
    for path in paths:
        with suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_mtime >= since:
                found[str(path.relative_to(folder))] = path.read_bytes().rstrip(b"\0")
    return found
