"""Approval and export: exactly what was shown, by whom, to whom."""

import asyncio

from tests.end_to_end.conftest import Machine
from tests.end_to_end.exports import csv_cells, read_csv
from tests.end_to_end.moderating import VERSION, Moderator, Public, is_export
from tests.end_to_end.reporting import SIMPLE, Reporter


async def test_the_preview_is_exactly_the_row_that_is_exported(anna: Reporter, aida: Moderator) -> None:
    """Every fact of the approved row stood in the preview, codes with their labels, and nothing else did."""
    code = await anna.report(SIMPLE)
    assert await aida.next()
    await aida.command(f"/approve {aida.ref}")
    await aida.phone.wait(aida.word("moderator.approve.nothing", ref=aida.ref))
    assert await aida.open(aida.ref)
    await aida.edit(VERSION)
    preview = await aida.preview()
    await aida.confirm()
    (row,) = csv_cells(await aida.export("csv")).values()
    told = {name: row.get(f"{name}_label_ru") for name in row if "_label_" not in name}
    told["date_meaning"] = aida.choice("date_kind", "event")
    assert preview == {
        name: f"{label} · {row[name]}" if label else row[name] for name, label in told.items() if row[name]
    }
    await anna.command(f"/status {code}")
    await anna.phone.wait(anna.word("reporter.status.approved"))


async def test_an_approved_report_is_corrected_by_a_new_version(anna: Reporter, aida: Moderator) -> None:
    """Edited by one button and approved again it is still one row, with the new words; until then the old ones stay."""
    await anna.report(SIMPLE)
    assert await aida.next()
    await aida.edit(VERSION)
    await aida.preview()
    await aida.confirm()
    await aida.command(f"/open {aida.ref}")
    await aida.edit(Public({"title": "Новый заголовок"}), by="moderator.correct")
    await aida.phone.wait(aida.word("moderator.edit.saved", ref=aida.ref, version=2))
    assert [row["title"] for row in read_csv(await aida.export("csv"))] == ["Заголовок"]
    await aida.command(f"/approve {aida.ref}")
    await aida.press_word("moderator.approve.confirm")
    await aida.phone.wait(aida.word("moderator.approved", ref=aida.ref))
    assert [row["title"] for row in read_csv(await aida.export("csv"))] == ["Новый заголовок"]


async def test_another_moderator_can_approve_what_the_first_wrote(
    anna: Reporter, aida: Moderator, dana: Moderator
) -> None:
    """A version waits with the report: released, it is approved by a second pair of eyes."""
    await anna.report(SIMPLE)
    assert await aida.next()
    await aida.edit(VERSION)
    await aida.phone.wait(aida.word("moderator.edit.saved", ref=aida.ref, version=1))
    await aida.command("/release")
    await aida.phone.wait(aida.word("moderator.released", ref=aida.ref))
    assert await dana.next()
    row = await dana.preview(by_button=True)
    assert row["title"] == "Заголовок"
    await dana.confirm()
    assert len(read_csv(await aida.export("csv"))) == 1


async def test_only_the_version_that_was_shown_can_be_approved(anna: Reporter, aida: Moderator) -> None:
    """The button under an older preview is refused; a second tap on the right one changes nothing."""
    await anna.report(SIMPLE)
    assert await aida.next()
    await aida.edit(VERSION)
    await aida.preview()
    old = aida.phone.last
    first = old.buttons[0].data or ""
    await aida.edit_again(Public({"title": "Вторая"}))
    await aida.preview()
    new = aida.phone.last
    data = new.buttons[0].data or ""
    assert await aida.answer_to(old, first) == aida.word("moderator.approve.stale", ref=aida.ref)
    answers = await asyncio.gather(aida.answer_to(new, data), aida.answer_to(new, data))
    assert sorted(answers) == sorted(["", aida.word("state.is_approved")])
    assert [row["title"] for row in read_csv(await aida.export("csv"))] == ["Вторая"]


async def test_what_is_done_in_one_batch_is_seen_in_it(
    anna: Reporter, aida: Moderator, dana: Moderator, machine: Machine
) -> None:
    """While the bot is down one moderator approves and exports, another looks at the queue; started again,
    the bot reads all of it at once, and each answer knows what was done before it."""
    await anna.report(SIMPLE)
    assert await aida.next()
    await aida.edit(VERSION)
    await aida.preview()
    await machine.stop()
    await aida.press_word("moderator.approve.confirm")
    await aida.command("/export csv")
    await dana.command("/queue")
    await dana.command(f"/open {aida.ref}")
    await machine.start()
    document = await aida.phone.wait(is_export)
    assert len(read_csv(await aida.phone.download(document))) == 1
    counts = dana.word("moderator.queue.counts", new=0, claimed=0)
    await dana.phone.wait(lambda bubble: counts in bubble.text, since=0)
    await dana.phone.wait(dana.word("state.is_approved"))


async def test_an_export_comes_to_the_chat_that_asked_for_it_alone(
    anna: Reporter, aida: Moderator, dana: Moderator
) -> None:
    """The other moderators get no document, and in a group nobody gets one."""
    await anna.report(SIMPLE)
    assert await aida.next()
    await aida.edit(VERSION)
    await aida.preview()
    await aida.confirm()
    await dana.export("csv")
    await aida.command("/help")
    await aida.phone.wait(aida.word("reporter.help"))
    assert not [bubble for bubble in aida.phone.messages if bubble.files]
    await dana.command("/export csv 2024-13-01")
    await dana.phone.wait(dana.word("moderator.export.how"))
    await dana.command("/export csv 2000-01-01 2000-12-31")
    await dana.phone.wait(dana.word("moderator.export.empty", shared=0, counted=0))
    group = await dana.phone.make_group("Штаб")
    await dana.phone.until(
        lambda: any(dana.word("reporter.no_groups") == b.text for b in dana.phone.messages_in(group))
    )
    assert not [bubble for bubble in dana.phone.messages_in(group) if bubble.files]
