"""The job that fetches files: evidence outlives an outage, however busy the bot is."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import telegram as ptb
from sqlalchemy import select

from bot.app.wiring import open_work
from bot.demo import TOKEN, running, settings_in
from bot.errors import StoreAwayError
from bot.form.answers import FileKind, FileRef
from bot.local_api.client import Phone, picture
from bot.settings import Settings
from bot.store import faults, files, vault
from bot.store.faults import Backoff, UnsentError
from bot.store.file_store import FolderStore
from bot.store.files import Incoming
from bot.transport.api import Api
from bot.transport.call import LostError, file_openers, opened_by
from bot.transport.file_job import CleaningTurns, FileJob, NoteStored, keep
from db.models import File
from tests.bench import Bench, opened
from tests.bot.conftest import MakeBot, MakePhone, Telegram
from tests.bot.safety.cleaning.samples import sample
from tests.buckets import Bucket

ME = 1001
AWAY = "Bad Request: wrong file_id or the file is temporarily unavailable"


async def to_story(phone: Phone) -> None:
    """From the first hello to the question for the story, which takes a voice message."""
    await phone.say("/start")
    await phone.tap("Да", fresh=True)
    await phone.wait("Расскажите")


async def files_of(settings: Settings) -> list[tuple[str, int]]:
    """Status and failures of each file, after the bot has stopped."""
    work = await open_work(settings)
    async with work.read() as unit:
        rows = [(row.status, row.attempts) for row in await unit.session.scalars(select(File))]
    await work.database.close()
    return rows


@pytest.mark.parametrize(
    "failure",
    [
        {"method": "getFile", "code": 400, "description": AWAY},
        {"method": "getFile", "code": 502, "count": 3},
        {"method": "download", "code": 404},
    ],
)
async def test_a_file_that_is_not_to_be_had_for_a_moment_is_fetched_later(
    bot: MakeBot, settings: Settings, phone_of: MakePhone, telegram: Telegram, failure: dict[str, object]
) -> None:
    """After a pause that no other news cuts short: else a busy bot would use up all tries in seconds."""
    phone = await phone_of(ME)
    async with bot() as running_:
        await to_story(phone)
        await telegram.set("failures", **failure)
        await phone.send_file("photo", picture("x"), "x.png", "image/png")
        for number in range(8):
            await phone.say(f"часть {number}")
            await phone.wait(f"часть {number}")
        calls = await telegram.until_called("getFile", 4 if failure.get("count") else 2)
        running_.files.stop()
    assert await files_of(settings) == [(files.CLEANED, 1)]
    assert len(calls) == (4 if failure.get("count") else 2)


async def test_a_new_file_does_not_wait_for_one_that_failed(
    bot: MakeBot, settings: Settings, phone_of: MakePhone, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sent one that is not to be had would hold up everybody's for as long as that is tried again."""
    monkeypatch.setattr(faults, "FILE_BACKOFF", Backoff(600, 600))
    phone = await phone_of(ME)
    async with bot() as running_:
        await to_story(phone)
        await telegram.set("failures", method="getFile", code=400, description=AWAY, count=1)
        await phone.send_file("photo", picture("x"), "x.png", "image/png")
        await telegram.until_called("getFile", 1)
        await phone.send_file("photo", picture("y"), "y.png", "image/png")
        async with asyncio.timeout(10):
            await telegram.until_called("getFile", 2)
        running_.files.stop()
    assert sorted(await files_of(settings)) == [(files.CLEANED, 0), (files.PENDING, 1)]


async def test_a_photo_does_not_wait_for_videos_that_are_being_fetched_or_cleaned(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Theirs come at last, though they were sent first; all are kept before the bot ends."""
    phone, kept = await phone_of(ME), list[str]()
    async with bot() as running_:
        note = running_.files._note_stored

        async def noted(file_id: str, sealed: files.SealedFile) -> bool:
            kept.append(sealed.custody.original.type)
            return await note(file_id, sealed)

        running_.files._note_stored = noted
        await to_story(phone)
        await telegram.set("failures", method="download", delay=2, count=3)
        for _ in range(3):
            await phone.send_file("video", sample("phone.mp4"), "x.mp4", "video/mp4")
        await telegram.until_called("getFile", 3)
        await phone.send_file("photo", picture("x"), "x.png", "image/png")
        await telegram.until_called("getFile", 4)
        running_.files.stop()
    assert kept == ["PNG", "MP4", "MP4", "MP4"]


async def test_an_answer_without_a_path_does_not_end_the_job(
    bot: MakeBot,
    settings: Settings,
    phone_of: MakePhone,
    telegram: Telegram,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Telegram may leave it out, at which its library fails: the attempt counts, the next brings the file."""
    whole, seen = ptb.File.de_json, []

    def without_path(data: dict[str, Any], bot: ptb.Bot | None = None) -> ptb.File:
        seen.append(data)
        kept = {name: value for name, value in data.items() if name != "file_path" or len(seen) > 1}
        return whole(kept, bot)

    monkeypatch.setattr(ptb.File, "de_json", without_path)
    phone = await phone_of(ME)
    async with bot() as running_:
        await to_story(phone)
        await phone.send_file("photo", picture("x"), "x.png", "image/png")
        await telegram.until_called("getFile", 2)
        running_.files.stop()
    assert await files_of(settings) == [(files.CLEANED, 1)]


async def test_a_file_that_is_too_big_is_given_up_at_once(
    bot: MakeBot, settings: Settings, phone_of: MakePhone, telegram: Telegram
) -> None:
    """It will not get smaller."""
    phone = await phone_of(ME)
    async with bot():
        await to_story(phone)
        await telegram.set("failures", method="getFile", code=400, description="Bad Request: file is too big")
        await phone.send_file("photo", picture("x"), "x.png", "image/png")
        await telegram.until_called("getFile", 1)
    assert await files_of(settings) == [(files.FAILED, 1)]


async def taken(bench: Bench) -> FileRef:
    """A file that is to be fetched."""
    async with bench.write() as unit:
        incoming = Incoming(FileKind.PHOTO, "AgAD", "x.jpg", "image/jpeg", 3)
        return files.take_note(unit, vault.make_key(unit), incoming)


class SlowStore(FolderStore):
    """While it stores a file its person takes it away, which needs a transaction of its own."""

    def __init__(self, folder: Path, bench: Bench) -> None:
        super().__init__(folder)
        self.bench = bench

    async def put(self, file_id: str, sealed: bytes) -> None:
        """Store the bytes; the file is doomed meanwhile."""
        await super().put(file_id, sealed)
        async with self.bench.write() as unit:
            await files.mark_for_removal(unit, [file_id])


def noting(bench: Bench) -> NoteStored:
    """Notes what is stored, and owes nothing for it."""

    async def note(file_id: str, sealed: files.SealedFile) -> bool:
        async with bench.write() as unit:
            return await files.note_stored(unit, file_id, sealed)

    return note


async def test_storing_holds_up_no_transaction_and_leaves_nothing_that_is_not_wanted(
    bench: Bench, tmp_path: Path
) -> None:
    """Taken away while it was stored, it is gone from the store; else it opens again."""
    slow, store = SlowStore(tmp_path / "slow", bench), FolderStore(tmp_path / "store")
    ref = await taken(bench)
    assert not await keep(bench.write, slow, noting(bench), ref.id, picture("x"), CleaningTurns())
    assert not [path for path in (tmp_path / "slow").rglob("*") if path.is_file()]
    ref = await taken(bench)
    for _ in range(2):  # a second fetch of the same file takes nothing away
        await keep(bench.write, store, noting(bench), ref.id, picture("x"), CleaningTurns())
    async with bench.read() as unit:
        assert await opened(store, await files.locate_original(unit, ref.id, "R1")) == (
            "R1.png",
            picture("x"),
            "application/octet-stream",
        )
        assert await opened(store, await files.locate_copy(unit, ref.id, "R1")) is not None


async def test_a_file_outlives_a_bucket_that_is_away(
    telegram: Telegram, phone_of: MakePhone, tmp_path: Path, bucket: Bucket
) -> None:
    """However long that takes, and also if the bot is started meanwhile: the round ends, so that nothing is fetched in vain before
    a pause is over, no try is used up, and the file is kept sealed once the bucket is there again."""
    settings = settings_in(tmp_path, telegram.api.url, poll_seconds=5, **bucket.settings)
    phone = await phone_of(ME)
    async with AsyncExitStack() as stack:
        with bucket.server.away():
            job = (await stack.enter_async_context(running(settings))).files
            job.stop()  # its rounds are this test's
            await to_story(phone)
            await phone.send_file("photo", picture("x"), "x.png", "image/png")
            await phone.say("часть")
            await phone.wait("часть")
            with pytest.raises(StoreAwayError):
                await job.work_once(new_alone=True)
        assert await job.work_once(new_alone=True) == (True, False)
    assert await files_of(settings) == [(files.CLEANED, 0)]
    assert not settings.files_dir.exists()
    store = bucket.store()
    assert len(await store.ids()) == 2
    for file_id in await store.ids():
        assert b"PNG" not in await store.get(file_id)


async def test_what_a_bucket_that_is_away_does_not_give_or_let_go_is_asked_for_again(
    bench: Bench, bucket: Bucket, telegram: Telegram
) -> None:
    """A moderator's answer is not dropped, a file that was destroyed not forgotten, and new files do not wait for either. What
    was replaced there is lost, and never shown."""
    store = bucket.store()
    ref = await taken(bench)
    await keep(bench.write, store, noting(bench), ref.id, picture("x"), CleaningTurns())
    api = Api(TOKEN, telegram.api.url)
    job = FileJob(api, store, bench.write, noting(bench), asyncio.Event())
    attached = {"document": f"copy:{ref.id}:R1"}
    document = (await opened_by(file_openers(bench.read, store), attached))["document"]
    assert isinstance(document, tuple)
    assert document[0] == "R1.png"
    await store.put(files.copy_id(ref.id), await store.get(ref.id))
    with pytest.raises(LostError):
        await opened_by(file_openers(bench.read, store), attached)
    with bucket.server.away():
        with pytest.raises(UnsentError):
            await opened_by(file_openers(bench.read, store), attached)
        async with bench.write() as unit:
            await files.mark_for_removal(unit, [ref.id])
        assert await job.work_once() == (False, True)
    assert len(bucket.listed("Key")) == 2
    assert await job.work_once() == (True, False)
    assert bucket.listed("Key") == []
    assert await job.work_once() == (False, False)
