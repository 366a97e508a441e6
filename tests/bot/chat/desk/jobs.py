"""What happens by itself: notices come, time passes, and what is over its time goes."""

import re
from collections.abc import Collection, Sequence
from functools import partial

from bot.app import retention
from bot.desk.notices.jobs import NEWS, NewsSource, Watch, apply_decisions_once
from bot.store.unit import UnitOfWork
from bot.transport.outbox import Outbox
from tests.bot.chat.desk.reporters import Reporters
from tests.bot.chat.desk.values import NEW, UNDECIDED, Case, Person
from tests.bot.reports.talking import text

_HOURS = (1, 3, 13, 13, 30, 50, 80)
REF = re.compile(r"R[0-9A-Z]{5}")
_BACK = tuple(f"moderator.notice.{what}{end}" for what in ("back", "endorsed") for end in ("", "_urgent"))
_NOTICES = {
    kind: [
        re.compile(
            re.escape(text(key, code, ref="###", n=1, given=1, needed=2)).replace(re.escape("###"), "(\\w+)")
        )
        for key in keys
        for code in ("ru", "en")
    ]
    for kind, keys in {
        "new": ("moderator.notice.new", "moderator.notice.urgent"),
        "back": _BACK,
    }.items()
}


class Jobs(Reporters):
    """Acts of nobody's."""

    async def tell(self, _who: Person, _which: int) -> None:
        """All that is to be told is told: of new reports, and of those that came back, to whoever wishes it and is awake, and to the group
        that there are any."""
        await self.flush()
        before, expected = len(self.sent), self._hearers()
        for news in NEWS:
            async with self.bench.read() as unit:
                ids = await news.find(unit)
            if ids:
                await self.enqueue(partial(self._notify, news, ids))
        self.slow = False
        await self.settle()
        found = {
            (kind, match[1], one.chat)
            for one in self.sent[before:]
            for kind, patterns in _NOTICES.items()
            for pattern in patterns
            if (match := pattern.fullmatch(str(one.call.params.get("text", "")))) is not None
        }
        assert found == expected, (found, expected)
        await self.owe_watch()

    async def _notify(self, news: NewsSource, ids: Sequence[str], unit: UnitOfWork, outbox: Outbox) -> None:
        await news.notify(self.chats.renderer, unit, outbox, ids)

    def _hearers(self) -> Collection[tuple[str, str, int]]:
        """Who has to hear of which report that is new or came back."""
        found = set()
        for case in self.cases:
            if not case.told and case.status in UNDECIDED:
                found |= {("new", case.ref, one.chat) for one in self._told_of(case)}
            if case.back and case.status == NEW:
                but = {*case.approvers, *({case.gave_back} if case.gave_back is not None else ())}
                found |= {("back", case.ref, one.chat) for one in self._told_of(case, but)}
            case.told, case.back = True, False
        return found

    def _told_of(self, case: Case, but: Collection[Person] = ()) -> Collection[Person]:
        readers = [one for one in self.active if one.reads and one not in but]
        wishing = [one for one in readers if case.urgent or one.wants_new]
        awake = [one for one in wishing if not self._sleeps(one)]
        return wishing if case.urgent and not awake else awake

    def _sleeps(self, who: Person) -> bool:
        if who.quiet is None:
            return False
        begin, end = who.quiet
        return (self.bench.now.hour - begin) % 24 < (end - begin) % 24

    async def owe_watch(self) -> None:
        """Summaries, reminders and alarms, and decisions that take effect."""
        await Watch(self.bench.read, self.enqueue, self.chats.renderer).once()
        await apply_decisions_once(self.bench.read, self.enqueue, self.chats.renderer)
        await self.settle()

    async def pass_hours(self, _who: Person, which: int) -> None:
        """An hour, half a day or days; what is over its time is destroyed, and nothing is left in the chats of moderators."""
        await self.flush()
        self.bench.later(_HOURS[which % len(_HOURS)])
        await self.tick()
        self.seen.append(self.readers())
        self.sweep()
        async with self.bench.write() as unit:
            await retention.sweep(unit)
        self.slow = False
        await self.settle()
        await self.put_away()
        await self.settle()
        self.seen.append(self.readers())
        left = {one.chat: self.standing[one.chat] for one in self.active}
        words = {chat: [found for found in there.values() if found] for chat, there in left.items()}
        assert not any(words.values()), words

    async def publish_in_kazakh_too(self, _who: Person, _which: int) -> None:
        """The operator sets another language."""
        await self.flush()
        self.languages = ["kk", "ru"]
        changed = {"published_languages": tuple(self.languages)}
        self.bench.settings = self.bench.settings.model_copy(update=changed)

    async def be_slow(self, _who: Person, _which: int) -> None:
        """Telegram is slow: what is owed waits for the next act."""
        await self.flush()
        self.slow = True

    async def at_once(self, _who: Person, _which: int) -> None:
        """The next two acts come in one batch."""
        await self.flush()
        self.gathered = []

    async def tick(self) -> None:
        """Note what time it is."""
        async with self.bench.read() as unit:
            self.hour, self.day = unit.hour, unit.day
