"""Detection of personal data in texts from Kazakhstan, in three languages at once. Pure, in time linear in the text."""

from collections.abc import Sequence
from itertools import chain

from bot.safety.personal_data.addresses import addresses
from bot.safety.personal_data.names import names
from bot.safety.personal_data.numbers import coordinates, iins, phones, plates
from bot.safety.personal_data.words import Finding, FindingKind

_RANKS = {kind: rank for rank, kind in enumerate(FindingKind)}


def found(text: str) -> Sequence[Finding]:
    """Possible personal data, in order, without overlaps. A reason to look again, not a proof."""
    several = chain(coordinates(text), iins(text), phones(text), plates(text), addresses(text), names(text))
    kept: list[Finding] = []
    for one in sorted(several, key=lambda one: (one.start, _RANKS[one.kind], -one.end)):
        if kept and kept[-1].end > one.start and _weight(one) < _weight(kept[-1]):
            kept.pop()
        if not kept or kept[-1].end <= one.start:
            kept.append(one)
    return kept


def _weight(one: Finding) -> tuple[int, int]:
    return _RANKS[one.kind], one.start - one.end
