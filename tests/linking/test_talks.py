"""Whoever has the database file alone cannot tell which chat a talk is held in, however far it has come: neither the order of rows, nor
their ids, sizes, numbers and places lead from a report that was asked about to its reporter's chat."""

import asyncio
import math
import shutil
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from bot.form.model import Form
from db.engine import Database
from tests.bench import Bench
from tests.bot.chat.chats import Chats
from tests.conftest import sqlite_url
from tests.linking.attacks import attacks, bound, links, marks_of_chats, marks_of_talks
from tests.linking.talk_world import OPEN, STAGES, TalkWorld
from tests.linking.test_linking import AGAIN, MANY, SURE_CORRELATION, SURE_LINKS, WORLDS
from tests.linking.world import Sent
from tests.same_thread import same_thread

FEW = 24
AT_RANDOM = {
    "sent_messages.id", "sent_messages.place", "outbox.id", "outbox.place", "drafts.id", "drafts.place", "data_keys.slot", "data_keys.place",
    "first", "last",
}  # fmt: skip
"""Ids and places of rows: of their order nothing may be told, which the attacks try."""
ITS_OWN = {"drafts.step", "files", "data_keys.ring", "data_keys.hour", "data_keys.id"}
"""What a reporter has done since the questions were opened, which says nothing of them: steps, and files of the answer with their keys."""


class Worlds:
    """Makes worlds, each on a file of its own; `path` is that of the last."""

    def __init__(self, migrated: Path, folder: Path, forms: Mapping[str, Form]) -> None:
        self._migrated, self._folder, self._forms = migrated, folder, forms
        self._open: list[Database] = []
        self.path = folder

    async def make(self, number: int) -> TalkWorld:
        """One in which so many have reported and agreed to be asked."""
        self.path = self._folder / f"{len(self._open)}.db"
        await asyncio.to_thread(shutil.copy, self._migrated, self.path)
        self._open.append(Database(sqlite_url(self.path)))
        world = TalkWorld(Chats(Bench(self._open[-1], self._forms)))
        await world.report(number)
        return world

    async def chats(self, group: Sequence[Sent]) -> Mapping[str, Sequence[float]]:
        """What the file says of these chats that is not the same of all."""
        assert await self._open[-1].truncate_log()
        found = await asyncio.to_thread(marks_of_chats, self.path, [one.hashed for one in group])
        return {name: values for name, values in found.items() if len(set(values)) > 1}

    async def talks(self, group: Sequence[Sent]) -> Mapping[str, Sequence[float]]:
        """The same of their reports."""
        with closing(sqlite3.connect(self.path)) as connection:
            refs = dict(connection.execute("SELECT id, ref FROM reports").fetchall())
        names = [(one.report_id, refs[one.report_id]) for one in group]
        return await asyncio.to_thread(marks_of_talks, self.path, names)

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


def groups(world: TalkWorld) -> tuple[list[Sent], list[Sent]]:
    """Those who have a reply open, which the file tells, and the others."""
    return [one for one in world.sent if one.talk in OPEN], [
        one for one in world.sent if one.talk not in OPEN
    ]


def told(marks: Mapping[str, Sequence[float]]) -> set[str]:
    """The columns by which chats can be told apart, but for those that are at random."""
    return {name.split()[0] for name in marks} - AT_RANDOM


async def test_the_file_says_the_same_of_every_chat_however_far_its_talk_has_come(worlds: Worlds) -> None:
    """Of those who have a reply open too, whatever they were asked, in how many questions and files, and in which language: as many
    rows, as long. What their reports say differs in all of it."""
    world = await worlds.make(FEW)
    await world.ask()
    await world.open()
    replying, others = groups(world)
    assert {one.talk for one in world.sent} == set(STAGES)
    assert told(await worlds.chats(others)) == set()
    of_replies = {
        name.partition(".")[0] if name.startswith("files.") else name
        for name in told(await worlds.chats(replying))
    }
    assert of_replies <= ITS_OWN
    talks = await worlds.talks(replying)
    assert {"talk_messages.id count", "files.id count", "reports.language most"} <= talks.keys()
    await world.close()
    assert told(await worlds.chats(world.sent)) == set()
    assert {"reports.waits most", "ways_back.id count", "talk_messages.from_reporter sum"} <= (
        await worlds.talks(world.sent)
    ).keys()


@pytest.mark.long
async def test_of_two_hundred_talks_no_attack_links_more_than_random_pairing(worlds: Worlds) -> None:
    """Each of thousands of attacks is held to the bound of 95 of 100, in as many worlds as it takes to tell that from chance: among
    those who have a reply open, and among all others; and once all is answered or put away."""
    assert bound(MANY) == 3
    suspects: set[str] | None = None
    for at in range(WORLDS):
        world, exceeding = await worlds.make(AGAIN if at else MANY), set[str]()
        await world.ask()
        for moment in (world.open, world.close):
            await moment()
            for name, group in zip(("replying", "others"), groups(world), strict=True):
                found = attacks(await worlds.chats(group), await worlds.talks(group))
                assert len(found) > 1000
                sure = SURE_CORRELATION / math.sqrt(len(group) - 1)
                assert {k: v for k, v in found.items() if v[0] > SURE_LINKS or abs(v[1]) > sure} == {}
                most = bound(len(group))
                exceeding |= {
                    f"{moment.__name__}, {name}: {k}" for k, (linked, _) in found.items() if linked > most
                }
        suspects = exceeding if suspects is None else suspects & exceeding
        if not suspects:
            return
    assert suspects == set()


async def test_notices_that_wait_for_telegram_are_alike_and_in_no_order(worlds: Worlds) -> None:
    """In the outbox, beside the hashes of chats: one of each, all of one size, whatever and in which language was asked."""
    world = await worlds.make(FEW // 2)
    world.cut_off = True
    await world.ask()
    asked = [one for one in world.sent if one.talk != "unasked"]
    found = await worlds.chats(asked)
    assert any(name.startswith("outbox.id") for name in found)
    assert told(found) == set()


async def test_where_one_talk_alone_goes_on_the_open_reply_and_the_hour_tell(worlds: Worlds) -> None:
    """This is what the threat model says cannot be kept from whoever has the file: that a chat has a reply open, and which reports
    wait for an answer; the hour of what a chat was sent, and that of a question in the log. Nothing else tells."""
    world = await worlds.make(8)
    for one in world.sent:
        one.talk = "unasked"
    world.sent[3].talk = "opened"
    world.bench.later(1)
    await world.ask()
    await world.open()
    chats, talks = await worlds.chats(world.sent), await worlds.talks(world.sent)
    assert most_of(chats["drafts.id count"]) == most_of(talks["reports.waits most"]) == 3
    await world.close()
    chats, talks = await worlds.chats(world.sent), await worlds.talks(world.sent)
    assert most_of(chats["sent_messages.hour most"]) == most_of(talks["audit_log.hour most"]) == 3
    assert told(chats) == {"sent_messages.hour"}


def most_of(values: Sequence[float]) -> int:
    """Whose number alone is the greatest."""
    assert sorted(values)[-2] < max(values)
    return values.index(max(values))


def test_the_attacks_find_what_leads_on_from_a_report(tmp_path: Path) -> None:
    """To what was said of it, from there to a key, and on to files: a chat whose rows are as many as these files is linked."""
    path, number = tmp_path / "told.db", 12
    hashes = [bytes([at]) * 32 for at in range(1, number + 1)]
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE said (report TEXT, key TEXT); CREATE TABLE files (id TEXT, key TEXT); CREATE TABLE rows (chat BLOB);"
        )
        for at, hashed in enumerate(hashes):
            report, key = f"{at:032x}", f"{at + 999:032x}"
            connection.execute("INSERT INTO said VALUES (?, ?)", (report, key))
            connection.executemany(
                "INSERT INTO files VALUES (?, ?)", [(f"{at}file{one}", key) for one in range(at)]
            )
            connection.executemany("INSERT INTO rows VALUES (?)", [(hashed,)] * (at + 1))
        connection.commit()
    talks = marks_of_talks(path, [(f"{at:032x}",) for at in range(number)])
    chats = marks_of_chats(path, hashes)
    assert links(chats["rows.chat count"], talks["files.id count"]) == number
