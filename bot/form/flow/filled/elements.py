"""Elements of an instance, for paths that may select several nodes or none."""

from collections.abc import Sequence
from typing import Protocol

from bot.form.answers import Answer
from bot.form.expressions.coercion import Context, Scalar
from bot.form.flow.filled.outline import Place


class Filled(Protocol):
    def is_relevant(self, place: Place) -> bool:
        """Whether a place is relevant."""

    def value_of(self, place: Place) -> Scalar:
        """Value, blank if irrelevant."""

    def value_at(self, path: str) -> Scalar:
        """Value at an instance path."""

    def answer(self, place: Place) -> Answer | None:
        """Suitable answer."""

    def context(self, place: Place) -> Context:
        """Context at a place."""

    def instances(self, repeat: Place) -> Sequence[Place]:
        """Instances of a repeat."""


class PlacedElement:
    """A place with its values. Equal to any other of that place."""

    __slots__ = ("filled", "place")

    def __init__(self, filled: Filled, place: Place) -> None:
        self.filled = filled
        self.place = place

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PlacedElement) and other.place.path == self.place.path

    def __hash__(self) -> int:
        return hash(self.place.path)

    @property
    def name(self) -> str:
        return self.place.part.node.name

    @property
    def position(self) -> int:
        """Number among the instances of its repeat, 1 outside repeats."""
        return self.place.position

    @property
    def lineage(self) -> "tuple[PlacedElement, ...]":
        places, place = [self.place], self.place.parent
        while place is not None:
            places.append(place)
            place = place.parent
        return tuple(PlacedElement(self.filled, one) for one in reversed(places))

    @property
    def relevant(self) -> bool:
        return self.filled.is_relevant(self.place)

    @property
    def value(self) -> Scalar:
        return self.filled.value_of(self.place)

    def children(self, name: str) -> "Sequence[PlacedElement]":
        """Children of this name, `*` for all. A repeat counts as its instances."""
        found: list[PlacedElement] = []
        for place in self.place.inner:
            if name in {"*", place.part.node.name}:
                places = self.filled.instances(place) if place.holds_instances else (place,)
                found.extend(PlacedElement(self.filled, one) for one in places)
        return found
