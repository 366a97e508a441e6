"""A person with all keys of the operator and every byte of the server reads nothing of a decided report."""

import asyncio
import io
import os
import random
import secrets
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg  # type: ignore[import-untyped] # it has no types
import pyrage  # type: ignore[import-untyped] # it has no types
import pytest
from PIL import Image

from bot.app import jobs, upgrades
from bot.app.cli import storage
from bot.app.wiring import open_work
from bot.demo import TOKEN, USERNAME, settings_in
from bot.form.model import Form
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from bot.settings import Settings
from bot.store.file_store import FolderStore
from db.engine import Database
from db.models import Base
from tests import archived, outside
from tests.archived import APPROVED, COUNTED, PUBLISHED, REJECTED, SHARED, Words
from tests.bench import Bench
from tests.crashes.lives import ROOT
from tests.secrets.searching import Search, files_in
from tests.secrets.spellings import Secret
from tests.secrets.test_planted import environment

REPORTS = ((PUBLISHED, APPROVED), (SHARED, APPROVED), (COUNTED, APPROVED), (PUBLISHED, REJECTED))
PUBLIC = frozenset({"0 title", "0 summary", "0 key of version 1"})
"""Values that the public version of `publish_no_names` keeps open."""
SOUGHT = "Түнде"
"""A word of each story."""
PATIENCE = 60.0
SEGMENTS = 12
"""Segments of PostgreSQL's log that are written anew, more than it keeps for reuse."""


@dataclass
class World:
    """A server with decided reports, what is secret in them, and identities of two recipients."""

    settings: Settings
    bench: Bench
    folder: Path
    server: Path | None
    identities: Sequence[Any] = field(
        default_factory=lambda: [pyrage.x25519.Identity.generate() for _ in "ab"]
    )
    secrets: dict[str, Secret] = field(default_factory=dict)
    refs: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    before: dict[str, Mapping[str, bytes]] = field(default_factory=dict)
    started: float = field(default_factory=time.time)

    @property
    def recipients(self) -> tuple[str, ...]:
        return tuple(str(one.to_public()) for one in self.identities)

    @property
    def ring(self) -> Mapping[str, bytes]:
        return {name: bytes(key) for name, key in self.settings.ring.keys.items()}

    async def reports(self) -> Mapping[str, outside.ReportFound]:
        """All reports as they lie, opened from outside."""
        taken = await outside.take(self.settings.database_url)
        files = self.settings.files_dir
        return {
            row["ref"]: outside.report_in(taken, self.ring, self.identities, row, files)
            for row in taken.tables["reports"]
        }


def planted(number: int) -> Words:
    """Words and pictures that stand nowhere else, not even on a server that earlier tests used."""
    said = {name: f"{SOUGHT} {name} {secrets.token_hex(8)}" for name in archived.WORDS}
    file_name = f"Құпия {secrets.token_hex(8)}-{number}.jpg"
    return Words(**said, photo=_noise(), paper=_noise(), file_name=file_name)


def _noise() -> bytes:
    out = io.BytesIO()
    Image.frombytes("RGB", (16, 16), random.randbytes(768)).save(out, "JPEG", comment=secrets.token_hex(16))
    return out.getvalue()


@pytest.fixture
async def api() -> AsyncIterator[LocalBotApi]:
    """A local Bot API."""
    made = LocalBotApi({TOKEN: USERNAME}, time.time)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def world(
    api: LocalBotApi,
    database_url: str,
    tmp_path: Path,
    forms: Mapping[str, Form],
    request: pytest.FixtureRequest,
) -> World:
    """Four decided reports with all that a report can hold."""
    server = None if database_url.startswith("sqlite") else request.getfixturevalue("server").pgdata
    settings = settings_in(tmp_path, api.url, poll_seconds=5, database_url=database_url)
    bench = Bench(Database(database_url), forms, settings)
    bench.now = datetime.now(settings.zone)
    made = World(settings, bench, tmp_path, server)
    store = FolderStore(settings.files_dir)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
    for number, (consent, end) in enumerate(REPORTS):
        words = planted(number)
        receipt = await archived.decided(bench, moderator.id, store, words, consent, end)
        made.refs.append(receipt.report.ref)
        made.codes.append(receipt.code)
        made.secrets |= {f"{number} {name}": getattr(words, name) for name in (*archived.WORDS, "file_name")}
    for ref, found in (await made.reports()).items():
        number = made.refs.index(ref)
        assert found.state == outside.OPEN, found.why
        made.before[ref] = found.values
        bodies = {name: one for name, one in found.values.items() if name.startswith("body")}
        assert len(bodies) == 4
        made.secrets |= {f"{number} {name}": one[len(one) // 2 :][:64] for name, one in bodies.items()}
        versions = await _version_keys(made, ref)
        for key_id, one in found.keys.items():
            made.secrets[f"{number} key of {versions.get(key_id, key_id)}"] = one.key
    return made


async def _version_keys(world: World, ref: str) -> Mapping[str, str]:
    taken = await outside.take(world.settings.database_url)
    (row,) = taken.of("reports", "ref", ref)
    versions = taken.of("public_versions", "report_id", row["id"])
    return {one["data_key_id"]: f"version {one['version']}" for one in versions}


async def seal_all(world: World) -> None:
    """Let the bot seal, by its job, to recipients that have answered. An update has copied the database before."""
    if world.server is None:
        upgrades.keep(world.folder / "kuager.db", "0028")
    await archived.answer_words(world.bench, *world.recipients)
    work = await open_work(world.bench.settings)
    sealing = jobs.Sealing(work)
    while await sealing.once() is not None:
        pass
    await work.database.close()


@asynccontextmanager
async def restarted(world: World) -> AsyncIterator[int]:
    """The bot in a process of its own, which has begun after the sealing; its number."""
    given = {**environment(world.settings), "KUAGER_ARCHIVE_RECIPIENTS": ",".join(world.recipients)}
    with (world.folder / "bot.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"),
            cwd=ROOT,
            env={**os.environ, **given, "PTB_TIMEDELTA": "1"},
            stdout=log,
            stderr=log,
        )
    try:
        yield process.pid
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def use(world: World, api: LocalBotApi) -> None:
    """A person asks for the state of each report by its code. A moderator searches their words, and opens each."""
    async with Phone(api.url, 1_000_000_007, "ru", patience=PATIENCE) as phone:
        for code in world.codes:
            await phone.say(f"/status {code}")
            await phone.wait()
    async with Phone(api.url, 7_000_000_001, "ru", patience=PATIENCE) as desk:
        await desk.say(f"/search {SOUGHT}")
        await desk.wait(f"🔤 {SOUGHT}")
        for ref in world.refs:
            await desk.say(f"/open {ref}")
            await desk.wait()


@asynccontextmanager
async def reading(api: LocalBotApi) -> AsyncIterator[None]:
    """A moderator opens the last report again and reads its note. The bot does not hear yet that it was shown."""
    async with (
        Phone(api.url, 7_000_000_001, "ru", patience=PATIENCE) as desk,
        aiohttp.ClientSession() as http,
    ):
        await desk.tap("Открыть заново")
        slow = {"method": "editMessageText", "chat_id": desk.user_id, "delay_after": PATIENCE}
        async with http.post(f"{api.url}/control/failures", json=slow) as done:
            assert done.status == 200
        await desk.tap("Заметки")
        await desk.wait(SOUGHT)
        yield


def memory_of(pid: int) -> Iterator[bytes]:
    """All that a process can write to in its memory (proc(5), maps and mem)."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text("utf-8").splitlines():
            span, rights, *_ = line.split()
            if rights.startswith("rw"):
                start, end = (int(one, 16) for one in span.split("-"))
                memory.seek(start)
                with suppress(OSError):
                    yield memory.read(end - start)


async def clean_up(world: World) -> None:
    """Let the database forget what it can: SQLite's log is emptied, PostgreSQL's slots are written anew and its log too."""
    work = await open_work(world.settings)
    await work.finish_erasures()
    await work.database.close()
    await world.bench.database.close()
    if world.server is None:
        return
    connection = await asyncpg.connect(world.settings.database_url.replace("+asyncpg", ""))
    # Other tests' checkpoints must not give a segment of ours another name, under which it is not written anew.
    await connection.execute("ALTER SYSTEM SET wal_recycle = off")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.execute("VACUUM FULL key_slots")  # VACUUM alone leaves bytes in the free room of a page
    # Other tests write to this server too: all segments that there are may hold earlier bytes.
    for _ in range(SEGMENTS + await connection.fetchval("SELECT count(*) FROM pg_ls_waldir()")):
        await connection.execute("SELECT pg_logical_emit_message(false, 'x', 'x')")
        await connection.execute("SELECT pg_switch_wal()")
    await connection.execute("CHECKPOINT")
    await connection.close()


async def taken_by_an_enemy(world: World, memory: bytes) -> Mapping[str, bytes]:
    """Every byte there is, and all that the ring and what it opens open of it."""
    places = files_in(world.folder)
    if world.server is not None:
        places |= {f"server/{name}": one for name, one in files_in(world.server, world.started).items()}
    tables = [table.name for table in Base.metadata.sorted_tables]
    rows = chain.from_iterable((await outside.take(world.settings.database_url, tables)).tables.values())
    cells = [bytes(cell) for row in rows for cell in row.values() if isinstance(cell, (bytes, memoryview))]
    by_ring = list(outside.opened_anywhere(world.ring, [*places.values(), *cells]))
    keys = {plain[:32] for plain in by_ring if len(plain) >= 32}
    bodies = [path.read_bytes() for path in world.settings.files_dir.rglob("*") if path.is_file()]
    sealed = [one[1:] for one in (*cells, *bodies) if one[:1] == b"\x01"]
    by_keys = [outside.counted(key, one) for key in keys for one in sealed]
    return {
        **places,
        "columns": b"\n".join(cells),
        "memory": memory,
        "opened by the ring": b"\n".join(by_ring),
        "opened by what the ring opened": b"\n".join(by_keys),
    }


async def attack(
    world: World, api: LocalBotApi, monkeypatch: pytest.MonkeyPatch, *, reads: bool = False
) -> dict[str, set[str]]:
    """Restart the bot, back up, and search all there is. Gives the places by secret. `reads`: the bot's memory is taken
    while a moderator reads a note."""
    await clean_up(world)
    async with restarted(world) as pid:
        await use(world, api)
        async with reading(api) if reads else nullcontext():
            memory = b"\n".join(await asyncio.to_thread(lambda: list(memory_of(pid))))
    assert all(key in memory for key in world.ring.values())  # it is the memory of the bot
    for name, value in environment(world.settings).items():
        monkeypatch.setenv(name, value)
    await storage.backup(world.folder / "backup")
    await clean_up(world)
    search, found = Search(world.secrets), dict[str, set[str]]()
    for place, content in (await taken_by_an_enemy(world, memory)).items():
        for name, _ in search(content):
            found.setdefault(name, set()).add(place)
        found.setdefault("age", set()).update(
            {place} if b"age-encryption.org/v1\n-> X25519" in content else ()
        )
    return found


async def test_a_seized_server_opens_nothing_that_is_sealed(
    world: World, api: LocalBotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither words nor names, talk, notes, files, nor the data keys stand in database, log, files, a later backup or the
    memory of the restarted bot, in any encoding, under any layer that the ring opens. The public version alone does.

    An identity opens all of it, byte for byte.
    """
    await seal_all(world)
    found = await attack(world, api, monkeypatch)
    assert found.pop("age") == {"opened by what the ring opened"}
    assert {name: places for name, places in found.items() if name not in PUBLIC} == {}
    assert found.keys() == PUBLIC
    after = await world.reports()
    assert {one.state for one in after.values()} == {outside.SEALED}, [one.why for one in after.values()]
    assert {ref: one.values for ref, one in after.items()} == world.before


@pytest.mark.newest  # it tries the search, not the bot
async def test_without_sealing_the_same_search_finds_all(
    world: World, api: LocalBotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each secret is under a layer that the ring opens, and a note that a moderator reads is in the bot's memory."""
    found = await attack(world, api, monkeypatch, reads=True)
    assert found.pop("age") == set()
    assert world.secrets.keys() - found.keys() == set()
    assert "memory" in found[f"{len(REPORTS) - 1} note"]
