"""A life of the bot in which every secret passes through it, and what it left behind at several moments."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import aiohttp
from sqlalchemy import func, select

from bot.demo import running
from bot.local_api.client import Phone
from bot.services.desk import team
from bot.settings import Settings
from bot.wiring import Bot
from db.models import Base, DataKey, Erasure, File, PublicVersion, Report
from tests.end_to_end.details import Affected, Details
from tests.end_to_end.moderating import Moderator, Public
from tests.end_to_end.people import Dated
from tests.end_to_end.reporting import Reporter, Told
from tests.secrets.spellings import Secret, spellings

REPORTER, SILENT, STRANGER, MODERATOR = 3_987_654_321, 5_678_912_345, 6_789_123_451, 7_123_456_789
PATIENCE = 30.0

PLANTED: Mapping[str, Secret] = {
    "reporter's id": REPORTER,
    "reporter's name": "Қарлығаш Өтепова",
    "reporter's username": "karlygash_utep_77",
    "story": "Мені Ғалымжан Сынақбаев түнде ұстап, қорқытты",
    "name in the story": "Ғалымжан Сынақбаев",
    "name of the file": "Құпия өтініш.pdf",
    "content of the file": b"%PDF-1.7 \x00\xff Daulet Kupiyaev signed this \xfe\x01",
    "telephone of a contact": "+77019998877",
    "id of the silent": SILENT,
    "name of the silent": "Ернұр Жасырынов",
    "story of the draft": "Редакцияның есігін бұзып кірді, әлі айтып біткен жоқпын",
    "id of the stranger": STRANGER,
    "name of the stranger": "Шолпан Бөтенқызы",
    "username of the stranger": "sholpan_boten_88",
    "moderator's id": MODERATOR,
    "moderator's name": "Дархан Шынымұлы",
    "moderator's username": "darkhan_shyn_99",
    "title": "Журналистерді Үлкен алаңда ұстады",
    "summary": "Үлкен алаңда екі журналист бірнеше сағат ұсталды, айып тағылмады",
    "name of a person": "Бекзат Жанұзақов",
    "latitude of the place": "43.238191",
    "longitude of the place": "76.945617",
    "words of an error": "Жеңісгүл Қателікова",
}
"""What the bot is given; the receipt's code and the invitation's token are made by it."""

PUBLIC = frozenset({"title", "summary"})
"""What an export is for."""

NEVER_KEPT = frozenset(
    {
        "reporter's name", "reporter's username", "name of the silent", "name of the stranger",
        "username of the stranger", "moderator's name", "moderator's username", "telephone of a contact",
    }
)  # fmt: skip
"""What is not even kept sealed."""

SEALED = frozenset(
    {
        "story", "name in the story", "name of the file", "content of the file", "story of the draft",
        "moderator's id", "title", "summary", "name of a person", "latitude of the place",
        "longitude of the place",
    }
)  # fmt: skip
"""What stays and only sealing protects."""

SEALED_IN_PASSING = frozenset({"reporter's id", "id of the silent", "id of the stranger", "receipt"})
"""What only sealing protects while an answer is owed."""

HASHED = frozenset({"reporter's id", "id of the silent", "moderator's id", "receipt", "invitation"})
"""What is looked up by its hash."""

TOLD = Told(
    category="detention",
    types=("detention.short_term",),
    story=(str(PLANTED["story"]), "Мұны көршілер де көрді."),
    when=Dated("2024-03"),
    region="KZ-75",
    details=Details(
        place=(float(str(PLANTED["latitude of the place"])), float(str(PLANTED["longitude of the place"]))),
        affected=(
            Affected(("activist",), number="1", name_ok="agreed", name=str(PLANTED["name of a person"])),
        ),
    ),
)


@dataclass
class Life:
    """What was found where, and the bytes that a withdrawal must destroy."""

    settings: Settings
    log: StringIO
    secrets: dict[str, Secret] = field(default_factory=lambda: dict(PLANTED))
    found: set[tuple[str, str, str, str]] = field(default_factory=set)
    """Secret, encoding, place, moment."""
    doomed: dict[str, bytes] = field(default_factory=dict)
    stood: set[str] = field(default_factory=set)
    survived: set[str] = field(default_factory=set)
    times: set[float] = field(default_factory=set)
    """When the sealed files say that they were written."""

    @property
    def files(self) -> dict[str, bytes]:
        """The database's files and all others, by name."""
        folder = self.settings.files_dir.parent
        paths = [path for path in folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(folder)): path.read_bytes() for path in paths}

    def search(self, moment: str, places: Mapping[str, bytes], but: frozenset[str] = frozenset()) -> None:
        """Search these places for every secret in every encoding."""
        for name, secret in self.secrets.items():
            if name in but:
                continue
            for encoding, spelt in spellings(secret).items():
                for place, content in places.items():
                    if spelt in content:
                        self.found.add((name, encoding, place, moment))

    @property
    def names_found(self) -> set[str]:
        """The secrets that were found somewhere."""
        return {name for name, *_ in self.found}


async def rows_of(bot: Bot) -> bytes:
    """Every value of every table, as bytes and as shown."""
    pieces: list[bytes] = []
    async with bot.work.read() as unit:
        for table in Base.metadata.sorted_tables:
            for row in await unit.session.execute(table.select()):
                pieces += [value if isinstance(value, bytes) else str(value).encode() for value in row]
    return b"\n".join(pieces)


async def live(settings: Settings, log: StringIO) -> Life:
    """The bot's life from its start to its stop, with a search at each of its moments."""
    life = Life(settings, log)
    url = settings.bot_api_url
    async with running(settings) as bot:
        await _enrol(life, bot)
        reporter_phone = _phone(url, REPORTER, "reporter")
        async with (
            reporter_phone,
            _phone(url, SILENT, "silent") as silent,
            _phone(url, MODERATOR, "moderator") as moderator_phone,
        ):
            reporter, moderator = Reporter(reporter_phone, "kk"), Moderator(moderator_phone, "kk")
            await _report(life, reporter)
            await _leave_a_draft(Reporter(silent, "kk"))
            await _break_things(url, life)
            await _look(life, bot, "reported")
            exports = await _moderate(moderator)
            life.search("approved", exports, PUBLIC)
            await _look(life, bot, "approved")
            await _remember(life, bot)
            await _withdraw(life, bot, reporter)
            await _look(life, bot, "withdrawn")
    life.search("stopped", {**life.files, "log": log.getvalue().encode()})
    life.survived |= {name for name, content in life.doomed.items() if _stands(content, life.files)}
    return life


def _phone(url: str, user_id: int, who: str) -> Phone:
    names = {"reporter": "reporter's name", "silent": "name of the silent", "moderator": "moderator's name"}
    phone = Phone(url, user_id, "kk", first_name=str(PLANTED[names[who]]), patience=PATIENCE)
    if who != "silent":
        phone.username = str(PLANTED[f"{who}'s username"])
    return phone


async def _enrol(life: Life, bot: Bot) -> None:
    async with bot.work.write() as unit:
        life.secrets["invitation"] = token = await team.invite(unit, team.ADMIN)
    async with _phone(life.settings.bot_api_url, MODERATOR, "moderator") as phone:
        await phone.say(f"/start {token}")
        await phone.wait()
        await phone.say("Күзетші")
        await phone.wait("Күзетші")


async def _report(life: Life, reporter: Reporter) -> None:
    await reporter.begin()
    await reporter.fill(TOLD, until="evidence")
    content, name = PLANTED["content of the file"], str(PLANTED["name of the file"])
    assert isinstance(content, bytes)
    await reporter.give("document", content, name, "application/pdf")
    await reporter.phone.wait(reporter.word("flow.files", n=1))
    await reporter.pass_by("flow.done")
    telephone = str(PLANTED["telephone of a contact"])
    await reporter.phone.send("contact", phone_number=telephone, first_name=str(PLANTED["reporter's name"]))
    await reporter.look()
    await reporter.fill(TOLD)
    life.secrets["receipt"] = code = await reporter.send()
    await reporter.command(f"/status {code}")
    await reporter.phone.wait(reporter.word("reporter.status.new"))


async def _leave_a_draft(silent: Reporter) -> None:
    await silent.begin()
    await silent.fill(TOLD, until="story")
    await silent.write(str(PLANTED["story of the draft"]))
    await silent.phone.wait(str(PLANTED["story of the draft"]))


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


async def _look(life: Life, bot: Bot, moment: str) -> None:
    await _until(lambda: _files_are_settled(life.settings.files_dir, moment))
    life.times |= {path.stat().st_mtime for path in life.settings.files_dir.rglob("*") if path.is_file()}
    places = {**life.files, "rows": await rows_of(bot)}
    if not bot.work.database.is_sqlite:
        places = {name: content for name, content in places.items() if not name.startswith("kuager.db")}
    life.search(moment, places)
    if moment == "withdrawn":
        life.survived |= {name for name, content in life.doomed.items() if _stands(content, places)}


def _files_are_settled(folder: Path, moment: str) -> bool:
    kept = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".part"]
    return len(kept) == (0 if moment == "withdrawn" else 1)


async def _moderate(moderator: Moderator) -> dict[str, bytes]:
    shown = await moderator.next()
    assert shown is not None
    assert str(PLANTED["story"]) in shown
    facts = {name: str(PLANTED[name]) for name in ("title", "summary")}
    affected = {"affected_role": "журналистер", "affected_groups": ("journalist",)}
    await moderator.edit(Public(facts, {"affected": [affected]}))
    await moderator.preview()
    await moderator.confirm()
    exports = {f"export.{kind}": await moderator.export(kind) for kind in ("csv", "jsonl")}
    for content in exports.values():
        assert str(PLANTED["title"]).encode() in content
    return exports


async def _remember(life: Life, bot: Bot) -> None:
    """The bytes that must be gone after the withdrawal; they stand now, so that their absence means something."""
    async with bot.work.read() as unit:
        report = (await unit.session.scalars(select(Report))).one()
        version = (await unit.session.scalars(select(PublicVersion).where(PublicVersion.current))).one()
        for name, row in (("report", report), ("public version", version)):
            key = await unit.session.get(DataKey, row.data_key_id)
            assert key is not None
            assert row.content is not None
            life.doomed |= {f"key of the {name}": key.wrapped, f"content of the {name}": row.content}
        file = (await unit.session.scalars(select(File).where(File.data_key_id == report.data_key_id))).one()
        life.doomed["what is known of the file"] = file.meta
    body = next(path for path in life.settings.files_dir.rglob("*") if path.is_file())
    life.doomed["the file"] = body.read_bytes()
    places = {**life.files, "rows": await rows_of(bot)}
    life.stood = {name for name, content in life.doomed.items() if _stands(content, places)}


def _stands(content: bytes, places: Mapping[str, bytes]) -> bool:
    """Whether any piece of some bytes stands anywhere: a page of the database may hold a part of a value.
    The first bytes are no piece of their own, since a version and the id of a key are no secret."""
    pieces = [content[start : start + 24] for start in range(16, max(17, len(content) - 23), 24)]
    return any(piece in place for piece in pieces for place in places.values())


async def _withdraw(life: Life, bot: Bot, reporter: Reporter) -> None:
    await reporter.command(f"/withdraw {reporter.code}")
    await reporter.press_word("reporter.withdraw.yes")
    await reporter.phone.wait(reporter.word("reporter.withdraw.done"))

    await _until(lambda: _erased(bot))


async def _erased(bot: Bot) -> bool:
    async with bot.work.read() as unit:
        return not await unit.session.scalar(select(func.count(Erasure.id)))


async def _until(true: Callable[[], bool | Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            found = true()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.02)
