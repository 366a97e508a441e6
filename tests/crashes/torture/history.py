"""What happened in a run, in its order: acts of people, what their phones showed, faults."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

_SOON = 1.0
_BEFORE = 20.0
FAULT = "fault"
"""Who does what nobody wants."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that the bot put into a chat: `number` is Telegram's, `buttons` what its buttons carry."""

    at: float
    number: int
    text: str
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """How long somebody waited for what they were owed after an act, in seconds."""

    who: str
    acted: float
    seconds: float


@dataclass(slots=True)
class History:
    """All of it; times are of a clock in seconds that does not run back."""

    events: list[tuple[float, str, str]] = field(default_factory=list)
    shown: dict[str, list[Shown]] = field(default_factory=lambda: defaultdict(list))
    acts: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    waits: list[Wait] = field(default_factory=list)
    deaths: list[float] = field(default_factory=list)
    outages: list[tuple[float, float]] = field(default_factory=list)
    """When nobody could be answered, since something that the bot needs was away."""
    lost: set[int] = field(default_factory=set)
    """The numbers of messages of which the bot was not told that they had been sent."""
    answered: dict[int, float] = field(default_factory=dict)
    """When the bot was told of a message that it had been sent."""

    def note(self, who: str, what: str) -> None:
        """Somebody did something."""
        self.events.append((time.monotonic(), who, what))

    def act(self, who: str, what: str) -> float:
        """A person did something, and is owed an answer from now on."""
        self.note(who, what)
        self.acts[who].append(self.events[-1][0])
        return self.events[-1][0]

    def show(self, who: str, number: int, text: str, buttons: Sequence[str]) -> None:
        """A phone shows a new message of the bot's."""
        self.note(who, f"is shown {number}: {text[:60]!r}")
        self.shown[who].append(Shown(self.events[-1][0], number, text, tuple(buttons)))

    def answer(self, numbers: Iterable[int]) -> None:
        """The bot is told that messages were sent: the answer leaves Telegram now."""
        now = time.monotonic()
        self.answered |= dict.fromkeys(numbers, now)

    def death(self, what: str) -> None:
        """The bot, or one of its copies, is no more."""
        self.note(FAULT, what)
        self.deaths.append(self.events[-1][0])

    def around_deaths(self) -> Sequence[Wait]:
        """The waits during which the bot died or just before which it had, and nothing else was away."""

        def concerns(wait: Wait) -> bool:
            until = wait.acted + wait.seconds
            died = any(wait.acted - _SOON <= death <= until for death in self.deaths)
            return died and not any(
                begin <= until and end >= wait.acted - _SOON for begin, end in self.outages
            )

        return [wait for wait in self.waits if concerns(wait)]

    def screens(self) -> int:
        """How many messages were shown to anybody."""
        return sum(map(len, self.shown.values()))

    def told_around(self, who: str, most: int = 60) -> str:
        """What somebody did and saw from just before their last act on, or the last of it if they never acted, with all faults
        from the one before that on, to be read."""
        own = [event for event in self.events if event[1] == who][-most // 2 :]
        since = self.acts[who][-1] - _BEFORE if self.acts[who] else own[0][0] if own else 0.0
        before = [at for at, by, _ in self.events if by == FAULT and at <= since]
        since = max(before, default=since)
        lines = [event for event in self.events if event[0] >= since and event[1] in {who, FAULT}]
        return "\n".join(self._lines(lines[:most]))

    def told_of_wait(self, wait: Wait) -> str:
        """What somebody who waited did and saw from just before their act until they were answered, with all faults."""
        until = wait.acted + wait.seconds
        lines = [
            event
            for event in self.events
            if wait.acted - _SOON <= event[0] <= until and event[1] in {wait.who, FAULT}
        ]
        return "\n".join(self._lines(lines))

    def told_of_copy(self, who: str, number: int) -> str:
        """What somebody did and saw from just before a message came first until it came again, with all faults."""
        (later,) = [one for one in self.shown[who] if one.number == number]
        since = max(one.at for one in self.shown[who] if one.text == later.text and one.at < later.at)
        return "\n".join(
            self._lines(
                [
                    event
                    for event in self.events
                    if since - _SOON <= event[0] <= later.at and event[1] in {who, FAULT}
                ]
            )
        )

    def _lines(self, events: Sequence[tuple[float, str, str]]) -> Iterator[str]:
        begun = self.events[0][0] if self.events else 0.0
        return (f"{at - begun:8.2f} {who:>12} {what}" for at, who, what in events)
