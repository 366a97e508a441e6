"""Sharing by two administrators: one asks and says why, another confirms or declines, and what was asked can be made once.

A request lives for `sharing_hours` at most. What it is about is a `spec` of codes and days; the words of why are sealed,
and destroyed with the request or when it was made. They are sealed to what is asked, by whom, and who confirmed it, so that whoever
can only write to the database can neither confirm a request nor change what was confirmed. A `pin` of what was shown to the one who
confirmed is sealed with them: once anything of it was approved or withdrawn since, no file leaves. Whoever is revoked takes along what they
asked and what they confirmed."""

import secrets
from collections.abc import Collection, Sequence
from enum import StrEnum

from sqlalchemy import delete, or_, select

from bot.errors import Refusal
from bot.safety.sealing import UnsealError
from bot.services import audit, vault
from bot.services.unit import Unit
from bot.services.vault import RingSealed
from db.models import Moderator, SharingRequest

MOST_REASON, LEAST_REASON = 300, 5
"""Characters of a reason."""
MOST_OPEN = 10
"""Requests of all administrators at a time: more are no second look but a habit."""
_ID_BYTES = 4
_PIN = "\0"
"""Between a reason and a pin."""


class WrongReason(Refusal):
    """A reason that says nothing, or too much: it can be given anew."""


class SharingState(StrEnum):
    """Where a request is: its reason is waited for, another administrator is, it can be made, its file is being made, it was made."""

    BEGUN = "begun"
    ASKED = "asked"
    CONFIRMED = "confirmed"
    MAKING = "making"
    MADE = "made"


_GIVEN_BACK = "share_unmade"
_ENDS = ("share_make", "share_decline", "share_void", _GIVEN_BACK)
"""The acts after which nothing can be made of a request, and the one after which something can again."""
_UNUSED = {SharingState.ASKED, SharingState.CONFIRMED, SharingState.MAKING}
"""The states in which something is asked that nobody has yet."""


def require_possible(unit: Unit, admins: Sequence[Moderator]) -> None:
    """Raise Refusal unless somebody outside can open what is shared and there are two administrators."""
    if not unit.settings.export_recipients:
        raise Refusal("moderator.sharing.no_recipients")
    if len(admins) < 2:
        raise Refusal("moderator.sharing.one_admin")


async def begin(unit: Unit, admin: Moderator, spec: str) -> SharingRequest:
    """Begin a request whose reason is still to be typed; one that this administrator has begun before is dropped. Raises
    Refusal when too many wait."""
    own = (SharingRequest.asker_id == admin.id, SharingRequest.state == SharingState.BEGUN)
    await unit.session.execute(delete(SharingRequest).where(*own))
    await _require_room(unit)
    row = SharingRequest(
        id=secrets.token_hex(_ID_BYTES),
        state=SharingState.BEGUN,
        spec=spec,
        asker_id=admin.id,
        expires_hour=unit.hour + unit.settings.sharing_hours,
    )
    unit.session.add(row)
    await unit.session.flush()
    return row


async def _require_room(unit: Unit) -> None:
    if len(await list_open(unit)) >= MOST_OPEN:
        raise Refusal("moderator.sharing.too_many", {"most": MOST_OPEN})


async def begun_by(unit: Unit, admin: Moderator) -> SharingRequest | None:
    """What this administrator has begun and owes a reason for."""
    query = select(SharingRequest).where(
        SharingRequest.asker_id == admin.id,
        SharingRequest.state == SharingState.BEGUN,
        SharingRequest.expires_hour > unit.hour,
    )
    return (await unit.session.scalars(query)).first()


async def ask(unit: Unit, admin: Moderator, row: SharingRequest, typed: str) -> None:
    """Ask the other administrators, with this reason; raises Refusal for one that says nothing or too much, and when too many wait."""
    await _require_room(unit)
    reason = " ".join(typed.split())
    if not LEAST_REASON <= len(reason) <= MOST_REASON:
        raise WrongReason("moderator.sharing.bad_reason", {"least": LEAST_REASON, "most": MOST_REASON})
    row.reason = unit.safe.ring.seal(reason.encode(), _context(row))
    row.state = SharingState.ASKED
    await audit.record(unit, admin.alias, "share_ask", row.id, row.spec)


def _context(row: SharingRequest) -> str:
    parties = f"{row.asker_id}:{row.confirmer_id or ''}"
    return f"sharing_requests.reason:{row.id}:{row.spec}:{parties}"


RING_SEALED = RingSealed(SharingRequest.reason, _context)


def reason_of(unit: Unit, row: SharingRequest) -> str:
    """Why it is asked; blank once that is destroyed, or when its key has left the ring."""
    try:
        return _opened(unit, row).partition(_PIN)[0]
    except Refusal:
        return ""


def _opened(unit: Unit, row: SharingRequest) -> str:
    """The reason and the pin of what was confirmed; raises Refusal where it is none of this request as it stands."""
    if row.reason is None:
        raise Refusal("moderator.sharing.gone")
    try:
        return unit.safe.ring.unseal(row.reason, _context(row)).decode()
    except UnsealError:
        raise Refusal("moderator.sharing.gone") from None


def _require_pinned(unit: Unit, row: SharingRequest, pin: str) -> None:
    if _opened(unit, row).partition(_PIN)[2] != pin:
        raise Refusal("moderator.sharing.changed")


async def list_open(unit: Unit) -> Sequence[SharingRequest]:
    """The requests that wait for somebody, the one that expires first in front."""
    waits = SharingRequest.state.in_((SharingState.ASKED, SharingState.CONFIRMED))
    query = select(SharingRequest).where(waits, SharingRequest.expires_hour > unit.hour)
    return (await unit.session.scalars(query.order_by(SharingRequest.expires_hour, SharingRequest.id))).all()


async def find(
    unit: Unit, request_id: str, *states: SharingState, locked: bool = False, late: bool = False
) -> SharingRequest:
    """The request of this id in one of these states; raises Refusal when there is none, when it has expired, unless that may be (`late`),
    and when one of its two administrators is none any more. With `locked` nobody else changes it until the transaction ends."""
    query = select(SharingRequest).where(
        SharingRequest.id == request_id.strip().lower(), SharingRequest.state.in_(states)
    )
    if not late:
        query = query.where(SharingRequest.expires_hour > unit.hour)
    query = query.execution_options(populate_existing=True)
    if locked:
        await audit.begin(unit)  # before any row, as whoever revokes somebody does
    row = (await unit.session.scalars(query.with_for_update() if locked else query)).first()
    if row is None or not await _stand(unit, row) or not await _is_newest(unit, row):
        raise Refusal("moderator.sharing.gone")
    return row


async def _stand(unit: Unit, row: SharingRequest) -> bool:
    """Whether everybody who had a part in it may still have one."""
    parties = {one for one in (row.asker_id, row.confirmer_id) if one is not None}
    query = select(Moderator).where(Moderator.id.in_(parties), Moderator.active)
    return {one.id for one in await unit.session.scalars(query)} == parties


async def _is_newest(unit: Unit, row: SharingRequest) -> bool:
    """Whether what waits for somebody is no earlier state that was put back: the audit log does not say that it has ended."""
    last = await audit.last_of(unit, _ENDS, [row.id])
    under_way = row.state in {SharingState.MAKING, SharingState.MADE}
    return under_way or last.get(row.id, (_GIVEN_BACK, ""))[0] == _GIVEN_BACK


async def confirm(unit: Unit, admin: Moderator, request_id: str, pin: str = "") -> SharingRequest:
    """Confirm what another administrator asks, as this pin has it; raises Refusal for one's own request and for one that no longer waits."""
    row = await find(unit, request_id, SharingState.ASKED, locked=True)
    if row.asker_id == admin.id:
        raise Refusal("moderator.sharing.own")
    reason = _opened(unit, row)
    row.state, row.confirmer_id = SharingState.CONFIRMED, admin.id
    row.reason = unit.safe.ring.seal(f"{reason}{_PIN}{pin}".encode(), _context(row))
    await audit.record(unit, admin.alias, "share_confirm", row.id, row.spec)
    return row


async def decline(unit: Unit, admin: Moderator, request_id: str) -> SharingRequest:
    """Decline what another administrator asks, or take back what one asked oneself; raises Refusal when it no longer
    waits."""
    row = await find(unit, request_id, SharingState.ASKED, SharingState.CONFIRMED, locked=True)
    await _forget(unit, [row])
    await audit.record(unit, admin.alias, "share_decline", row.id, row.spec)
    return row


async def begin_making(unit: Unit, admin: Moderator, request_id: str, pin: str = "") -> SharingRequest:
    """Have the file of a confirmed request made, which nobody else can have made from now on. Raises Refusal when nothing of this id and pin
    is confirmed, and to whoever did not ask for it."""
    row = await find(unit, request_id, SharingState.CONFIRMED, locked=True)
    if row.asker_id != admin.id:
        raise Refusal("moderator.sharing.not_yours")
    _require_pinned(unit, row, pin)
    row.state = SharingState.MAKING
    await audit.record(unit, admin.alias, "share_make", row.id, row.spec)
    return row


async def require_making(unit: Unit, request_id: str) -> None:
    """Raise Refusal unless the file of this request is being made or was, by two who are administrators still; also when its time is over by
    now."""
    under_way = SharingState.CONFIRMED, SharingState.MAKING, SharingState.MADE
    row = await find(unit, request_id, *under_way, late=True)
    if row.state == SharingState.CONFIRMED:  # given back, and the bot was killed before it said so
        raise Refusal("moderator.sharing.unmade", {"id": row.id})
    if row.state == SharingState.MAKING:
        _opened(unit, row)


async def finish_making(unit: Unit, request_id: str, pin: str = "") -> None:
    """The file is whole: the request is used up. Raises Refusal when it is gone, or of another pin, so that the file must not leave."""
    row = await find(unit, request_id, SharingState.MAKING, SharingState.MADE, locked=True, late=True)
    if row.state == SharingState.MAKING:
        _require_pinned(unit, row, pin)
    _use_up(unit, row)
    await unit.session.flush()


async def give_back(unit: Unit, request_id: str) -> None:
    """No file came of it: it can be made another time, if there is still time, unless it was made once before."""
    row = await find(unit, request_id, SharingState.MAKING, SharingState.MADE, locked=True, late=True)
    if row.state == SharingState.MAKING:
        row.state = SharingState.CONFIRMED
        await audit.record(unit, audit.SYSTEM, "share_unmade", row.id, row.spec)


async def use(unit: Unit, request_id: str, pin: str = "") -> SharingRequest:
    """Use up a confirmed request whose file the operator has made. Raises Refusal when nothing of this id and pin is confirmed."""
    row = await find(unit, request_id, SharingState.CONFIRMED, locked=True)
    _require_pinned(unit, row, pin)
    _use_up(unit, row)
    await audit.record(unit, audit.SYSTEM, "share_make", row.id, row.spec)
    return row


def _use_up(unit: Unit, row: SharingRequest) -> None:
    row.state, row.reason = SharingState.MADE, None
    vault.note_erasure(unit)


async def asker_of(unit: Unit, row: SharingRequest) -> Moderator:
    """Who asks."""
    return await unit.session.get_one(Moderator, row.asker_id)


async def void_of(unit: Unit, moderator: Moderator, actor: str = audit.SYSTEM) -> None:
    """Make void whatever a moderator who is being revoked has asked or confirmed, also what is on its way to a chat."""
    part = or_(SharingRequest.asker_id == moderator.id, SharingRequest.confirmer_id == moderator.id)
    rows = (await unit.session.scalars(select(SharingRequest).where(part))).all()
    await _forget(unit, rows)
    for row in rows:
        if row.state in _UNUSED:
            await audit.record(unit, actor, "share_void", row.id, row.spec)


async def over(unit: Unit, limit: int) -> Sequence[str]:
    """At most so many requests whose time is over."""
    query = select(SharingRequest.id).where(SharingRequest.expires_hour <= unit.hour).limit(limit)
    return (await unit.session.scalars(query)).all()


async def expire(unit: Unit, ids: Collection[str]) -> int:
    """Destroy those of these requests whose time is over; how many."""
    await audit.begin(unit)
    query = select(SharingRequest).where(SharingRequest.id.in_(ids), SharingRequest.expires_hour <= unit.hour)
    rows = (await unit.session.scalars(query)).all()
    await _forget(unit, rows)
    for row in rows:
        if row.state in _UNUSED:
            await audit.record(unit, audit.SYSTEM, "share_expire", row.id, row.spec)
    return len(rows)


async def _forget(unit: Unit, rows: Sequence[SharingRequest]) -> None:
    if rows:
        ids = [row.id for row in rows]
        statement = delete(SharingRequest).where(SharingRequest.id.in_(ids))
        await unit.session.execute(statement.execution_options(synchronize_session=False))
        for row in rows:
            unit.session.expunge(row)
        vault.note_erasure(unit)
