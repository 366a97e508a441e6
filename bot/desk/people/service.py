"""The team: members invited by one-time links, enrolled under an alias, and revoked. Blocks of flooding senders.

No report leads to its sender, so only today's flooding senders can be blocked. At a daily limit the sender's hash for
blocks is noted, sealed under the key of the day, until midnight (UTC). An administrator may make it a block: a hash
comparable with no other, and its last day.
"""

import hashlib
import hmac
import logging
import re
import secrets
import unicodedata
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, bindparam, delete, or_, select

from bot.desk.sharing import service as sharing_service
from bot.errors import Refusal, WrongArgument
from bot.reports import approvals, claims
from bot.safety.pseudonym import Purpose
from bot.safety.sealing import SecretKey, UnsealError
from bot.store import allowances, audit, row_proofs, sent_messages, vault
from bot.store.sent_messages import Stay
from bot.store.unit import AS_STORED, HOURS_A_DAY, Role, UnitOfWork, is_reviewer
from bot.store.vault import RingSealed
from db.engine import padded_to_power_of_two
from db.models import AuditEntry, Block, Invite, Moderator, OutboxRow

log = logging.getLogger(__name__)

MOST_HOURS, MOST_AT_ONCE = 168, 10
"""Longest validity, and most invitations made at once. Each is for one person, since a shared link would let
in strangers unnoticed."""
_NAME_DIGITS = 8


def link(username: str, token: str) -> str:
    return f"https://t.me/{username}?start={token}"


def invitation_name(invitation: Invite) -> str:
    """Name of an invitation for the operator: eight hexadecimal digits of its hash."""
    return invitation.token_hash.hex()[:_NAME_DIGITS]


async def list_open_invitations(unit: UnitOfWork) -> Sequence[Invite]:
    found = await unit.session.scalars(select(Invite).where(Invite.expires_hour > unit.hour))
    return sorted(found, key=lambda one: (one.expires_hour, one.token_hash))


async def void_invitation(unit: UnitOfWork, typed: str, actor: str = audit.SYSTEM) -> None:
    name = typed.strip().lower()
    found = [one for one in await list_open_invitations(unit) if invitation_name(one) == name]
    if not found:
        raise Refusal("moderator.invite.no_such", {"name": name[: 2 * _NAME_DIGITS]})
    await _void(unit, found, actor)


async def void_all_invitations(unit: UnitOfWork, actor: str = audit.SYSTEM) -> int:
    """Void every open invitation, since holders of links are unknown, and rows that the bot did not write."""
    found = await list_open_invitations(unit)
    await _void(unit, found, actor)
    await unit.session.execute(delete(Invite))
    return len(found)


async def _void(unit: UnitOfWork, found: Sequence[Invite], actor: str) -> None:
    hashes = [one.token_hash for one in found]
    # By a statement, since another replica may be using one of them up.
    await unit.session.execute(delete(Invite).where(Invite.token_hash.in_(hashes)))
    for one in found:
        await audit.record(unit, actor, "void", invitation_name(one), one.role)


ADMIN, MODERATOR = Role.ADMIN, Role.MODERATOR
ROLES = tuple(Role)
_TOKEN_BYTES = 24
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_ALIAS = re.compile(r"[\w -]{2,40}")
_RESERVED = {audit.SYSTEM, audit.REPORTER}
_OF_CHATS = select(Moderator).where(
    Moderator.active, Moderator.chat_hash.in_(bindparam("chats", expanding=True))
)
_ALIKE = str.maketrans("авекмнорстухіјѕһԁԛԝѵҫғ01з", "abekmhopctyxijshdqwvcfol3")
INVITE_HOURS = 24
"""Time to use an invitation, unless an administrator chooses another in the chat. A stolen link is void the next day."""
_MOST_DIGITS = 5
"""Most digits in an alias. More look like a telephone or identity number."""


async def invite(unit: UnitOfWork, role: str, actor: str = audit.SYSTEM, hours: int | None = None) -> str:
    """Make a one-time invitation and return its token, 192 random bits. Raises ValueError for an unknown role."""
    if role not in ROLES:
        raise ValueError(f"role must be one of {', '.join(ROLES)}")
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    expires = unit.hour + (hours or INVITE_HOURS)
    row = Invite(token_hash=hash_of(unit, token), role=role, expires_hour=expires)
    row.name = invitation_name(row)
    unit.session.add(row)
    await audit.record(unit, actor, "invite", row.name, role)
    return token


def hash_of(unit: UnitOfWork, token: str) -> bytes:
    return unit.safe.pseudonyms.of(Purpose.INVITE, token)


def is_token(typed: str) -> bool:
    """Whether a text looks like a token. Links to a bot can bring any text."""
    return _TOKEN.fullmatch(typed) is not None


async def good_invitation(unit: UnitOfWork, token: str, chat_hash: bytes) -> Invite | None:
    """Open invitation of a token, unless another chat has opened it."""
    good = Invite.token_hash == hash_of(unit, token), Invite.expires_hour > unit.hour
    query = select(Invite).where(*good, or_(Invite.chat_hash.is_(None), Invite.chat_hash == chat_hash))
    query = query.with_for_update(of=Invite).execution_options(populate_existing=True)
    return await unit.session.scalar(query)


async def open_invite(unit: UnitOfWork, token: str, chat_hash: bytes) -> None:
    """Bind a `good_invitation` to the chat that opened it, whose next text is the alias. Raises Refusal, also for members."""
    await audit.begin(unit)
    if await of_chats(unit, [chat_hash]):
        raise Refusal("moderator.invite.already")
    await unit.session.flush()
    opened = await good_invitation(unit, token, chat_hash)
    if opened is None:
        raise Refusal("moderator.invite.unknown")
    # The chat may hold an earlier invitation, which is released first, since a chat is unique among them.
    held = select(Invite).where(Invite.chat_hash == chat_hash).execution_options(**{AS_STORED: True})
    for other in await unit.session.scalars(held):
        other.chat_hash = None
    await unit.session.flush()
    opened.chat_hash = chat_hash
    await unit.session.flush()


async def enrolling(unit: UnitOfWork, chat_hashes: Collection[bytes]) -> frozenset[bytes]:
    """Chats among these that opened an invitation and have no alias."""
    query = select(Invite).where(Invite.chat_hash.in_(chat_hashes), Invite.expires_hour > unit.hour)
    return frozenset(one.chat_hash for one in await unit.session.scalars(query) if one.chat_hash is not None)


async def enrol(unit: UnitOfWork, chat_hash: bytes, chat_id: int, alias: str, language: str) -> Moderator:
    """Make a chat a moderator's, with a former member's own row. Raises Refusal without an invitation or a good alias."""
    await audit.begin(unit)
    query = select(Invite).where(Invite.chat_hash == chat_hash, Invite.expires_hour > unit.hour)
    opened = await unit.session.scalar(query.execution_options(populate_existing=True))
    # The log ends an invitation. If the log was changed, it may have ended this one.
    if opened is None or await audit.broken_at(unit) is not None:
        raise Refusal("moderator.invite.unknown")
    # A row with a wrong proof is read too, so that the operator can let a locked out member back in by an invitation.
    of_chat = select(Moderator).where(Moderator.chat_hash == chat_hash)
    known = await unit.session.scalar(of_chat.execution_options(**{AS_STORED: True}))
    if known and not row_proofs.fits(unit.safe, Moderator, known) and address(unit, known) != chat_id:
        # Another member's row, forged with this chat.
        known.chat_hash = secrets.token_bytes(len(chat_hash))
        await unit.session.flush()
        unit.session.expunge(known)
        known = None
    name = await _free_alias(unit, alias, known)
    moderator = known or Moderator(id=vault.new_id(), chat_hash=chat_hash)
    moderator.alias, moderator.role, moderator.active = name, opened.role, True
    moderator.language, moderator.hour = language, unit.hour
    moderator.seen_hour = moderator.told_hour = unit.hour
    moderator.address = unit.safe.ring.seal(str(chat_id).encode(), _context(moderator))
    unit.session.add(moderator)
    await unit.session.delete(opened)
    await audit.record(unit, name, "enrol", opened.name, opened.role)
    note_entry(unit, moderator)
    row_proofs.trust(unit, moderator)
    return moderator


def note_entry(unit: UnitOfWork, moderator: Moderator) -> None:
    """Store the last audit entry as the source of a member's rights."""
    moderator.entry = unit.audited or 0


async def _free_alias(unit: UnitOfWork, typed: str, known: Moderator | None) -> str:
    alias = " ".join(unicodedata.normalize("NFC", typed).split())
    letters = any(character.isalpha() for character in alias)
    digits = sum(character.isdigit() for character in alias)
    if not _ALIAS.fullmatch(alias) or not letters or digits > _MOST_DIGITS:
        raise Refusal("moderator.alias.bad")
    if known is not None and known.alias == alias:
        return alias
    own = known.id if known is not None else ""
    others = await unit.session.scalars(select(Moderator.alias).where(Moderator.id != own))
    # Past aliases stay taken, since the audit log knows people by them.
    once = await unit.session.scalars(select(AuditEntry.actor).where(AuditEntry.act == "enrol"))
    if shape(alias) in {shape(other) for other in (*others, *once, *_RESERVED)}:
        raise Refusal("moderator.alias.taken", {"alias": alias})
    return alias


def shape(name: str) -> str:
    """Look of a name: equal for names that can be confused, in two alphabets too."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    return "".join(filter(str.isalnum, folded)).translate(_ALIKE)


def _context(moderator: Moderator) -> str:
    return f"moderators.address:{moderator.id}"


RING_SEALED = RingSealed(Moderator.address, _context)


def address(unit: UnitOfWork, moderator: Moderator) -> int | None:
    """Chat id of a moderator. None, and logged, when its key has left the ring."""
    try:
        return int(unit.safe.ring.unseal(moderator.address, _context(moderator)))
    except UnsealError:
        log.error("the address of moderator %s does not open: invite anew", moderator.alias)  # noqa: TRY400
        return None


async def of_chats(unit: UnitOfWork, chat_hashes: Collection[bytes]) -> dict[bytes, Moderator]:
    """Active members among these chats. One query."""
    if not chat_hashes:
        return {}
    found = await unit.session.scalars(_OF_CHATS, {"chats": padded_to_power_of_two(chat_hashes)})
    return {moderator.chat_hash: moderator for moderator in found}


def note_seen(unit: UnitOfWork, member: Moderator) -> None:
    if member.seen_hour != unit.hour:
        member.seen_hour = unit.hour


async def list_moderators(unit: UnitOfWork, *, active: bool = False) -> list[Moderator]:
    query = select(Moderator).order_by(Moderator.alias)
    return list(await unit.session.scalars(query.where(Moderator.active) if active else query))


async def reviewers(unit: UnitOfWork) -> list[Moderator]:
    return [one for one in await list_moderators(unit, active=True) if is_reviewer(one)]


async def admins(unit: UnitOfWork) -> list[Moderator]:
    return [one for one in await list_moderators(unit, active=True) if one.role == ADMIN]


async def set_up(unit: UnitOfWork) -> Mapping[str, bool]:
    """What an administrator sets up once, and whether it is done. The texts are `moderator.setup.<name>`."""
    one = unit.settings
    operators = {"contacts": one.contacts, "organisation": one.organisation, "group": one.notice_chat}
    return {"admin": len(await admins(unit)) > 1, **{name: bool(set_) for name, set_ in operators.items()}}


async def find(unit: UnitOfWork, typed: str) -> Moderator:
    """Active member of a typed alias. Raises Refusal if unknown."""
    wanted = " ".join(unicodedata.normalize("NFC", typed).split()).casefold()
    for one in await list_moderators(unit, active=True):
        if one.alias.casefold() == wanted:
            return one
    raise WrongArgument("moderator.alias.unknown", {"alias": typed.strip()[:40]})


async def member(unit: UnitOfWork, member_id: str) -> Moderator:
    """Active member of this id. Raises Refusal if gone."""
    found = await unit.session.get(Moderator, member_id)
    if found is None or not found.active:
        raise Refusal("moderator.team.gone")
    return found


async def revoke(unit: UnitOfWork, alias: str, actor: str = audit.SYSTEM) -> Moderator:
    """Take away a member's rights. Raises Refusal for an unknown alias, and for the last administrator, whom only the
    operator can revoke.

    - Claims are released. Open edits, of practice too, approvals and queued messages are deleted.
    - All messages leave the chat. Requests to share become void.
    - All open invitations become void, since each could be a way back.
    """
    await audit.begin(unit)
    query = select(Moderator).where(Moderator.alias == alias, Moderator.active)
    # The operator can also revoke members whom the bot did not enrol.
    options = {AS_STORED: True} if actor == audit.SYSTEM else {}
    moderator = await unit.session.scalar(query.execution_options(**options))
    if moderator is None:
        raise Refusal("moderator.alias.unknown", {"alias": alias})
    if actor != audit.SYSTEM and [one.id for one in await admins(unit)] == [moderator.id]:
        raise Refusal("moderator.revoke.last")
    moderator.active = False
    for report in await claims.held_by(unit, moderator):
        await claims.release(unit, moderator, report, actor=actor)
    await claims.drop_edits_of(unit, moderator)
    await approvals.forget_of(unit, moderator)
    of_chat = OutboxRow.chat_hash == moderator.chat_hash
    await unit.session.execute(delete(OutboxRow).where(of_chat, OutboxRow.stay != Stay.NOTHING))
    sent_messages.end(unit, None, moderator.chat_hash, whole=True)
    await audit.record(unit, actor, "revoke", alias)
    note_entry(unit, moderator)
    row_proofs.trust(unit, moderator)
    await sharing_service.void_of(unit, moderator, actor)
    await void_all_invitations(unit, actor)
    return moderator


MOST_FLOODS = 20
_BLOCKED = select(Block.sender).where(
    Block.sender.in_(bindparam("senders", expanding=True)), Block.expires_hour > bindparam("hour")
)


async def note_flood(unit: UnitOfWork, chat_id: int) -> tuple[str, int] | None:
    """Note a sender at a daily limit. Returns the number to block them by, and today's count, or None for a sender noted
    or blocked before, and beyond MOST_FLOODS: notes keep their place, since administrators may have their buttons."""
    sender, noted = _block_hash(unit, chat_id), await list_blocks(unit, flooding=True)
    key = await _sealing_key(unit)
    if len(noted) >= MOST_FLOODS or any(_sender(unit, key, row) == sender for row in noted):
        return None
    if await _blocked_among(unit, [sender]):
        return None
    row = Block(id=secrets.token_hex(4), expires_hour=_midnight_after(unit, 0))
    row.flooding = unit.safe.ring.scheme.seal(key, sender, _block_context(row))
    unit.session.add(row)
    await unit.session.flush()
    return row.id, len(noted) + 1


def _sender(unit: UnitOfWork, key: SecretKey, row: Block) -> bytes | None:
    try:
        return unit.safe.ring.scheme.unseal(key, row.flooding or b"", _block_context(row))
    except UnsealError:
        return None


def _block_hash(unit: UnitOfWork, chat_id: int) -> bytes:
    return unit.safe.pseudonyms.of(Purpose.BLOCK, str(chat_id))


def _midnight_after(unit: UnitOfWork, days: int) -> int:
    return (unit.hour // HOURS_A_DAY + 1 + days) * HOURS_A_DAY


def _block_context(row: Block) -> str:
    return f"blocks.flooding:{row.id}"


async def _sealing_key(unit: UnitOfWork) -> SecretKey:
    key = await allowances.day_key(unit)
    return SecretKey(hmac.new(key, b"floods", hashlib.sha256).digest())


async def block(unit: UnitOfWork, admin: Moderator, number: str) -> Block:
    """Block the flooding sender of this number. Raises Refusal when unknown, as after the day."""
    row = await unit.session.get(Block, number, populate_existing=True)
    is_noted = row is not None and row.flooding is not None and row.expires_hour > unit.hour
    sender = _sender(unit, await _sealing_key(unit), row) if row is not None and is_noted else None
    if row is None or sender is None:
        raise Refusal("moderator.block.gone")
    await _forget_blocks(unit, Block.sender == sender)
    row.sender, row.flooding = sender, None
    row.expires_hour = _midnight_after(unit, unit.settings.block_days)
    vault.note_erasure(unit)
    await audit.record(unit, admin.alias, "block", "")
    return row


async def blocked(unit: UnitOfWork, chat_ids: Collection[int]) -> frozenset[int]:
    hashes = {_block_hash(unit, chat_id): chat_id for chat_id in chat_ids}
    return frozenset(hashes[sender] for sender in await _blocked_among(unit, hashes.keys()))


async def _blocked_among(unit: UnitOfWork, senders: Collection[bytes]) -> Sequence[bytes]:
    if not senders:
        return []
    asked = {"senders": padded_to_power_of_two(senders), "hour": unit.hour}
    connection = await unit.session.connection()
    return [one for one in (await connection.scalars(_BLOCKED, asked)).all() if one is not None]


async def list_blocks(unit: UnitOfWork, *, flooding: bool = False) -> Sequence[Block]:
    """Blocks, or notes of flooding senders, in order of their end."""
    which = Block.flooding if flooding else Block.sender
    query = select(Block).where(which.is_not(None), Block.expires_hour > unit.hour)
    return (await unit.session.scalars(query.order_by(Block.expires_hour, Block.id))).all()


async def unblock(unit: UnitOfWork, number: str, actor: str = audit.SYSTEM) -> None:
    """End a block. Raises Refusal for an unknown number."""
    if not await _forget_blocks(unit, Block.id == number.strip().lower(), Block.sender.is_not(None)):
        raise Refusal("moderator.block.unknown")
    await audit.record(unit, actor, "unblock", "")


async def unblock_all(unit: UnitOfWork, actor: str = audit.SYSTEM) -> int:
    number = await _forget_blocks(unit, Block.sender.is_not(None))
    if number:
        await audit.record(unit, actor, "unblock", "", "all")
    return number


async def blocks_over(unit: UnitOfWork, limit: int) -> Sequence[str]:
    """At most `limit` expired blocks and notes."""
    query = select(Block.id).where(Block.expires_hour <= unit.hour).limit(limit)
    return (await unit.session.scalars(query)).all()


async def expire_blocks(unit: UnitOfWork, numbers: Collection[str]) -> int:
    return await _forget_blocks(unit, Block.id.in_(numbers), Block.expires_hour <= unit.hour)


async def _forget_blocks(unit: UnitOfWork, *which: ColumnElement[bool]) -> int:
    statement = delete(Block).where(*which).execution_options(synchronize_session="fetch")
    gone = int(getattr(await unit.session.execute(statement), "rowcount", 0))
    if gone:
        vault.note_erasure(unit)
    return gone
