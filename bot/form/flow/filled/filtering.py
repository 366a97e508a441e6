"""Evaluation of a `choice_filter` at a place, cached where that is safe."""

from collections.abc import Hashable, Sequence

from bot.form.answers import Chosen, Number, When
from bot.form.expressions.paths import Path, select
from bot.form.flow.filled.choice_lists import OfferedChoices, any_passes, filtered
from bot.form.flow.filled.elements import Filled, PlacedElement
from bot.form.flow.filled.outline import Place, located


def passing(filled: Filled, place: Place) -> OfferedChoices:
    kept = place.part.filter_cache
    values = None if kept is None else _read(filled, kept.paths, place)
    found = None if kept is None or values is None else kept.results.get(values)
    if found is None:
        found = filtered(place.question, filled.context(place))
        if kept is not None and values is not None:
            kept.add(values, found)
    return found


def any_passing(filled: Filled, place: Place) -> bool:
    """Whether any choice passes. Tries chosen ones first, since they most likely do."""
    answer = filled.answer(place)
    chosen = answer.names if isinstance(answer, Chosen) else ()
    return any_passes(place.question, filled.context(place), chosen)


def _read(filled: Filled, paths: Sequence[Path], place: Place) -> Hashable | None:
    """Values of these paths. None if a person's words may be among them."""
    reads = place.part.filter_reads
    if reads is not None:
        return tuple((filled.value_at(path),) for path in located(reads, place.around))
    context = filled.context(place)
    found = [select(path, context) for path in paths]
    if any(_holds_words(filled, node) for nodes in found for node in nodes):
        return None
    return tuple(tuple(node.value for node in nodes) for nodes in found)


def _holds_words(filled: Filled, node: object) -> bool:
    """Whether a service has put words into a hidden question."""
    if not isinstance(node, PlacedElement) or node.place.part.question is None:
        return False
    hidden = node.place.part.question.kind == "hidden"
    return hidden and not isinstance(filled.answer(node.place), Chosen | Number | When | None)
