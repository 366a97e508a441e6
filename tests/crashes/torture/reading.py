"""What is stored, read by queries of the tests' own and opened with the operator's keys by AES-GCM itself."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped] # it has no types
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.settings import Settings
from tests.crashes.torture.judge import Answers, Stored

Row = Mapping[str, Any]
OWED = {
    "answers": "SELECT count(*) AS n FROM outbox",
    "updates": "SELECT count(*) AS n FROM waiting_updates",
    "files": "SELECT count(*) AS n FROM files WHERE status IN ('doomed', 'pending')",
    "decisions": "SELECT count(*) AS n FROM reports WHERE status = 'undoable'",
    "take-backs": "SELECT count(*) AS n FROM take_backs",
    "notices": "SELECT count(*) AS n FROM reports WHERE NOT announced AND status = 'new'",
}
"""What is left to be done by the bot."""
_TITLE = "/title"


async def rows(url: str, question: str) -> Sequence[Row]:
    """What the database answers to a connection of the tests' own."""
    if url.startswith("sqlite"):
        path = url.removeprefix("sqlite+aiosqlite:///")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as file:
            file.row_factory = sqlite3.Row
            return [dict(row) for row in file.execute(question)]
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return [dict(row) for row in await connection.fetch(question)]
    finally:
        await connection.close()


async def owed(url: str, *but: str) -> Mapping[str, int]:
    """What is left to be done, by name."""
    asked = {name: question for name, question in OWED.items() if name not in but}
    found = {name: (await rows(url, question))[0]["n"] for name, question in asked.items()}
    return {name: number for name, number in found.items() if number}


@dataclass(frozen=True, slots=True)
class Kept:
    """All of it. `digests` are the SHA-256 of the files by their ids, `named` the names that the store is to have."""

    reports: Sequence[Stored]
    file_rows: int
    named: frozenset[str]
    stored: frozenset[str]
    set_aside: int
    drafts: int


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads a bot's database and folder of files with its keys."""

    settings: Settings

    async def read(self) -> Kept:
        """What is there now."""
        keys = {row["id"]: self._unwrapped(row) for row in await self._rows(_KEYS)}
        files = await self._rows("SELECT id, data_key_id, status FROM files")
        digests = {
            row["id"]: self._digest(row, keys) for row in files if row["status"] in {"stored", "cleaned"}
        }
        acts: dict[str, list[str]] = {}
        for row in await self._rows("SELECT act, subject FROM audit_log ORDER BY id"):
            acts.setdefault(row["subject"], []).append(row["act"])
        titles: dict[str, list[str]] = {}
        for row in await self._rows("SELECT * FROM public_versions WHERE current AND content IS NOT NULL"):
            titles.setdefault(row["report_id"], []).append(self._title(row, keys))
        reports = [
            Stored(
                row["ref"],
                row["status"],
                self._answers(row, keys, digests) if row["content"] else {},
                row["reject_reason"] or "",
                tuple(titles.get(row["id"], ())),
                tuple(acts.get(row["ref"], ())),
            )
            for row in await self._rows("SELECT * FROM reports")
        ]
        named = {row["id"] for row in files}
        copies = {copy_name(row["id"]) for row in files if row["status"] == "cleaned"}
        return Kept(
            reports,
            len(files),
            frozenset(named | copies),
            frozenset(path.name for path in self.settings.files_dir.rglob("*") if path.is_file()),
            len(await self._rows("SELECT reference FROM failed_updates")),
            len(await self._rows("SELECT id FROM drafts")),
        )

    async def _rows(self, question: str) -> Sequence[Row]:
        return await rows(self.settings.database_url, question)

    def _unwrapped(self, row: Row) -> bytes:
        content: bytes = row["content"]
        wrapped = content[1 : 1 + content[0]]
        name = wrapped[1 : 1 + wrapped[0]].decode()
        key = self.settings.ring.keys[name]
        return opened(key, wrapped[1 + wrapped[0] :], f"data_keys.wrapped:{row['id']}")

    def _digest(self, row: Row, keys: Mapping[str, bytes]) -> str:
        path = next((one for one in self.settings.files_dir.rglob(row["id"]) if one.is_file()), Path())
        if not path.is_file() or row["data_key_id"] is None:
            return f"nothing for {row['id']}"
        plain = opened(keys[row["data_key_id"]], path.read_bytes(), f"files.body:{row['id']}")
        return hashlib.sha256(plain).hexdigest()

    @staticmethod
    def _title(row: Row, keys: Mapping[str, bytes]) -> str:
        plain = opened(keys[row["data_key_id"]], row["content"], f"public_versions.content:{row['id']}")
        answers = json.loads(plain)["answers"]
        return next("".join(_items(one, {})) for path, one in answers.items() if path.endswith(_TITLE))

    @staticmethod
    def _answers(row: Row, keys: Mapping[str, bytes], digests: Mapping[str, str]) -> Answers:
        plain = opened(keys[row["data_key_id"]], row["content"], f"reports.content:{row['id']}")
        told = {path: one for path, one in json.loads(plain).items() if path != ":form"}
        return {path: tuple(_items(one, digests)) for path, one in told.items()}


_KEYS = "SELECT data_keys.id, content FROM data_keys JOIN key_slots ON key_slots.number = data_keys.slot"


def opened(key: bytes, sealed: bytes, context: str) -> bytes:
    """A version byte, a nonce, the ciphertext with its tag; the context is associated data."""
    return AESGCM(key).decrypt(sealed[1:13], sealed[13:], context.encode())


def copy_name(file_id: str) -> str:
    """What the store calls a file's clean copy."""
    return hashlib.sha256(f"copy:{file_id}".encode()).hexdigest()[: len(file_id)]


def _items(answer: Mapping[str, Any], digests: Mapping[str, str]) -> Iterator[str]:
    ((kind, given),) = answer.items()
    match kind:
        case "written":
            yield from (part["text"] for part in given["parts"])
            yield from (digests.get(one["id"], f"no file {one['id']}") for one in given["voices"])
        case "files":
            yield from (digests.get(one["id"], f"no file {one['id']}") for one in given["files"])
        case "chosen":
            yield from given["names"]
        case "when":
            yield " ".join(str(given[name]) for name in ("precision", "start", "end"))
        case _:
            yield json.dumps(given, sort_keys=True)
