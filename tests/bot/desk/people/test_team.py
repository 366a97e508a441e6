"""Inviting, enrolling and revoking moderators."""

import pytest
from sqlalchemy import select

from bot.desk.people import service as people_service
from bot.desk.publishing import service as publishing_service
from bot.errors import Refusal
from bot.reports import claims
from bot.reports.states import Status
from bot.store import drafting
from db.models import AuditEntry, DraftRow, Invite, OutboxRow
from tests.bench import Bench, count, opens


async def test_an_invitation_enrols_who_opens_it_once(bench: Bench) -> None:
    """The token binds to a chat, the next text is the alias, then the invitation is used up."""
    chat_id, chat = bench.new_chat()
    async with bench.write() as unit:
        token = await people_service.invite(unit, people_service.ADMIN)
    async with bench.write() as unit:
        await people_service.open_invite(unit, token, chat)
        assert await people_service.enrolling(unit, [chat]) == {chat}
    async with bench.write() as unit:
        await people_service.enrol(unit, chat, chat_id, "  Aspan   2 ", "kk")
    async with bench.write() as unit:
        found = (await people_service.of_chats(unit, [chat]))[chat]
        assert (found.alias, found.role, found.language) == ("Aspan 2", "admin", "kk")
        assert people_service.address(unit, found) == chat_id
        assert await count(unit, Invite) == 0
        with pytest.raises(Refusal, match=r"invite\.unknown"):
            await people_service.open_invite(unit, token, bench.new_chat()[1])


async def test_an_address_whose_key_left_the_ring_is_none(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged by the alias alone; nothing is raised."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        bench.change_ring()
    async with bench.read() as unit:
        assert people_service.address(unit, moderator) is None
    assert caplog.messages == ["the address of moderator Aspan does not open: invite anew"]


async def test_tokens_are_long_and_kept_as_a_hash_only(bench: Bench) -> None:
    """At least 128 random bits that fit a deep link; the database never sees them."""
    async with bench.write() as unit:
        tokens = {await people_service.invite(unit, people_service.MODERATOR) for _ in range(3)}
        stored = (await unit.session.scalars(select(Invite.token_hash))).all()
    assert len(tokens) == 3
    assert all(len(token) >= 22 and len(token) <= 64 for token in tokens)
    assert not [token for token in tokens if any(token.encode() in hashed for hashed in stored)]


async def test_an_invitation_belongs_to_the_first_who_opens_it(bench: Bench) -> None:
    """A second chat is refused, the first may open it again."""
    (_, first), (_, second) = bench.new_chat(), bench.new_chat()
    async with bench.write() as unit:
        token = await people_service.invite(unit, people_service.MODERATOR)
        await people_service.open_invite(unit, token, first)
        await people_service.open_invite(unit, token, first)
        with pytest.raises(Refusal, match=r"invite\.unknown"):
            await people_service.open_invite(unit, token, second)


async def test_a_second_invitation_of_a_chat_takes_the_place_of_the_first(bench: Bench) -> None:
    """Two links opened one after the other: the last one counts, the other is free again."""
    chat_id, chat = bench.new_chat()
    async with bench.write() as unit:
        first = await people_service.invite(unit, people_service.ADMIN)
        second = await people_service.invite(unit, people_service.MODERATOR)
        await people_service.open_invite(unit, first, chat)
        await people_service.open_invite(unit, second, chat)
        assert (
            await people_service.enrol(unit, chat, chat_id, "Aspan", "ru")
        ).role == people_service.MODERATOR
        await people_service.open_invite(unit, first, bench.new_chat()[1])


async def test_an_invitation_expires(bench: Bench) -> None:
    """After its hours it opens nothing, and an opened one enrols nobody."""
    chat_id, chat = bench.new_chat()
    async with bench.write() as unit:
        opened = await people_service.invite(unit, people_service.MODERATOR)
        unopened = await people_service.invite(unit, people_service.MODERATOR)
        await people_service.open_invite(unit, opened, chat)
    bench.later(people_service.INVITE_HOURS)
    async with bench.write() as unit:
        assert not await people_service.enrolling(unit, [chat])
        with pytest.raises(Refusal):
            await people_service.enrol(unit, chat, chat_id, "Aspan", "ru")
        with pytest.raises(Refusal):
            await people_service.open_invite(unit, unopened, bench.new_chat()[1])


@pytest.mark.parametrize(
    "alias",
    ["a", "x" * 41, "@aspan", "+77011234567", "8 701 123 45 67", "aspan 701123", "___", "a.b", "a\x00b"],
)
async def test_an_alias_that_could_name_a_person_is_refused(bench: Bench, alias: str) -> None:
    """No @name, no telephone number, 2 to 40 letters, digits, spaces, _ and -."""
    chat_id, chat = bench.new_chat()
    async with bench.write() as unit:
        await people_service.open_invite(
            unit, await people_service.invite(unit, people_service.MODERATOR), chat
        )
        with pytest.raises(Refusal, match=r"alias\.bad"):
            await people_service.enrol(unit, chat, chat_id, alias, "ru")
        assert await people_service.enrolling(unit, [chat])


async def test_an_alias_is_never_anothers(bench: Bench) -> None:
    """Not in another case or with Cyrillic letters that look alike, not one of the past, not a name that the audit log uses itself."""
    chat_id, chat = bench.new_chat()
    async with bench.write() as unit:
        known = await bench.moderator(unit, "Aspan")
        await people_service.revoke(unit, "Aspan")
        await people_service.open_invite(
            unit, await people_service.invite(unit, people_service.MODERATOR), known.chat_hash
        )
        await people_service.enrol(unit, known.chat_hash, 1, "Teniz", "ru")
        await people_service.open_invite(
            unit, await people_service.invite(unit, people_service.MODERATOR), chat
        )
        for alias in (
            "teniz",
            "Aspan",
            "system",
            "Reporter",
            "Теniz",
            "Аspаn",
            "ten iz",
            "TENIZ_",
            "repоrter",
        ):
            with pytest.raises(Refusal, match=r"alias\.taken"):
                await people_service.enrol(unit, chat, chat_id, alias, "ru")


async def test_who_is_revoked_is_nobody_and_can_come_back(bench: Bench) -> None:
    """Claims are released, edits and what was on its way destroyed; a new invitation revives the same row."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await claims.claim(unit, moderator, report)
        edit = await publishing_service.begin(unit, moderator, report, None)
        drafting.save(unit, edit)
        key_id = edit.row.data_key_id
        shown = OutboxRow(
            id=1,
            number=1,
            chat_hash=moderator.chat_hash,
            payload=b"",
            prompt_step=None,
            report_id=report.id,
            hour=unit.hour,
        )
        unit.session.add(shown)
    async with bench.write() as unit:
        await people_service.revoke(unit, "Aspan")
    async with bench.write() as unit:
        assert not await people_service.of_chats(unit, [moderator.chat_hash])
        found = await claims.find(unit, report.ref)
        assert (found.status, found.moderator_id) == (Status.NEW, None)
        assert await count(unit, DraftRow) == await count(unit, OutboxRow) == 0
        assert await opens(unit, key_id, report.data_key_id) == [False, True]
        with pytest.raises(Refusal):
            await people_service.revoke(unit, "Aspan")
        token = await people_service.invite(unit, people_service.ADMIN)
        await people_service.open_invite(unit, token, moderator.chat_hash)
        again = await people_service.enrol(unit, moderator.chat_hash, 5, "Aspan", "en")
        assert (again.id, again.active, again.role) == (moderator.id, True, people_service.ADMIN)
        assert len(await people_service.list_moderators(unit)) == 1


async def test_a_moderator_needs_no_invitation(bench: Bench) -> None:
    """One who is enrolled is told so, and the invitation stays good for another."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        token = await people_service.invite(unit, people_service.ADMIN)
        with pytest.raises(Refusal, match=r"invite\.already"):
            await people_service.open_invite(unit, token, moderator.chat_hash)
        await people_service.open_invite(unit, token, bench.new_chat()[1])


async def test_who_was_invited_enrolled_and_revoked_is_in_the_audit_log(bench: Bench) -> None:
    """With aliases and roles, and nothing of a chat."""
    async with bench.write() as unit:
        await bench.moderator(unit, role=people_service.ADMIN)
        await people_service.invite(unit, people_service.MODERATOR)
        (second,) = map(people_service.invitation_name, await people_service.list_open_invitations(unit))
        await people_service.revoke(unit, "Aspan")
        query = select(AuditEntry.actor, AuditEntry.act, AuditEntry.subject, AuditEntry.detail)
        entries = [tuple(row) for row in await unit.session.execute(query.order_by(AuditEntry.id))]
    first = entries[0][2]
    assert entries == [
        ("system", "invite", first, "admin"),
        ("Aspan", "enrol", first, "admin"),
        ("system", "invite", second, "moderator"),
        ("system", "revoke", "Aspan", ""),
        ("system", "void", second, "moderator"),
    ]


async def test_an_unknown_role_is_a_mistake_of_ours(bench: Bench) -> None:
    """There are four roles."""
    async with bench.write() as unit:
        with pytest.raises(ValueError, match="admin, moderator, analyst, translator"):
            await people_service.invite(unit, "king")


async def test_who_is_revoked_comes_back_by_no_open_invitation(bench: Bench) -> None:
    """Neither by a link that waits, nor by one that a second account has opened; a new invitation is good."""
    chat_id, second = bench.new_chat()
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        waiting, opened = [await people_service.invite(unit, people_service.ADMIN) for _ in range(2)]
        await people_service.open_invite(unit, opened, second)
        await people_service.revoke(unit, "Aspan")
    async with bench.write() as unit:
        for chat in (moderator.chat_hash, second):
            for token in (waiting, opened):
                with pytest.raises(Refusal, match=r"invite\.unknown"):
                    await people_service.open_invite(unit, token, chat)
        with pytest.raises(Refusal, match=r"invite\.unknown"):
            await people_service.enrol(unit, second, chat_id, "Teniz", "ru")
        await people_service.open_invite(
            unit, await people_service.invite(unit, people_service.ADMIN), moderator.chat_hash
        )


async def test_the_log_says_who_took_a_report_from_whoever_was_revoked(bench: Bench) -> None:
    """Whoever closed the access, or the operator; not the one who had no part in it."""
    async with bench.write() as unit:
        for number, actor in enumerate(("Bota", "system")):
            moderator = await bench.moderator(unit, f"Aspan {number}")
            await claims.claim(unit, moderator, (await bench.submit(unit)).report)
            await people_service.revoke(unit, moderator.alias, actor)
        query = select(AuditEntry.actor).where(AuditEntry.act == "release").order_by(AuditEntry.id)
        assert list(await unit.session.scalars(query)) == ["Bota", "system"]
