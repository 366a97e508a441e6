"""The bot is killed again and again while people report: nothing they said is lost, nobody waits in vain, and nothing that it
leaves on the disk tells who said what.

At each moment three times by default; `KUAGER_TEST_KILLS=20 uv run pytest -m long tests/crashes` kills it twenty times at each.
"""

import asyncio
import hashlib
import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

import migrations
from bot.chat.transport.api import Api
from bot.chat.transport.file_job import FileJob
from bot.demo import TOKEN, USERNAME, settings_in
from bot.file_store.folder import FolderStore
from bot.form.answers import Answer, FileRef, Files, Written, from_json
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from bot.services import vault
from bot.services.reports import files, intake
from bot.services.unit import Unit
from bot.settings import PREFIX, Settings
from bot.wiring import open_work
from bot.work import Work
from db.models import DraftRow, FailedUpdate, File, OutboxRow, Report
from tests.bench import opened
from tests.bot.chat.transport.receiving.test_webhook import free_port
from tests.crashes.nursery import Nursery, nursery
from tests.crashes.reporters import FORM, Reporter, Sent, told
from tests.crashes.victim import MOMENTS, SENT
from tests.secrets.searching import Search, files_in

LEAST = int(os.environ.get("KUAGER_TEST_KILLS", "3"))
"""Hits of each moment that the test must have had."""
REPORTERS = LEAST * len(MOMENTS)
SEED = 20241125
FIRST_ID = 6_120_431_907
"""The Telegram id of the first reporter: long enough to be told from other numbers."""
PATIENCE = 60.0
"""Seconds. A life that is killed at its first update has done one of a webhook, and of polling all that were fetched with it."""


@pytest.mark.long
@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_bot_that_is_killed_at_every_moment_loses_nothing_and_leaves_nobody_waiting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: str
) -> None:
    """Twelve people report over HTTP while the bot is killed with SIGKILL at four moments, each at least three
    times: every answer is stored once, where it belongs, and everybody has a receipt."""
    api = LocalBotApi({TOKEN: USERNAME}, time.time, webhook_pause=0.005)
    await api.start()
    port = free_port()
    given = {"webhook_url": f"http://127.0.0.1:{port}/", "webhook_listen": f"127.0.0.1:{port}"}
    settings = settings_in(tmp_path, api.url, poll_seconds=5, **(given if mode == "webhook" else {}))
    await migrations.upgrade(settings.database_url)
    reporters = [Reporter(Phone(api.url, FIRST_ID + n, patience=PATIENCE), told(n)) for n in range(REPORTERS)]
    begun = time.monotonic()
    try:
        async with nursery(_environment(settings), tmp_path) as victim:
            left = _Left(tmp_path, reporters)
            await _report_while_it_dies(victim, reporters, left)
            assert await victim.end_well() == 0, victim.log
            left.look()
            assert left.looks > victim.deaths
            assert left.found == set()
        with capsys.disabled():
            _print(victim, reporters, time.monotonic() - begun)
        hits = victim.recorded()
        assert victim.deaths == hits.total()
        assert set(hits) == set(MOMENTS)
        assert min(hits.values()) >= LEAST
        await _check(settings, reporters)
    finally:
        for reporter in reporters:
            await reporter.phone.stop()
        await api.stop()


def _environment(settings: Settings) -> dict[str, str]:
    secret = {name: getattr(settings, name).get_secret_value() for name in _SECRET}
    plain = {name: str(getattr(settings, name)) for name in _PLAIN}
    return {f"{PREFIX}{name.upper()}": value for name, value in (secret | plain).items()}


_SECRET = ("bot_token", "key_ring", "lookup_key", "audit_key")
_PLAIN = (
    *("bot_api_url", "database_url", "files_dir", "poll_seconds", "webhook_url", "webhook_listen"),
    *("send_per_second", "send_per_chat", "send_burst"),
)


class _Left:
    """What the dead leave on the disk: it is searched for ids, stories, files and codes, in every encoding."""

    def __init__(self, folder: Path, reporters: list[Reporter]) -> None:
        self._folder, self._reporters = folder, reporters
        self.looks = 0
        self.found: set[tuple[str, str]] = set()

    def look(self) -> None:
        """Search every byte that is there now."""
        search = Search(self._secrets())
        for content in files_in(self._folder).values():
            self.found |= search(content)
        self.looks += 1

    def _secrets(self) -> dict[str, str | int | bytes]:
        secrets: dict[str, str | int | bytes] = {}
        for number, reporter in enumerate(self._reporters):
            secrets[f"id {number}"] = FIRST_ID + number
            secrets |= {f"story {part}": part for part in reporter.told.parts}
            sent = (*reporter.told.files, reporter.told.voice)
            secrets |= {f"file {number}.{n}": one.content for n, one in enumerate(sent) if one is not None}
            secrets |= {f"code {number}": code for code in [reporter.code] if code}
        return secrets


async def _report_while_it_dies(victim: Nursery, reporters: list[Reporter], left: _Left) -> None:
    done = asyncio.Event()
    killing = asyncio.create_task(_kill(victim, done, left))
    try:
        async with asyncio.TaskGroup() as group:
            for number, reporter in enumerate(reporters):
                group.create_task(_report(reporter, number, victim))
    finally:
        done.set()
        await killing


async def _report(reporter: Reporter, number: int, victim: Nursery) -> None:
    """The first begins at once, the others after so many deaths, so that each death finds somebody at
    another question."""
    await victim.until_deaths(number)
    await reporter.phone.start()
    await reporter.report()


async def _kill(victim: Nursery, done: asyncio.Event, left: _Left) -> None:
    """One life after the other, each with its doom, until everybody is done. What is left is searched before the next begins."""
    for doom in _dooms():
        await victim.begin(doom)
        await victim.end(done)
        await asyncio.to_thread(left.look)
        if done.is_set():
            return


def _dooms() -> Iterator[str]:
    """All moments in random order, again and again, at an early or a later occurrence. Messages are sent
    more often than batches are committed."""
    chance = random.Random(SEED)
    while True:
        for moment in chance.sample(MOMENTS, len(MOMENTS)):
            yield f"{moment}:{chance.randint(1, 6 if moment == SENT else 3)}"


def _print(victim: Nursery, reporters: list[Reporter], seconds: float) -> None:
    hits = victim.recorded()
    acts, repeated = (
        sum(numbers) for numbers in zip(*((r.acts, r.repeated()) for r in reporters), strict=True)
    )
    lines = [
        f"seed {SEED}: killed {victim.deaths} times in {seconds:.1f} s",
        *(f"  {moment}: {hits[moment]}" for moment in MOMENTS),
        f"  {len(reporters)} reporters, {acts} acts, none done twice; {repeated} messages came twice",
    ]
    sys.stdout.write("\n" + "\n".join(lines) + "\n")


async def _check(settings: Settings, reporters: list[Reporter]) -> None:
    work, store = await open_work(settings), FolderStore(settings.files_dir)
    await _fetch_files(settings, work, store)
    try:
        async with work.read() as unit:
            for table, number in ((Report, REPORTERS), (OutboxRow, 0), (FailedUpdate, 0), (DraftRow, 0)):
                assert await unit.session.scalar(select(func.count()).select_from(table)) == number, table
            for reporter in reporters:
                assert reporter.codes() == {reporter.code}
                await _check_report(unit, store, reporter)
            sent = sum(len(r.told.files) + (r.told.voice is not None) for r in reporters)
            assert await unit.session.scalar(select(func.count()).select_from(File)) == sent
            rows = (await unit.session.execute(select(File.id, File.status))).all()
            copies = {files.copy_id(row.id) for row in rows if row.status == files.CLEANED}
            stored = {path.name for path in settings.files_dir.rglob("*") if path.is_file()}
            assert stored == {row.id for row in rows} | copies
    finally:
        await work.database.close()


async def _fetch_files(settings: Settings, work: Work, store: FolderStore) -> None:
    """What the last life had not fetched yet, the next would."""
    api = Api(TOKEN, settings.bot_api_url)
    await api.start()

    async def note(file_id: str, sealed: files.SealedFile) -> bool:
        async with work.write() as unit:
            return await files.note_stored(unit, file_id, sealed)

    job = FileJob(api, store, work.write, note, work.files_due)
    while (await job.work_once())[0]:
        pass
    await api.stop()


async def _check_report(unit: Unit, store: FolderStore, reporter: Reporter) -> None:
    report = await intake.find_by_code(unit, reporter.code)
    assert report.data_key_id is not None
    await vault.open_keys(unit, [report.data_key_id])
    content = vault.unseal(unit, report.data_key_id, report.content or b"", f"reports.content:{report.id}")
    answers = {path: from_json(answer) for path, answer in content.items()}
    story, evidence = (answers.pop(FORM.by_role[role].path, None) for role in ("story", "evidence"))
    assert answers == reporter.told.answers()
    assert isinstance(story, Written)
    assert [(part.text, part.source) for part in story.parts] == list(
        zip(reporter.told.parts, reporter.told.sources, strict=True)
    )
    await _check_files(unit, store, story.voices, (reporter.told.voice,) if reporter.told.voice else ())
    await _check_files(unit, store, _files(evidence), reporter.told.files)


def _files(answer: Answer | None) -> tuple[FileRef, ...]:
    return answer.files if isinstance(answer, Files) else ()


async def _check_files(
    unit: Unit, store: FolderStore, refs: tuple[FileRef, ...], sent: tuple[Sent, ...]
) -> None:
    assert [ref.kind for ref in refs] == [file.kind for file in sent]
    for ref, file in zip(refs, sent, strict=True):
        row = await unit.session.get(File, ref.id)
        assert row is not None
        assert row.data_key_id is not None
        meta = vault.unseal(unit, row.data_key_id, row.meta, f"files.meta:{ref.id}")
        found = await opened(store, await files.locate_original(unit, ref.id, "R1"))
        assert found is not None
        assert found[1] == file.content
        assert meta["custody"]["original"]["sha256"] == hashlib.sha256(file.content).hexdigest()
