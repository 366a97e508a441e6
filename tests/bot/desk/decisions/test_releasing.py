"""/release: a report goes back to the queue, by whoever holds it or an administrator."""

from bot.chat.buttons import Act
from tests.bench import approve_proposal
from tests.bot.chat.chats import TEXTS, Chats, words
from tests.bot.chat.moderating import enrol, report, status


async def test_another_moderator_is_told_who_holds_a_report(chats: Chats) -> None:
    """And sees nothing of it; an administrator may release it, and whoever held it is told."""
    name = await report(chats)
    await enrol(chats, 5)
    await enrol(chats, 6, "Teniz")
    await enrol(chats, 7, "Tau", "admin")
    await chats.say(5, f"/open {name}")
    for command in ("open", "edit", "approve", "reject", "release"):
        assert words(await chats.say(6, f"/{command} {name}")) == f"Aspan is working on report {name}."
    released = await chats.say(7, f"/release {name}")
    assert "back in the queue" in words(released, 7)
    assert words(released, 5).strip() == f"Tau has given {name} back. You no longer hold it."
    assert words(released, 6) == ""
    await chats.say(7, f"/open {name}")
    assert words(await chats.say(7, f"/release {name}"), 5) == ""


async def test_what_was_approved_is_approved_again_once_it_is_given_back(chats: Chats) -> None:
    """Nobody wrote another version: it is not in the queue, and whoever gives it back is told so."""
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        moderator = await chats.bench.moderator(unit, "Teniz")
        found = (await chats.bench.submit(unit)).report
        await chats.bench.propose(unit, moderator, found)
        await approve_proposal(unit, moderator, found)
    await chats.tap(5, Act("mreopen", found.ref))
    released = words(await chats.say(5, f"/release {found.ref}")).strip()
    assert released == TEXTS.text("en", "moderator.released.public", {"ref": found.ref})
    async with chats.bench.read() as unit:
        assert await status(unit, found.ref) == "approved"
    assert found.ref not in words(await chats.say(5, "/queue"))
