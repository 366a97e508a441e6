"""Sharing of confidential data by two administrators: one asks with a reason, another confirms, and the file
can be made once.

A request lives for OPEN_HOURS. The reason is sealed to its `spec` and both administrators, so that write
access to the database alone can neither confirm nor change a request. A `pin` of the confirmed data is sealed
along: no file leaves once any of it was approved or withdrawn since. Revocation of either administrator voids
the request.
"""

import secrets
from collections.abc import Collection, Sequence
from contextlib import suppress
from enum import StrEnum

from sqlalchemy import delete, or_, select

from bot.errors import Refusal
from bot.safety.sealing import UnsealError
from bot.store import audit, vault
from bot.store.unit import UnitOfWork
from bot.store.vault import RingSealed
from db.models import Moderator, SharingRequest

MOST_REASON, LEAST_REASON = 300, 5
OPEN_HOURS = 24
"""Time to confirm a request and make its file: both administrators find a day, and a forgotten request ends."""
MOST_OPEN = 10
"""Open requests of all administrators. More would make the second look a habit."""
_PIN = "\0"


class WrongReason(Refusal):
    """Reason that is too short or too long. Another can be given."""


class SharingState(StrEnum):
    """State of a request: awaits its reason, awaits confirmation, confirmed, file being made, file made."""

    BEGUN = "begun"
    ASKED = "asked"
    CONFIRMED = "confirmed"
    MAKING = "making"
    MADE = "made"


_GIVEN_BACK = "share_unmade"
_ENDS = ("share_make", "share_decline", "share_void", _GIVEN_BACK)
_UNUSED = {SharingState.ASKED, SharingState.CONFIRMED, SharingState.MAKING}


def require_possible(unit: UnitOfWork, admins: Sequence[Moderator]) -> None:
    """Raise Refusal unless there are recipients and two administrators."""
    if not unit.settings.export_recipients:
        raise Refusal("moderator.sharing.no_recipients")
    if len(admins) < 2:
        raise Refusal("moderator.sharing.one_admin")


async def begin(unit: UnitOfWork, admin: Moderator, spec: str) -> SharingRequest:
    """Begin a request without its reason, in place of an earlier such one. Raises Refusal when too many are open."""
    own = (SharingRequest.asker_id == admin.id, SharingRequest.state == SharingState.BEGUN)
    await unit.session.execute(delete(SharingRequest).where(*own))
    await _require_room(unit)
    row = SharingRequest(id=secrets.token_hex(4), state=SharingState.BEGUN, spec=spec)
    row.asker_id, row.expires_hour = admin.id, unit.hour + OPEN_HOURS
    unit.session.add(row)
    await unit.session.flush()
    return row


async def _require_room(unit: UnitOfWork) -> None:
    if len(await list_open(unit)) >= MOST_OPEN:
        raise Refusal("moderator.sharing.too_many", {"most": MOST_OPEN})


async def begun_by(unit: UnitOfWork, admin: Moderator) -> SharingRequest | None:
    begun = SharingRequest.state == SharingState.BEGUN, SharingRequest.expires_hour > unit.hour
    query = select(SharingRequest).where(SharingRequest.asker_id == admin.id, *begun)
    return (await unit.session.scalars(query)).first()


async def ask(unit: UnitOfWork, admin: Moderator, row: SharingRequest, typed: str) -> None:
    """Ask the other administrators with this reason. Raises Refusal for a bad reason, and when too many are open."""
    await _require_room(unit)
    reason = " ".join(typed.split())
    if not LEAST_REASON <= len(reason) <= MOST_REASON:
        raise WrongReason("moderator.sharing.bad_reason", {"least": LEAST_REASON, "most": MOST_REASON})
    row.reason = unit.safe.ring.seal(reason.encode(), _context(row))
    row.state = SharingState.ASKED
    await audit.record(unit, admin.alias, "share_ask", row.id, row.spec)


def _context(row: SharingRequest) -> str:
    return f"sharing_requests.reason:{row.id}:{row.spec}:{row.asker_id}:{row.confirmer_id or ''}"


RING_SEALED = RingSealed(SharingRequest.reason, _context)


def reason_of(unit: UnitOfWork, row: SharingRequest) -> str:
    """Reason of a request, '' once destroyed or unreadable."""
    with suppress(Refusal):
        return _opened(unit, row).partition(_PIN)[0]
    return ""


def _opened(unit: UnitOfWork, row: SharingRequest) -> str:
    with suppress(UnsealError):
        if row.reason is not None:
            return unit.safe.ring.unseal(row.reason, _context(row)).decode()
    raise Refusal("moderator.sharing.gone")


def _require_pinned(unit: UnitOfWork, row: SharingRequest, pin: str) -> None:
    if _opened(unit, row).partition(_PIN)[2] != pin:
        raise Refusal("moderator.sharing.changed")


async def list_open(unit: UnitOfWork) -> Sequence[SharingRequest]:
    waits = SharingRequest.state.in_((SharingState.ASKED, SharingState.CONFIRMED))
    query = select(SharingRequest).where(waits, SharingRequest.expires_hour > unit.hour)
    return (await unit.session.scalars(query.order_by(SharingRequest.expires_hour, SharingRequest.id))).all()


async def find(
    unit: UnitOfWork, request_id: str, *states: SharingState, locked: bool = False, late: bool = False
) -> SharingRequest:
    """Request of this id in one of these states. Raises Refusal if gone, expired (unless `late`), or one of its two
    has left."""
    wanted = SharingRequest.id == request_id.strip().lower(), SharingRequest.state.in_(states)
    query = select(SharingRequest).where(*wanted)
    if not late:
        query = query.where(SharingRequest.expires_hour > unit.hour)
    query = query.execution_options(populate_existing=True)
    if locked:
        await audit.begin(unit)  # before any row, in the order of a revocation
    row = (await unit.session.scalars(query.with_for_update() if locked else query)).first()
    if row is None or not await _stands(unit, row):
        raise Refusal("moderator.sharing.gone")
    return row


async def _stands(unit: UnitOfWork, row: SharingRequest) -> bool:
    """Whether its administrators are active, and the audit log has not ended it, so that no old state was put back."""
    parties = {one for one in (row.asker_id, row.confirmer_id) if one is not None}
    query = select(Moderator).where(Moderator.id.in_(parties), Moderator.active)
    if {one.id for one in await unit.session.scalars(query)} != parties:
        return False
    last = await audit.last_of(unit, _ENDS, [row.id])
    under_way = row.state in {SharingState.MAKING, SharingState.MADE}
    return under_way or last.get(row.id, (_GIVEN_BACK, ""))[0] == _GIVEN_BACK


async def confirm(unit: UnitOfWork, admin: Moderator, request_id: str, pin: str = "") -> SharingRequest:
    """Confirm another administrator's request for the data of this pin. Raises Refusal when it no longer waits."""
    row = await find(unit, request_id, SharingState.ASKED, locked=True)
    if row.asker_id == admin.id:
        raise Refusal("moderator.sharing.own")
    reason = _opened(unit, row)
    row.state, row.confirmer_id = SharingState.CONFIRMED, admin.id
    row.reason = unit.safe.ring.seal(f"{reason}{_PIN}{pin}".encode(), _context(row))
    await audit.record(unit, admin.alias, "share_confirm", row.id, row.spec)
    return row


async def decline(unit: UnitOfWork, admin: Moderator, request_id: str) -> SharingRequest:
    """Decline a request, or cancel the administrator's own. Raises Refusal when it no longer waits."""
    row = await find(unit, request_id, SharingState.ASKED, SharingState.CONFIRMED, locked=True)
    await audit.record_all(unit, admin.alias, "share_decline", await _forget(unit, [row]))
    return row


async def begin_making(unit: UnitOfWork, admin: Moderator, request_id: str, pin: str = "") -> SharingRequest:
    """Begin to make the file of a confirmed request, once. Raises Refusal unless its administrator asked for it."""
    row = await find(unit, request_id, SharingState.CONFIRMED, locked=True)
    if row.asker_id != admin.id:
        raise Refusal("moderator.sharing.not_yours")
    _require_pinned(unit, row, pin)
    row.state = SharingState.MAKING
    await audit.record(unit, admin.alias, "share_make", row.id, row.spec)
    return row


async def require_making(unit: UnitOfWork, request_id: str) -> None:
    """Raise Refusal unless the file is being made or was made, even past the request's end, by active administrators."""
    under_way = SharingState.CONFIRMED, SharingState.MAKING, SharingState.MADE
    row = await find(unit, request_id, *under_way, late=True)
    if row.state == SharingState.CONFIRMED:  # given back by a bot that was killed before it said so
        raise Refusal("moderator.sharing.unmade", {"id": row.id})
    if row.state == SharingState.MAKING:
        _opened(unit, row)


async def finish_making(unit: UnitOfWork, request_id: str, pin: str = "") -> None:
    """Use up a request with a complete file. Raises Refusal if the file must not leave: gone, or of another pin."""
    row = await find(unit, request_id, SharingState.MAKING, SharingState.MADE, locked=True, late=True)
    if row.state == SharingState.MAKING:
        _require_pinned(unit, row, pin)
    _use_up(unit, row)
    await unit.session.flush()


async def give_back(unit: UnitOfWork, request_id: str) -> None:
    """Return a request whose file failed to its confirmed state, unless the file was made before."""
    row = await find(unit, request_id, SharingState.MAKING, SharingState.MADE, locked=True, late=True)
    if row.state == SharingState.MAKING:
        row.state = SharingState.CONFIRMED
        await audit.record(unit, audit.SYSTEM, "share_unmade", row.id, row.spec)


async def use(unit: UnitOfWork, request_id: str, pin: str = "") -> SharingRequest:
    """Use up a confirmed request whose file the operator has made. Raises Refusal unless this pin is confirmed."""
    row = await find(unit, request_id, SharingState.CONFIRMED, locked=True)
    _require_pinned(unit, row, pin)
    _use_up(unit, row)
    await audit.record(unit, audit.SYSTEM, "share_make", row.id, row.spec)
    return row


def _use_up(unit: UnitOfWork, row: SharingRequest) -> None:
    row.state, row.reason = SharingState.MADE, None
    vault.note_erasure(unit)


async def asker_of(unit: UnitOfWork, row: SharingRequest) -> Moderator:
    return await unit.session.get_one(Moderator, row.asker_id)


async def void_of(unit: UnitOfWork, moderator: Moderator, actor: str = audit.SYSTEM) -> None:
    """Void all requests of a member who is being revoked, with files on their way."""
    part = or_(SharingRequest.asker_id == moderator.id, SharingRequest.confirmer_id == moderator.id)
    rows = (await unit.session.scalars(select(SharingRequest).where(part))).all()
    await audit.record_all(unit, actor, "share_void", await _forget(unit, rows))


async def over(unit: UnitOfWork, limit: int) -> Sequence[str]:
    query = select(SharingRequest.id).where(SharingRequest.expires_hour <= unit.hour).limit(limit)
    return (await unit.session.scalars(query)).all()


async def expire(unit: UnitOfWork, ids: Collection[str]) -> int:
    await audit.begin(unit)
    query = select(SharingRequest).where(SharingRequest.id.in_(ids), SharingRequest.expires_hour <= unit.hour)
    rows = (await unit.session.scalars(query)).all()
    if unused := await _forget(unit, rows):
        await audit.record_all(unit, audit.SYSTEM, "share_expire", unused)
    return len(rows)


async def _forget(unit: UnitOfWork, rows: Sequence[SharingRequest]) -> Sequence[tuple[str, str]]:
    """Delete requests, and return the id and `spec` of those whose file was not made."""
    if not rows:
        return ()
    statement = delete(SharingRequest).where(SharingRequest.id.in_([row.id for row in rows]))
    await unit.session.execute(statement.execution_options(synchronize_session=False))
    vault.note_erasure(unit)
    for row in rows:
        unit.session.expunge(row)
    return [(row.id, row.spec) for row in rows if row.state in _UNUSED]
