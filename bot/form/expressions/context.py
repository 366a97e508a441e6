"""The context an expression is evaluated in, and the signature of the functions it may call."""

from collections.abc import Callable, Mapping, Sequence
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
    answer that is not accepted yet, `candidate` is the value of `origin`."""

    scope: Scope
    node: Element
    origin: Element
    candidate: Scalar | None = None
    position: int | None = None


Arguments = Sequence[Value]


@dataclass(frozen=True, slots=True)
class Function:
    """A function with the fewest and the most arguments it takes (`most` None: any number)."""

    call: Callable[[Context, Arguments], Value]
    least: int
    most: int | None


class _Nowhere:
    """The node of an expression that looks at none."""

    name, value, position, relevant = "", "", 1, False
    lineage: "tuple[Element, ...]" = ()

    def children(self, name: str) -> "tuple[Element, ...]":
        return ()


_NOWHERE = _Nowhere()


class Reading(Context):
    """The context of an expression that only reads values: `reads` are the instance paths that its paths stand for,
    `known` the values of those that are known."""

    __slots__ = ("known", "reads")

    def __init__(self, scope: Scope, reads: Sequence[str], known: Mapping[str, Scalar]) -> None:
        self.scope = scope
        self.reads = reads
        self.known = known

    node = origin = _NOWHERE
    candidate = position = None


class Fixed(Context):
    """A scope that is itself the context of all expressions whose paths are fixed: they look at nothing but the values at
    those paths, of which `known` has the ones that are known."""

    known: Mapping[str, Scalar]

    @property
    def scope(self) -> Scope:  # type: ignore[override]  # nothing sets it
        """Itself."""
        return self  # type: ignore[return-value]  # whoever inherits this has the rest of a scope

    node = origin = _NOWHERE
    candidate = position = None
    __eq__, __hash__ = object.__eq__, object.__hash__


Closure = Callable[[Context], Value]
Truth = Callable[[Context], bool]
