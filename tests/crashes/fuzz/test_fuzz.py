"""Rubbish by the thousand, posted to the bot as Telegram posts updates: it goes on, and so does somebody who reports meanwhile.

`KUAGER_TEST_UPDATES=100000 uv run pytest -n 0 -m long tests/crashes/fuzz` takes some minutes, and looks whether the bot grows: by
less than 5 MB over the last half. `KUAGER_TEST_SEED` draws others.
"""

import asyncio
import os
import random
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot.demo import TOKEN, USERNAME, settings_in
from bot.local_api.account import BotAccount
from bot.local_api.server import LocalBotApi
from tests.conftest import sqlite_url
from tests.crashes.fuzz.updates import CHATS, FIRST_CHAT, Fuzzer
from tests.crashes.lives import KilledBot, lives
from tests.crashes.reporters import Reporter, told
from tests.crashes.torture import reading
from tests.crashes.torture.history import History
from tests.crashes.torture.people import Phones
from tests.ports import free_port

SHORT = 800
UPDATES = int(os.environ.get("KUAGER_TEST_UPDATES", str(SHORT)))
SEED = int(os.environ.get("KUAGER_TEST_SEED", "20261126"))
AT_ONCE = 9
"""And the sentinel: what many people with nothing open write waits in the backlog while much is owed, where nothing of it is read."""
STEP = min(1000, UPDATES // 2)
MOST_OWED = 100
"""Before more is posted."""
PATIENCE = 60.0
MOST_GROWTH = 5.0
"""Megabytes over the last half, where that is fifty thousand updates or more."""
NO_PACE = {"send_per_second": 1000.0, "send_per_chat": 100.0, "send_burst": 100}
SENTINEL = 6_120_999_000


@pytest.mark.long
async def test_rubbish_stops_nobody(
    tmp_path: Path, migrated_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every request is answered, all of them with 200; whoever reports among them is answered in time; the process is still the
    same; and once it is over nothing waits."""
    shutil.copy(migrated_file, tmp_path / "kuager.db")
    async with _bot(tmp_path) as (bot, api, url, secret):
        pid = bot.pid
        assert pid is not None
        over = asyncio.Event()
        sentinel = asyncio.create_task(_report_on(api.url, over))
        answers, sizes, begun = Counter[int](), dict[int, float](), time.monotonic()
        fuzzer = Fuzzer(SEED, lambda chance: _data_in(api.accounts[TOKEN], chance)).updates()
        async with aiohttp.ClientSession() as session:
            for done in range(STEP, UPDATES + 1, STEP):
                answers += await _post(session, url, secret, fuzzer, STEP)
                await _settled(tmp_path, MOST_OWED)
                sizes[done] = _megabytes(pid)
        seconds = time.monotonic() - begun
        over.set()
        reports, slowest = await sentinel
        await _settled(tmp_path)
        assert bot.pid == pid, bot.log
        assert bot.deaths == 0
        aside = len(
            await reading.rows(sqlite_url(tmp_path / "kuager.db"), "SELECT reference FROM failed_updates")
        )
    half, end = (max(size for at, size in sizes.items() if at <= part) for part in (UPDATES // 2, UPDATES))
    with capsys.disabled():
        grown = ", ".join(f"{at}: {sizes[at]:.1f}" for at in list(sizes)[:: max(1, len(sizes) // 10)])
        sys.stdout.write(
            f"\nseed {SEED}: {UPDATES} updates in {seconds:.1f} s, {aside} set aside, {dict(answers)}; {reports} reports among them, "
            f"slowest answer {slowest:.2f} s; at most {half:.1f} MB by half, {end:.1f} MB by the end; MB at {grown}\n"
        )
    assert not (kinds := _bugs(bot.log)), kinds
    assert set(answers) == {200}
    assert reports > 0
    if UPDATES >= 100_000:
        assert end - half < MOST_GROWTH


@asynccontextmanager
async def _bot(folder: Path) -> AsyncIterator[tuple[KilledBot, LocalBotApi, str, str]]:
    """The bot in a process of its own, and where and under which secret it takes updates."""
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    account = api.accounts[TOKEN]
    for number in range(FIRST_CHAT, FIRST_CHAT + CHATS, 2):  # the others are unknown there, and refused
        account.person(number)
        account.chats[number].status = "member"
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    settings = settings_in(
        folder, api.url, webhook_url=url, webhook_listen=f"127.0.0.1:{port}", updates_a_day=10**6, **NO_PACE
    )
    with lives() as begin:
        bot = KilledBot(begin, settings, folder / "bot.log", 1.0)
        bot.start(api.url)
        try:
            hook = api.accounts[TOKEN].webhook
            async with asyncio.timeout(PATIENCE):
                while hook.target is None:  # noqa: ASYNC110 - the local Bot API has no event for that
                    await asyncio.sleep(0.02)
            yield bot, api, url, hook.target.secret
        finally:
            await bot.stop()
            await api.stop()


async def _post(
    session: aiohttp.ClientSession, url: str, secret: str, fuzzer: Iterator[bytes], number: int
) -> Counter[int]:
    """Post so many updates, some at once; the statuses of the answers."""
    answers = Counter[int]()
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": "application/json"}
    left = iter(range(number))

    async def post() -> None:
        for _ in left:
            timeout = aiohttp.ClientTimeout(total=PATIENCE)
            async with session.post(url, data=next(fuzzer), headers=headers, timeout=timeout) as answer:
                answers[answer.status] += 1

    await asyncio.gather(*(post() for _ in range(AT_ONCE)))
    return answers


async def _report_on(url: str, over: asyncio.Event) -> tuple[int, float]:
    """Report again and again; how often, and how long the slowest answer took. Whoever is not answered in time fails."""
    number, phones = 0, Phones(url, History(), PATIENCE)
    while not over.is_set():
        phone = phones.phone("sentinel", SENTINEL + number, told(number).language)
        async with phone:
            await Reporter(phone, told(number)).report()
        number += 1
    return number, max(wait.seconds for wait in phones.history.waits)


def _data_in(account: BotAccount, chance: random.Random) -> str | None:
    """What a button of some chat carries."""
    chat = account.chats.get(FIRST_CHAT + chance.randrange(0, CHATS, 2))
    for message in reversed(chat.messages.values() if chat is not None else ()):
        rows = (message.inline or {}).get("inline_keyboard", [])
        data = [button["callback_data"] for row in rows for button in row if "callback_data" in button]
        if data:
            return str(chance.choice(data))
    return None


async def _settled(folder: Path, most: int = 0) -> None:
    """Wait until the bot owes no more than so much, but for files, which the local Bot API does not have."""
    async with asyncio.timeout(5 * PATIENCE):
        while sum((await reading.owed(sqlite_url(folder / "kuager.db"), "files")).values()) > most:  # noqa: ASYNC110 - nor has a database
            await asyncio.sleep(0.1)


def _bugs(log: str) -> Counter[str]:
    """What was set aside though it could be read: each is a fault of the bot's."""
    whys = re.findall(r"update set aside, reference \w+: (.*)", log)
    return Counter(why for why in whys if not why.startswith(("it cannot be read", "no usable update_id")))


def _megabytes(pid: int) -> float:
    """The memory that is a process's own (Linux, proc(5), RssAnon)."""
    found = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024
