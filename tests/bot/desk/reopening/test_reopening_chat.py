"""A file of the organisation's machine opens a sealed report again, once two administrators agree."""

from datetime import timedelta

import pytest

from bot.chat.buttons import Act
from bot.desk import reopening as reopening_chat
from bot.desk.forms import service as forms_service
from bot.desk.notices.chat import Post
from bot.desk.people import service as people_service
from bot.desk.sharing.service import OPEN_HOURS
from bot.reports import archive as archive_service
from bot.reports import reading
from bot.reports.states import Status
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import InstalledForm, Report
from tests.bench import Bench, count
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import enrol
from tests.bot.reports.archive import returned

BRINGS, CONFIRMS, MODERATOR = 1, 2, 3


@pytest.fixture
async def chats(bench: Bench) -> Chats:
    """Chats of two administrators and a moderator."""
    chats = Chats(bench)
    await enrol(chats, BRINGS, "Aspan", people_service.ADMIN)
    await enrol(chats, CONFIRMS, "Bota", people_service.ADMIN)
    await enrol(chats, MODERATOR, "Samal")
    return chats


@pytest.fixture
async def report(bench: Bench) -> Report:
    await returned.prepare(bench)
    return await returned.sealed(bench)


async def send(chats: Chats, chat: int = BRINGS, size: int = 2000) -> str:
    """A file that is sent to the bot; what it says."""
    sent = chats.written(chat, "…")
    del sent["message"]["text"]
    facts = {"file_id": "f1", "file_unique_id": "u1", "file_name": "R7K3QV.reopen.age", "file_size": size}
    sent["message"]["document"] = facts
    return words(await chats.batch(sent))


async def fetched(chats: Chats, content: bytes | None) -> list[Call]:
    """The job has fetched the file."""
    async with chats.bench.write() as unit:
        ((row_id, _, name),) = await forms_service.uploads(unit)
        assert name.endswith(reopening_chat.ENDING)
        outbox = Outbox(unit)
        await reopening_chat.take(Post(chats.renderer, unit, outbox), row_id, content)
        await outbox.write()
        return [Call.load(chats.bench.safe.ring, row) for row in outbox.rows]


async def made(bench: Bench, report: Report) -> bytes:
    async with bench.write() as unit:
        return await returned.reopening_file(unit, report.ref)


def confirming(calls: list[Call]) -> str:
    (found,) = [data for data in buttons(calls) if data.startswith("amkeys.")]
    return found


async def requests(bench: Bench) -> int:
    async with bench.read() as unit:
        return await count(unit, InstalledForm)


async def test_a_report_opens_by_two_administrators(chats: Chats, report: Report) -> None:
    """Then moderators can read it, and no trace of the file is left."""
    bench = chats.bench
    file = await made(bench, report)
    assert TEXTS.text("en", "moderator.forms.reading") in await send(chats)
    told = await fetched(chats, file)
    assert "Aspan" in words(told, CONFIRMS)
    assert words(told, MODERATOR) == ""
    data = confirming(told)
    own = await chats.tap_data(BRINGS, data)
    assert TEXTS.text("en", "archive.reopen.own") in words(own)
    async with bench.read() as unit:
        assert (await unit.session.get_one(Report, report.id)).sealed
    await chats.tap_data(CONFIRMS, data)
    done = await fetched(chats, file)
    for chat in (BRINGS, CONFIRMS):
        assert f"{report.ref} is back" in words(done, chat)
    async with bench.read() as unit:
        found = await unit.session.get_one(Report, report.id)
        assert (found.status, found.sealed) == (Status.NEW, False)
        assert await reading.content_of(unit, found) is not None
    assert await requests(bench) == 0


async def test_a_wrong_file_ends_with_a_line_that_says_what_to_do(chats: Chats, report: Report) -> None:
    """As does one that Telegram does not give, or that another replaced after it was shown."""
    file = await made(chats.bench, report)
    for content, why in ((file[:-9], "cut"), (b"PK", "foreign"), (None, "cut")):
        await send(chats)
        assert TEXTS.text("en", f"archive.returned.{why}") in words(await fetched(chats, content), BRINGS)
        assert await requests(chats.bench) == 0
    await send(chats)
    await chats.tap_data(CONFIRMS, confirming(await fetched(chats, file)))
    done = await fetched(chats, await made(chats.bench, report))
    assert TEXTS.text("en", "archive.returned.foreign") in words(done, CONFIRMS)
    assert await requests(chats.bench) == 0


@pytest.mark.parametrize("chat", [BRINGS, CONFIRMS])
async def test_either_administrator_ends_a_request(chats: Chats, report: Report, chat: int) -> None:
    """The report stays sealed, and its button no longer opens it."""
    file = await made(chats.bench, report)
    await send(chats)
    data = confirming(await fetched(chats, file))
    told = await chats.tap(chat, Act("mkeysno", data.split(".")[1]))
    assert f"{report.ref} stays in the sealed archive" in words(told)
    assert await requests(chats.bench) == 0
    gone = await chats.tap_data(CONFIRMS, data)
    assert TEXTS.text("en", "archive.reopen.gone") in words(gone)


async def test_a_request_that_expired_opens_nothing(chats: Chats, report: Report) -> None:
    """Even when it was confirmed in time but the file could not be fetched until then."""
    file = await made(chats.bench, report)
    await send(chats)
    await chats.tap_data(CONFIRMS, confirming(await fetched(chats, file)))
    chats.bench.now += timedelta(hours=OPEN_HOURS)
    assert await fetched(chats, file) == []
    assert await requests(chats.bench) == 0
    async with chats.bench.read() as unit:
        assert (await unit.session.get_one(Report, report.id)).sealed


async def test_others_and_large_files_are_refused(chats: Chats, bench: Bench) -> None:
    """A single administrator learns that it takes two."""
    assert TEXTS.text("en", "moderator.forms.reading") not in await send(chats, MODERATOR)
    assert TEXTS.text("en", "archive.returned.foreign") in await send(
        chats, size=archive_service.MOST_BYTES + 1
    )
    async with bench.write() as unit:
        await people_service.revoke(unit, "Bota")
    assert TEXTS.text("en", "archive.reopen.one_admin") in await send(chats)
    assert "archive reopen" in words(await chats.say(BRINGS, "/reopen"))
    assert await requests(bench) == 0
