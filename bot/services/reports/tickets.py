"""Tickets: the code of a receipt as the button of a chat carries it, so that what a code is good for needs no second typing."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress

from bot.errors import Refusal
from bot.safety.receipt import packed, unpacked
from bot.safety.sealing import UnsealError
from bot.services.unit import Unit


def ticket(unit: Unit, code: str, chat_hash: bytes) -> str:
    """The code of a receipt for a button of this chat: sealed under the operator's key, so that neither whoever reads the
    chat's data nor another chat can use it. 50 characters, which callback data have room for."""
    ring = unit.safe.ring
    sealed = ring.scheme.seal(ring.ring.keys[ring.current], packed(code), _context(chat_hash))
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def open_ticket(unit: Unit, shown: str, chat_hash: bytes) -> str:
    """The inverse of `ticket`, under any key of the ring; raises Refusal."""
    for key in unit.safe.ring.ring.keys.values():
        with suppress(
            UnsealError, ValueError
        ):  # ValueError: too short, or no base64, as from an older version's button
            sealed = urlsafe_b64decode(shown + "=" * (-len(shown) % 4))
            return unpacked(unit.safe.ring.scheme.unseal(key, sealed, _context(chat_hash)))
    raise Refusal("reporter.tap.stale")


def _context(chat_hash: bytes) -> str:
    # Buttons to withdraw were the first that had tickets, and stand in chats.
    return f"withdrawal.ticket:{chat_hash.hex()}"
