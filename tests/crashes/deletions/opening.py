"""Whoever holds all the keys that the operator still holds, and every byte on disk: what can they read?

Nothing is asked of the bot's own code but how sealed bytes begin: whatever may be a key is tried on whatever may be sealed,
without regard to its place, as somebody would who has taken the server.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from bot.safety.sealing import RingSeal
from bot.settings import Settings
from bot.store.message_slots import RING_SEALED as NOTED
from bot.transport.call import Call

_NONCE, _KEY = 12, 32
_PIECE = 16
"""Bytes of a destroyed key that must not be found anywhere."""
_FARTHEST = 16 * 1024
"""Bytes behind what looks like the beginning of something sealed that are read as such."""


class Disk:
    """The database, its log and the sealed files of a bot."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._ring, self._folder = settings.ring, folder
        self.database = folder / "kuager.db"
        self._before = frozenset[bytes]()

    def note_before(self) -> None:
        """What stands on disk now was not told by anybody who is still to tell something."""
        self._before = frozenset(self._of_data_keys())

    def query(self, question: str) -> Sequence[tuple[object, ...]]:
        """What the database answers, from a connection of its own."""
        with closing(self._connection()) as connection:
            return connection.execute(question).fetchall()

    def known_messages(self) -> set[int]:
        """The numbers of messages that the bot knows of: those it keeps, and those it is about to delete. Of a chat alone no two are
        equal, nor are they of two."""
        ring, found = RingSeal(self._ring), set[int]()
        noted = "SELECT message, chat_hash, report_id FROM sent_messages WHERE chat_hash != zeroblob(32)"
        for row in self._rows(noted, "message", "chat_hash", "report_id"):
            found.add(int.from_bytes(ring.unseal(row.message, NOTED.context(row)), "big", signed=True))
        for row in self._rows(
            "SELECT payload, id, chat_hash, report_id FROM outbox", "payload", "id", "chat_hash", "report_id"
        ):
            found |= set(Call.load(ring, row).doomed)
        return found

    def _rows(self, question: str, *names: str) -> Iterator[Any]:
        return (SimpleNamespace(**dict(zip(names, row, strict=True))) for row in self.query(question))

    def _connection(self) -> sqlite3.Connection:
        """One that only reads: another would empty the log when it is closed while the bot is dead, in the bot's place."""
        return sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)

    def number(self, question: str, *given: object) -> int:
        """The number that the database answers."""
        with closing(self._connection()) as connection:
            (found,) = connection.execute(question, given).fetchone()
        return int(found)

    def wrapped_keys(self, *ids: object) -> list[bytes]:
        """The data keys with these ids as they are sealed."""
        marks = ", ".join(f"'{one}'" for one in ids)
        asked = (
            f"SELECT content FROM data_keys JOIN key_slots ON number = slot WHERE data_keys.id IN ({marks})"  # noqa: S608 - ids of our own
        )
        return [content[1 : 1 + content[0]] for (content,) in self.query(asked) if isinstance(content, bytes)]

    def holds_piece_of(self, wrapped: Sequence[bytes]) -> bool:
        """Whether the database's files have a piece of one of these keys, as they were sealed."""
        begin = len(self._prefixes()[0])
        raw = b"\0".join(self._raw())
        pieces = (one[at : at + _PIECE] for one in wrapped for at in range(begin, len(one) - _PIECE, _PIECE))
        return any(piece in raw for piece in pieces)

    def reads(self, words: str, *, new: bool = False) -> bool:
        """Whether these words can be read, in the clear or with any key. `new`: they were said after `note_before`."""
        wanted = words.encode()
        if self._stands_in_the_clear(wanted):
            return True
        by_ring = [plain for one in self._of_ring() for plain in _opened(self._ring.keys.values(), one)]
        keys = {plain[:_KEY] for plain in by_ring if len(plain) >= _KEY}
        sealed = (one for one in self._of_data_keys() if not (new and one in self._before))
        of_keys = (plain for one in sealed for plain in _opened(keys, one))
        return any(wanted in plain for plain in chain(by_ring, of_keys))

    def _stands_in_the_clear(self, wanted: bytes) -> bool:
        """A file that took another's place meanwhile is looked for again."""
        while True:
            with suppress(FileNotFoundError):
                return any(wanted in path.read_bytes() for path in self._folder.rglob("*") if path.is_file())

    def _prefixes(self) -> list[bytes]:
        """How what a key of the ring has sealed begins."""
        return [bytes([len(name)]) + name.encode() + b"\x01" for name in self._ring.keys]

    def _of_ring(self) -> Iterator[bytes]:
        """Nonce and body of all that looks as if a key of the ring had sealed it, anywhere in the database's bytes. Whatever may
        be a data key is among them, in its slot or where it was left."""
        for raw in self._raw():
            for prefix in self._prefixes():
                at = raw.find(prefix)
                while at >= 0:
                    begin = at + len(prefix)
                    yield raw[begin : begin + _FARTHEST]
                    at = raw.find(prefix, at + 1)

    def _of_data_keys(self) -> Iterator[bytes]:
        """Nonce and body of all that a data key may have sealed: files, and cells of any table."""
        for path in self._folder.glob("files/*/*"):
            yield path.read_bytes()[1:]
        for (table,) in self.query("SELECT name FROM sqlite_master WHERE type = 'table'"):
            for row in self.query(f"SELECT * FROM {table}"):  # noqa: S608 - a name of our own
                yield from (cell[1:] for cell in row if isinstance(cell, bytes) and cell[:1] == b"\x01")

    def _raw(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self._folder.glob("kuager.db*"))]


def _opened(keys: Iterable[bytes], sealed: bytes) -> Iterator[bytes]:
    """What these bytes say by each key. GCM enciphers as a counter does (NIST SP 800-38D, 6.5): a part opens without the
    rest, the tag and the place."""
    counter = sealed[:_NONCE] + b"\0\0\0\x02"
    if len(counter) == AES.block_size // 8:
        for key in keys:
            yield Cipher(AES(key), CTR(counter)).decryptor().update(sealed[_NONCE:])
