"""A draft: everything known about one filling of a form, as a frozen value that can be stored as JSON."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any, TypeVar

from bot.form.answers import Answer, Written, files_of, from_json, to_json

_T = TypeVar("_T")
_V = TypeVar("_V", "View", "Draft")

REVIEW = ":review"
"""The position of a draft whose questions are all asked."""

MOST_INSTANCES = 50
"""How many instances a repeat may have."""

MOST_REMEMBERED = 12
"""Screens before the one at hand that a late message may still have been written for."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of a draft before its first event."""


@dataclass(frozen=True)
class View:
    """The state of the screen at a position; every position starts with a blank one.

    `page` is the page of a list or calendar that was turned to, `search` what was typed at a list. For a date,
    `picker` is how it is being given (`calendar`, `month`, `year`, `range`, `ongoing`), `unit` what an end of a
    period is picked from (`calendar`, `month`), `start` the first end once it is given (`..`: not known), and `offered`
    the dates that typed words may mean, as ISO 8601 intervals. `kept` holds words that could not be taken, and
    `kept_source` their message, so that they can be shown and corrected. `begun`: part of an answer has been given
    here. `editing`: the review lists the answers to correct; `leaving`: what can be taken out of what is sent. `revealed`: it shows the answers, of a draft that leaves
    nothing in the chat. `confirming`: the person is being asked whether to stop and wipe.
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

    def keeping(self, text: str, source: str) -> "View":
        """This view with words that could not be taken; blank ones clear them."""
        return self.changed(kept=text, kept_source=source)

    def changed(self, **fields: Any) -> "View":
        """This view with these fields changed."""
        return _changed(self, fields)

    def dump(self) -> dict[str, Any]:
        """Whatever differs from a blank view, as plain JSON values."""
        set_ = {name: getattr(self, name) for name in _BLANK if getattr(self, name) != _BLANK[name]}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in set_.items()}

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> "View":
        """The inverse of `dump`, which also reads what earlier versions stored. A view of which any part does not fit
        is blank, since half a view may mean something else: the screen starts afresh, and no answer is lost."""
        found = dict(_stored_part(name, value) for name, value in data.items())
        return cls(**found) if all(_fits(name, value) for name, value in found.items()) else cls()


_BLANK: Mapping[str, Any] = {field.name: field.default for field in fields(View)}
_RENAMED = {"date": "picker", "either": "offered", "screen": "editing", "cancel": "confirming"}
"""Parts of a view by the names that earlier versions stored them under. All values were texts then."""


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


def _fits(name: str, value: object) -> bool:
    expected = int if name == "page" else type(_BLANK.get(name))
    return name in _BLANK and type(value) is expected


@dataclass(frozen=True, slots=True)
class Origin:
    """Which message brought a file, `source`, and its `look`, by which it is told from another one that is put into the message
    later; blank if unknown."""

    source: str
    look: str = ""


@dataclass(frozen=True, slots=True)
class Doubted:
    """A message, its words or its file, until its person tells which of the questions at `places`, the latest first, it answers."""

    places: tuple[str, ...]
    said: Written


@dataclass(frozen=True)
class Draft:
    """`answers` are kept by instance path, `/incident/person[2]/role`; those of questions that became
    irrelevant stay here and are left out of the submission. `counts` holds how many instances each
    repeat has, by the instance path of the repeat without its own position.

    `digest` is that of the form in which the draft was last shown, blank if unknown; `position` is the instance
    path being asked, or REVIEW. `step` counts the screens a person has been led to: it rises when the position
    changes, not when the same screen changes. `trail` holds the positions asked before (for Back), `returning`
    says that an answer leads back to the review. `passed` holds the positions that were passed over together: they
    are not asked by themselves, and the review offers them.

    `leaves_nothing`: each question and answer leaves the chat once the answer is kept. `reminds`: the person wants to be
    reminded before the draft is destroyed. `withheld`: the places, questions or instances of repeats, that are kept and taken out of what
    is sent (see `bot.form.flow.leaving`); None in a form from which nothing can be. `brought`: where the files of the answers came
    from, by their ids; it is no part of what is sent. `doubted` are messages of which it is asked where they belong. `seen` are the places
    that could be answered at each of the screens before this one, the latest last.

    `now` (aware, in the configured time zone) comes in with every event and is never stored.
    """

    form: str
    digest: str
    answers: Mapping[str, Answer] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    position: str = ""
    step: int = 0
    trail: tuple[str, ...] = ()
    view: View = View()
    returning: bool = False
    passed: tuple[str, ...] = ()
    leaves_nothing: bool = False
    reminds: bool = False
    withheld: tuple[str, ...] | None = None
    brought: Mapping[str, Origin] = field(default_factory=dict)
    doubted: tuple[Doubted, ...] = ()
    seen: tuple[tuple[str, ...], ...] = ()
    now: datetime = NEVER

    @property
    def since_review(self) -> tuple[str, ...]:
        """The positions asked since the review was left, the latest first."""
        places = self.trail[::-1]
        return places[: places.index(REVIEW)] if REVIEW in places else places

    @property
    def file_ids(self) -> set[str]:
        """The ids of all files that were given, relevant or not."""
        told: tuple[Answer, ...] = (*self.answers.values(), *(one.said for one in self.doubted))
        return {file.id for answer in told for file in files_of(answer)}

    @property
    def answerable(self) -> tuple[str, ...]:
        """The places that can be answered at the screen at hand."""
        return self.doubted[0].places if self.doubted else (self.position,)

    def answerable_at(self, step: int) -> tuple[str, ...]:
        """The places that could be answered at the screen of a step; a blank one where that is not remembered."""
        back = self.step - step
        if not back:
            return self.answerable
        return self.seen[-back] if 0 < back <= len(self.seen) else ("",)

    def count(self, repeat: str) -> int:
        """How many instances a repeat has, by its instance path."""
        return self.counts.get(repeat, 0)

    def with_instance(self, repeat: str) -> "Draft":
        """This draft with one more instance of a repeat, unless there are MOST_INSTANCES."""
        number = min(self.count(repeat) + 1, MOST_INSTANCES)
        return self.changed(counts={**self.counts, repeat: number})

    def without_instance(self, repeat: str, number: int) -> "Draft":
        """This draft without one instance (1-based) and all that was said in it; those after it move up."""
        moved = _Removal(repeat, number)
        counts = {**moved.keys(self.counts), repeat: self.count(repeat) - 1}
        trail = tuple(path for path, _ in groupby(moved.paths(self.trail)))
        passed = moved.paths(self.passed)
        withheld = None if self.withheld is None else moved.paths(self.withheld)
        answers, seen = moved.keys(self.answers), tuple(moved.paths(places) for places in self.seen)
        moved_too = {"counts": counts, "trail": trail, "passed": passed, "withheld": withheld, "seen": seen}
        return self.changed(answers=answers, **moved_too)

    def without_empty(self, left: str) -> "Draft":
        """This draft without the instances around a position that was left, if they are the last and were left empty."""
        draft = self
        for repeat, number in instances_around(left):
            inside = f"{repeat}[{number}]/"
            said = any(path.startswith(inside) for path in draft.answers)
            if not said and not draft.position.startswith(inside) and number == draft.count(repeat):
                draft = draft.without_instance(repeat, number)
        return draft

    def at(self, now: datetime) -> "Draft":
        """This draft with the time of the event at hand."""
        return self.changed(now=now)

    def changed(self, **fields: Any) -> "Draft":
        """This draft with these fields changed."""
        return _changed(self, fields)


def _changed(value: _V, given: Mapping[str, Any]) -> _V:
    """What dataclasses.replace gives, in a sixth of its time: an event changes a draft half a dozen times. It is why drafts and
    views have no slots."""
    other = object.__new__(type(value))
    vars(other).update(vars(value), **given)
    return other


@lru_cache(maxsize=4096)
def instances_around(path: str) -> tuple[tuple[str, int], ...]:
    """The repeats and numbers of the instances around a place, the innermost first. What is remembered is of forms alone."""
    found = [(path[: match.start()], int(match[1])) for match in re.finditer(r"\[(\d+)\]/", path)]
    return tuple(reversed(found))


@dataclass(frozen=True, slots=True)
class _Removal:
    """Where paths lead once this instance is gone."""

    repeat: str
    number: int

    def path(self, old: str) -> str | None:
        """The new path; None if it led into the instance."""
        found = re.match(rf"{re.escape(self.repeat)}\[(\d+)\]", old)
        if not found or int(found[1]) < self.number:
            return old
        if int(found[1]) == self.number:
            return None
        return f"{self.repeat}[{int(found[1]) - 1}]{old[found.end() :]}"

    def paths(self, old: Iterable[str]) -> tuple[str, ...]:
        """The new paths of those that are left."""
        return tuple(path for one in old if (path := self.path(one)) is not None)

    def keys(self, old: Mapping[str, _T]) -> dict[str, _T]:
        """The values by their new paths."""
        return {path: value for key, value in old.items() if (path := self.path(key)) is not None}


def dump(draft: Draft) -> dict[str, Any]:
    """The draft as plain JSON values, without the time."""
    return {
        "form": draft.form,
        "digest": draft.digest,
        "answers": {path: to_json(answer) for path, answer in draft.answers.items()},
        "counts": dict(draft.counts),
        "position": draft.position,
        "step": draft.step,
        "trail": list(draft.trail),
        "view": draft.view.dump(),
        "returning": draft.returning,
        "passed": list(draft.passed),
        "leaves_nothing": draft.leaves_nothing,
        "reminds": draft.reminds,
        "withheld": None if draft.withheld is None else list(draft.withheld),
        "brought": {file_id: [one.source, one.look] for file_id, one in draft.brought.items()},
        "doubted": [[list(one.places), to_json(one.said)] for one in draft.doubted],
        "seen": [list(places) for places in draft.seen],
    }


def load(data: Mapping[str, Any]) -> Draft:
    """The inverse of `dump`."""
    return Draft(
        form=data["form"],
        digest=data.get("digest", ""),
        answers={path: from_json(answer) for path, answer in data["answers"].items()},
        counts=data["counts"],
        position=data["position"],
        step=data["step"],
        trail=tuple(data["trail"]),
        view=View.load(data["view"]),
        returning=data["returning"],
        passed=tuple(data.get("passed", ())),
        leaves_nothing=data.get("leaves_nothing", False),
        reminds=data.get("reminds", False),
        withheld=None if data.get("withheld") is None else tuple(data["withheld"]),
        brought={file_id: Origin(*given) for file_id, given in data.get("brought", {}).items()},
        doubted=tuple(
            Doubted(tuple(to), said)
            for to, one in data.get("doubted", ())
            if isinstance(said := from_json(one), Written)
        ),
        seen=tuple(map(tuple, data.get("seen", ()))),
    )
