"""The demo: a local Telegram, the real bot on it and a page to try both in a browser. No token, no server."""

import asyncio
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import migrations
from bot.demo.client import Phone
from bot.demo.page import PagePhone, make_page
from bot.demo.server import LocalBotApi
from bot.safety.keys import new_key, show_key
from bot.services import moderators
from bot.services.questionnaires import FORMS
from bot.settings import Settings, load_settings
from bot.texts import Texts
from bot.wiring import Bot, Work, open_work

TOKEN = "1000000001:demo-token-that-opens-nothing-at-all"  # noqa: S105 - it opens nothing outside the demo
USERNAME = "kuager_demo_bot"
CONTACTS = Path(__file__).resolve().parent / "demo" / "contacts.csv"
REPORTER, MODERATOR = 1001, 2001
ALIAS = "Demo"
PACE = {"send_per_second": 1000.0, "send_per_chat": 100.0, "send_burst": 100}
"""The local Bot API has no limits unless they are switched on."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo."""

    api: LocalBotApi
    bot: Bot
    work: Work


def settings_in(folder: Path, bot_api_url: str, **given: object) -> Settings:
    """Settings with fresh keys and everything kept in this folder; nothing is read from the environment's
    `.env`."""
    made: dict[str, object] = {
        "bot_token": TOKEN,
        "bot_api_url": bot_api_url,
        "key_ring": f"demo:{show_key(new_key())}",
        "lookup_key": show_key(new_key()),
        "audit_key": show_key(new_key()),
        "database_url": f"sqlite+aiosqlite:///{folder / 'kuager.db'}",
        "files_dir": folder / "files",
        "form": FORMS / "incident.md",
        "contacts": CONTACTS,
        **PACE,
    }
    return load_settings(_env_file=None, **(made | given))


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Bot]:
    """The bot under these settings, from its first fetch until it has stopped in good order."""
    await migrations.upgrade(settings.database_url)
    work = await open_work(settings)
    bot = Bot(settings, work)
    ready = asyncio.Event()
    task = asyncio.create_task(bot.run(ready.set))
    waiting = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield bot
    finally:
        waiting.cancel()
        bot.stop()
        await task
        await work.database.close()


async def enrol(work: Work, url: str, user_id: int, alias: str, language: str, role: str) -> None:
    """Make a phone a moderator, as a person would become one: by the link and an alias."""
    async with work.write() as unit:
        token = await moderators.invite(unit, role)
    async with Phone(url, user_id, language) as phone:
        await phone.say(f"/start {token}")
        await phone.wait()
        await phone.say(alias)
        await phone.wait(alias)


async def run_demo(host: str, port: int, say: Callable[[str], None]) -> None:
    """Run the demo until interrupted; `say` is told the address."""
    texts = Texts(("kk", "ru", "en"))
    pages = {language: texts.raw(language, "demo.") for language in texts.languages}
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    phones = [
        PagePhone(REPORTER, "reporter", "ru", "Aigerim"),
        PagePhone(MODERATOR, "moderator", "ru", "Demo"),
    ]
    api.extend(lambda app: make_page(app, pages, phones))
    await api.start(host, port)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        with tempfile.TemporaryDirectory(prefix="kuager-demo-") as folder:
            async with running(settings_in(Path(folder), api.url)) as bot:
                with suppress(TimeoutError):
                    await enrol(bot.work, api.url, MODERATOR, ALIAS, "ru", moderators.ADMIN)
                say(api.url)
                await stop.wait()
    finally:
        await api.stop()
