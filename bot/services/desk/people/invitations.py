"""Open invitations: links, a list under harmless names, and revocation."""

from collections.abc import Sequence

from sqlalchemy import delete, select

from bot.errors import Refusal
from bot.services import audit
from bot.services.unit import Unit
from db.models import Invite

MOST_HOURS, MOST_AT_ONCE = 168, 10
"""Longest validity, and most invitations made at once. Each is for one person, since a shared link would let
in strangers unnoticed."""
_NAME_DIGITS = 8


def link(username: str, token: str) -> str:
    return f"https://t.me/{username}?start={token}"


def name_of(invitation: Invite) -> str:
    """Name of an invitation for the operator: eight hexadecimal digits of its hash."""
    return invitation.token_hash.hex()[:_NAME_DIGITS]


async def list_open(unit: Unit) -> Sequence[Invite]:
    found = await unit.session.scalars(select(Invite).where(Invite.expires_hour > unit.hour))
    return sorted(found, key=lambda one: (one.expires_hour, one.token_hash))


async def void(unit: Unit, typed: str, actor: str = audit.SYSTEM) -> None:
    name = typed.strip().lower()
    found = [one for one in await list_open(unit) if name_of(one) == name]
    if not found:
        raise Refusal("moderator.invite.no_such", {"name": name[: 2 * _NAME_DIGITS]})
    await _void(unit, found, actor)


async def void_all(unit: Unit, actor: str = audit.SYSTEM) -> int:
    """Void every open invitation, since holders of links are unknown, and delete rows that the bot did not
    write."""
    found = await list_open(unit)
    await _void(unit, found, actor)
    await unit.session.execute(delete(Invite))
    return len(found)


async def _void(unit: Unit, found: Sequence[Invite], actor: str) -> None:
    hashes = [one.token_hash for one in found]
    # By a statement, since another replica may be using one of them up.
    await unit.session.execute(delete(Invite).where(Invite.token_hash.in_(hashes)))
    for one in found:
        await audit.record(unit, actor, "void", name_of(one), one.role)
