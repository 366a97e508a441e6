"""The context an expression is evaluated in, and the signature of the functions it may call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.form.expressions.coercion import Element, Scalar, Value


class Scope(Protocol):
    """What an expression may know besides its nodes."""

    @property
    def now(self) -> datetime:
        """The time of the event, in the configured time zone."""

    @property
    def root(self) -> Element:
        """The root of the instance."""

    def met(self, path: str) -> Element | None:
        """The one element at this path, if it is known already; None where it has to be looked for step by step."""

    def value_at(self, path: str) -> Scalar:
        """The value at an instance path that exists, blank if irrelevant. For paths that `readings` has found."""

    def choice_label(self, path: str, name: str) -> str:
        """The label of a choice of the question at this path; blank if there is none."""


@dataclass(slots=True)
class Context:
    """Where an expression is evaluated: `node` is `.`, `origin` is `current()`. While a constraint checks an
    answer that is not accepted yet, `candidate` is the value of `origin`. `reads` are the instance paths that the paths of
    the expression stand for, where each can only be one (see `readings`)."""

    scope: Scope
    node: Element
    origin: Element
    candidate: Scalar | None = None
    position: int | None = None
    reads: Sequence[str] = ()


Closure = Callable[[Context], Value]
Truth = Callable[[Context], bool]
Arguments = Sequence[Value]


@dataclass(frozen=True, slots=True)
class Function:
    """A function with the fewest and the most arguments it takes (`most` None: any number)."""

    call: Callable[[Context, Arguments], Value]
    least: int
    most: int | None


class _Nowhere:
    """The node of an expression that reads values by their paths, and looks at none."""

    name, value, position, relevant = "", "", 1, False
    lineage: "tuple[Element, ...]" = ()

    def children(self, name: str) -> "tuple[Element, ...]":
        return ()


_NOWHERE = _Nowhere()


def reading(scope: Scope, reads: Sequence[str]) -> Context:
    """The context of an expression that reads its values at these instance paths."""
    return Context(scope, _NOWHERE, _NOWHERE, None, None, reads)
