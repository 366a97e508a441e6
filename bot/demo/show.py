"""A demo from its start to its end."""

import secrets
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from urllib.parse import urlsplit

from bot.demo.addresses import is_loopback, reached_at
from bot.demo.behind import Behind, expire
from bot.demo.clock import MovableClock
from bot.demo.filling import fill
from bot.demo.home import USERNAME, Home, new_token
from bot.demo.lock import held
from bot.demo.people import LANGUAGE, MODERATOR, REPORTER, gather
from bot.demo.running import running
from bot.demo.stopping import Stop
from bot.errors import SettingsError
from bot.local_api.page import PagePhone, make_page
from bot.local_api.server import LocalBotApi
from bot.texts import Texts
from bot.wiring import Bot, wall_clock

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
    wanted: Wanted,
    say: Callable[[Sequence[str]], None],
    filled: Steps = lambda _done, _wanted: None,
) -> None:
    """Run a demo until a signal ends it; `say` is told the addresses, `filled` how many reports of how many are
    there. Raises SettingsError when the folder cannot be used or is in use, or the port is taken."""
    stop = Stop()
    stop.listen()
    with _home(wanted.keep) as home:
        clock = MovableClock(wall_clock, home.hours_ahead())
        token = new_token()
        zone = home.settings("http://127.0.0.1", token).zone
        behind = Behind(clock, zone, home.keep_hours_ahead)
        key = "" if is_loopback(wanted.host) else secrets.token_urlsafe(24)
        api = _telegram(token, clock, behind, key, zone)
        try:
            await _listen(api, wanted)
            async with running(home.settings(api.url, token), lambda: clock.local(zone)) as bot:
                behind.bot = bot
                await stop.unless(gather(bot, api.url, key))
                await _fill(bot, wanted.fill, filled, stop)
                if not stop.asked:
                    _tell(_addresses(api.url, wanted.host, key), say, opens=wanted.opens)
                await stop.wait()
                behind.bot = None
        finally:
            await api.stop()


@contextmanager
def _home(keep: Path | None) -> Iterator[Home]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="kuager-demo-") as folder:
            yield Home(Path(folder))
        return
    with held(keep):
        yield Home(keep)


def _telegram(token: str, clock: MovableClock, behind: Behind, key: str, zone: tzinfo) -> LocalBotApi:
    api = LocalBotApi({token: USERNAME}, clock.seconds)
    texts = Texts(LANGUAGES)
    pages = {language: texts.raw(language, "demo.") for language in LANGUAGES}
    ahead = clock.local(zone).utcoffset()
    api.extend(lambda app: make_page(app, pages, PHONES, behind, key or None, ahead, behind.gone))
    return api


async def _listen(api: LocalBotApi, wanted: Wanted) -> None:
    try:
        await api.start(wanted.host, wanted.port)
    except OSError as error:
        raise SettingsError(
            f"The demo cannot listen at {wanted.host}, port {wanted.port}: {error.strerror}."
        ) from None


async def _fill(bot: Bot, number: int, filled: Steps, stop: Stop) -> None:
    """Put the first reports there, as far as the end is not asked for."""
    if not stop.asked:
        await fill(bot.work, number, filled, until=lambda: stop.asked)
    if not stop.asked:
        await expire(bot)


def _addresses(url: str, host: str, key: str) -> Sequence[str]:
    port = urlsplit(url).port
    query = f"/?key={key}" if key else ""
    return [f"http://{one}:{port}{query}" for one in reached_at(host)]


def _tell(addresses: Sequence[str], say: Callable[[Sequence[str]], None], *, opens: bool) -> None:
    say(addresses)
    if opens:
        # A browser that runs in a terminal would hold up the bot. The last address is this machine's own.
        threading.Thread(target=webbrowser.open, args=(addresses[-1],), daemon=True).start()
