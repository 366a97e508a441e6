"""Paths that can select one node only: an expression that has no others reads values by their instance paths, with no
walk from node to node.

Inside a repeat such a path starts at an instance around the expression: `/f/person/age` in `/f/person/school` means the
age of the same person.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.form.expressions.expression import Expression
from bot.form.expressions.functions import OF_NODES
from bot.form.expressions.paths import Path
from bot.form.model import Form


@dataclass(frozen=True, slots=True)
class Location:
    """Where the only node of a path is found: below the instance around the expression at this depth (0 for the outermost);
    in the form itself if there is none."""

    path: str
    depth: int | None = None


def readable(expression: Expression, origin: str, form: Form) -> tuple[Location, ...] | None:
    """Where the paths of an expression at a schema path are read; None if it needs the nodes they select."""
    return None if expression.functions & OF_NODES else locations(expression.paths, origin, form)


def locations(paths: Sequence[Path], origin: str, form: Form) -> tuple[Location, ...] | None:
    """Where the only node of each of these paths is found; None if one of them may select none or several."""
    found = tuple(one for path in paths if (one := _location(path, origin, form)) is not None)
    return found if len(found) == len(paths) else None


def _location(path: Path, origin: str, form: Form) -> Location | None:
    """Where the only node is found that a path can select; None if there may be none or several."""
    found = _shared_and_own(path, origin.split("/")[1:])
    if found is None:
        return None
    shared, own = found
    whole = [*shared, *own]
    prefixes = ["/" + "/".join(whole[:depth]) for depth in range(1, len(whole) + 1)]
    if not prefixes or prefixes[-1] not in form.nodes or prefixes[-1] in form.repeats:
        return None
    if not form.repeats.isdisjoint(prefixes[len(shared) :]):
        return None
    around = [depth for depth, prefix in enumerate(prefixes[: len(shared)], 1) if prefix in form.repeats]
    if not around:
        return Location(prefixes[-1])
    return Location("/" + "/".join(whole[around[-1] :]), len(around) - 1)


def _shared_and_own(path: Path, origin: Sequence[str]) -> tuple[Sequence[str], Sequence[str]] | None:
    """The names that a path shares with the node it is read at, and those that lead on from there, as `paths.select`
    finds them; None for a path with conditions or a `*`."""
    names = [step.name for step in path.steps]
    if "*" in names or any(step.predicates for step in path.steps):
        return None
    if path.absolute:
        if ".." in names or "." in names:
            return None
        depth = 0
        while depth < min(len(names) - 1, len(origin)) and names[depth] == origin[depth]:
            depth += 1
        return names[:depth], names[depth:]
    if not names:
        return origin, ()
    up = next((number for number, name in enumerate(names) if name != ".."), len(names))
    if ".." in names[up:] or "." in names or up == len(names) or up >= len(origin):
        return None
    return origin[: len(origin) - up], names[up:]
