"""Data keys: what is destroyed is gone from the database's files, byte by byte."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import ahocorasick_rs
import pytest
from sqlalchemy import delete, select

from bot.form.model import Form
from bot.store import vault
from bot.store.unit import UnitOfWork
from db.engine import Database, free_pages, give_back
from db.models import DataKey, FailedUpdate
from tests.bench import Bench
from tests.conftest import sqlite_url

KEYS, MOST_AT_ONCE = 6000, 200
PIECE = 16
"""Bytes that are looked for: a page may hold only a part of a key."""


@pytest.fixture
def file(migrated_file: Path, tmp_path: Path) -> Path:
    """A migrated SQLite file."""
    path = tmp_path / "kuager.db"
    path.write_bytes(migrated_file.read_bytes())
    return path


async def test_a_key_stands_where_it_was_written_until_it_is_destroyed_and_then_nowhere(
    file: Path, forms: Mapping[str, Form]
) -> None:
    """Thousands of keys come and go in random order, many at once and one by one. What lives has one place in the file,
    which never changes, so that there is no copy to be left; no piece of what was destroyed is in the file or its log."""
    database = Database(sqlite_url(file))
    bench, chance = Bench(database, forms), random.Random(10)
    alive: list[str] = []
    places: dict[str, int] = {}
    destroyed: list[bytes] = []
    made = 0
    while made < KEYS:
        async with bench.write() as unit:
            new = [vault.make_key(unit) for _ in range(chance.choice((1, 3, MOST_AT_ONCE)))]
        alive += new
        made += len(new)
        async with bench.write() as unit:
            chance.shuffle(alive)
            doomed = [alive.pop() for _ in range(chance.randint(0, min(len(alive), MOST_AT_ONCE)))]
            destroyed += (await wrapped(unit, doomed)).values()
            await vault.destroy(unit, doomed)
        assert await database.truncate_log()
        raw = on_disk(file)
        async with bench.read() as unit:
            contents = await wrapped(unit, alive)
        search = ahocorasick_rs.BytesAhoCorasick(list(contents.values()))
        found = search.find_matches_as_indexes(raw, overlapping=True)
        assert sorted(number for number, *_ in found) == list(range(len(contents)))  # each stands once
        ids = list(contents)
        for number, place, _ in found:
            assert places.setdefault(ids[number], place) == place
    pieces = pieces_of(on_disk(file))
    assert len(destroyed) > KEYS / 2
    assert not [content for content in destroyed if pieces & pieces_of(content[4:])]
    await database.close()


async def test_pages_that_move_while_the_file_shrinks_leave_no_copy_of_a_key(
    file: Path, forms: Mapping[str, Form]
) -> None:
    """A crowd's rows stand between the pages of keys. Once they are gone the last pages move into the gaps: each key that
    lives stands once, and no piece of a destroyed one is in the file or its log."""
    database = Database(sqlite_url(file))
    bench, alive = Bench(database, forms), list[str]()
    for number in range(8):
        async with bench.write() as unit:
            alive += [vault.make_key(unit) for _ in range(MOST_AT_ONCE)]
            raw = [{"update_id": 1, "raw": bytes(3000), "reference": f"{number} {row}"} for row in range(50)]
            unit.session.add_all(FailedUpdate(hour=1, **one) for one in raw)
    async with bench.write() as unit:
        await unit.session.execute(delete(FailedUpdate))
    assert await database.truncate_log()
    before = on_disk(file)
    async with bench.write() as unit:
        contents = await wrapped(unit, alive)
        await give_back(unit.session, await free_pages(unit.session))
        doomed = alive[::2]
        await vault.destroy(unit, doomed)
    assert await database.truncate_log()
    after = on_disk(file)
    assert len(before) - len(after) > 4096 * 300
    assert [key for key in alive if before.index(contents[key]) > len(after)], "none of their pages moved"
    assert [after.count(contents[key]) for key in alive] == [0, 1] * (len(alive) // 2)
    pieces = pieces_of(after)
    assert not [key for key in doomed if pieces & pieces_of(contents[key][4:])]
    await database.close()


def on_disk(file: Path) -> bytes:
    """The database and its log."""
    return b"".join(path.read_bytes() for path in sorted(file.parent.glob(f"{file.name}*")))


def pieces_of(raw: bytes) -> set[bytes]:
    """Every piece of some bytes."""
    return {raw[start : start + PIECE] for start in range(len(raw) - PIECE + 1)}


async def wrapped(unit: UnitOfWork, ids: Sequence[str]) -> dict[str, bytes]:
    """Keys as they are stored, by their ids."""
    rows = await unit.session.scalars(select(DataKey).where(DataKey.id.in_(ids)))
    return {row.id: row.wrapped for row in rows}


async def test_slots_are_used_again(bench: Bench) -> None:
    """However many keys come and go, there are no more slots than were needed at once, and each is used by one key."""
    for _ in range(20):
        async with bench.write() as unit:
            keys = [vault.make_key(unit) for _ in range(100)]
        async with bench.write() as unit:
            slots = list(await unit.session.scalars(select(DataKey.slot)))
            assert len(set(slots)) == len(slots) == 100
            assert max(slots) <= 256
            await vault.destroy(unit, keys)


async def test_a_key_that_is_renamed_gets_another_slot(bench: Bench) -> None:
    """Else its number would tell which draft became which report. The key stays."""
    async with bench.write() as unit:
        key_id = vault.make_key(unit)
        key = unit.keys[key_id]
    async with bench.write() as unit:
        before = await unit.session.get_one(DataKey, key_id)
        slot = before.slot
        await vault.open_keys(unit, [key_id])
        renamed = await vault.rename(unit, key_id)
        assert (await unit.session.get_one(DataKey, renamed)).slot != slot
    async with bench.write() as unit:
        await vault.open_keys(unit, [key_id, renamed])
        assert unit.keys == {renamed: key}


async def test_two_who_make_keys_at_once_never_share_a_slot(
    database_url: str, forms: Mapping[str, Form]
) -> None:
    """As copies of the bot on one PostgreSQL do; both make new slots, too."""
    databases = [Database(database_url) for _ in range(2)]
    benches = [Bench(database, forms) for database in databases]

    async def make(bench: Bench) -> None:
        for _ in range(4):
            async with bench.write() as unit:
                for _ in range(60):
                    vault.make_key(unit)
                await unit.session.flush()
                await asyncio.sleep(0)

    await asyncio.gather(*(make(bench) for bench in benches))
    async with benches[0].read() as unit:
        slots = list(await unit.session.scalars(select(DataKey.slot)))
        assert len(set(slots)) == len(slots) == 480
    for database in databases:
        await database.close()
