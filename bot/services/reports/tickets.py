"""Tickets: the code of a receipt as the button of a chat carries it, so that what a code is good for needs no second typing for a
while."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from enum import StrEnum

from bot.errors import Refusal
from bot.safety.receipt import packed, unpacked
from bot.safety.sealing import UnsealError
from bot.services.unit import Unit


class Use(StrEnum):
    """What a ticket is good for: what stands beside the state of a report, for `reply_hours`; or the last button of a withdrawal, for
    as long as a tap on it can come late: Telegram keeps one for a day, and nobody looks again who has deleted something."""

    STATE = "state"
    WITHDRAWAL = "withdrawal"


def ticket(unit: Unit, code: str, chat_hash: bytes, use: Use) -> str:
    """The code of a receipt for a button of this chat: sealed under the operator's key, so that neither whoever reads the
    chat's data nor another chat can use it, nor anybody once its time is over. 50 characters, which callback data have room for."""
    ring = unit.safe.ring
    sealed = ring.scheme.seal(ring.ring.keys[ring.current], packed(code), _context(chat_hash, use, unit.hour))
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def open_ticket(unit: Unit, shown: str, chat_hash: bytes, use: Use) -> str:
    """The inverse of `ticket`, under any key of the ring; raises Refusal, also for one whose time is over. The hour takes no room in
    it: those that it may be of are tried."""
    try:
        sealed = urlsafe_b64decode(shown + "=" * (-len(shown) % 4))
    except ValueError:  # too short, or no base64, as from an older version's button
        sealed = b""
    scheme = unit.safe.ring.scheme
    for key in unit.safe.ring.ring.keys.values():
        for hour in range(unit.hour, unit.hour - _hours(unit, use) - 1, -1):
            with suppress(UnsealError, ValueError):
                return unpacked(scheme.unseal(key, sealed, _context(chat_hash, use, hour)))
    raise Refusal("reporter.code.over")


def _hours(unit: Unit, use: Use) -> int:
    return unit.settings.update_hours if use is Use.WITHDRAWAL else unit.settings.reply_hours


def _context(chat_hash: bytes, use: Use, hour: int) -> str:
    return f"ticket.{use}:{chat_hash.hex()}:{hour}"
