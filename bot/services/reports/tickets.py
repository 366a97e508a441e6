"""Tickets: receipt codes in buttons, so that a reporter need not type the code again for a while."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from enum import StrEnum

from bot.errors import Refusal
from bot.safety.receipt import packed, unpacked
from bot.safety.sealing import UnsealError
from bot.services.unit import Unit


class Use(StrEnum):
    """Use of a ticket: buttons beside a report's state, for `reply_hours`, or the last button of a
    withdrawal, for as long as Telegram may deliver a late tap."""

    STATE = "state"
    WITHDRAWAL = "withdrawal"


def ticket(unit: Unit, code: str, chat_hash: bytes, use: Use) -> str:
    """Seal a receipt code for a button of this chat, in 50 characters. Only this chat can use it, and only
    for its time, even if the chat's data are read."""
    ring = unit.safe.ring
    sealed = ring.scheme.seal(ring.ring.keys[ring.current], packed(code), _context(chat_hash, use, unit.hour))
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def open_ticket(unit: Unit, shown: str, chat_hash: bytes, use: Use) -> str:
    """Inverse of `ticket`, under any key of the ring. Raises Refusal if invalid or expired. A ticket has no
    room for its hour, so possible hours are tried."""
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
