"""The real bot on the local Bot API, and the signals that end a demo: gracefully, at once if repeated."""

import asyncio
import secrets
import shlex
import signal
import sys
import tempfile
import threading
import webbrowser
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import migrations
from bot.app.wiring import Bot, open_work, wall_clock
from bot.app.work import Clock, prove_rows, take_over_consents
from bot.demo import people
from bot.demo.backfill import OnProgress, backfill, stock
from bot.demo.folder import MACHINE, USERNAME, DemoFolder, MovableClock, new_token, reached_at
from bot.demo.page import DemoInspector, demo_page, expire, member_phone, reporter_phone
from bot.demo.people import ANALYST, COLLEAGUE, LANGUAGE, MODERATOR, REPORTER, TEAM
from bot.errors import SettingsError
from bot.languages import codes
from bot.local_api.server import LocalBotApi
from bot.safety.offline import recipient_of
from bot.settings import Settings, is_loopback
from bot.store import archive_keys
from bot.texts import Texts

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@asynccontextmanager
async def running(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Bot]:
    """Run the bot inside the block, on a migrated database. Stops gracefully afterwards."""
    await migrations.upgrade(settings.database_url)
    work = await open_work(settings, clock)
    try:
        await prove_rows(work)
        await take_over_consents(work)
        async with fetching(Bot(settings, work)) as bot:
            yield bot
    finally:
        await work.database.close()


@asynccontextmanager
async def fetching(bot: Bot) -> AsyncIterator[Bot]:
    """Fetch updates inside the block, once the bot's menus are set. Stops gracefully afterwards."""
    ready = asyncio.Event()
    task = asyncio.create_task(bot.run(ready.set))
    waiting = asyncio.create_task(_ready(bot, ready))
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()  # it failed before it was ready: raise its error
        yield bot
    finally:
        waiting.cancel()
        bot.stop()
        await task


async def _ready(bot: Bot, ready: asyncio.Event) -> None:
    await ready.wait()
    await bot.introduced.wait()


class Stop:
    """A request to end, made by SIGINT or SIGTERM. Long work checks `asked` between steps."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()

    def listen(self) -> None:
        loop = asyncio.get_running_loop()

        def ask_soon(_number: int, _frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.ask)

        for number in SIGNALS:
            try:
                loop.add_signal_handler(number, self.ask)
            except NotImplementedError:  # Windows event loops handle no signals
                signal.signal(number, ask_soon)

    def ask(self) -> None:
        """Request the end. A second request raises KeyboardInterrupt, which ends the loop at once."""
        if self._asked.is_set():
            raise KeyboardInterrupt
        self._asked.set()

    @property
    def asked(self) -> bool:
        return self._asked.is_set()

    async def wait(self) -> None:
        await self._asked.wait()

    async def unless(self, work: Awaitable[None]) -> None:
        """Run `work`, but cancel it once the end is requested. Raises the errors of `work`."""
        task, asked = asyncio.ensure_future(work), asyncio.ensure_future(self.wait())
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                await task
        finally:
            for one in (task, asked):
                one.cancel()
            await asyncio.gather(task, asked, return_exceptions=True)


PHONES = (
    reporter_phone(REPORTER, LANGUAGE, "demo.name.reporter"),
    *(member_phone(user_id, LANGUAGE, *TEAM[user_id]) for user_id in (COLLEAGUE, ANALYST, MODERATOR)),
)


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """Options of a demo:

    - `host`, `port`: where it listens
    - `keep`: its folder, or None for a temporary one
    - `fill`: number of past reports beside the stock, None for the stock alone, 0 for none at all
    - `opens`: whether to open the browser
    - `form`: the operator's own form, or None for the program's
    - `archive`: whether decided reports are sealed to identities in its folder
    """

    host: str = "127.0.0.1"
    port: int = 8088
    keep: Path | None = None
    fill: int | None = None
    opens: bool = False
    form: Path | None = None
    archive: bool = False


async def run_demo(
    options: DemoOptions,
    announce: Callable[[Sequence[str]], None],
    on_progress: OnProgress = lambda _done, _total: None,
    note: Callable[[str], None] = lambda _: None,
) -> None:
    """Run a demo until a signal ends it. `announce` receives the addresses once it is ready, `on_progress`
    the progress of filling, `note` a line about each omission. Raises FormError for an unusable form, and
    SettingsError if the form, folder or port is unusable or in use."""
    own = people.OwnForm() if options.form is None else people.own_form(options.form, fills=options.fill != 0)
    stop = Stop()
    stop.listen()
    with _folder(options.keep) as folder:
        given = dict(own.settings)
        if options.archive:
            given["archive_recipients"] = ",".join(map(recipient_of, folder.identities()))
        clock = MovableClock(wall_clock, folder.hours_ahead())
        token = new_token()
        zone = folder.settings("http://127.0.0.1", token).zone
        inspector = DemoInspector(clock, zone, folder.keep_hours_ahead)
        key = "" if is_loopback(options.host) else secrets.token_urlsafe(24)
        api = _local_bot_api(token, clock, inspector, key, zone)
        try:
            await _listen(api, options)
            async with running(folder.settings(api.url, token, **given), lambda: clock.local(zone)) as bot:
                inspector.bot = bot
                await stop.unless(people.gather(bot, api.url, key))
                if own.takes_cases:
                    await _fill(bot, options.fill, on_progress, stop)
                if not stop.asked:
                    await expire(bot)
                    await people.clear(api.url, key)  # filling has notified the team
                if not stop.asked:
                    for line in (*own.notes, *await _archive(bot, folder)):
                        note(line)
                    _announce(_addresses(api.url, options.host, key), announce, opens=options.opens)
                await stop.wait()
                inspector.bot = None
        finally:
            await api.stop()


@contextmanager
def _folder(keep: Path | None) -> Iterator[DemoFolder]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="kuager-demo-") as path:
            yield DemoFolder(Path(path))
        return
    folder = DemoFolder(keep)
    with folder.held():
        yield folder


def _local_bot_api(
    token: str, clock: MovableClock, inspector: DemoInspector, key: str, zone: tzinfo
) -> LocalBotApi:
    api = LocalBotApi({token: USERNAME}, clock.seconds)
    texts, offset = Texts(codes()), clock.local(zone).utcoffset()
    api.extend(demo_page(texts, PHONES, list(TEAM), inspector, offset, key or None).add_to)
    return api


async def _listen(api: LocalBotApi, options: DemoOptions) -> None:
    try:
        await api.start(options.host, options.port)
    except OSError as error:
        raise SettingsError(
            f"The demo cannot listen at {options.host}, port {options.port}: {error.strerror}. "
            "With --port 0 it takes a free port."
        ) from None


async def _archive(bot: Bot, folder: DemoFolder) -> Sequence[str]:
    """Answer for the recipients of the archive, if there are any. Returns lines on how to try it."""
    if not bot.settings.archive_recipients:
        return []
    async with bot.work.write() as unit:
        for one in await archive_keys.recipients(unit):
            await archive_keys.answer(unit, one.recipient, archive_keys.word(unit, one.recipient))
    folder.keep_settings(bot.settings)
    here, program = folder.path.resolve(), Path(__file__).parents[2]
    command = shlex.join(["env", f"PYTHONPATH={program}", sys.executable, "-m", "bot", "archive", "status"])
    return [
        f"{here / MACHINE} stands for a machine of the organisation: it holds the identities of the archive, which are never on a server in earnest.",
        f"Commands on this demo, in another terminal: cd {shlex.quote(str(here))} && {command}",
    ]


async def _fill(bot: Bot, number: int | None, on_progress: OnProgress, stop: Stop) -> None:
    if number != 0 and not stop.asked:
        await stock(bot.work, LANGUAGE)
    if number and not stop.asked:
        await backfill(bot.work, number, on_progress, until=lambda: stop.asked)


def _addresses(url: str, host: str, key: str) -> Sequence[str]:
    port = urlsplit(url).port
    query = f"/?key={key}" if key else ""
    return [f"http://{one}:{port}{query}" for one in reached_at(host)]


def _announce(addresses: Sequence[str], announce: Callable[[Sequence[str]], None], *, opens: bool) -> None:
    announce(addresses)
    if opens:
        # In a thread, since a browser in the terminal would block the bot. The last address is this machine's.
        threading.Thread(target=webbrowser.open, args=(addresses[-1],), daemon=True).start()
