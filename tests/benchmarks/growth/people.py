"""A reporter and members of the team, who act on a database that was filled, each act timed from its updates to its commit."""

from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time

from sqlalchemy import func, select, text

from bot.chat.buttons import Act, Tap, encode
from bot.desk.notices import chat as notices_chat
from bot.desk.people import service as people_service
from bot.form.events import Pick, Toggle
from bot.reports import claims
from bot.reports.states import Status
from bot.store import drafting
from bot.store.unit import UnitOfWork
from bot.transport.call import Call, Delivered, DeliverySnapshot
from bot.transport.outbox import Outbox
from db.models import File, Report
from tests.bench import Bench
from tests.benchmarks.growth.filling import WatchedDatabase
from tests.benchmarks.growth.rows import EVENT_CATEGORY, EVENT_REGION
from tests.bot.chat.chats import Chats

OTHERS, HELD = 4, 3
"""Other moderators, and reports that each of them holds."""
MOST_KNOWN = 1_000
"""Approved reports, and those with files, from which acts choose."""


@dataclass(frozen=True, slots=True)
class Took:
    """The seconds that an act took, how many of the processor's this process and the connections of the server did, and the
    statements that it ran."""

    seconds: float
    cpu: float
    statements: int


@dataclass
class People:
    """A reporter in the middle of a report, and a moderator and an administrator at the desk, on a database that was filled. `waiting`
    are references of reports that wait, `filed` of those among them that have files, `alike` of those that tell of one event, `approved`
    of public ones that belong to no incident, `first` the id of the first of their chats, which nobody has used."""

    chats: Chats
    database: WatchedDatabase
    waiting: list[str]
    first: int
    drained: DeliverySnapshot = field(default_factory=DeliverySnapshot)
    filed: list[str] = field(default_factory=list)
    alike: list[str] = field(default_factory=list)
    approved: list[str] = field(default_factory=list)
    toggled: bool = False
    calls: Sequence[Call] = ()
    _servers: Sequence[Path] = ()

    @property
    def reporter(self) -> int:
        """Whoever is in the middle of a report."""
        return self.first

    @property
    def moderator(self) -> int:
        """Whoever is at the desk."""
        return self.first + 2

    @property
    def admin(self) -> int:
        """Whoever looks after the team."""
        return self.moderator + 1 + OTHERS

    @property
    def second_admin(self) -> int:
        """Whoever confirms what the first one asks."""
        return self.admin + 1

    @property
    def bench(self) -> Bench:
        """Where their units of work come from."""
        return self.chats.bench

    @contextmanager
    def set(self, **settings: object) -> Iterator[None]:
        """Other settings meanwhile."""
        before = self.bench.settings
        self.bench.settings = before.model_copy(update=settings)
        yield
        self.bench.settings = before

    async def begin(self) -> None:
        """All come to where the acts begin."""
        for chat in range(self.moderator, self.admin):
            await self._enrol(chat, people_service.MODERATOR)
            for _ in range(HELD if chat != self.moderator else 0):
                await self.say(chat, "/next")
        for chat in (self.admin, self.second_admin):  # what is shared takes two
            await self._enrol(chat, people_service.ADMIN)
        await self._look()
        await self.tap(self.reporter, encode(Act("begin", "en")))
        for _ in range(3):
            await self.tap(self.reporter, await self.data(Pick(0)))

    async def _enrol(self, chat: int, role: str) -> None:
        async with self.bench.write() as unit:
            token = await people_service.invite(unit, role)
        await self.say(chat, f"/start {token}")
        await self.say(chat, f"Alias {chat}")

    async def _look(self) -> None:
        """What is there, so that acts need not search for it."""
        waits = Report.status == Status.NEW
        filed = select(Report.ref).join(File, File.data_key_id == Report.data_key_id).where(waits)
        is_free = Report.data_key_id.is_not(None), Report.incident_id.is_(None)
        approved = select(Report.ref).where(Report.status == Status.APPROVED, *is_free).order_by(Report.ref)
        async with self.bench.read() as unit:
            held = set(await unit.session.scalars(select(Report.ref).where(Report.moderator_id.is_not(None))))
            self.filed = [*(await unit.session.scalars(filed.distinct().limit(MOST_KNOWN)))]
            self.alike = await _of_event(unit)
            self.approved = [*(await unit.session.scalars(approved.limit(MOST_KNOWN)))]
            if not self.database.is_sqlite:
                pids = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
                found = await unit.session.scalars(pids)
                self._servers = [Path(f"/proc/{pid}/schedstat") for pid in found]
        self.waiting = [ref for ref in self.waiting if ref not in held]
        self.alike = [ref for ref in self.alike if ref not in held]

    async def say(self, chat: int, words: str) -> Took:
        """Write; what it took. What was owed before is delivered with it."""
        return await self._timed(self.chats.batch(self.chats.written(chat, words), drained=self.drained))

    async def tap(self, chat: int, data: str) -> Took:
        """Tap a button with this data; what it took."""
        return await self._timed(self.chats.batch(self.chats.tapped(chat, data), drained=self.drained))

    async def act(self, verb: str, first: str = "", second: str = "", *, shows: str = "") -> Took:
        """The moderator taps the button of an act, and is shown a button of the verb `shows`, if there is one; what it took."""
        return self._answered(await self.tap(self.moderator, encode(Act(verb, first, second))), shows)

    async def ask(self, words: str, *, shows: str = "") -> Took:
        """The administrator writes a command, and is shown a button of a verb; what it took."""
        return self._answered(await self.say(self.admin, words), shows)

    async def reply(self, words: str, to: str, *, shows: str) -> Took:
        """The administrator replies to what the bot asked, and is shown a button of a verb; what it took."""
        update = self.chats.replied(self.admin, words, to)
        return self._answered(await self._timed(self.chats.batch(update, drained=self.drained)), shows)

    async def administer(
        self, verb: str, first: str = "", second: str = "", *, by: int | None = None, shows: str = ""
    ) -> Took:
        """The administrator, or the one in the chat `by`, taps the button of an act, and is shown a button of a verb; what it took."""
        chat = self.admin if by is None else by
        return self._answered(await self.tap(chat, encode(Act(verb, first, second))), shows)

    def _answered(self, took: Took, shows: str) -> Took:
        """Fails for a refusal: that costs less than what was to be measured."""
        assert not any(call.params.get("show_alert") for call in self.calls), self.calls
        assert any(call.shows or call.method == "editMessageText" for call in self.calls), self.calls
        assert not shows or any(data.startswith(f"a{shows}.") for data in self.buttons()), self.calls
        return took

    async def _timed(self, act: Awaitable[list[Call]]) -> Took:
        taken = await self.timed(self._kept(act))
        delivered = [
            Delivered(row, (self.chats.number(),) if call.shows else ())
            for row, call in zip(self.chats.rows, self.calls, strict=True)
        ]
        self.drained = DeliverySnapshot(delivered)
        return taken

    async def _kept(self, act: Awaitable[list[Call]]) -> None:
        self.calls = await act

    async def timed(self, act: Awaitable[object]) -> Took:
        """What it takes to do this."""
        ran, begun, cpu = self.database.statements, perf_counter(), process_time() + self._served()
        await act
        seconds = perf_counter() - begun
        return Took(seconds, process_time() + self._served() - cpu, self.database.statements - ran)

    def _served(self) -> float:
        """The seconds of the processor that the connections of the server took (Linux, /proc/<pid>/schedstat)."""
        took = 0
        for path in self._servers:
            with suppress(FileNotFoundError):
                took += int(path.read_text().split()[0])
        return took / 1e9

    async def data(self, event: Pick | Toggle) -> str:
        """The data of a button of the reporter's form as it is now."""
        hashed = self.bench.safe.pseudonyms.chat(self.reporter)
        async with self.bench.read() as unit:
            found = (await drafting.load(unit, [hashed]))[hashed]
        return encode(Tap(found.row.id[:4], found.draft.step, event))

    def buttons(self) -> list[str]:
        """The data of all buttons that were shown last."""
        markups = (call.params.get("reply_markup", {}) for call in self.calls)
        rows = (row for markup in markups for row in markup.get("inline_keyboard", ()))
        return [button["callback_data"] for row in rows for button in row if "callback_data" in button]

    async def sent(self) -> str:
        """A report that was sent just now and is the moderator's: its reference."""
        async with self.bench.write() as unit:
            report = (await self.bench.submit(unit)).report
            report.announced = True
            (moderator,) = (
                await people_service.of_chats(unit, [unit.safe.pseudonyms.chat(self.moderator)])
            ).values()
            await claims.claim(unit, moderator, report)
        return report.ref

    async def rest(self) -> None:
        """Some minutes pass, so that what the moderator was shown is put away."""
        self.bench.later(1.1 * self.bench.settings.idle_minutes / 60)
        async with self.bench.write() as unit:
            outbox = Outbox(unit)
            await notices_chat.put_away(notices_chat.Post(self.chats.renderer, unit, outbox))
            await outbox.write()
            self.drained = DeliverySnapshot(
                [*self.drained.delivered, *(Delivered(row) for row in outbox.rows)]
            )


async def _of_event(unit: UnitOfWork) -> list[str]:
    """The reports of the event that wait: those of its kind and its region on the day on which most of these are."""
    here = Report.status == Status.NEW, Report.region == EVENT_REGION, Report.category == EVENT_CATEGORY
    days = select(Report.date_start).where(*here).group_by(Report.date_start)
    day = await unit.session.scalar(days.order_by(func.count().desc()).limit(1))
    return [*(await unit.session.scalars(select(Report.ref).where(*here, Report.date_start == day)))]
