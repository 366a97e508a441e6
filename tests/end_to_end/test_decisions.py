"""Every decision over HTTP, by two moderators at once."""

import asyncio
import re
from dataclasses import replace

from tests.end_to_end.conftest import Machine, MakeReporter
from tests.end_to_end.desk import more, new_report, waiting
from tests.end_to_end.exports import csv_cells, read_csv
from tests.end_to_end.moderating import VERSION, Moderator, refs_in
from tests.end_to_end.people import labels_on
from tests.end_to_end.reporting import SIMPLE, Reporter
from tests.end_to_end.talking import ask, open_question, send_answer, word, write_answer


async def test_what_is_set_aside_or_repeated_comes_back(
    anna: Reporter, reporter: MakeReporter, aida: Moderator, dana: Moderator
) -> None:
    """Set aside while another opens it, and answered; closed as a duplicate by a tap or by a reply, and revived."""
    await anna.report(replace(SIMPLE, asks=True))
    first = await new_report(aida)
    boris = await reporter(1002, "ru")
    await boris.report(SIMPLE)
    second = await new_report(aida, first)

    await more(aida, first, "moderator.duplicate")
    await aida.press_word("moderator.keep")
    assert await ask(aida, first, "when") == "moderator.asked"
    await asyncio.gather(aida.press_word("moderator.aside"), dana.command(f"/open {first}"))
    await aida.phone.wait(aida.word("moderator.aside.done", ref=first, n=14))
    await dana.phone.wait(
        lambda one: (
            dana.word("moderator.held", ref=first, alias="Aida") in one.text
            or dana.word("moderator.reject") in labels_on(one)
        )
    )
    if await dana.open(first):  # who waits for an answer can be opened by anybody, and waits again
        await dana.press_word("moderator.more")
        await dana.press_word("moderator.aside")
        await dana.phone.wait(dana.word("moderator.aside.done", ref=first, n=14))
    assert first not in "".join(await waiting(dana))
    await dana.press_word("moderator.filter.button")
    await dana.press_word("moderator.filter.of.scope")
    await dana.press(f"{dana.word('moderator.scope.aside')} · 1")
    aside = await dana.phone.wait(dana.word("moderator.row.needs_info"))
    assert refs_in(aside.text) == [first]
    await open_question(anna, word(anna, "talk.ready.when"))
    await write_answer(anna, "Утром")
    await send_answer(anna)
    await dana.phone.wait(dana.word("moderator.notice.told", ref=first), since=0)
    assert {first, second} == set(refs_in("\n".join(await waiting(dana))))

    await more(dana, second, "moderator.duplicate")
    await dana.press(first)
    await dana.phone.wait(dana.word("moderator.duplicate.done", ref=second, other=first, days=30))
    await aida.command(f"/open {second}")
    await aida.phone.wait(aida.word("state.is_rejected"))
    await anna.withdraw(anna.code)
    await aida.phone.wait(aida.word("moderator.notice.withdrawn", ref=first))
    assert [second] == refs_in("\n".join(await waiting(aida)))
    await boris.report(SIMPLE)
    third = await new_report(aida, first, second)
    await more(aida, third, "moderator.duplicate")
    asked = await aida.phone.wait(aida.word("moderator.duplicate.ask.reply", ref=third))
    for typed, key, told in (
        (third, "moderator.duplicate.itself", {"ref": third}),
        (first, "moderator.duplicate.gone", {"ref": first}),
        (second.lower(), "moderator.duplicate.done", {"ref": third, "other": second, "days": 30}),
    ):
        await aida.phone.say(typed, reply_to=asked.id)
        await aida.phone.wait(aida.word(key, **told))


async def test_a_record_takes_two_and_is_withdrawn_by_one(
    anna: Reporter, aida: Moderator, dana: Moderator, machine: Machine
) -> None:
    """Nothing is public before the second has approved it; withdrawn while another opens it, both are told."""
    await machine.change(approvals=2)
    await anna.report(SIMPLE)
    second = await new_report(aida)
    assert await aida.open(second)
    await aida.edit(VERSION)
    await aida.preview()
    await aida.press_word("moderator.approve.confirm")
    await aida.phone.wait(aida.word("moderator.endorsed", ref=second, given=1, needed=2))
    assert aida.word("moderator.queue.approvals", n=1, of=2) in "".join(await waiting(aida))
    assert await aida.next() is None
    await aida.command("/export csv")
    await aida.phone.wait(aida.word("moderator.export.empty", shared=0, counted=0))
    assert dana.word("moderator.report.approved_by", aliases="Aida") in (await dana.open(second) or "")
    await dana.preview(by_button=True)
    await dana.confirm()
    assert [row["title"] for row in read_csv(await aida.export("csv"))] == ["Заголовок"]

    await dana.command(f"/open {second}")
    await dana.press_word("moderator.reopen")
    await dana.phone.wait(lambda bubble: dana.word("moderator.reject") in labels_on(bubble))
    await more(dana, second, "moderator.withdraw")
    await asyncio.gather(dana.press_word("moderator.withdraw.asked"), aida.command(f"/open {second}"))
    for one in (aida, dana):
        await one.phone.wait(one.word("moderator.notice.withdrawn", ref=second), since=0)
    await aida.command("/export csv")
    await aida.phone.wait(aida.word("moderator.export.empty", shared=0, counted=0))
    assert refs_in("\n".join(await waiting(aida))) == []


async def test_two_moderators_join_reports_of_one_event_at_once(
    reporter: MakeReporter, aida: Moderator, dana: Moderator
) -> None:
    """Both tap the other's report: there is one incident, which both cards, the list and the export name; people are counted by one
    record. A related case is known on both sides, and can be undone without taking up what is approved."""
    refs: list[str] = []
    for number in (1002, 1003):
        await (await reporter(number, "ru")).report(SIMPLE)
        refs.append(await new_report(aida, *refs))
    for one, ref in zip((aida, dana), refs, strict=True):
        await more(one, ref, "moderator.incident.join")
        await one.phone.wait(one.word("moderator.incident.ask.reply", ref=ref))
    await asyncio.gather(aida.press(refs[1]), dana.press(refs[0]))
    await aida.command("/incidents")
    shown = await aida.phone.wait(aida.word("moderator.incidents"))
    (incident,) = re.findall(r"\bE[0-9A-Z]{5}\b", shown.text)
    assert aida.word("moderator.incidents.line", incident=incident, n=2) in shown.text
    await aida.press(incident)
    listed = await aida.phone.wait(aida.word("moderator.incident", incident=incident, n=2))
    assert sorted(refs_in(listed.text)) == sorted(refs)
    for one, ref, other in zip((aida, dana), refs, reversed(refs), strict=True):
        card = await one.open(ref)
        assert one.word("moderator.report.incident", incident=f"/open_{incident}", refs=f"/open_{other}") in (
            card or ""
        )
        await one.edit(VERSION)
        await one.preview()
        await one.confirm()
    await aida.command(f"/open {refs[0]}")
    await aida.press_word("moderator.more")
    await aida.press_word("moderator.relate")
    asked = await aida.phone.wait(aida.word("moderator.relate.ask.reply", ref=refs[0]))
    await aida.phone.say(refs[1], reply_to=asked.id)
    await aida.phone.wait(aida.word("moderator.related", ref=refs[0], other=refs[1]))
    rows = csv_cells(await dana.export("csv"))
    assert {row["incident"] for row in rows.values()} == {incident}
    assert sorted(row["people_counted"] for row in rows.values()) == ["no", "yes"]
    assert [rows[ref]["related"] for ref in refs] == refs[::-1]
    await dana.command(f"/open {refs[1]}")
    await dana.press_word("moderator.more")
    await dana.press_word("moderator.incident.leave")
    await dana.phone.wait(dana.word("moderator.incident.left", ref=refs[1], incident=incident))
    row = csv_cells(await dana.export("csv"))[refs[1]]
    assert (row["incident"], row["people_counted"]) == ("", "yes")
