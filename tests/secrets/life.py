"""A life of the bot in which every secret passes through it, and what it left behind after each step."""

import asyncio
import gc
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from io import StringIO
from pathlib import Path

import ahocorasick_rs
import aiohttp
import asyncpg  # type: ignore[import-untyped] # it has no types
from sqlalchemy import func, select

from bot.app import retention
from bot.app.cli import exports as export_command
from bot.app.cli import storage
from bot.app.wiring import Bot
from bot.app.work import Work
from bot.demo.running import fetching
from bot.desk.people import service as people_service
from bot.local_api.client import Phone, picture
from bot.publish.country_update.request import UpdateFormat
from bot.publish.export.formats import FORMATS
from bot.reports.filling import endings
from bot.settings import Settings
from bot.store.drafting import HELD_MINUTES
from db.models import Base, DataKey, DraftRow, Erasure, File, PublicVersion, Report, TalkMessage, WayBack
from tests.end_to_end.moderating import Moderator, Public
from tests.end_to_end.reporting import Reporter
from tests.secrets.planted import (
    ALLOWED,
    HASTY,
    MODERATOR,
    PLANTED,
    REJECTED,
    REPORTER,
    SILENT,
    STRANGER,
    TOLD,
)
from tests.secrets.planted_files import NAMES, files
from tests.secrets.searching import Found, Search, files_in
from tests.secrets.spellings import Secret
from tests.secrets.talking import talk

OF_RECORDS = [name for name, one in FORMATS.items() if not one.of_reporters]
"""The program's own form has no answers that leave by themselves."""
PATIENCE = 30.0
LONG_AFTER = timedelta(days=800)
"""By then everything that has a time is over it."""
WATCHED_SECONDS = 0.5
"""How often all files are searched while the bot is at work: what stands there then is what a kill would leave."""
WRITTEN_SECONDS = 0.5
"""How long a file may take to be put into its folder, which tells the time meanwhile."""
AT_SERVER = frozenset({"sent", "approved", "expired"})
"""The steps after which the server's files are searched, which are many."""
_KINDS = {"photo": "image/jpeg", "document": "application/pdf", "video": "video/x-matroska"}


@dataclass
class Life:
    """What was found where, and the bytes that a withdrawal must destroy. `folder` holds all that the bot writes, its temporary
    files too; `server` is the folder of PostgreSQL's data. `sends` are the files that are given."""

    settings: Settings
    work: Work
    log: StringIO
    folder: Path
    server: Path | None = None
    sends: tuple[str, ...] = ("photo", "document", "video")
    by_command: bool = True
    """Exports and backups by the command line, which takes the settings from the environment."""
    secrets: dict[str, Secret] = field(default_factory=lambda: dict(PLANTED))
    found: set[tuple[str, str, str, str]] = field(default_factory=set)
    """Secret, encoding, place, step."""
    places: set[tuple[str, str]] = field(default_factory=set)
    """Where was searched, and after which step."""
    doomed: dict[str, bytes] = field(default_factory=dict)
    stood: set[str] = field(default_factory=set)
    survived: set[str] = field(default_factory=set)
    times: set[float] = field(default_factory=set)
    """When the sealed files and their folders say that they were written."""
    step: str = "begun"
    started: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        self._search, self._known, self._logged = Search({}), 0, 0
        self._searched: dict[tuple[int, int], Found] = {}

    def search(self, places: Mapping[str, bytes]) -> None:
        """Search these places for every secret in every encoding, but for what the table allows. What was searched for all of
        them before, and has not changed, is left out."""
        if len(self.secrets) != self._known:
            self._search, self._known = Search(self.secrets), len(self.secrets)
            self._searched.clear()
        for place, content in places.items():
            self.places.add((place, self.step))
            key = len(content), hash(content)
            if key not in self._searched:
                self._searched[key] = self._search(content)
            for name, encoding in self._searched[key]:
                if not any(place.startswith(begins) and name in may for begins, (may, _) in ALLOWED.items()):
                    self.found.add((name, encoding, place, self.step))

    def _new_of_log(self) -> bytes:
        """What was logged since it was looked at last, and as much before it as a secret can be long."""
        written = self.log.getvalue().encode()
        start, self._logged = max(0, self._logged - 1000), len(written)
        return written[start:]

    @property
    def names_found(self) -> set[str]:
        """The secrets that were found somewhere."""
        return {name for name, *_ in self.found}

    @property
    def columns_found(self) -> set[str]:
        """The columns of the database in which secrets were found."""
        return {place for _, _, place, _ in self.found if place.split(".")[0] in Base.metadata.tables}

    async def left_behind(self) -> dict[str, bytes]:
        """All bytes there are: the files, the log, the values of every column; and of PostgreSQL, at some steps, the files of its
        data that were written since the life began, its write-ahead log among them."""
        found = {**await asyncio.to_thread(files_in, self.folder), **await self._columns()}
        if self.server is not None and self.step in AT_SERVER:
            connection = await asyncpg.connect(self.settings.database_url.replace("+asyncpg", ""))
            await connection.execute("CHECKPOINT")
            await connection.close()
            data = await asyncio.to_thread(files_in, self.server, self.started)
            found |= {f"server/{name}": content for name, content in data.items()}
        return {**found, "log": self._new_of_log()}

    def _file_times(self) -> set[float]:
        paths = self.settings.files_dir.rglob("*")
        return {path.stat().st_mtime for path in paths if path.suffix != ".part"}

    async def look(self, step: str) -> None:
        """Search all there is after a step."""
        self.step = step
        times = self._file_times()
        if times != {0.0}:
            await asyncio.sleep(WRITTEN_SECONDS)
            times &= self._file_times()
        self.times |= times
        self.search(await self.left_behind())

    async def _columns(self) -> dict[str, bytes]:
        pieces: dict[str, list[bytes]] = {}
        async with self.work.read() as unit:
            for table in Base.metadata.sorted_tables:
                for row in (await unit.session.execute(table.select())).mappings():
                    for name, value in row.items():
                        shown = value if isinstance(value, bytes) else str(value).encode()
                        pieces.setdefault(f"{table.name}.{name}", []).append(shown)
        return {name: b"\n".join(values) for name, values in pieces.items()}


async def live(life: Life) -> None:
    """The bot's life from its start to its stop, with a search after each of its steps and all the while."""
    try:
        async with _watched(life), fetching(Bot(life.settings, life.work)):
            await _steps(life)
    finally:
        await life.work.database.close()
    life.step = "stopped"
    life.search({**files_in(life.folder), "log": life.log.getvalue().encode()})


async def _steps(life: Life) -> None:
    await _enrol(life)
    url = life.settings.bot_api_url
    async with (
        _phone(url, REPORTER, "reporter") as phone,
        _phone(url, SILENT, "silent") as silent,
        _phone(url, HASTY, "hasty") as hasty,
        _phone(url, MODERATOR, "moderator") as moderator_phone,
    ):
        reporter, moderator = Reporter(phone, "kk"), Moderator(moderator_phone, "kk")
        await _fill_in(life, reporter)
        await life.look("filled in")
        await _send(life, reporter)
        await _leave_a_draft(Reporter(silent, "kk"))
        await _write_before_consent(life, Reporter(hasty, "kk"))
        await _break_things(url, life)
        await life.look("sent")
        await _talk(life, reporter, moderator)
        await _moderate(life, moderator)
        await life.look("approved")
        await _reject(life, reporter, moderator)
        await life.look("rejected")
        if life.by_command:
            await _command(life)
            await life.look("exported and backed up by command")
        await _remember(life)
        await _withdraw(life, reporter)
        await life.look("withdrawn")
        life.survived |= await _standing(life, life.doomed)
        await _expire(life)
        await life.look("expired")


@asynccontextmanager
async def _watched(life: Life) -> AsyncIterator[None]:
    """Search the files again and again meanwhile: what stands there in the middle of a step is what a kill leaves."""

    async def watch() -> None:
        took = 0.0
        while True:
            await asyncio.sleep(max(WATCHED_SECONDS, 9 * took))  # a tenth of the time is for this
            begun = time.process_time()
            life.search(files_in(life.folder))
            took = time.process_time() - begun

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _phone(url: str, user_id: int, who: str) -> Phone:
    names = {"reporter": "reporter's name", "silent": "name of the silent", "moderator": "moderator's name"}
    names |= {"hasty": "name of the hasty"}
    phone = Phone(url, user_id, "kk", first_name=str(PLANTED[names[who]]), patience=PATIENCE)
    if who not in {"silent", "hasty"}:
        phone.username = str(PLANTED[f"{who}'s username"])
    return phone


async def _enrol(life: Life) -> None:
    async with life.work.write() as unit:
        life.secrets["invitation"] = token = await people_service.invite(unit, people_service.ADMIN)
    async with _phone(life.settings.bot_api_url, MODERATOR, "moderator") as phone:
        await phone.say(f"/start {token}")
        await phone.wait()
        await phone.say("Күзетші")
        await phone.wait("Күзетші")


async def _fill_in(life: Life, reporter: Reporter) -> None:
    """A full report with files, and what nobody asked for: a contact, and words after a command."""
    await reporter.begin()
    await reporter.fill(TOLD, until="story")
    for number, kind in enumerate(life.sends, 1):
        await reporter.give("document", files()[kind], NAMES[kind], _KINDS[kind])
        await reporter.phone.wait(reporter.word("flow.files", n=number))
    telephone = str(PLANTED["telephone of a contact"])
    await reporter.phone.send("contact", phone_number=telephone, first_name=str(PLANTED["reporter's name"]))
    await reporter.look()
    await reporter.fill(TOLD)
    await reporter.command("/status " + str(PLANTED["words after a command"]))
    await reporter.phone.wait(reporter.word("receipt.not_a_code"))
    await _until(lambda: _kept(life, 2 * len(life.sends)))


async def _send(life: Life, reporter: Reporter) -> None:
    await reporter.command("/report")
    await reporter.look()
    life.secrets["receipt"] = code = await reporter.send()
    await reporter.command(f"/status {code}")
    await reporter.phone.wait(reporter.word("reporter.status.new"))


async def _leave_a_draft(silent: Reporter) -> None:
    await silent.begin()
    await silent.fill(TOLD, until="story")
    await silent.write(str(PLANTED["story of the draft"]))
    await silent.phone.wait(str(PLANTED["story of the draft"]))


async def _write_before_consent(life: Life, hasty: Reporter) -> None:
    """Words and a photo, and no answer: sealed for minutes, then gone with their key."""
    await hasty.write(str(PLANTED["words before consent"]))
    await hasty.phone.wait(hasty.word("reporter.held"))
    await hasty.phone.send_file("photo", picture("before"), "before.png", "image/png")
    await hasty.phone.wait(hasty.word("reporter.held"))
    await life.look("held")
    async with life.work.read() as unit:
        is_held = DraftRow.position != "", DraftRow.data_key_id.is_not(None)
        row = (await unit.session.scalars(select(DraftRow).where(*is_held))).one()
        key = await unit.session.get_one(DataKey, row.data_key_id)
        assert row.state is not None
        held = {"what is held": row.state, "its key": key.wrapped}
    assert await _standing(life, held) == held.keys()
    async with life.work.write() as unit:
        unit.now += timedelta(minutes=HELD_MINUTES)
        await endings.forget_held(unit)
    await _until(lambda: _erased(life))
    life.survived |= await _standing(life, held)


async def _break_things(url: str, life: Life) -> None:
    """An update that cannot be read, with a name in it, and errors that only the event loop sees."""
    words, name = str(PLANTED["words of an error"]), str(PLANTED["name of the stranger"])
    person = {
        "id": STRANGER,
        "is_bot": False,
        "first_name": name,
        "username": PLANTED["username of the stranger"],
    }
    message = {"message_id": 1, "from": person, "chat": {"id": STRANGER, "type": "private"}, "date": name}
    async with aiohttp.ClientSession() as session:
        body = {"update": {"message": {**message, "text": name}}}
        async with session.post(f"{url}/control/updates", json=body) as response:
            assert response.status == 200

    async def fail() -> None:
        raise ValueError(words)

    def fail_at_once(_argument: str) -> None:
        raise ValueError(words)

    task = asyncio.create_task(fail())
    asyncio.get_running_loop().call_soon(fail_at_once, words)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()
    log = life.log
    await _until(lambda: "set aside" in log.getvalue() and log.getvalue().count("ValueError") >= 2)


async def _talk(life: Life, reporter: Reporter, moderator: Moderator) -> None:
    """A moderator takes the report and asks, the reporter answers; once the consent to that is taken back its bytes are gone."""
    ways: dict[str, bytes] = {}

    async def look(step: str) -> None:
        if step == "asked":
            await _until(lambda: _kept(life, 2 * len(life.sends) + 2))
        if step == "question opened":
            ways.update(await _ways(life))
            assert await _standing(life, ways) == ways.keys()
        await life.look(step)

    assert await moderator.next() is not None
    await talk(reporter, moderator, look)
    await _until(lambda: _erased(life))
    life.survived |= await _standing(life, ways)


async def _ways(life: Life) -> Mapping[str, bytes]:
    """The bytes of the way back, and of its key."""
    async with life.work.read() as unit:
        way = (await unit.session.scalars(select(WayBack))).one()
        key = await unit.session.get_one(DataKey, way.data_key_id)
        return {"way back": way.address, "hash of the way back": way.chat_hash, "its key": key.wrapped}


async def _moderate(life: Life, moderator: Moderator) -> None:
    """A moderator searches, looks at the report and a file, corrects, approves and exports."""
    sought = str(PLANTED["words of a search"])
    await moderator.command(f"/search {sought}")
    await moderator.phone.wait(f"🔤 {sought}")
    await life.look("searched")
    shown = await moderator.open(moderator.ref)
    assert shown is not None
    assert str(PLANTED["story"]) in shown
    if "photo" in life.sends:
        await moderator.see_files()
    await life.look("shown")
    await moderator.note(str(PLANTED["note of a moderator"]))
    facts = {name: str(PLANTED[name]) for name in ("title", "summary")}
    affected = {"affected_role": "журналистер", "affected_groups": ("journalist",)}
    await moderator.edit(Public(facts, {"affected": [affected]}))
    await life.look("corrected")
    await moderator.preview()
    await moderator.confirm()
    exported = {f"export.{kind}": await moderator.export(kind) for kind in OF_RECORDS}
    exported |= {f"country update.{kind}": await _country_update(moderator, kind) for kind in UpdateFormat}
    see_title = Search({"title": PLANTED["title"]})
    blind = [place for place, content in exported.items() if not see_title(content)]
    assert not blind, f"what is allowed there was not found, so nothing would be: {blind}"
    life.search(exported)


async def _country_update(moderator: Moderator, kind: UpdateFormat) -> bytes:
    """The document of the month that the report is of."""
    await moderator.command(f"/country_update {TOLD.when.start} {TOLD.when.start} kk {kind}")
    end = f".{kind}"  # a manifest of what was exported before may come first
    found = await moderator.phone.wait(
        lambda bubble: bool(bubble.files) and str(bubble.files[0]["name"]).endswith(end)
    )
    return await moderator.phone.download(found)


async def _reject(life: Life, reporter: Reporter, moderator: Moderator) -> None:
    """The same person sends another report, which is rejected."""
    first = reporter.code
    await reporter.begin("/report")
    await reporter.fill(REJECTED)
    life.secrets["receipt of the rejected"] = await reporter.send()
    reporter.code = first
    shown = await moderator.next()
    assert shown is not None
    assert str(PLANTED["story of the rejected"]) in shown
    await moderator.reject("spam")


async def _command(life: Life) -> None:
    """The operator's commands, each in a thread with an event loop of its own."""
    aside = life.folder / "export by command"  # the watch may see it while it stands there
    aside.mkdir()
    see_title = Search({"title": PLANTED["title"]})
    for kind in OF_RECORDS:
        await export_command.export(str(aside / kind), kind)
        exported = (aside / kind).read_bytes()
        assert see_title(exported), kind
        life.search({f"{aside.name}/{kind}": exported})
    shutil.rmtree(aside)
    await storage.backup(life.folder / "backup")


async def _remember(life: Life) -> None:
    """The bytes that must be gone after the withdrawal; they stand now, so that their absence means something."""
    async with life.work.read() as unit:
        version = (await unit.session.scalars(select(PublicVersion).where(PublicVersion.current))).one()
        report = await unit.session.get_one(Report, version.report_id)
        for name, row in (("report", report), ("public version", version)):
            key = await unit.session.get_one(DataKey, row.data_key_id)
            assert row.content is not None
            life.doomed |= {f"key of the {name}": key.wrapped, f"content of the {name}": row.content}
        notes = await unit.session.scalar(select(Report.notes).where(Report.id == report.id))
        assert notes is not None
        life.doomed["notes of moderators"] = notes
        kept = (await unit.session.scalars(select(File).where(File.data_key_id == report.data_key_id))).all()
        life.doomed["what is known of a file"] = kept[0].meta
        of_report = select(TalkMessage).where(TalkMessage.report_id == report.id)
        for said in await unit.session.scalars(of_report):
            life.doomed[f"message {said.number} of the talk"] = said.content
    (life.folder / "backup").unlink(missing_ok=True)  # not each life runs commands
    for path in life.settings.files_dir.rglob("*"):
        if path.is_file():
            life.doomed[f"file {path.name[:4]}"] = path.read_bytes()
    life.stood = await _standing(life, life.doomed)


async def _standing(life: Life, doomed: Mapping[str, bytes]) -> set[str]:
    """Which of the doomed bytes stand anywhere, if only a piece of them: a page of the database may hold a part of a value.
    The first bytes are no piece of their own, since a version and the id of a key are no secret. Of PostgreSQL only the rows are
    looked at: its files keep what was deleted."""
    pieces: dict[bytes, set[str]] = {}
    for name, content in doomed.items():
        for start in range(16, max(17, len(content) - 23), 24):
            pieces.setdefault(content[start : start + 24], set()).add(name)
    looked_for, found = list(pieces), set[str]()
    search = ahocorasick_rs.BytesAhoCorasick(looked_for)
    for place in {**files_in(life.folder), **await life._columns()}.values():
        for number in {number for number, *_ in search.find_matches_as_indexes(place, overlapping=True)}:
            found |= pieces[looked_for[number]]
    return found


async def _withdraw(life: Life, reporter: Reporter) -> None:
    await reporter.withdraw(reporter.code)
    await _until(lambda: _erased(life))
    await _until(lambda: _kept(life, 0))


async def _expire(life: Life) -> None:
    """Long after: what is swept then, by the bot's own sweep."""
    async with life.work.write() as unit:
        unit.now += LONG_AFTER
        await retention.sweep(unit)
    await _until(lambda: _erased(life))


def _kept(life: Life, number: int) -> bool:
    paths = [path for path in life.settings.files_dir.rglob("*") if path.is_file()]
    return len(paths) == number and not [path for path in paths if path.suffix == ".part"]


async def _erased(life: Life) -> bool:
    async with life.work.read() as unit:
        return not await unit.session.scalar(select(func.count(Erasure.id)))


async def _until(true: Callable[[], bool | Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            found = true()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.02)
