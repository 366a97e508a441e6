"""What an expression is evaluated in, and the shape of the functions it may call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.form.expressions.coercion import Element, Scalar, Value


class Scope(Protocol):
    """What an expression may know beside its nodes."""

    @property
    def now(self) -> datetime:
        """The time of the event, in the configured time zone."""

    @property
    def root(self) -> Element:
        """The root of the instance."""

    def choice_label(self, path: str, name: str) -> str:
        """The label of a choice of the question at this path, blank when there is none."""


@dataclass(slots=True)
class Context:
    """Where an expression is evaluated: `node` is `.`, `origin` is what `current()` names. A `candidate`
    stands for the value of `origin` while a constraint looks at an answer not yet accepted."""

    scope: Scope
    node: Element
    origin: Element
    candidate: Scalar | None = None
    position: int | None = None


Arguments = Sequence[Value]


@dataclass(frozen=True, slots=True)
class Function:
    """A function with the least and the most arguments it takes (`most` None: any number)."""

    call: Callable[[Context, Arguments], Value]
    least: int
    most: int | None
