"""Who is a moderator, who is not, and who is no longer."""

from tests.end_to_end.conftest import Machine, MakeModerator, MakeReporter
from tests.end_to_end.moderating import Moderator, notice
from tests.end_to_end.reporting import SIMPLE, URGENT, Reporter

COMMANDS = ("queue", "next", "open", "edit", "approve", "reject", "release", "export", "moderators")


async def test_the_operators_link_makes_one_person_a_moderator(
    machine: Machine, reporter: MakeReporter
) -> None:
    """`invite` prints a link; who opens it chooses an alias; the link is good for nobody else. `moderators
    revoke` makes the moderator nobody again."""
    link = (await machine.run("invite", "--role", "moderator")).split()[0]
    first, second = await reporter(2001, "ru"), await reporter(2002, "en")
    await first.phone.follow(link)
    await first.phone.wait(first.word("moderator.alias.ask"))
    await second.phone.follow(link)
    await second.phone.wait(second.word("moderator.invite.unknown"))
    await first.write("+7 701 123 45 67")
    await first.phone.wait(first.word("moderator.alias.bad"))
    await first.write("Сова")
    await first.phone.wait(
        first.word("moderator.enrolled", alias="Сова", role=first.word("moderator.role.moderator"))
    )
    await first.phone.follow(link)
    await first.phone.wait(first.word("moderator.invite.already"))
    listed = [command["command"] for command in await first.phone.commands()]
    assert {*COMMANDS, "report"} - {"moderators"} <= set(listed)  # which is for administrators
    assert "Сова" in await machine.run("moderators", "list")

    await machine.run("moderators", "revoke", "Сова")
    await first.command("/queue")
    await first.phone.wait(first.word("reporter.unknown_command"))


async def test_a_moderators_command_does_not_exist_for_others(anna: Reporter) -> None:
    """Nobody learns from the answer that there are such commands."""
    for name in COMMANDS:
        await anna.command(f"/{name} R00000")
        await anna.phone.wait(anna.word("reporter.unknown_command"))


async def test_a_moderators_button_does_nothing_for_others(
    anna: Reporter, aida: Moderator, reporter: MakeReporter
) -> None:
    """Forged buttons are answered like stale ones, and the report stays in the queue."""
    await anna.report(SIMPLE)
    ref = await notice(aida, "moderator.notice.new")
    other = await reporter(1002, "ru")
    await other.begin()
    shown = other.phone.last
    for data in (
        f"amopen.{ref}.",
        f"amreject.{ref}.spam",
        f"amapprove.{ref}.1",
        "amexport.csv.all",
        "amnext..",
        "x" * 64,
    ):
        assert await other.answer_to(shown, data) == other.word("reporter.tap.stale")
    assert not [bubble for bubble in other.phone.messages if SIMPLE.story[0] in bubble.text]
    await aida.command("/queue")
    counts = aida.word("moderator.queue.counts", new=1, claimed=0)
    await aida.phone.wait(counts)


async def test_who_is_revoked_hears_no_more_and_keeps_nothing(
    anna: Reporter, aida: Moderator, moderator: MakeModerator, machine: Machine
) -> None:
    """Who is revoked hears nothing of later reports, what they held is free, and what they were shown and wrote is taken out
    of their chat, with the menu of commands."""
    await anna.report(SIMPLE)
    assert await aida.next()
    other = await moderator(2005, "Данияр", "en", "moderator")
    assert SIMPLE.story[0] in "".join(bubble.text for bubble in aida.phone.messages)
    await machine.run("moderators", "revoke", "Aida")
    await aida.phone.until(lambda: not aida.phone.messages)
    await anna.report(URGENT)
    await notice(other, "moderator.notice.urgent")
    await aida.command("/next")
    await aida.phone.wait(aida.word("reporter.unknown_command"))
    assert not [
        bubble
        for bubble in aida.phone.messages
        if aida.word("moderator.notice.urgent", ref="")[:8] in bubble.text
    ]
    assert await other.next()
    assert await other.next()
    assert other.ref == aida.ref
    assert "queue" not in {one["command"] for one in await aida.phone.commands()}


async def test_a_moderator_changes_language(anna: Reporter, aida: Moderator) -> None:
    """/language changes the menu, the notices and the form that is open."""
    await anna.report(SIMPLE)
    assert await aida.next()
    await aida.begin_edit()
    await aida.command("/language")
    await aida.press("English")
    aida.language = "en"
    await aida.at("title")
    listed = {command["command"]: command["description"] for command in await aida.phone.commands()}
    assert listed["queue"] == aida.word("command.queue")
    begun = aida.phone.seq
    await anna.report(URGENT)
    await aida.phone.wait("Urgent", since=begun)


async def test_a_moderator_may_report_too_but_not_in_the_middle_of_an_edit(
    anna: Reporter, aida: Moderator, reporter: MakeReporter
) -> None:
    """One chat has one open form: another is refused kindly until it is finished."""
    await anna.report(SIMPLE)
    assert await aida.next()
    self_reporting = Reporter(aida.phone, "ru")
    await self_reporting.begin("/report")
    await aida.command(f"/edit {aida.ref}")
    await aida.phone.wait(aida.word("moderator.edit.own_report"))
    await self_reporting.command("/report")
    await self_reporting.look()
    await self_reporting.fill(SIMPLE)
    await self_reporting.send()
    await aida.command(f"/edit {aida.ref}")
    await aida.at("title")
