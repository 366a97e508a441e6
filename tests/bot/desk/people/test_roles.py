"""What each role of the team may: written out by hand, beside the table of commands."""

import pytest
from sqlalchemy import select

from bot.app.commands import ACTS, COMMANDS, MENU, Permission
from bot.chat.buttons import Act
from bot.desk.people import service as people_service
from bot.errors import Refusal
from bot.reports import claims
from bot.reports.states import Status
from bot.store.unit import REVIEWERS, Role
from db.models import AuditEntry
from tests.bench import approve_proposal
from tests.bot.chat.chats import TEXTS, Chats, words
from tests.bot.chat.moderating import STORY, enrol, report, status

EVERYBODYS, NOT_OF_REPORTS = {"menu", "settings"}, {"export", "stats"}
"""What everybody in the team may, and what of the moderators' commands needs no report."""
REPLIES = ("moderator.duplicate.ask.reply", "moderator.incident.ask.reply", "moderator.relate.ask.reply")
ADMINS = {"setup", "country_update", "share", "blocks", "team", "invite", "revoke", "audit", "forms"}


def test_each_command_says_which_roles_may() -> None:
    """An administrator everything; an analyst what needs no report; a translator nothing of either."""
    of_team = {one.name for one in COMMANDS if one.permission is not Permission.ANYBODY and one.in_menu}
    assert set(MENU.by_role[Role.ADMIN]) == of_team
    assert set(MENU.by_role[Role.MODERATOR]) == of_team - ADMINS
    assert set(MENU.by_role[Role.ANALYST]) == EVERYBODYS | NOT_OF_REPORTS
    assert set(MENU.by_role[Role.TRANSLATOR]) == EVERYBODYS | {"translate"}


@pytest.mark.parametrize("role", [Role.ANALYST, Role.TRANSLATOR])
async def test_who_reads_no_reports_is_told_and_shown_nothing_of_one(chats: Chats, role: Role) -> None:
    """Neither when it comes, nor by a command, nor by a button that another one's chat has; nor by the service itself."""
    await enrol(chats, 5, "Aspan")
    await enrol(chats, 6, "Bota", role)
    ref = await report(chats)
    announced = await chats.announce()
    assert [call.params["chat_id"] for call in announced] == [5]
    refused = TEXTS.text("en", "moderator.other_role")
    for name in sorted(set(MENU.by_role[Role.MODERATOR]) - NOT_OF_REPORTS - EVERYBODYS - {"translate"}):
        assert words(await chats.say(6, f"/{name} {ref}")) == refused, name
    for verb in sorted(verb for verb, one in ACTS.items() if one.permission is Permission.MODERATOR):
        said = words(await chats.tap(6, Act(verb, ref, "1")))
        assert ref not in said, verb
        assert STORY not in said, verb
    async with chats.bench.write() as unit:
        member = (await people_service.of_chats(unit, [chats.bench.safe.pseudonyms.chat(6)])).popitem()[1]
        found = await claims.find(unit, ref)
        for act in (claims.claim, claims.reopen):
            with pytest.raises(Refusal, match="other_role"):
                await act(unit, member, found)
        assert {one.role for one in await people_service.reviewers(unit)} <= REVIEWERS
    allowed = words(await chats.say(6, "/export"))
    assert (allowed == refused) == (role is Role.TRANSLATOR)


async def test_a_member_enrols_in_the_role_of_the_invitation(chats: Chats) -> None:
    """The menu of the chat has what the role may, and no more."""
    async with chats.bench.write() as unit:
        token = await people_service.invite(unit, Role.ANALYST)
    await chats.say(5, f"/start {token}")
    calls = await chats.say(5, "Aspan")
    assert "Your role: analyst" in words(calls)
    (menu,) = [call.params["commands"] for call in calls if call.method == "setMyCommands"]
    shown = [entry["command"] for entry in menu]
    assert shown == [*MENU.by_role[Role.ANALYST], *MENU.everybody]


@pytest.mark.parametrize("role", [Role.ANALYST, Role.TRANSLATOR])
async def test_who_reads_no_reports_any_more_replies_to_what_they_were_asked_in_vain(
    chats: Chats, role: Role
) -> None:
    """Neither a search, nor a note, nor a decision comes of it, whatever still stands in the chat of somebody who was a moderator."""
    await enrol(chats, 6, "Bota", role)
    async with chats.bench.write() as unit:
        moderator = await chats.bench.moderator(unit, "Aspan")
        first, second = [(await chats.bench.submit(unit)).report for _ in range(2)]
        await chats.bench.propose(unit, moderator, first)
        await approve_proposal(unit, moderator, first)
    about: dict[str, str | int] = {"ref": first.ref, "most": 1000}
    for key in (*REPLIES, "moderator.note.ask", "moderator.search.ask"):
        typed = second.ref if key in REPLIES else "akimat"
        calls = await chats.reply(6, typed, TEXTS.text("en", key, about))
        assert first.ref not in words(calls), key
        assert not [call.attach for call in calls if call.attach], key
    async with chats.bench.read() as unit:
        entries = (
            await unit.session.scalars(
                select(AuditEntry).order_by(AuditEntry.id).where(AuditEntry.actor == "Bota")
            )
        ).all()
        assert [one.act for one in entries] == ["enrol"]


async def test_for_anybody_else_the_commands_do_not_exist(chats: Chats) -> None:
    """Neither by command nor by a forged button is anything told or changed."""
    ref = await report(chats)
    unknown = words(await chats.say(6, "/nonsense"))
    for command in MENU.moderators:
        assert words(await chats.say(6, f"/{command} {ref}")) == unknown
    for verb in (verb for verb, command in ACTS.items() if command.permission is not Permission.ANYBODY):
        calls = await chats.tap(6, Act(verb, ref, "1"))
        assert ref not in words(calls)
    async with chats.bench.read() as unit:
        assert await status(unit, ref) == Status.NEW
