"""How long reports took or have waited: a count for each number of hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.services.unit import HOURS_A_DAY

BANDS: Sequence[int] = tuple(days * HOURS_A_DAY for days in (1, 3, 7, 14, 30))
"""Where the bands of `Delays.bands` end, in hours; the last has no end."""


@dataclass(frozen=True, slots=True)
class Delays:
    """How many reports took so many whole hours."""

    counts: Mapping[int, int] = field(default_factory=dict)

    def __add__(self, other: "Delays") -> "Delays":
        """Both together."""
        hours = self.counts.keys() | other.counts.keys()
        return Delays({one: self.counts.get(one, 0) + other.counts.get(one, 0) for one in hours})

    @property
    def number(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    @property
    def longest(self) -> int:
        """The hours of the one that took longest; 0 for none."""
        return max(self.counts, default=0)

    def within(self, tenths: int) -> int:
        """The least number of hours within which so many tenths of them were done (the nearest rank, without interpolation):
        5 is the median; 0 for none."""
        needed, passed = -(-self.number * tenths // 10), 0
        for hours, count in sorted(self.counts.items()):
            passed += count
            if passed >= needed:
                return hours
        return 0

    @property
    def bands(self) -> Sequence[int]:
        """How many took less than each of BANDS and not less than the one before; the last are the rest."""
        found = [0] * (len(BANDS) + 1)
        for hours, count in self.counts.items():
            found[sum(hours >= end for end in BANDS)] += count
        return found
