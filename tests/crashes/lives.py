"""Lives of the bot that are killed from outside, each a process of its own; see `mortal`."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bot.settings import PREFIX, FixedValues, Settings

ROOT = Path(__file__).parents[2]
_SECRET = ("bot_token", "key_ring", "lookup_key", "audit_key")
_PLAIN = (
    *("bot_api_url", "database_url", "files_dir", "webhook_url", "webhook_listen"),
    *("draft_hours", "report_days", "rejected_days", "shown_minutes", "talk_days", "reply_hours"),
)


ENDED = "this life ended with"
"""What a life writes that ends by itself and not well."""


class Life:
    """A process that was begun."""

    def __init__(self, pid: int) -> None:
        self.pid, self.killed = pid, False

    def kill(self) -> None:
        """End it by the one signal that nothing can catch."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end in good order, as an operator does."""
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        self.killed = True
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    async def end(self) -> None:
        """Wait for its end."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(descriptor, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)


class Lives:
    """Begins lives."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._turn = threading.Lock()
        """Of two threads that read lines one can lose what the other has read on."""

    async def begin(self, **order: Any) -> Life:
        """Begin a life; see `mortal` for what can be ordered."""
        return Life(await asyncio.to_thread(self._begin, json.dumps(order)))

    def _begin(self, order: str) -> int:
        given, told = self._process.stdin, self._process.stdout
        assert given is not None
        assert told is not None
        with self._turn:
            given.write(f"{order}\n".encode())
            given.flush()
            word, pid = told.readline().split()
        assert word == b"born"
        return int(pid)


@contextmanager
def lives() -> Iterator[Lives]:
    """What begins lives; those that are left end with it."""
    command = [sys.executable, "-m", "tests.crashes.mortal"]
    own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    # A life without room on its disk would leave half of a compiled module behind, which stops all that import it later.
    environment = {**own, "PTB_TIMEDELTA": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(  # noqa: S603 - a command of our own
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=environment
    )
    try:
        yield Lives(process)
    finally:
        process.kill()
        process.communicate()


class KilledBot:
    """The bot under these settings: whenever it is killed it begins anew, as a service does. It writes to `log`; `ahead` is by how
    many seconds its next life's clock is ahead, `times` how many times faster time goes for it, and `more` gives what else is
    ordered for its next life (see `mortal`)."""

    def __init__(
        self,
        lives: Lives,
        settings: Settings,
        log: Path,
        times: float,
        more: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        self._lives, self._settings, self._log, self._times = lives, settings, log, times
        self._more = more
        self.ahead = 0.0
        self.deaths = 0
        self.before_death: Callable[[], None] = lambda: None
        self._life: Life | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._over = asyncio.Event()

    def start(self, api_url: str) -> None:
        """Begin its first life, which finds the Bot API there."""
        self._settings = self._settings.model_copy(update={"bot_api_url": api_url})
        self._keeping = asyncio.create_task(self._keep())

    def kill(self) -> None:
        """Kill it, if it lives just now."""
        if self._life is not None and not self._life.killed:
            self.before_death()
            self.deaths += 1
            self._life.kill()

    @property
    def pid(self) -> int | None:
        """The process that it is just now; None while it is dying."""
        return self._life.pid if self._life is not None and not self._life.killed else None

    def restart(self) -> None:
        """Ask it to end in good order, if it lives just now; it begins anew then."""
        if self._life is not None and not self._life.killed:
            self._life.stop()

    async def stop(self) -> None:
        """Kill it for good. Raises what went wrong with it meanwhile."""
        self._over.set()
        if self._life is not None:
            self._life.kill()
        if self._keeping is not None:
            await self._keeping

    async def fails(self) -> None:
        """Wait until something is wrong with it, as that it has ended by itself, which is raised; or until it is stopped."""
        if self._keeping is not None:
            await asyncio.shield(self._keeping)

    async def run(self, *command: str) -> None:
        """Run a command of the operator's to its end, beside the bot."""
        life = await self._lives.begin(**self._order(), command=command)
        await life.end()
        assert ENDED not in self.log, self.log

    async def _keep(self) -> None:
        while not self._over.is_set():
            order = {**self._order(), "ahead": self.ahead, "times": self._times, **self._more()}
            self._life = life = await self._lives.begin(**order)
            if self._over.is_set():
                life.kill()
            await life.end()
            if not life.killed and order.get("doom"):  # it has killed itself, as it was told
                self.before_death()
                self.deaths += 1
                life.killed = True
            assert life.killed, f"the bot ended by itself:\n{self.log}"
            assert ENDED not in self.log, self.log

    def _order(self) -> dict[str, Any]:
        fixed = {name: getattr(self._settings, name) for name in FixedValues.model_fields}
        return {"settings": _environment(self._settings), "fixed": fixed, "log": str(self._log)}

    @property
    def log(self) -> str:
        """What all lives had to say."""
        return self._log.read_text() if self._log.exists() else ""


def _environment(settings: Settings) -> dict[str, str]:
    secret = {name: getattr(settings, name).get_secret_value() for name in _SECRET}
    plain = {name: str(getattr(settings, name)) for name in _PLAIN if getattr(settings, name) != ""}
    return {f"{PREFIX}{name.upper()}": value for name, value in (secret | plain).items()}
