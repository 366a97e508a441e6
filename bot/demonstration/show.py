"""A demo from its start to its end."""

import asyncio
import secrets
import signal
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from bot.demo.page import PagePhone, make_page
from bot.demo.server import LocalBotApi
from bot.demonstration.behind import Behind, expire
from bot.demonstration.clock import MovableClock
from bot.demonstration.filling import fill
from bot.demonstration.home import TOKEN, USERNAME, Home
from bot.demonstration.people import LANGUAGE, MODERATOR, REPORTER, gather
from bot.demonstration.running import running
from bot.texts import Texts
from bot.wiring import wall_clock

LANGUAGES = ("kk", "ru", "en")
PHONES = (
    PagePhone(REPORTER, "reporter", LANGUAGE, "Aigerim"),
    PagePhone(MODERATOR, "moderator", LANGUAGE, "Demo"),
)
Steps = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What kind of demo: where it listens, where it is kept (nowhere: in a folder that goes with it), how many
    reports it begins with, whether the browser is opened."""

    host: str = "127.0.0.1"
    port: int = 8088
    keep: Path | None = None
    fill: int = 0
    opens: bool = False


async def run_demo(
    wanted: Wanted, say: Callable[[str], None], filled: Steps = lambda _done, _wanted: None
) -> None:
    """Run a demo until it is interrupted; `say` is told the address, `filled` how many reports of how many are
    there. Raises SettingsError when the folder cannot be used, OSError when the port is taken."""
    with _home(wanted.keep) as home:
        clock = MovableClock(wall_clock, home.hours_ahead())
        zone = home.settings("http://127.0.0.1").zone
        behind = Behind(clock, zone, home.keep_hours_ahead)
        secret = None if is_loopback(wanted.host) else secrets.token_urlsafe(24)
        api = LocalBotApi({TOKEN: USERNAME}, clock.seconds)
        texts = Texts(LANGUAGES)
        pages = {language: texts.raw(language, "demo.") for language in LANGUAGES}
        api.extend(lambda app: make_page(app, pages, PHONES, backstage=behind, secret=secret))
        stop = _stopped_by_signals()
        await api.start(wanted.host, wanted.port)
        try:
            async with running(home.settings(api.url), lambda: clock.local(zone)) as bot:
                behind.bot = bot
                await gather(bot, api.url, secret or "")
                await fill(bot.work, wanted.fill, filled)
                await expire(bot)
                address = f"{api.url}/?key={secret}" if secret else api.url
                say(address)
                if wanted.opens:
                    _open(address)
                await stop.wait()
                behind.bot = None
        finally:
            await api.stop()


@contextmanager
def _home(keep: Path | None) -> Iterator[Home]:
    if keep is not None:
        yield Home(keep)
        return
    with tempfile.TemporaryDirectory(prefix="kuager-demo-") as folder:
        yield Home(Path(folder))


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches an address to listen at."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _stopped_by_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _open(address: str) -> None:
    # A browser that runs in a terminal would hold up the bot.
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
