"""Whoever has the database file alone cannot tell which chat sent which report: order, ids, numbers, sizes and places in the
file lead no further than chance, after each kind of end."""

import asyncio
import hashlib
import math
import random
import shutil
import sqlite3
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from bot.app import retention
from bot.form.model import Form
from bot.store.sent_messages import BUCKET
from db.engine import Database
from tests.bench import Bench
from tests.bot.chat.chats import Chats
from tests.conftest import sqlite_url
from tests.linking.attacks import attacks, bound, links, marks_of_chats, marks_of_reports
from tests.linking.world import ENDS, World
from tests.same_thread import same_thread

FEW, MANY, AGAIN = 60, 200, 100
"""How many report. What links more than the bound where many do is tried again where half as many do: the bound is the same."""
WORLDS = 5
"""An attack that links more than the bound in so many worlds, one after another, is no chance: that happens less than once in
a hundred million times."""
SURE_CORRELATION, SURE_LINKS = 6.0, 10
"""Standard deviations, and links, beyond which a single world is no chance, though hundreds of attacks are tried on it."""
PLAIN = {
    f"hashed {mark} +1"
    for mark in (
        "sent_messages.id least by order",  # ids in the order of reports
        "sent_messages.id count by size",  # many messages, a long report
        "sent_messages.id count by end",
        "last place by order",
    )
}
"""What anybody would try first."""


class Worlds:
    """Makes worlds, each on a file of its own; `path` is that of the last."""

    def __init__(self, migrated: Path, folder: Path, forms: Mapping[str, Form]) -> None:
        self._migrated, self._folder, self._forms = migrated, folder, forms
        self._open: list[Database] = []
        self.path = folder

    async def make(self, number: int, *, cut_off: bool = False) -> World:
        """One in which so many have reported."""
        self.path = self._folder / f"{len(self._open)}.db"
        await asyncio.to_thread(shutil.copy, self._migrated, self.path)
        self._open.append(Database(sqlite_url(self.path)))
        world = World(Chats(Bench(self._open[-1], self._forms)), cut_off)
        await world.report(number)
        return world

    async def attacked(self, world: World) -> Mapping[str, tuple[int, float]]:
        """Links and correlation of each attack on the file of the last world, by chats' hashes and those of the day."""
        assert await world.bench.database.truncate_log()
        ids = [one.report_id for one in world.sent]
        reports = await asyncio.to_thread(marks_of_reports, self.path, ids)
        found: dict[str, tuple[int, float]] = {}
        for name in ("hashed", "sender"):
            hashes = [getattr(one, name) for one in world.sent]
            chats = await asyncio.to_thread(marks_of_chats, self.path, hashes)
            marked = {f"{name} {mark}": values for mark, values in chats.items()}
            found |= attacks(marked, reports)
        return found

    async def close(self) -> None:
        """Close their files."""
        for database in self._open:
            await database.close()


@pytest.fixture
async def worlds(migrated_file: Path, tmp_path: Path, forms: Mapping[str, Form]) -> AsyncIterator[Worlds]:
    """Worlds on SQLite, whose files are looked into."""
    made = Worlds(migrated_file, tmp_path, forms)
    with same_thread():
        yield made
    await made.close()


async def no_attack_is_better_than_chance(
    worlds: Worlds, number: int, tried: Collection[str] | None = None
) -> None:
    """Before and after the reports have come to their ends. `tried` are the attacks that are held to the bound of 95 of 100; all
    if it is None. Of hundreds some exceed that by chance, so those that do have to do so again, in other worlds."""
    suspects: set[str] | None = None
    for at in range(WORLDS):
        several = min(number, AGAIN) if at else number
        world, exceeding = await worlds.make(several), set()
        for moment in ("reported", "ended"):
            if moment == "ended":
                await world.end()
            found = await worlds.attacked(world)
            assert tried is None or not set(tried) - found.keys()
            assert surely_no_chance(found, several) == {}, moment
            linking = {name for name, (linked, _) in found.items() if linked > bound(several)}
            exceeding |= {f"{moment}: {name}" for name in linking if tried is None or name in tried}
        suspects = exceeding if suspects is None else suspects & exceeding
        if not suspects:
            return
    assert suspects == set()


def surely_no_chance(found: Mapping[str, tuple[int, float]], number: int) -> Mapping[str, tuple[int, float]]:
    """The attacks whose links or correlations are certainly no chance."""
    sure = SURE_CORRELATION / math.sqrt(number - 1)
    return {
        name: (linked, correlated)
        for name, (linked, correlated) in found.items()
        if linked > SURE_LINKS or abs(correlated) > sure
    }


async def test_the_file_alone_does_not_link_chats_and_reports(worlds: Worlds) -> None:
    """Nothing that is certain in one world, and nothing of what anybody would try first beyond the bound of 95 of 100."""
    await no_attack_is_better_than_chance(worlds, FEW, PLAIN)


@pytest.mark.long
async def test_of_two_hundred_reports_no_attack_links_more_than_random_pairing(worlds: Worlds) -> None:
    """Each of hundreds of attacks is held to the bound of 95 of 100."""
    assert bound(MANY) == 3
    await no_attack_is_better_than_chance(worlds, MANY)


async def test_receipts_that_wait_for_telegram_are_in_no_order(worlds: Worlds) -> None:
    """Nothing has reached anybody: all receipts and notices are in the outbox, beside the hashes of their chats."""
    world = await worlds.make(FEW // 2, cut_off=True)
    found = await worlds.attacked(world)
    assert any("outbox" in name for name in found)
    assert surely_no_chance(found, FEW // 2) == {}


async def test_once_two_days_are_over_nothing_of_a_chat_is_left(worlds: Worlds) -> None:
    """Neither of those who kept their chats, nor by the hash of the day."""
    world = await worlds.make(8)
    await world.end()
    world.bench.later(72)
    async with world.bench.write() as unit:
        await retention.sweep(unit)
    assert await world.bench.database.truncate_log()
    hashes = [hashed for one in world.sent for hashed in (one.hashed, one.sender)]
    assert set(marks_of_chats(worlds.path, hashes)["places"]) == {0}


async def test_where_one_report_comes_in_an_hour_the_hour_tells(worlds: Worlds) -> None:
    """This is what the threat model says cannot be kept from whoever has the file within two days: the rows of a chat have the
    hour of its messages, and so has the report. A chat that was cleared tells nothing."""
    world = await worlds.make(0)
    for _ in range(8):
        await world.report(1)
        world.bench.later(1)
    path = worlds.path
    ids = [one.report_id for one in world.sent]
    chats = marks_of_chats(path, [one.hashed for one in world.sent])
    hours = marks_of_reports(path, ids)["order"]
    assert links(chats["sent_messages.hour most"], hours) == 8
    await world.end()
    assert {one.clears for one in world.sent} == {True, False}
    assert await world.bench.database.truncate_log()
    left = marks_of_chats(path, [one.hashed for one in world.sent if one.clears])
    assert set(left["places"]) == {0}


@pytest.mark.parametrize("told", ["in order", "by size"])
def test_the_attacks_find_what_is_there(tmp_path: Path, told: str) -> None:
    """With rows in the order in which they came, or as many as a report is long, all are linked: each attack can succeed."""
    chats = [hashlib.sha256(bytes([at])).digest() for at in range(FEW)]
    path = tmp_path / "told.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE rows (chat BLOB, number INTEGER)")
        shuffled = random.sample(range(FEW), FEW)
        if told == "in order":
            connection.executemany("INSERT INTO rows VALUES (?, ?)", [(chats[at], 1) for at in range(FEW)])
        else:
            connection.executemany("INSERT INTO rows VALUES (?, ?)", [(chats[at], at) for at in shuffled])
        connection.commit()
    found = attacks(marks_of_chats(path, chats), {"order": list(range(FEW))})
    linked = {name for name, (number, _) in found.items() if number == FEW}
    mark = "rows.place least" if told == "in order" else "rows.number most"
    assert f"{mark} by order +1" in linked
    assert linked <= surely_no_chance(found, FEW).keys()
    assert links(random.sample(range(FEW), FEW), list(range(FEW))) <= SURE_LINKS


def test_the_bound_is_that_of_random_pairing() -> None:
    """Of random permutations 95 of 100 have at most so many fixed points."""
    tries = 2000
    within = sum(links([0] * FEW, list(range(FEW))) <= bound(FEW) for _ in range(tries))
    assert within / tries > 0.95


async def test_a_chat_has_as_many_rows_whatever_became_of_its_report(worlds: Worlds) -> None:
    """A withdrawal leaves no more of them than a receipt does, or they would tell who withdrew."""
    world = await worlds.make(8)
    for one in world.sent:
        one.clears = False
    await world.end()
    assert await world.bench.database.truncate_log()
    chats = marks_of_chats(worlds.path, [one.hashed for one in world.sent])
    assert {one.end for one in world.sent} == set(ENDS)
    assert set(chats["sent_messages.id count"]) == {BUCKET + 1}  # and the receipt, or the last answer
