"""State of filling in a form, as a frozen value that can be stored as JSON."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any, TypeVar

from bot.form.answers import Answer, Written, files_of, from_json, to_json
from bot.form.model import schema_path

_T = TypeVar("_T")

REVIEW = ":review"

MOST_INSTANCES = 50

MOST_REMEMBERED = 12
"""Earlier screens remembered for late messages."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Time before the first event."""


@dataclass(frozen=True)
class ScreenState:
    """State of the screen at one position. Each new position starts with a blank view.

    - `page`: page of a list or calendar.
    - `search`: text typed at a list.
    - `picker`: how a date is given (`calendar`, `month`, `year`, `range`, `ongoing`).
    - `unit`: unit for an end of a period (`calendar`, `month`).
    - `start`: start of a period once given, `..` if unknown.
    - `offered`: possible meanings of a typed date, as ISO 8601 intervals.
    - `kept`, `kept_source`: rejected words, shown for correction, and their message.
    - `begun`: part of an answer was given here.
    - `editing`: the review lists the answers to correct.
    - `leaving`: the review lists what can be withheld.
    - `guiding`: the guidance stands in place of the hint.
    - `revealed`: the review shows the answers of a draft that leaves nothing in the chat.
    - `confirming`: the screen asks whether to stop and delete everything.
    """

    page: int | None = None
    search: str = ""
    picker: str = ""
    unit: str = ""
    start: str = ""
    offered: tuple[str, ...] = ()
    kept: str = ""
    kept_source: str = ""
    begun: bool = False
    editing: bool = False
    revealed: bool = False
    confirming: bool = False
    leaving: bool = False
    guiding: bool = False

    def keeping(self, text: str, source: str) -> "ScreenState":
        """Keep rejected words for correction. Blank ones clear them."""
        return self.changed(kept=text, kept_source=source)

    def changed(self, **fields: Any) -> "ScreenState":
        return changed_copy(self, fields)

    def dump(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _BLANK if getattr(self, name) != _BLANK[name]}

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> "ScreenState":
        """Inverse of `dump`, also for earlier versions. Blank if any field does not fit: half a view may mean something
        else."""
        found = dict(_stored_part(name, value) for name, value in data.items())
        is_whole = all(type(value) is _TYPES.get(name) for name, value in found.items())
        return cls(**found) if is_whole else cls()


_BLANK: Mapping[str, Any] = {field.name: field.default for field in fields(ScreenState)}
_TYPES = {name: int if default is None else type(default) for name, default in _BLANK.items()}
_RENAMED = {"date": "picker", "either": "offered", "screen": "editing", "cancel": "confirming"}
"""Fields by their former names. All values were texts then."""


def _stored_part(name: str, value: Any) -> tuple[str, Any]:
    name = _RENAMED.get(name, name)
    if isinstance(value, str):
        match _BLANK.get(name):
            case bool():
                return name, value != ""
            case tuple():
                return name, tuple(value.split(","))
            case None if value.isdecimal():
                return name, int(value)
    return name, tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Origin:
    """Message that brought a file. `look` tells the file from a later one in that message. Blank if unknown."""

    source: str
    look: str = ""


@dataclass(frozen=True, slots=True)
class Doubted:
    """A message held until the person chooses its question from `places`, the latest first."""

    places: tuple[str, ...]
    said: Written


@dataclass(frozen=True)
class Draft:
    """State of filling in a form.

    - `digest`: the form's digest when the draft was last shown.
    - `answers`: by instance path, `/incident/person[2]/role`. Answers to irrelevant questions stay here, but
      are not submitted.
    - `counts`: number of instances by the repeat's path.
    - `position`: instance path of the current question, or REVIEW.
    - `step`: number of screens. Rises when the position changes, not when a screen is redrawn.
    - `trail`: positions asked before, for Back.
    - `returning`: the next answer leads back to the review.
    - `passed`: positions skipped together. Only the review offers them again.
    - `leaves_nothing`: questions and answers are deleted from the chat once the answer is kept.
    - `reminds`: remind the reporter before the draft is destroyed.
    - `withheld`: places not submitted (see `parted`). None if the form does not offer this.
    - `brought`: origins of files by id. Never submitted.
    - `doubted`: messages whose question is still to be chosen.
    - `proposed`: answers that were heard in the story and wait to be confirmed, by place.
    - `heard`: places answered so. None before the story was heard.
    - `named_first`: choices that the story names, which stand first, by path of the question in the form.
    - `seen`: places that could be answered at each earlier screen, the latest last.
    - `said`: what another form says, by path of this one, shown beside. Never stored.
    - `now`: aware time of the event, in the configured time zone. Never stored.
    - `seed`: source of random values, the id of the draft's row. Never stored here.
    """

    form: str
    digest: str = ""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    position: str = ""
    step: int = 0
    trail: tuple[str, ...] = ()
    view: ScreenState = ScreenState()
    returning: bool = False
    passed: tuple[str, ...] = ()
    leaves_nothing: bool = False
    reminds: bool = False
    withheld: tuple[str, ...] | None = None
    brought: Mapping[str, Origin] = field(default_factory=dict)
    doubted: tuple[Doubted, ...] = ()
    proposed: Mapping[str, Answer] = field(default_factory=dict)
    heard: tuple[str, ...] | None = None
    named_first: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seen: tuple[tuple[str, ...], ...] = ()
    said: Mapping[str, Answer] = field(default_factory=dict)
    now: datetime = NEVER
    seed: str = ""

    @property
    def since_review(self) -> tuple[str, ...]:
        """Positions asked since the review was left, the latest first."""
        places = self.trail[::-1]
        return places[: places.index(REVIEW)] if REVIEW in places else places

    @property
    def file_ids(self) -> set[str]:
        told: tuple[Answer, ...] = (*self.answers.values(), *(one.said for one in self.doubted))
        return {file.id for answer in told for file in files_of(answer)}

    @property
    def answerable(self) -> tuple[str, ...]:
        """Places that can be answered at the current screen."""
        return self.doubted[0].places if self.doubted else (self.position,)

    def answerable_at(self, step: int) -> tuple[str, ...]:
        """Places that could be answered at the screen of a step. `("",)` if that is no longer known."""
        back = self.step - step
        if not back:
            return self.answerable
        return self.seen[-back] if 0 < back <= len(self.seen) else ("",)

    def count(self, repeat: str) -> int:
        return self.counts.get(repeat, 0)

    def with_instance(self, repeat: str) -> "Draft":
        number = min(self.count(repeat) + 1, MOST_INSTANCES)
        return self.changed(counts={**self.counts, repeat: number})

    def without_instance(self, repeat: str, number: int) -> "Draft":
        """Remove an instance (1-based) with everything in it. Later instances move up."""

        def paths(old: Iterable[str]) -> tuple[str, ...]:
            return tuple(path for one in old if (path := _moved(one, repeat, number)) is not None)

        def keys(old: Mapping[str, _T]) -> dict[str, _T]:
            moved = ((_moved(one, repeat, number), value) for one, value in old.items())
            return {path: value for path, value in moved if path is not None}

        return self.changed(
            answers=keys(self.answers),
            counts={**keys(self.counts), repeat: self.count(repeat) - 1},
            trail=tuple(path for path, _ in groupby(paths(self.trail))),
            passed=paths(self.passed),
            withheld=None if self.withheld is None else paths(self.withheld),
            seen=tuple(map(paths, self.seen)),
        )

    def without_empty(self, left: str) -> "Draft":
        """Remove empty last instances around a position that was left."""
        draft = self
        for repeat, number in instances_around(left):
            inside = f"{repeat}[{number}]/"
            said = any(path.startswith(inside) for path in draft.answers)
            if not said and not draft.position.startswith(inside) and number == draft.count(repeat):
                draft = draft.without_instance(repeat, number)
        return draft

    def at(self, now: datetime) -> "Draft":
        return self.changed(now=now)

    def changed(self, **fields: Any) -> "Draft":
        return changed_copy(self, fields)


def changed_copy(value: _T, given: Mapping[str, Any]) -> _T:
    """Six times faster than dataclasses.replace. Requires classes without slots."""
    other = object.__new__(type(value))
    vars(other).update(vars(value), **given)
    return other


@lru_cache(maxsize=4096)
def instances_around(path: str) -> tuple[tuple[str, int], ...]:
    """Repeats and numbers of the instances around a place, the innermost first. Caches paths of forms only."""
    found = [(path[: match.start()], int(match[1])) for match in re.finditer(r"\[(\d+)\]/", path)]
    return tuple(reversed(found))


def beside(near: str, schema: str) -> str:
    """Instance path of a schema path, in the instances of `near`."""
    for match in reversed(list(re.finditer(r"\[\d+\]", near)) if "[" in near else ()):
        around = near[: match.end()]
        if schema.startswith(f"{schema_path(around)}/"):
            return around + schema[len(schema_path(around)) :]
    return schema


def _moved(path: str, repeat: str, number: int) -> str | None:
    if not path.startswith(f"{repeat}["):
        return path
    place, _, inside = path.removeprefix(f"{repeat}[").partition("]")
    if int(place) == number:
        return None
    return path if int(place) < number else f"{repeat}[{int(place) - 1}]{inside}"


@dataclass(frozen=True, slots=True)
class Withheld:
    """Withheld `answers` by instance path, and `instances`: each its repeat and its answers by their paths inside."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    instances: tuple[tuple[str, Mapping[str, Answer]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.answers or self.instances)


def parted(draft: Draft) -> tuple[Draft, Withheld]:
    """Split a draft into the part to submit and the withheld part. Later instances move up. Until then withheld
    answers stay in the form, so that dependent questions do not change."""
    instances: list[tuple[str, Mapping[str, Answer]]] = []
    whole = [instances_around(f"{path}/")[0] for path in draft.withheld or () if path.endswith("]")]
    for repeat, number in sorted(whole, key=lambda one: one[1], reverse=True):
        inside = f"{repeat}[{number}]/"
        answers = ((one, answer) for one, answer in draft.answers.items() if one.startswith(inside))
        instances.insert(0, (repeat, {one.removeprefix(inside): answer for one, answer in answers}))
        draft = draft.without_instance(repeat, number)
    alone = {path: draft.answers[path] for path in draft.withheld or () if path in draft.answers}
    left = {path: answer for path, answer in draft.answers.items() if path not in alone}
    return draft.changed(answers=left, withheld=None), Withheld(alone, tuple(instances))


def joined(draft: Draft, kept: Withheld) -> Draft:
    """Inverse of `parted`. Withheld instances go to the end of their repeat, answers given again stay."""
    found = {
        path: answer
        for path, answer in kept.answers.items()
        if path not in draft.answers
        and all(number <= draft.count(repeat) for repeat, number in instances_around(path))
    }
    answers, counts, withheld = {**draft.answers, **found}, dict(draft.counts), [*found]
    for repeat, said in kept.instances:
        counts[repeat] = number = counts.get(repeat, 0) + 1
        answers.update({f"{repeat}[{number}]/{inside}": answer for inside, answer in said.items()})
        withheld.append(f"{repeat}[{number}]")
    return draft.changed(answers=answers, counts=counts, withheld=tuple(withheld))


_STORED = tuple(field.name for field in fields(Draft) if field.name not in {"said", "now", "seed"})


def dump(draft: Draft) -> dict[str, Any]:
    """Convert a draft to plain JSON values, with tuples for lists."""
    return {
        **{name: getattr(draft, name) for name in _STORED},
        "answers": {path: to_json(answer) for path, answer in draft.answers.items()},
        "view": draft.view.dump(),
        "brought": {file_id: (one.source, one.look) for file_id, one in draft.brought.items()},
        "doubted": [(one.places, to_json(one.said)) for one in draft.doubted],
        "proposed": {path: to_json(answer) for path, answer in draft.proposed.items()},
    }


def load(data: Mapping[str, Any]) -> Draft:
    """Inverse of `dump`, also for earlier versions, which had fewer fields."""
    readers = {name: _READERS.get(name, _plain) for name in _STORED if name in data}
    return Draft(**{name: read(data[name]) for name, read in readers.items()})


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _answers(stored: Mapping[str, Any]) -> Mapping[str, Answer]:
    return {path: from_json(answer) for path, answer in stored.items()}


def _doubted(stored: Iterable[Any]) -> tuple[Doubted, ...]:
    held = ((tuple(places), from_json(said)) for places, said in stored)
    return tuple(Doubted(places, said) for places, said in held if isinstance(said, Written))


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "answers": _answers,
    "view": ScreenState.load,
    "brought": lambda stored: {file_id: Origin(*given) for file_id, given in stored.items()},
    "doubted": _doubted,
    "proposed": _answers,
    "named_first": lambda stored: {path: tuple(names) for path, names in stored.items()},
    "seen": lambda stored: tuple(map(tuple, stored)),
}
