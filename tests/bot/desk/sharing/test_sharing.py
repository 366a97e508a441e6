"""Requests to share: two administrators, some hours, once."""

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from bot.app import retention
from bot.desk.people import service as people_service
from bot.desk.sharing import service as sharing_service
from bot.desk.sharing.service import SharingState
from bot.errors import Refusal
from bot.safety.sealing import RingSeal, show_key
from bot.store import audit, ring_keys
from bot.store.unit import Safe, UnitOfWork
from db.models import AuditEntry, Moderator, SharingRequest
from tests.bench import OTHER, Bench, count

IN_THE_CLEAR = ("id", "state", "spec", "asker_id", "confirmer_id", "expires_hour", "row_mac")
SPEC = "names:csv:2026-01-01:2026-03-31"
WHY = "For the appeal of our partner in Geneva"


async def admins(bench: Bench, unit: UnitOfWork) -> list[Moderator]:
    """Three administrators: who asks, who confirms, and one more."""
    return [await bench.moderator(unit, alias, people_service.ADMIN) for alias in ("Aspan", "Bota", "Samal")]


async def asked(unit: UnitOfWork, admin: Moderator) -> str:
    """A request with its reason."""
    row = await sharing_service.begin(unit, admin, SPEC)
    await sharing_service.ask(unit, admin, row, WHY)
    return row.id


async def acts(unit: UnitOfWork) -> list[tuple[str, str]]:
    """Who did what of a request, as the audit log has it."""
    query = select(AuditEntry).where(AuditEntry.act.startswith("share_")).order_by(AuditEntry.id)
    entries = (await unit.session.scalars(query)).all()
    assert {entry.detail for entry in entries} <= {SPEC}
    return [(entry.act, entry.actor) for entry in entries]


async def test_another_administrator_confirms_and_it_is_made_once(bench: Bench) -> None:
    """By whoever asked; every act stands in the audit log, and the words of why are gone then."""
    async with bench.write() as unit:
        first, second, _ = await admins(bench, unit)
        number = await asked(unit, first)
    async with bench.write() as unit:
        await sharing_service.confirm(unit, second, number)
    async with bench.write() as unit:
        (row,) = await sharing_service.list_open(unit)
        assert (sharing_service.reason_of(unit, row), row.spec) == (WHY, SPEC)
        with pytest.raises(Refusal, match="not_yours"):
            await sharing_service.begin_making(unit, second, number)
        await sharing_service.begin_making(unit, first, number)
        assert await sharing_service.list_open(unit) == []
        with pytest.raises(Refusal, match="gone"):
            await sharing_service.begin_making(unit, first, number)
        with pytest.raises(Refusal, match="gone"):
            await sharing_service.use(unit, number)
        await sharing_service.finish_making(unit, number)
        assert (row.state, row.reason) == (SharingState.MADE, None)
        await sharing_service.give_back(unit, number)  # made again after a kill, and nothing was left of it
        with pytest.raises(Refusal, match="gone"):
            await sharing_service.begin_making(unit, first, number)
        assert await acts(unit) == [
            ("share_ask", "Aspan"),
            ("share_confirm", "Bota"),
            ("share_make", "Aspan"),
        ]
        assert await audit.broken_at(unit) is None


async def test_what_was_not_made_can_be_made_another_time(bench: Bench) -> None:
    """By the operator, or in the chat again; that nothing came of it stands in the audit log."""
    async with bench.write() as unit:
        first, second, _ = await admins(bench, unit)
        number = await asked(unit, first)
        await sharing_service.confirm(unit, second, number)
        await sharing_service.begin_making(unit, first, number)
        await sharing_service.give_back(unit, number)
        with pytest.raises(Refusal, match="unmade"):
            await sharing_service.require_making(unit, number)
        made = await sharing_service.use(unit, number)
        assert (made.state, made.reason) == (SharingState.MADE, None)
        assert [one for one in await acts(unit) if "make" in one[0] or "made" in one[0]] == [
            ("share_make", "Aspan"),
            ("share_unmade", "system"),
            ("share_make", "system"),
        ]


async def test_what_is_being_made_is_made_though_its_time_is_over(bench: Bench) -> None:
    """The file may wait for Telegram; a sweep destroys the request."""
    async with bench.write() as unit:
        first, second, _ = await admins(bench, unit)
        number = await asked(unit, first)
        await sharing_service.confirm(unit, second, number)
        await sharing_service.begin_making(unit, first, number)
    bench.later(sharing_service.OPEN_HOURS)
    async with bench.write() as unit:
        await sharing_service.require_making(unit, number)
        await sharing_service.finish_making(unit, number)
        await retention.sweep(unit)
        with pytest.raises(Refusal, match="gone"):
            await sharing_service.require_making(unit, number)


async def test_no_more_requests_wait_than_can_be_looked_at(bench: Bench) -> None:
    """Also where two are typed at a time."""
    async with bench.write() as unit:
        first, second, _ = await admins(bench, unit)
        late = await sharing_service.begin(unit, second, SPEC)
        for _ in range(sharing_service.MOST_OPEN):
            await asked(unit, first)
        with pytest.raises(Refusal, match="too_many"):
            await sharing_service.ask(unit, second, late, WHY)
        with pytest.raises(Refusal, match="too_many"):
            await sharing_service.begin(unit, first, SPEC)


@pytest.mark.parametrize(
    "changed",
    [{"spec": SPEC.replace("names", "stories")}, {"state": SharingState.CONFIRMED}, {"asker_id": "third"}],
)
async def test_whoever_can_only_write_to_the_database_shares_nothing(
    bench: Bench, changed: dict[str, str]
) -> None:
    """Neither by a row that says it was confirmed, nor with more in it than was confirmed, nor in another's name."""
    async with bench.write() as unit:
        first, second, third = await admins(bench, unit)
        number = await asked(unit, first)
        if "state" in changed:
            changed |= {"confirmer_id": second.id}
        else:
            await sharing_service.confirm(unit, second, number)
        if "asker_id" in changed:
            changed |= {"asker_id": third.id}
    async with bench.write() as unit:
        await unit.session.execute(update(SharingRequest).values(**changed))
    async with bench.write() as unit:
        with pytest.raises(Refusal, match="gone"):
            await sharing_service.use(unit, number)


async def test_nobody_confirms_alone(bench: Bench) -> None:
    """Neither one's own request nor one that has no reason yet, nor one a second time, and nothing unconfirmed is made."""
    async with bench.write() as unit:
        first, second, third = await admins(bench, unit)
        begun = await sharing_service.begin(unit, first, SPEC)
        with pytest.raises(Refusal, match="gone"):
            await sharing_service.confirm(unit, second, begun.id)
        number = await asked(unit, first)
        assert await sharing_service.begun_by(unit, first) is None
        with pytest.raises(Refusal, match="own"):
            await sharing_service.confirm(unit, first, number)
        with pytest.raises(Refusal, match="gone"):
            await sharing_service.begin_making(unit, first, number)
        with pytest.raises(Refusal, match="gone"):
            await sharing_service.use(unit, number)
        await sharing_service.confirm(unit, second, number)
        with pytest.raises(Refusal, match="gone"):
            await sharing_service.confirm(unit, third, number)


async def test_it_can_be_declined_and_taken_back(bench: Bench) -> None:
    """Also after it was confirmed; nothing of it is left but the entries."""
    async with bench.write() as unit:
        first, second, third = await admins(bench, unit)
        declined, back, confirmed = [await asked(unit, first) for _ in range(3)]
        await sharing_service.decline(unit, second, declined)
        await sharing_service.decline(unit, first, back)
        await sharing_service.confirm(unit, second, confirmed)
        await sharing_service.decline(unit, third, confirmed)
        assert await count(unit, SharingRequest) == 0
        for number in (declined, back, confirmed):
            with pytest.raises(Refusal, match="gone"):
                await sharing_service.confirm(unit, second, number)
        assert [actor for act, actor in await acts(unit) if act == "share_decline"] == [
            "Bota",
            "Aspan",
            "Samal",
        ]


async def test_it_expires_and_leaves_nothing(bench: Bench) -> None:
    """Asked or confirmed, after OPEN_HOURS: it is refused in that hour, before a sweep has destroyed it."""
    async with bench.write() as unit:
        first, second, _ = await admins(bench, unit)
        waiting, confirmed, made = [await asked(unit, first) for _ in range(3)]
        for number in (confirmed, made):
            await sharing_service.confirm(unit, second, number)
        await sharing_service.begin_making(unit, first, made)
        await sharing_service.begin(unit, second, SPEC)
    bench.later(sharing_service.OPEN_HOURS - 1)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["sharing_requests"] == 0
    bench.later(1)
    async with bench.write() as unit:
        with pytest.raises(Refusal, match="gone"):
            await sharing_service.confirm(unit, second, waiting)
        with pytest.raises(Refusal, match="gone"):
            await sharing_service.begin_making(unit, first, confirmed)
        assert await sharing_service.begun_by(unit, second) is None
        assert (await retention.sweep(unit))["sharing_requests"] == 4
        assert await count(unit, SharingRequest) == 0
        assert [one for one in await acts(unit) if one[0] == "share_expire"] == [
            ("share_expire", "system")
        ] * 3


@pytest.mark.parametrize("revoked", [0, 1], ids=["asked", "confirmed"])
async def test_whoever_is_revoked_takes_it_along(bench: Bench, revoked: int) -> None:
    """What they asked or confirmed is void, also when they come back, and what was made but not sent yet."""
    async with bench.write() as unit:
        parties = await admins(bench, unit)
        first, second, third = parties
        confirmed, made = [await asked(unit, first) for _ in range(2)]
        for number in (confirmed, made):
            await sharing_service.confirm(unit, second, number)
        await sharing_service.begin_making(unit, first, made)
        kept = await asked(unit, third)
        gone = parties[revoked]
        await people_service.revoke(unit, gone.alias)
        token = await people_service.invite(unit, people_service.ADMIN)
        await people_service.open_invite(unit, token, gone.chat_hash)
        await people_service.enrol(unit, gone.chat_hash, 7_000_000_001 + revoked, gone.alias, "ru")
        with pytest.raises(Refusal, match="gone"):
            await sharing_service.use(unit, confirmed)
        with pytest.raises(Refusal, match="gone"):
            await sharing_service.require_making(unit, made)
        assert [row.id for row in await sharing_service.list_open(unit)] == [kept]
        assert [one for one in await acts(unit) if one[0] == "share_void"] == [("share_void", "system")] * 2


async def test_a_reason_says_something(bench: Bench) -> None:
    """Not too little and not too much; what was begun waits for a better one, and one of each person at a time."""
    async with bench.write() as unit:
        first, *_ = await admins(bench, unit)
        await sharing_service.begin(unit, first, SPEC)
        row = await sharing_service.begin(unit, first, SPEC)
        for typed in ("", " ok ", "x" * 301):
            with pytest.raises(Refusal, match="bad_reason"):
                await sharing_service.ask(unit, first, row, typed)
        assert await sharing_service.begun_by(unit, first) is row
        assert await count(unit, SharingRequest) == 1


async def test_so_many_wait_and_no_more(bench: Bench) -> None:
    """Whoever confirms should be able to look at each."""
    async with bench.write() as unit:
        first, second, _ = await admins(bench, unit)
        for _ in range(sharing_service.MOST_OPEN):
            number = await asked(unit, first)
        with pytest.raises(Refusal, match="too_many"):
            await sharing_service.begin(unit, second, SPEC)
        await sharing_service.decline(unit, second, number)
        await sharing_service.begin(unit, second, SPEC)


async def test_it_takes_recipients_and_two_administrators(bench: Bench) -> None:
    """Else what to do is said."""
    async with bench.write() as unit:
        team_ = await admins(bench, unit)
        assert [one.alias for one in await people_service.admins(unit)] == ["Aspan", "Bota", "Samal"]
        with pytest.raises(Refusal, match="no_recipients"):
            sharing_service.require_possible(unit, team_)
    bench.settings = bench.settings.model_copy(update={"export_recipients": ("age1",)})
    async with bench.write() as unit:
        sharing_service.require_possible(unit, team_[:2])
        with pytest.raises(Refusal, match="one_admin"):
            sharing_service.require_possible(unit, team_[:1])


async def test_words_of_why_are_sealed_and_survive_a_rotation(bench: Bench) -> None:
    """They open only in their row, and not without their key; what stands in the clear is on the list."""
    async with bench.write() as unit:
        first, *_ = await admins(bench, unit)
        number = await asked(unit, first)
        row = await unit.session.get_one(SharingRequest, number)
        assert row.reason is not None
        assert WHY.encode() not in row.reason
        assert {column.name for column in SharingRequest.__table__.columns} == {"reason", *IN_THE_CLEAR}
    ring = f"k2:{show_key(OTHER)},{bench.settings.key_ring.get_secret_value()}"
    bench.change_ring()
    async with bench.read() as unit:
        row = await unit.session.get_one(SharingRequest, number)
        assert sharing_service.reason_of(unit, row) == ""
    bench.settings = bench.settings.model_copy(update={"key_ring": SecretStr(ring)})
    bench.safe = Safe(RingSeal(bench.settings.ring), bench.safe.pseudonyms, bench.safe.audit_key)
    async with bench.write() as unit:
        assert (await ring_keys.reseal(unit, sharing_service.RING_SEALED))[0] == 1
    bench.change_ring()
    async with bench.read() as unit:
        row = await unit.session.get_one(SharingRequest, number)
        assert sharing_service.reason_of(unit, row) == WHY
