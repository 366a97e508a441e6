"""The team in the chat: invitations with an expiry, counted, listed and made void; who is there; access that is closed."""

import re
from typing import Any

from sqlalchemy import select

from bot.chat.buttons import Act
from bot.desk.people import service as people_service
from bot.reports.states import Status
from db.models import AuditEntry
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import STORY, enrol, report, status

ADMIN, OTHER, NEW = 5, 6, 7
_LINK = re.compile(r"https://t\.me/kuager_bot\?start=([\w-]{32})(?![\w-])")


def text(key: str, **args: Any) -> str:
    """A text of the bot."""
    return TEXTS.text("en", key, args)


async def audited(chats: Chats) -> list[tuple[str, ...]]:
    """What the audit log has."""
    async with chats.bench.read() as unit:
        query = select(AuditEntry.actor, AuditEntry.act, AuditEntry.detail).order_by(AuditEntry.id)
        return [tuple(row) for row in await unit.session.execute(query)]


async def test_an_administrator_invites_by_three_taps_and_the_link_lets_one_person_in(chats: Chats) -> None:
    """A role, for how long: a link in its own message, which may be passed on. It ends with its hours."""
    await enrol(chats, ADMIN, "Aspan", "admin")
    roles = buttons(await chats.tap(ADMIN, Act("minvite")))
    assert roles == ["aminvite.admin.", "aminvite.moderator.", "aminvite.analyst.", "aminvite.translator."]
    hours = buttons(await chats.tap_data(ADMIN, roles[2]))
    assert hours == [f"aminvite.analyst.{number}" for number in (1, 24, 72, 168)]
    (call,) = [one for one in await chats.tap_data(ADMIN, hours[0]) if one.method == "sendMessage"]
    assert "protect_content" not in call.params
    (token,) = _LINK.findall(call.params["text"])
    await chats.say(NEW, f"/start {token}")
    assert text("moderator.invite.unknown") in words(await chats.say(OTHER, f"/start {token}"))
    assert "Your role: analyst" in words(await chats.say(NEW, "Bota"))
    late = _LINK.findall(words(await chats.say(ADMIN, "/invite moderator 1")))
    chats.bench.later(1)
    assert text("moderator.invite.unknown") in words(await chats.say(OTHER, f"/start {late[0]}"))
    assert [entry for entry in await audited(chats) if entry[0] != "system"] == [
        ("Aspan", "enrol", "admin"),
        ("Aspan", "invite", "analyst"),
        ("Bota", "enrol", "analyst"),
        ("Aspan", "invite", "moderator"),
    ]


async def test_as_many_links_are_made_as_were_asked_for_and_each_can_be_taken_back(chats: Chats) -> None:
    """In the words of the chat's language too; what cannot be meant makes none."""
    await enrol(chats, ADMIN, "Aspan", "admin")
    made = words(await chats.say(ADMIN, "/invite Translator 24 3"))
    tokens = _LINK.findall(made)
    assert len(set(tokens)) == 3
    for wrong in (
        "king 24",
        "moderator 0",
        "moderator 169",
        "moderator 24 11",
        "moderator x",
        "moderator 24 ²",
    ):
        assert not _LINK.search(words(await chats.say(ADMIN, f"/invite {wrong}"))), wrong
    await chats.say(NEW, f"/start {tokens[0]}")
    listed = await chats.tap(ADMIN, Act("minvites"))
    assert words(listed).count("not opened") == 2
    assert words(listed).count("no alias yet") == words(listed).count("Open invitations: 3") == 1
    assert all(token not in words(listed) for token in tokens)
    voids = [data for data in buttons(listed) if data.startswith("amvoid.")]
    assert "void now: 1" in words(await chats.tap_data(ADMIN, voids[0]))
    assert "void now: 2" in words(await chats.tap(ADMIN, Act("mvoidall")))
    assert words(await chats.tap(ADMIN, Act("minvites"))).strip() == text("moderator.invite.none")
    assert text("moderator.invite.unknown") in words(await chats.say(OTHER, f"/start {tokens[1]}"))
    async with chats.bench.read() as unit:
        assert not await people_service.list_open_invitations(unit)


async def test_closing_access_takes_two_taps_and_leaves_nothing(chats: Chats) -> None:
    """What the member held waits again, their chat is cleared, their next word is a stranger's, in the same batch too."""
    await enrol(chats, ADMIN, "Aspan", "admin")
    await enrol(chats, OTHER, "Бота 2")
    ref = await report(chats)
    await chats.say(OTHER, f"/open {ref}")
    listed = await chats.say(ADMIN, "/team")
    assert "Бота 2 · moderator · holds: 1" in words(listed)
    (member,) = [data for data in buttons(listed) if data.startswith("ammember.")][1:]
    card = await chats.tap_data(ADMIN, member)
    assert ref in words(card)
    assert STORY not in words(card)
    asked = await chats.tap_data(ADMIN, buttons(card)[0])
    async with chats.bench.read() as unit:
        assert await status(unit, ref) == Status.CLAIMED
    (sure,) = [data for data in buttons(asked) if data.startswith("amrevokeyes.")]
    calls = await chats.batch(chats.tapped(ADMIN, sure), chats.written(OTHER, f"/open {ref}"))
    assert text("moderator.revoke.done", alias="Бота 2", hours=47) in words(calls, ADMIN)
    assert words(calls, OTHER).strip() == text("reporter.unknown_command")
    assert {call.method for call in calls if call.params.get("chat_id") == OTHER} >= {"deleteMessages"}
    async with chats.bench.read() as unit:
        assert await status(unit, ref) == Status.NEW
    assert words(await chats.tap_data(ADMIN, sure)) == text("moderator.team.gone")
    assert "Access closed: Бота 2" in words(await chats.say(ADMIN, "/team"))
    assert ("Aspan", "revoke", "") in await audited(chats)


async def test_somebody_always_keeps_the_team(chats: Chats) -> None:
    """The last administrator cannot go; of two who close each other's access one stays. An alias is found however it is typed."""
    await enrol(chats, ADMIN, "Aspan", "admin")
    (own,) = await revoking(chats, ADMIN, "ASPAN")
    calls = await chats.tap_data(ADMIN, own)
    assert [call.params["text"] for call in calls if call.method == "answerCallbackQuery"] == [
        text("moderator.revoke.last")
    ]
    await enrol(chats, OTHER, "Bota", "admin")
    (first,), (second,) = await revoking(chats, ADMIN, " bota "), await revoking(chats, OTHER, "aspan")
    await chats.batch(chats.tapped(ADMIN, first), chats.tapped(OTHER, second))
    async with chats.bench.read() as unit:
        assert [one.alias for one in await people_service.admins(unit)] == ["Aspan"]
    assert text("moderator.alias.unknown", alias="Bota") in words(await chats.say(ADMIN, "/revoke Bota"))
    async with chats.bench.write() as unit:
        token = await people_service.invite(unit, "admin")
    await chats.say(OTHER, f"/start {token}")
    came = words(await chats.say(OTHER, "Ceda"), ADMIN)
    assert came == text("moderator.notice.enrolled", alias="Ceda", role="administrator")
    (own,) = await revoking(chats, ADMIN, "Aspan")
    left = await chats.tap_data(ADMIN, own)
    assert words(left, ADMIN) == ""
    assert words(left, OTHER) == text("moderator.notice.revoked", alias="Aspan", admin="Aspan")
    assert words(await chats.say(ADMIN, "/team")) == text("reporter.unknown_command")


async def revoking(chats: Chats, admin: int, alias: str) -> list[str]:
    """The data of the button that closes a member's access."""
    return [data for data in buttons(await chats.say(admin, f"/revoke {alias}")) if "mrevokeyes." in data]


async def test_a_revoked_moderator_is_anybody(chats: Chats) -> None:
    """From that moment."""
    ref = await report(chats)
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        await people_service.revoke(unit, "Aspan")
    assert ref not in words(await chats.say(5, "/queue"))
    assert STORY not in words(await chats.say(5, f"/open {ref}"))


async def test_the_code_of_a_report_becomes_nobodys_alias(chats: Chats) -> None:
    """Other administrators and the audit log would have it; the message leaves the chat."""
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
        token = await people_service.invite(unit, "moderator")
    await chats.say(7, f"/start {token}")
    calls = await chats.say(7, code)
    assert TEXTS.text("en", "moderator.alias.bad") in words(calls)
    assert len([number for call in calls for number in call.doomed]) == 1
    async with chats.bench.read() as unit:
        assert code not in [one.alias for one in await people_service.list_moderators(unit)]
