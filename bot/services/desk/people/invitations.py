"""Invitations: their links, and the open ones, listed by names that open nothing and made void, one or all."""

from collections.abc import Sequence

from sqlalchemy import delete, select

from bot.errors import Refusal
from bot.services import audit
from bot.services.unit import Unit
from db.models import Invite

MOST_HOURS, MOST_AT_ONCE = 168, 10
"""How long an invitation can be good, and how many can be made at once. Each is good for one person: a link for several would let in
whoever else came to see it, and nobody could tell."""
_NAME_DIGITS = 8


def link(username: str, token: str) -> str:
    """The address that opens an invitation in the chat with the bot of this name."""
    return f"https://t.me/{username}?start={token}"


def name_of(invitation: Invite) -> str:
    """What the operator calls an invitation by: eight hexadecimal digits of its hash."""
    return invitation.token_hash.hex()[:_NAME_DIGITS]


async def list_open(unit: Unit) -> Sequence[Invite]:
    """The invitations that are still good, the one that expires first in front."""
    found = await unit.session.scalars(select(Invite).where(Invite.expires_hour > unit.hour))
    return sorted(found, key=lambda one: (one.expires_hour, one.token_hash))


async def void(unit: Unit, typed: str, actor: str = audit.SYSTEM) -> None:
    """Make the invitation of this name void; raises Refusal when none that is still good has it."""
    name = typed.strip().lower()
    found = [one for one in await list_open(unit) if name_of(one) == name]
    if not found:
        raise Refusal("moderator.invite.no_such", {"name": name[: 2 * _NAME_DIGITS]})
    await _void(unit, found, actor)


async def void_all(unit: Unit, actor: str = audit.SYSTEM) -> int:
    """Make every open invitation void, and tell how many were. Nothing says who holds a link, nor whose second account
    has opened one. Rows that the bot did not write go with them."""
    found = await list_open(unit)
    await _void(unit, found, actor)
    await unit.session.execute(delete(Invite))
    return len(found)


async def _void(unit: Unit, found: Sequence[Invite], actor: str) -> None:
    hashes = [one.token_hash for one in found]
    # By a statement: another copy of the bot may be using one of them up at this moment.
    await unit.session.execute(delete(Invite).where(Invite.token_hash.in_(hashes)))
    for one in found:
        await audit.record(unit, actor, "void", name_of(one), one.role)
