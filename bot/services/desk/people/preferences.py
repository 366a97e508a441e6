"""Preferences of a member: notices and quiet hours. Sealed at one size, since sleeping hours are private."""

from dataclasses import dataclass
from enum import StrEnum

from bot.errors import Refusal
from bot.safety.sealing import UnsealError
from bot.services import audit
from bot.services.unit import HOURS_A_DAY, Unit
from bot.services.vault import RingSealed
from db.models import Moderator

_NEVER = 255


class News(StrEnum):
    """Notices that a member can turn off. Those of urgent and of withdrawn reports always come."""

    NEW = "new"
    ADDED = "added"
    """The reporter of an unheld report added words."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """Preferences, in hours of the bot's time zone.

    - `quiet`: first hour of the quiet time, and the hour after it.
    - `digest`: hour of the daily digest.
    - `unwanted`: notices turned off.
    """

    quiet: tuple[int, int] | None = None
    digest: int | None = None
    unwanted: frozenset[News] = frozenset()

    def is_quiet(self, hour: int) -> bool:
        if self.quiet is None:
            return False
        begin, end = self.quiet
        return (hour - begin) % HOURS_A_DAY < (end - begin) % HOURS_A_DAY

    def packed(self) -> bytes:
        begin, end = self.quiet or (_NEVER, _NEVER)
        wishes = sum(1 << place for place, one in enumerate(News) if one in self.unwanted)
        return bytes([begin, end, _NEVER if self.digest is None else self.digest, wishes])

    @classmethod
    def read(cls, packed: bytes) -> "Preferences":
        begin, end, digest, wishes = packed
        unwanted = frozenset(one for place, one in enumerate(News) if wishes >> place & 1)
        quiet = None if begin == _NEVER else (begin, end)
        return cls(quiet, None if digest == _NEVER else digest, unwanted)


def _context(member: Moderator) -> str:
    return f"moderators.preferences:{member.id}"


RING_SEALED = RingSealed(Moderator.preferences, _context)


def of(unit: Unit, member: Moderator) -> Preferences:
    """Preferences of a member. Defaults when none are set or their key has left the ring."""
    if member.preferences is None:
        return Preferences()
    try:
        return Preferences.read(unit.safe.ring.unseal(member.preferences, _context(member)))
    except UnsealError:  # the address does not open either, which is logged with the next notice
        return Preferences()


async def keep(unit: Unit, member: Moderator, wished: Preferences) -> None:
    """Store a member's preferences. Raises Refusal for an invalid hour."""
    hours = (*(wished.quiet or ()), *(() if wished.digest is None else (wished.digest,)))
    if any(not 0 <= hour < HOURS_A_DAY for hour in hours):
        raise Refusal("reporter.tap.stale")
    member.preferences = unit.safe.ring.seal(wished.packed(), _context(member))
    member.told_hour = unit.hour  # a digest whose hour has passed today comes tomorrow
    await audit.record(unit, member.alias, "settings", "")


def is_quiet(unit: Unit, member: Moderator) -> bool:
    return of(unit, member).is_quiet(unit.now.hour)


def wants(unit: Unit, member: Moderator, news: News) -> bool:
    return news not in of(unit, member).unwanted
