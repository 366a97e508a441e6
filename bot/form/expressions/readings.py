"""Paths that can select one node only: an expression that has no others reads values by their instance paths, with no
walk from node to node.

Inside a repeat such a path starts at an instance around the expression: `/f/person/age` in `/f/person/school` means the
age of the same person.
"""

from collections.abc import Sequence

from bot.form.expressions.coercion import Value
from bot.form.expressions.context import Closure, Context
from bot.form.expressions.expression import Expression
from bot.form.expressions.functions import OF_NODES
from bot.form.expressions.paths import Path
from bot.form.model import Form


def direct(expression: Expression, origin: str, form: Form) -> Expression | None:
    """The same expression at a schema path, with direct readings for all its paths; None if it needs nodes. It needs
    nothing of its context but the scope and the instances around."""
    if expression.functions & OF_NODES:
        return None
    readings: dict[Path, Closure] = {}
    for path in expression.paths:
        closure = _reading(path, origin, form)
        if closure is None:
            return None
        readings[path] = closure
    return expression.reading(readings)


def _reading(path: Path, origin: str, form: Form) -> Closure | None:
    """The closure that reads the only node a path can select; None if there may be none or several."""
    found = _shared_and_own(path, origin.split("/")[1:])
    if found is None:
        return None
    shared, own = found
    whole = [*shared, *own]
    prefixes = ["/" + "/".join(whole[:depth]) for depth in range(1, len(whole) + 1)]
    if not own or prefixes[-1] not in form.nodes or not form.repeats.isdisjoint(prefixes[len(shared) :]):
        return None
    around = [depth for depth, prefix in enumerate(prefixes[: len(shared)], 1) if prefix in form.repeats]
    if not around:
        return _of_form(prefixes[-1])
    return _of_instance(len(around) - 1, "/" + "/".join(whole[around[-1] :]))


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
    up = next((number for number, name in enumerate(names) if name != ".."), len(names))
    if ".." in names[up:] or "." in names or up >= len(origin):
        return None
    return origin[: len(origin) - up], names[up:]


def _of_form(path: str) -> Closure:
    return lambda context: context.scope.value_at(path)


def _of_instance(depth: int, below: str) -> Closure:
    def read(context: Context) -> Value:
        return context.scope.value_at(context.around[depth] + below)

    return read
