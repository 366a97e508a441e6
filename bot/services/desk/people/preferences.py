"""What a member of the team wishes to be told, and when not to be disturbed.

It stands sealed and of one size: when somebody sleeps is theirs."""

from dataclasses import dataclass
from enum import StrEnum

from bot.errors import Refusal
from bot.safety.sealing import UnsealError
from bot.services import audit
from bot.services.unit import HOURS_A_DAY, Unit
from bot.services.vault import RingSealed
from db.models import Moderator

_NEVER = 255
"""The byte of an hour that was not set."""


class News(StrEnum):
    """What a member can do without being told of. An urgent report is no such thing, nor is a withdrawn one, of which they may have
    kept something."""

    NEW = "new"
    """A report came."""
    ADDED = "added"
    """The reporter of a report that nobody holds has told more."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """`quiet`: from which hour of the day to which a member is not disturbed; `digest`: the hour at which they are told each day what
    waits; `unwanted`: what they are not told of. Hours are those of the bot's time zone."""

    quiet: tuple[int, int] | None = None
    digest: int | None = None
    unwanted: frozenset[News] = frozenset()

    def is_quiet(self, hour: int) -> bool:
        """Whether the member is not to be disturbed at this hour of the day. Equal ends mean never."""
        if self.quiet is None:
            return False
        begin, end = self.quiet
        return (hour - begin) % HOURS_A_DAY < (end - begin) % HOURS_A_DAY

    def packed(self) -> bytes:
        """As bytes, always as many."""
        begin, end = self.quiet or (_NEVER, _NEVER)
        wishes = sum(1 << place for place, one in enumerate(News) if one in self.unwanted)
        return bytes([begin, end, _NEVER if self.digest is None else self.digest, wishes])

    @classmethod
    def read(cls, packed: bytes) -> "Preferences":
        """The inverse of `packed`."""
        begin, end, digest, wishes = packed
        unwanted = frozenset(one for place, one in enumerate(News) if wishes >> place & 1)
        quiet = None if begin == _NEVER else (begin, end)
        return cls(quiet, None if digest == _NEVER else digest, unwanted)


def _context(member: Moderator) -> str:
    return f"moderators.preferences:{member.id}"


RING_SEALED = RingSealed(Moderator.preferences, _context)


def of(unit: Unit, member: Moderator) -> Preferences:
    """A member's preferences; as they come where none were set, and where their key has left the ring."""
    if member.preferences is None:
        return Preferences()
    try:
        return Preferences.read(unit.safe.ring.unseal(member.preferences, _context(member)))
    except UnsealError:  # their address does not open either, which is logged where they are to be told
        return Preferences()


async def keep(unit: Unit, member: Moderator, wished: Preferences) -> None:
    """Keep what a member wishes from now on. Raises Refusal for an hour that no day has."""
    hours = (*(wished.quiet or ()), *(() if wished.digest is None else (wished.digest,)))
    if any(not 0 <= hour < HOURS_A_DAY for hour in hours):
        raise Refusal("reporter.tap.stale")
    member.preferences = unit.safe.ring.seal(wished.packed(), _context(member))
    member.told_hour = unit.hour  # a summary whose hour has passed today is for tomorrow
    await audit.record(unit, member.alias, "settings", "")


def is_quiet(unit: Unit, member: Moderator) -> bool:
    """Whether a member is not to be disturbed now."""
    return of(unit, member).is_quiet(unit.now.hour)


def wants(unit: Unit, member: Moderator, news: News) -> bool:
    """Whether a member wishes to be told of this."""
    return news not in of(unit, member).unwanted
