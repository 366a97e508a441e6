"""Reporters and moderators under torture, at phones that keep a history."""

import asyncio
import hashlib
import random
import re
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.local_api.client import ShownButton, ShownMessage, matches
from tests.crashes.asked import AskedPhone
from tests.crashes.deletions.people import Quitter
from tests.crashes.reporters import FORM, Sent, Told, told
from tests.crashes.torture.history import History, Wait
from tests.crashes.torture.judge import Decision, Filed
from tests.end_to_end.moderating import Moderator, Public, refs_in
from tests.end_to_end.people import labels_on

FIRST_ID = 6_120_431_907
FIRST_MODERATOR = 7_000_000_001
_NUMBER = re.compile(r"\((\d+)\.\d+\)")
_NOTICES = ("moderator.notice.new", "moderator.notice.urgent")
REASON = "spam"


class PutAwayError(Exception):
    """What a moderator had open has left the chat: the clock has jumped beyond the time that it may stand."""


class WatchedPhone(AskedPhone):
    """A phone that keeps what was done with it and what it showed."""

    history: History
    name = ""
    tapped: list[tuple[str, str, str]]
    """The words above each button that was tapped, what it carries, and its label."""
    acted = 0.0
    thinks = 0.0
    """Seconds that its person takes to read what is shown, about."""
    put_away = ""
    """How a message begins that says that what was shown has left the chat; blank for people to whom that does not happen."""

    async def _act(self, name: str, body: dict[str, Any] | aiohttp.FormData) -> dict[str, Any]:
        said = {key: body[key] for key in ("text", "data") if key in body} if isinstance(body, dict) else ""
        await asyncio.sleep(random.uniform(0.5, 1.5) * self.thinks)
        self.acted = self.history.act(self.name, f"{name} {said}")
        return await super()._act(name, body)

    async def _press(self, message: ShownMessage, button: ShownButton) -> bool:
        above = message.text
        is_tapped = await super()._press(message, button)
        if is_tapped:
            self.tapped.append((above, button.data or "", button.label))
        return is_tapped

    def _hear(self, event: dict[str, Any]) -> None:
        super()._hear(event)
        if event["kind"] == "new" and event["message"]["outgoing"]:
            message = self._messages[event["message"]["message_id"]]
            data = [button.data or button.label for button in message.buttons]
            self.history.show(self.name, message.id, message.text, data)

    async def wait(
        self,
        expected: str | Callable[[ShownMessage], bool] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as of `Phone`
        *,
        since: int | None = None,
    ) -> ShownMessage:
        """As of `Phone`; how long it took is kept. Raises PutAwayError."""

        def comes(shown: ShownMessage) -> bool:
            return self._is_put_away(shown) or matches(shown, expected)

        found = await super().wait(comes, timeout, since=since)
        if self._is_put_away(found):
            raise PutAwayError
        if self.acted:
            self.history.waits.append(Wait(self.name, self.acted, time.monotonic() - self.acted))
            self.acted = 0.0
        return found

    async def tap(
        self, label: str, message: ShownMessage | int | None = None, *, fresh: bool = False
    ) -> ShownMessage:
        """As of `Phone`. Raises PutAwayError."""
        self._look_for_put_away()
        return await super().tap(label, message, fresh=fresh)

    async def _next(self) -> None:
        await super()._next()
        self._look_for_put_away()

    def _look_for_put_away(self) -> None:
        """Nobody looks any longer for a button that has left with the rest."""
        if self.put_away and any(one.changed > self.mark and self._is_put_away(one) for one in self.messages):
            raise PutAwayError

    def _is_put_away(self, shown: ShownMessage) -> bool:
        return bool(self.put_away) and shown.text.startswith(self.put_away)


@dataclass(frozen=True, slots=True)
class Phones:
    """Makes phones of people who think so long, and lose patience after so many seconds."""

    url: str
    history: History
    patience: float
    thinks: float = 0.0

    def phone(self, name: str, user_id: int, language: str) -> WatchedPhone:
        """A phone, not switched on yet."""
        made = WatchedPhone(self.url, user_id, language, patience=self.patience)
        made.history, made.name, made.thinks, made.tapped = self.history, name, self.thinks, []
        return made


# --- reporters


def withdraws(number: int) -> bool:
    """Whether this reporter takes the report back."""
    return number % 7 == 3


def mark(number: int) -> str:
    """What stands in the story of this reporter alone."""
    return f"({number}.0)"


class Hurried(Quitter):
    """A reporter who taps twice, corrects what was told and goes on telling after Done, drawn by a number."""

    def __init__(self, phone: WatchedPhone, tells: Told, number: int) -> None:
        super().__init__(phone, tells, None)
        self._own, self._chance, self._number = phone, random.Random(number), number
        self._given = dict[int, str]()
        """What was sent, by the number of its message: words, or the digest of a file."""

    async def _seen(self, label: str, words: str = "", message: ShownMessage | None = None) -> ShownMessage:
        """As of `Reporter`; where a message stands twice, its other copy may be the one that changes."""
        return await super()._seen(label, words)

    async def _press(self, label: str, words: str = "", *, acted: bool = True) -> ShownMessage:
        """As of `Reporter`, wherever the button stands by then; now and then twice. What the first tap has brought is read after the
        second."""
        if acted:
            await self._seen(label, words)
        self.acts += 1
        pressed = await self.phone.tap(label)
        if label != self._word("flow.send") and self._draws(0.15):
            mark = self.phone.mark
            await self.phone.tap_data(pressed.id, self._own.tapped[-1][1], force=True)
            self.phone.mark = mark
        return pressed

    async def _tell(self) -> None:
        """As of `Reporter`; then a part that is late, and a correction of the first."""
        await super()._tell()
        if self._draws(0.6):
            await asyncio.sleep(self._chance.uniform(0, 1))
            word, added = _letters(self._number), self._word("flow.text.added", question=self._asked("story"))
            late = await self._say(f"{word} qqw")  # no choice has such words
            await self._seen("", self._asked("category"))
            # Where it overtook the tap, the screen that shows it was replaced by the next question before anybody saw it.
            with suppress(TimeoutError):
                await self.phone.until(
                    lambda: self._is_answered(late.id, word, added), self.phone.patience / 6
                )
        if self._draws(0.3):
            await self._seen("", self._asked("category"))
            corrected, mark = f"{self.told.parts[0]} !", self.phone.mark
            await self.phone.edit(int(self.told.sources[0]), corrected)
            self.phone.mark = mark  # the question is in sight, and is answered at once
            self._given[int(self.told.sources[0])] = corrected

    async def _say(self, text: str) -> ShownMessage:
        """As of `Reporter`; the words are kept."""
        sent = await super()._say(text)
        self._given[sent.id] = text
        return sent

    async def _send(self, file: Sent) -> ShownMessage:
        """As of `Reporter`; the file is kept by its digest."""
        sent = await super()._send(file)
        self._given[sent.id] = digest(file.content)
        return sent

    def _is_answered(self, number: int, word: str, added: str) -> bool:
        """Whether it was said since that the late part was added, or could not be taken as the answer at hand."""
        return any(word in text or added in text for text in self._own.shown_since(number))

    def _draws(self, share: float) -> bool:
        return self._chance.random() < share

    # --- what is to be kept: each answer under the question that stood above it

    def answers(self) -> dict[str, tuple[str, ...]]:
        """Items by the path of the question that was in sight when they were given, taken or not as the question can."""
        files = {digest(file.content) for file in (*self.told.files, self.told.voice) if file is not None}
        for source in self.lost:
            self._given.pop(int(source), None)
        given = [(self._role_of(number), item) for number, item in sorted(self._given.items())]
        kept = {role: self._picked(role) for role in self.told.chosen}
        has_region = self.told.is_heard or self._found_region(given)
        kept["region"] = self.told.chosen["region"].names if has_region else ()
        kept["story"] = tuple(
            item for role, item in sorted(given, key=lambda one: one[1] in files) if role == "story"
        )
        voice = "" if self.told.voice is None else digest(self.told.voice.content)
        kept["story"] = tuple(item for item in kept["story"] if item not in files - {voice})
        kept["evidence"] = tuple(item for _, item in given if item in files - {voice})
        when = self.told.when
        if ("when", self.told.date) in given or self._was_tapped("when", self._word("flow.date.unknown")):
            kept["when"] = (f"{when.precision} {when.start} {when.end}",)
        return {FORM.by_role[role].path: items for role, items in kept.items() if items}

    def _role_of(self, number: int) -> str:
        """The question in sight when a message was sent. Before consent it is held for the story."""
        above = self._own.in_sight(number)
        if self._asks("consent_store", above):
            return "story"
        return next((role for role in ("story", "when", "region") if self._asks(role, above)), "")

    def _asks(self, role: str, shown: str) -> bool:
        """Whether a message asks a question, and does not only name it."""
        asked = re.escape(self._asked(role))
        return re.search(rf"(?m)^(?:\d+/\d+ · )?{asked}$", shown) is not None

    def _picked(self, role: str) -> tuple[str, ...]:
        names = self.told.chosen[role].names
        return tuple(name for name in names if self._was_tapped(role, self._label(role, name)))

    def _found_region(self, given: Sequence[tuple[str, str]]) -> bool:
        label = self._label("region", self.told.chosen["region"].names[0])
        return any(role == "region" and item in {label, label[:-2]} for role, item in given)

    def _was_tapped(self, role: str, label: str) -> bool:
        return any(
            self._asks(role, text) and tapped.removeprefix("☐ ") == label
            for text, _, tapped in self._own.tapped
        )


def _letters(number: int) -> str:
    """A word that no date, place or choice has."""
    return "xqz" + "".join(chr(ord("a") + int(digit)) for digit in str(number))


async def report(number: int, phones: Phones) -> Filed:
    """Somebody files a report and sees its receipt; some take it back."""
    tells = told(number)
    name = f"reporter {number}"
    async with phones.phone(name, FIRST_ID + number, tells.language) as own:
        reporter = Hurried(own, tells, number)
        await reporter.report()
        if withdraws(number):
            await reporter.withdraw(reporter.code)
        codes, answers = reporter.codes(), reporter.answers()
    assert codes in ({reporter.code}, set()), f"{name} has several receipts"
    return Filed(name, mark(number), answers, withdrawn=withdraws(number))


def given_files(filed: Filed) -> int:
    """How many of the files that this reporter sent are to be kept."""
    tells = told(int(filed.who.split()[1]))
    sent = {digest(file.content) for file in (*tells.files, tells.voice) if file is not None}
    return 0 if filed.withdrawn else sum(item in sent for items in filed.answers.values() for item in items)


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


# --- moderators


class Careful(Moderator):
    """A moderator who edits by the reference: a button may stand below a copy of another's card."""

    async def _begin(self, public: Public, by: str = "") -> None:
        await self.command(f"/edit {self.ref}")
        await self.write_missing(public)


class Desk:
    """A moderator who decides those of the reports that fall to them among `all`, as the notices come, until `over` is set and
    `total` of them were seen. Without `thorough` what is left by then is not decided."""

    def __init__(
        self, place: int, all_: int, own: WatchedPhone, decided: dict[str, Decision], *, thorough: bool
    ) -> None:
        self.place, self.all, self.phone, self.decided, self.thorough = place, all_, own, decided, thorough
        self.moderator = Careful(own, own.language)
        self.tried: dict[str, Decision] = {}
        self.undone = 0
        self._unanswered: set[str] = set()
        self._done: set[str] = set()
        own.put_away = self.moderator.word("moderator.put_away").partition(",")[0]
        self._begun = [self.moderator.word(key, ref="R").partition(" R")[0] for key in _NOTICES]

    def noticed(self) -> set[str]:
        """The references that this phone was told of."""
        shown = self.phone.history.shown[self.phone.name]
        told_of = (one.text for one in shown if one.text.startswith(tuple(self._begun)))
        return {ref for text in told_of for ref in refs_in(text)[:1]}

    async def work(self, over: asyncio.Event, total: Callable[[], int]) -> None:
        """Decide what there is. Raises TimeoutError where a notice does not come."""
        patience = time.monotonic() + self.phone.patience
        while True:
            mine = {ref for ref in self.noticed() if zlib.crc32(ref.encode()) % self.all == self.place}
            left = sorted(mine - self._done)
            if left and (self.thorough or not over.is_set()):
                await self._decide(left[0])
                self._done.add(left[0])
                patience = time.monotonic() + self.phone.patience
            elif over.is_set() and len(self.noticed()) >= total():
                return
            elif over.is_set() and time.monotonic() > patience:
                raise TimeoutError(f"{len(self.noticed())} notices for {total()} reports")
            else:
                await asyncio.sleep(0.05)

    async def _decide(self, ref: str) -> None:
        """Decide a report; some decisions are undone and made again."""
        undoes = zlib.crc32(ref.encode()) % 3 == 0
        while True:
            try:
                await self._open_and_decide(ref)
                if not undoes or ref not in self.decided:
                    return
                undoes = False
                await self._undo(ref)
            except PutAwayError:
                await self.phone.say(f"/release {ref}")

    async def _undo(self, ref: str) -> None:
        """Tap Undo. Where the decision took effect before, since the clock jumped, that is said above the chat, once or never."""
        await self.moderator.press_word("moderator.undo")
        made = self.decided.pop(ref)
        try:
            await self.phone.wait(self.moderator.word("moderator.undone", ref=ref), self.phone.patience / 4)
        except TimeoutError:
            if await self._open(ref):
                raise
            self.decided[ref] = made
            self._unanswered.add(ref)
        else:
            self.undone += 1

    def undone_late(self) -> set[str]:
        """The references of what was undone after all, when nobody waited for it any longer."""
        shown = {one.text for one in self.phone.history.shown[self.phone.name]}
        return {ref for ref in self._unanswered if self.moderator.word("moderator.undone", ref=ref) in shown}

    async def _open_and_decide(self, ref: str) -> None:
        shown = await self._open(ref)
        found = _NUMBER.search(shown)
        if found is None or withdraws(int(found[1])):
            return
        number = int(found[1])
        if number % 4:
            await self._reject(ref)
        else:
            await self._approve(ref, title(number))

    async def _open(self, ref: str) -> str:
        """What the report's screens say; blank for one that is no longer to be decided. A copy of another's card says nothing of it."""
        word = self.moderator.word
        over = tuple(
            word(f"state.is_{status}") for status in ("withdrawn", "approved", "rejected", "undoable")
        )
        reject = word("moderator.reject")
        begun = (await self.phone.say(f"/open {ref}")).changed
        withdrawn = word("moderator.notice.withdrawn", ref=ref)  # while it was opened
        shown = await self.phone.wait(
            lambda one: (
                (reject in labels_on(one) and ref in one.text) or one.text.startswith((*over, withdrawn))
            )
        )
        if shown.text == withdrawn:
            return ""
        if shown.text.startswith(over[1:]) and ref in self.tried:  # it was decided, and nothing else said so
            self.decided[ref] = self.tried[ref]
        if shown.text.startswith(over):
            return ""
        self.moderator.ref = ref
        return "\n".join(
            one.text
            for one in self.phone.messages
            if one.changed > begun and not one.mine and ref in one.text
        )

    async def _reject(self, ref: str) -> None:
        self.tried[ref] = Decision("rejected", REASON)
        await self.moderator.reject(REASON)
        self.decided[ref] = self.tried[ref]

    async def _approve(self, ref: str, words: str) -> None:
        self.tried[ref] = Decision("approved", words)
        await self.moderator.edit(Public({"title": words, "summary": "Описание.", "kind": "incident"}))
        await self.moderator.preview()
        await self.moderator.confirm()
        self.decided[ref] = self.tried[ref]


def title(number: int) -> str:
    """The public title of the report of this reporter."""
    return f"Заголовок {number}"
