"""What people do most, each act a batch of its own, timed from its updates to its commit."""

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter, process_time

from sqlalchemy import select

from bot.chat.moderation.lists.found import Search
from bot.chat.notices.leaving import taking_back
from bot.chat.screens.callback import Act, Tap, encode
from bot.chat.transport.sending.call import Call
from bot.chat.transport.sending.delivered import Delivered, Drained
from bot.chat.transport.sending.outbox import Outbox
from bot.form.events import Pick, Toggle
from bot.services.desk import claims
from bot.services.desk.decisions import proposals
from bot.services.desk.lists.filters import Filter, Scope
from bot.services.desk.people import team
from bot.services.reports import drafting
from db.models import Report
from tests.bench import Bench
from tests.bot.chat.chats import Chats

OTHERS, HELD = 4, 3
"""Other moderators, and reports that each of them holds."""


@dataclass(frozen=True, slots=True)
class Took:
    """The seconds that an act took, and how many of the processor's this process did: on PostgreSQL the server's come to them."""

    seconds: float
    cpu: float


@dataclass
class People:
    """A reporter in the middle of a report and a moderator at the desk, on a database that was filled. `waiting` are references
    of reports that wait, `first` the id of the first of their chats, which nobody has used."""

    chats: Chats
    waiting: list[str]
    first: int
    drained: Drained = field(default_factory=Drained)
    toggled: bool = False

    @property
    def reporter(self) -> int:
        """Whoever is in the middle of a report."""
        return self.first

    @property
    def moderator(self) -> int:
        """Whoever is at the desk."""
        return self.first + 2

    @property
    def bench(self) -> Bench:
        """Where their units of work come from."""
        return self.chats.bench

    async def begin(self) -> None:
        """All come to where the acts begin, and do each of them once."""
        for chat in range(self.moderator, self.moderator + 1 + OTHERS):
            async with self.bench.write() as unit:
                token = await team.invite(unit, team.MODERATOR)
            await self.say(chat, f"/start {token}")
            await self.say(chat, f"Alias {chat}")
            for _ in range(HELD if chat != self.moderator else 0):
                await self.say(chat, "/next")
        async with self.bench.read() as unit:
            held = set(await unit.session.scalars(select(Report.ref).where(Report.moderator_id.is_not(None))))
        self.waiting = [ref for ref in self.waiting if ref not in held]
        await self.tap(self.reporter, encode(Act("begin", "en")))
        for _ in range(3):
            await self.tap(self.reporter, await self._data(Pick(0)))
        for act in ACTS.values():
            await act(self)

    async def say(self, chat: int, words: str) -> Took:
        """Write; what it took. What was owed before is delivered with it."""
        return await self._timed(
            lambda: self.chats.batch(self.chats.written(chat, words), drained=self.drained)
        )

    async def tap(self, chat: int, data: str) -> Took:
        """Tap a button with this data; what it took."""
        return await self._timed(
            lambda: self.chats.batch(self.chats.tapped(chat, data), drained=self.drained)
        )

    async def _timed(self, act: Callable[[], Awaitable[list[Call]]]) -> Took:
        begun, cpu = perf_counter(), process_time()
        self.calls = await act()
        taken = Took(perf_counter() - begun, process_time() - cpu)
        delivered = [
            Delivered(row, (self.chats.number(),) if call.shows else ())
            for row, call in zip(self.chats.rows, self.calls, strict=True)
        ]
        self.drained = Drained(delivered)
        return taken

    async def _data(self, event: Pick | Toggle) -> str:
        hashed = self.bench.safe.pseudonyms.chat(self.reporter)
        async with self.bench.read() as unit:
            found = (await drafting.load(unit, [hashed]))[hashed]
        return encode(Tap(found.row.id[:4], found.draft.step, event))

    async def rest(self) -> None:
        """Some minutes pass, so that what the moderator was shown is put away."""
        self.bench.later(1.1 * self.bench.settings.idle_minutes / 60)
        async with self.bench.write() as unit:
            outbox = Outbox(unit)
            await taking_back.put_away(self.chats.renderer, unit, outbox)
            await outbox.write()
            self.drained = Drained([*self.drained.delivered, *(Delivered(row) for row in outbox.rows)])

    async def answer(self) -> Took:
        """The reporter ticks a choice, or takes it back."""
        self.toggled = not self.toggled
        return await self.tap(self.reporter, await self._data(Toggle(0, on=self.toggled)))

    async def queue(self) -> Took:
        """The moderator looks at the queue."""
        return await self.say(self.moderator, "/queue")

    async def page(self) -> Took:
        """The same, and turns a page: only that is timed."""
        await self.queue()
        turn = [data for data in self._buttons() if data.startswith("amlist.w.n")]
        return await self.tap(self.moderator, turn[-1])

    def _buttons(self) -> list[str]:
        markups = (call.params.get("reply_markup", {}) for call in self.calls)
        rows = (row for markup in markups for row in markup.get("inline_keyboard", ()))
        return [button["callback_data"] for row in rows for button in row if "callback_data" in button]

    async def narrowed(self) -> Took:
        """The moderator narrows the queue down to a category and a region."""
        wanted = Filter(category="violence", region="KZ-71")
        return await self.tap(self.moderator, encode(Act("mlist", str(wanted))))

    async def menu(self) -> Took:
        """The moderator opens the filter of the queue."""
        return await self.tap(self.moderator, encode(Act("mfilt", str(Filter()))))

    async def regions(self) -> Took:
        """The moderator looks how many reports each region has."""
        return await self.tap(self.moderator, encode(Act("mfilt", str(Filter()), "region")))

    async def mine(self) -> Took:
        """The moderator looks at what they hold."""
        return await self.say(self.moderator, "/mine")

    async def approved(self) -> Took:
        """The moderator looks at what was approved."""
        return await self.say(self.moderator, "/approved")

    async def search(self) -> Took:
        """The moderator searches by several facets at once, which no index has."""
        wanted = Filter(Scope.ALL, category="violence", region="KZ-71", urgent=True)
        return await self.tap(self.moderator, encode(Act("mlist", str(wanted))))

    async def words(self) -> Took:
        """The same by words that no story holds, made as the sender makes it."""
        await self.say(self.moderator, "/search небывалое")
        (owed,) = [call for call in self.calls if "text" in call.attach]
        search = Search(self.bench.read, self.chats.renderer)
        begun, cpu = perf_counter(), process_time()
        await search(owed.attach["text"].partition(":")[2])
        return Took(perf_counter() - begun, process_time() - cpu)

    async def next(self) -> Took:
        """The moderator takes the first report, and gives it back untimed."""
        taken = await self.say(self.moderator, "/next")
        assert any(data.startswith("amedit.") for data in self._buttons())
        await self.say(self.moderator, "/release")
        return taken

    async def open(self) -> Took:
        """The moderator opens some report that waits, and gives it back untimed."""
        taken = await self.say(self.moderator, f"/open {random.choice(self.waiting)}")
        assert any(data.startswith("amedit.") for data in self._buttons())
        await self.say(self.moderator, "/release")
        return taken

    async def approve(self) -> Took:
        """The moderator approves a public version that was shown."""
        async with self.bench.write() as unit:
            (moderator,) = (await team.of_chats(unit, [unit.safe.pseudonyms.chat(self.moderator)])).values()
            report = (await self.bench.submit(unit)).report
            report.announced = True
            await self.bench.propose(unit, moderator, report)
            await claims.claim(unit, moderator, report)
            proof = (await proposals.proposal(unit, report)).proof
        return await self.tap(self.moderator, encode(Act("mapprove", report.ref, proof)))

    async def status(self) -> Took:
        """Somebody asks where a report stands."""
        async with self.bench.write() as unit:
            receipt = await self.bench.submit(unit)
            receipt.report.announced = True
        return await self.say(self.reporter + 1, f"/status {receipt.code}")

    async def export(self) -> Took:
        """The moderator asks for the approved versions of the month."""
        return await self.tap(self.moderator, encode(Act("mexport", "csv", "month")))

    async def export_all(self) -> Took:
        """The same of all times."""
        return await self.tap(self.moderator, encode(Act("mexport", "csv", "all")))


ACTS: Mapping[str, Callable[[People], Awaitable[Took]]] = {
    "answer": People.answer,
    "/queue": People.queue,
    "its next page": People.page,
    "its category": People.narrowed,
    "its filter": People.menu,
    "its regions": People.regions,
    "/mine": People.mine,
    "/approved": People.approved,
    "/search": People.search,
    "/search by words": People.words,
    "/next": People.next,
    "/open": People.open,
    "approve": People.approve,
    "/status": People.status,
    "/export of a month": People.export,
    "/export of all": People.export_all,
}
SELDOM = frozenset({"/search by words", "/export of a month", "/export of all"})
"""Acts that are done once a round."""
