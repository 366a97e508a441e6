"""A person who answers any form at random: taps, typed words, files and points, corrections at the review."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from bot.demo.walk.answering import Respondent, attempts
from bot.form import events
from bot.form.answers import FileKind, FileRef
from bot.form.draft import REVIEW
from bot.form.events import Event
from bot.form.flow.advance import advanced, begin
from bot.form.flow.filling import Filling
from bot.form.kinds import kind_of
from bot.form.model import Form, Question
from bot.form.screen import Screen, ScreenKind
from tests.bot.form.talks import NOW

_AWAY = (
    events.Cancel, events.Back, events.Skip, events.SkipRest, events.LeaveNothing, events.Remind, events.Clear, events.Extend,
    events.RemoveRepeat, events.RemoveFile, events.Edit, events.AddMore, events.SendUnfinished,
)  # fmt: skip
"""Buttons that give no answer."""
_WORDS = ("Айша", "Smith & Sons", "улица Абая", "Hill Clinic", "<b>x</b>", "e t", "S5")
_MOST_TRIES, _MOST_STEPS = 60, 1500
_KINDS = {"image": FileKind.PHOTO, "audio": FileKind.AUDIO, "video": FileKind.VIDEO}


class StuckError(AssertionError):
    """A question that no answer leads on from."""


@dataclass
class RandomWalk:
    """One filling of a form by `seed`. `hints` are words that a question takes, by its name.

    `filling` is the state that the flow carries on from event to event, `screens` all that was shown.
    """

    form: Form
    seed: int
    hints: dict[str, list[str]] = field(default_factory=dict)
    instances: int = 2
    screens: list[Screen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(f"{self.form.id} {self.seed}")
        self.filling = Filling(self.form, begin(self.form).at(NOW))
        self.send(events.Show())

    def send(self, *given: Event) -> None:
        for event in given:
            self.filling, screen = advanced(self.filling.fresh(NOW), event)
            self.screens.append(screen)

    def to_the_end(self) -> None:
        """Answer everything, go back now and then, correct an answer or two, and send it."""
        for _ in range(self.random.randrange(3)):
            self.to_the_review()
            self.send(events.Edit())
            entries = [event for event in _taps(self.screens[-1]) if isinstance(event, events.Goto)]
            self.send(self.random.choice(entries) if entries else events.Back())
        for _ in range(_MOST_TRIES):
            self.to_the_review()
            self.send(events.Submit())
            if self.screens[-1].kind is ScreenKind.SUBMITTED:
                return
        raise StuckError(f"no end: {self.filling.position}")

    def to_the_review(self) -> None:
        for _ in range(_MOST_STEPS):
            if self.filling.position != REVIEW:
                self._answer()
            elif self.filling.is_editing:
                self.send(events.Back())
            else:
                return
        raise StuckError(f"no review: {self.filling.position}")

    def listed(self) -> tuple[str, ...]:
        """Places that the pages of the edit list name, from the review."""
        self.send(events.Edit())
        page, places, found = 0, [*self.filling.told_places], list[str]()
        while new := [one.index for one in _taps(self.screens[-1]) if isinstance(one, events.Goto)]:
            found += [places[index] for index in new]
            page += 1
            if events.ShowPage(page) not in _taps(self.screens[-1]):
                break
            self.send(events.ShowPage(page))
        self.send(events.Back())
        return tuple(found)

    def correct(self, path: str) -> bool:
        """Tap the line of a place in the edit list, answer it anew, and come back to the review. Returns whether
        another answer was given."""
        self.send(events.Edit(), events.Goto([*self.filling.told_places].index(path)))
        assert self.filling.position == path
        before, asked = self.filling.draft.answers.get(path), self.filling.question
        self.send(*[one for one in _taps(self.screens[-1]) if isinstance(one, events.RemoveFile)][:1])
        for attempt in self._some_answer(asked) if asked is not None else ():
            self._try(() if attempt == (events.Next(),) else attempt)
            if self.filling.position != path:
                break
        changed = self.filling.draft.answers.get(path) != before
        self.to_the_review()
        return changed

    def _answer(self) -> None:
        if self.random.random() < 0.08:
            self.send(events.Back())
            return
        before = self.filling
        for attempt in self._attempts():
            self._try(attempt)
            if _place(self.filling) != _place(before):
                return
        raise StuckError(f"{self.filling.position}: {self.filling.notice}")

    def _try(self, attempt: Sequence[Event]) -> None:
        before = _place(self.filling)
        for event in attempt:
            if _place(self.filling) == before:
                self.send(event)

    def _attempts(self) -> Iterator[Sequence[Event]]:
        asked, position = self.filling.question, self.filling.position
        if self.filling.draft.proposed:
            yield (events.Understood(),)
        if self.filling.repeat is not None:
            more = self.filling.draft.count(position) < self.random.randrange(self.instances + 1)
            yield (events.AddRepeat() if more else events.Next(),)
            yield (events.Next(),)
        if asked is None:
            return
        if self.filling.answer(position) is not None and self.random.random() < 0.3:
            yield (events.Next(),)
        if not self.filling.required(position) and self.random.random() < 0.15:
            yield (events.Skip(),)
        for number in range(_MOST_TRIES):
            yield from self._some_answer(asked)
            if number == _MOST_TRIES // 2:
                yield (events.Clear(),)
        draft = self.filling.draft
        yield from attempts(self.form, draft, Respondent())
        yield (events.Skip(),)

    def _some_answer(self, asked: Question) -> Iterator[Sequence[Event]]:
        kind, dice = kind_of(asked), self.random
        taps = [event for event in _taps(self.screens[-1]) if not isinstance(event, _AWAY)]
        if asked.name in self.hints:
            yield (events.Wrote(dice.choice(self.hints[asked.name]), "s"), events.Next())
        elif asked.kind == "note":
            yield (events.Next(),)
        elif asked.kind == "select_multiple":
            places = [index for index, _ in self.filling.instance.choices(self.filling.position)]
            some = dice.sample(places, min(len(places), dice.randrange(1, 4)))
            toggles: list[Event] = [events.Toggle(index, on=True) for index in some]
            yield (events.Clear(), *toggles, events.Next())
        elif kind.has_list or asked.kind in {"acknowledge", "trigger", "rank"}:
            yield from ((dice.choice(taps),) for _ in range(6 if taps else 0))
            yield (events.Next(),)
        elif kind.takes_files:
            name = f"f{dice.randrange(10**6)}"
            yield (
                events.Gave(FileRef(name, _KINDS.get(asked.kind, FileKind.DOCUMENT), name), name),
                events.Next(),
            )
        elif kind.takes_places:
            points = [
                events.PointSent(43 + dice.random(), 76 + dice.random(), f"p{number}") for number in range(4)
            ]
            yield (*points[: 1 if asked.kind == "geopoint" else 4], events.Next())
        else:
            yield (events.Wrote(self._words(asked), "s"), events.Next())

    def _words(self, asked: Question) -> str:
        dice = self.random
        moment = NOW - timedelta(minutes=dice.randrange(60, 60 * 24 * 365 * 3))
        match asked.kind:
            case "integer":
                return str(dice.choice((0, 1, 2, 3, 5, 8, 17, 40, 1000, 5000)))
            case "decimal" | "range":
                return str(dice.choice((0, 0.5, 1, 2, 2.5, 4, 5, 6, 10, 20, 37.5, 500)))
            case "date":
                return moment.date().isoformat()
            case "time":
                return f"{moment:%H:%M}"
            case "dateTime":
                return f"{moment:%Y-%m-%d %H:%M}"
        return " ".join(dice.sample(_WORDS, dice.randrange(1, 3)))


def _taps(screen: Screen) -> list[Event]:
    return [button.event for row in screen.rows for button in row]


def _place(filling: Filling) -> tuple[object, ...]:
    return filling.position, *filling.draft.proposed
