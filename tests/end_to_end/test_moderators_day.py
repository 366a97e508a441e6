"""A day of moderators: the queue, claims, decisions, and what nobody else may see or do."""

import asyncio
import csv
import io
from collections.abc import Callable
from dataclasses import replace

from bot.demo.bubbles import Bubble
from bot.demo.client import picture
from tests.end_to_end.conftest import Machine, MakeModerator, MakeReporter
from tests.end_to_end.exports import read_csv, read_jsonl
from tests.end_to_end.moderating import Moderator, Public, refs_in
from tests.end_to_end.people import REVIEW, TEXTS, labels_on
from tests.end_to_end.reporting import SIMPLE, Reporter

URGENT = replace(SIMPLE, category="detention", types=("detention.mass",), urgent="yes")
COMMANDS = ("queue", "next", "open", "edit", "approve", "reject", "release", "export", "moderators")
VERSION = Public({"title": "Заголовок", "summary": "Описание; с | знаками.", "kind": "incident"})


async def notice(moderator: Moderator, key: str) -> str:
    """The reference in the notice of a new report."""
    begun = TEXTS.text(moderator.language, key, {"ref": "R", "category": ""}).partition(" R")[0]
    shown = await moderator.phone.wait(lambda bubble: bubble.text.startswith(begun))
    return refs_in(shown.text)[0]


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
    await first.phone.wait(first.word("moderator.enrolled", alias="Сова"))
    await first.phone.follow(link)
    await first.phone.wait(first.word("moderator.invite.already"))
    listed = [command["command"] for command in await first.phone.commands()]
    assert {*COMMANDS, "report"} <= set(listed)
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
    counts = aida.word("moderator.queue.counts", new=1, claimed=0, approved=0, rejected=0, withdrawn=0)
    await aida.phone.wait(counts)


async def test_notices_say_what_and_how_urgent_but_no_content(
    anna: Reporter, aida: Moderator, dana: Moderator
) -> None:
    """Every moderator hears of a new report in their own language, without a word of the story."""
    await anna.report(URGENT)
    for one in (aida, dana):
        ref = await notice(one, "moderator.notice.urgent")
        detained = FIRST_GROUP[one.language]
        assert one.word("moderator.notice.urgent", ref=ref, category=detained) == one.phone.last.text
        assert not [bubble for bubble in one.phone.messages if URGENT.story[0] in bubble.text]


FIRST_GROUP = {"ru": "Задержание или арест", "kk": "Ұстау немесе қамау"}
"""The label of `detention` for reporters."""


async def test_the_queue_has_urgent_reports_first(anna: Reporter, aida: Moderator, dana: Moderator) -> None:
    """/queue and /next put an urgent report before older ones; what is held stands apart."""
    refs = []
    for told in (SIMPLE, URGENT):
        await anna.report(told)
        refs.append(
            await notice(aida, "moderator.notice.urgent" if told.urgent == "yes" else "moderator.notice.new")
        )
    calm, urgent = refs
    await aida.command("/queue")
    shown = await aida.phone.wait(
        aida.word("moderator.queue.counts", new=2, claimed=0, approved=0, rejected=0, withdrawn=0)
    )
    assert refs_in(shown.text) == [urgent, calm]
    assert labels_on(shown) == [urgent, calm]
    assert await aida.next()
    assert aida.ref == urgent
    await dana.command("/queue")
    shown = await dana.phone.wait(
        dana.word("moderator.queue.counts", new=1, claimed=1, approved=0, rejected=0, withdrawn=0)
    )
    assert refs_in(shown.text) == [calm]
    await aida.command("/queue")
    await aida.phone.wait(aida.word("moderator.queue.held", refs=urgent))
    assert await dana.next()
    assert dana.ref == calm
    assert await dana.next() is None


async def test_a_report_is_read_by_one_moderator_at_a_time(
    anna: Reporter, aida: Moderator, dana: Moderator
) -> None:
    """Who comes second is told who holds it and sees nothing; released, it is free again."""
    await anna.report(SIMPLE)
    ref = await notice(aida, "moderator.notice.new")
    assert SIMPLE.story[0] in (await aida.open(ref) or "")
    for command in ("open", "edit", "approve", "reject"):
        await dana.command(f"/{command} {ref}")
        await dana.phone.wait(dana.word("moderator.held", ref=ref, alias="Aida"))
    assert not [bubble for bubble in dana.phone.messages if SIMPLE.story[0] in bubble.text]
    await aida.press_word("moderator.release")
    await aida.phone.wait(aida.word("moderator.released", ref=ref))
    assert SIMPLE.story[0] in (await dana.open(ref.lower()) or "")
    await aida.command("/open RZZZZZ")
    await aida.phone.wait(aida.word("moderator.unknown_ref", ref="RZZZZZ"))


async def test_what_is_shown_of_a_report_cannot_be_forwarded(anna: Reporter, aida: Moderator) -> None:
    """Story, facts, pictures, documents and voices come protected, each exactly as it was sent."""
    await anna.begin()
    await anna.fill(SIMPLE, until="story")
    await anna.give("voice", b"OggS voice", "voice.ogg", "audio/ogg")
    await anna.phone.wait(anna.word("flow.voices", n=1))
    await anna.press_word("flow.done")
    await anna.at("when")
    await anna.fill(replace(SIMPLE, files=("photo.png", "order.pdf")))
    await anna.send()
    sent = {"voice": b"OggS voice", "photo": picture("photo.png"), "document": b"order.pdf"}
    ref = await notice(aida, "moderator.notice.new")
    begun = aida.phone.seq
    while len(files := _files(aida, begun)) < len(sent):
        # Files are fetched after the report came; a moderator who is too early looks again.
        begun = aida.phone.seq
        assert await aida.open(ref)
    assert {bubble.files[0]["kind"]: await aida.phone.download(bubble) for bubble in files} == sent
    shown = [bubble for bubble in aida.phone.messages if bubble.changed > begun and not bubble.mine]
    assert len(shown) == len(sent) + 2
    assert all(bubble.protected for bubble in shown)
    await aida.press_word("moderator.edit")
    await aida.look(lambda place: place == REVIEW)
    assert aida.phone.last.protected


def _files(moderator: Moderator, since: int) -> list[Bubble]:
    return [bubble for bubble in moderator.phone.messages if bubble.files and bubble.changed > since]


async def test_a_rejected_report_tells_the_reporter_and_can_be_reopened(
    anna: Reporter, aida: Moderator, dana: Moderator
) -> None:
    """/reject asks for a reason; the reporter's code says so; another moderator can open it anew."""
    code = await anna.report(SIMPLE)
    assert await aida.next()
    await aida.reject("not_in_scope")
    await anna.command(f"/status {code}")
    await anna.phone.wait(anna.word("reporter.status.rejected"))
    await dana.command(f"/open {aida.ref}")
    await dana.phone.wait(dana.word("state.is_rejected"))
    await dana.press_word("moderator.reopen")
    await dana.phone.wait(SIMPLE.story[0])
    await anna.command(f"/status {code}")
    await anna.phone.wait(anna.word("reporter.status.claimed"))


async def test_the_preview_is_exactly_the_row_that_is_exported(anna: Reporter, aida: Moderator) -> None:
    """Every cell of the approved row stood in the preview, and nothing else did."""
    code = await anna.report(SIMPLE)
    assert await aida.next()
    await aida.command(f"/approve {aida.ref}")
    await aida.phone.wait(aida.word("moderator.approve.nothing", ref=aida.ref))
    assert await aida.open(aida.ref)
    await aida.edit(VERSION)
    preview = await aida.preview()
    await aida.confirm()
    content = (await aida.export("csv")).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(content, newline=""))
    assert preview == {name: cell for name, cell in row.items() if cell}
    await anna.command(f"/status {code}")
    await anna.phone.wait(anna.word("reporter.status.approved"))


async def test_an_approved_report_is_corrected_by_a_new_version(anna: Reporter, aida: Moderator) -> None:
    """Reopened, edited and approved again it is still one row, with the new words; until then the old ones
    stay."""
    await anna.report(SIMPLE)
    assert await aida.next()
    await aida.edit(VERSION)
    await aida.preview()
    await aida.confirm()
    await aida.command(f"/open {aida.ref}")
    await aida.press_word("moderator.reopen")
    await aida.phone.wait(lambda bubble: aida.word("moderator.reject") in labels_on(bubble))
    await aida.edit(Public({"title": "Новый заголовок"}))
    await aida.phone.wait(aida.word("moderator.edit.saved", ref=aida.ref, version=2))
    assert [row["title"] for row in read_csv(await aida.export("csv"))] == ["Заголовок"]
    await aida.command(f"/approve {aida.ref}")
    await aida.press_word("moderator.approve.confirm")
    await aida.phone.wait(aida.word("moderator.approved", ref=aida.ref))
    assert [row["title"] for row in read_csv(await aida.export("csv"))] == ["Новый заголовок"]


async def test_an_edit_survives_a_restart(anna: Reporter, aida: Moderator, machine: Machine) -> None:
    """Stopped in the middle of an edit, the bot goes on with it by /edit; approval waits for its end."""
    await anna.report(SIMPLE)
    assert await aida.next()
    await aida.press_word("moderator.edit")
    await aida.look(lambda place: place == REVIEW)
    await aida.press_word("flow.edit")
    await aida.press(aida.label("title"))
    await aida.tell("title", "До остановки")
    await machine.stop()
    await machine.start()
    await aida.command(f"/approve {aida.ref}")
    await aida.phone.wait(aida.word("moderator.approve.edit_open", ref=aida.ref))
    await aida.command(f"/edit {aida.ref}")
    await aida.look(lambda place: place == REVIEW)
    assert "До остановки" in aida.phone.last.text


async def test_an_edit_that_is_dropped_leaves_the_report_as_it_was(anna: Reporter, aida: Moderator) -> None:
    """/cancel in an edit forgets the edit, not the report, and wipes no chat."""
    await anna.report(SIMPLE)
    assert await aida.next()
    await aida.press_word("moderator.edit")
    await aida.look(lambda place: place == REVIEW)
    await aida.command("/cancel")
    await aida.press_word("flow.cancel.sure")
    await aida.phone.wait(aida.word("reporter.edit_dropped"))
    await aida.command(f"/approve {aida.ref}")
    await aida.phone.wait(aida.word("moderator.approve.nothing", ref=aida.ref))
    assert SIMPLE.story[0] in (await aida.open(aida.ref) or "")


async def test_an_edit_lacking_something_required_is_not_saved(anna: Reporter, aida: Moderator) -> None:
    """Saving leads to the first question that has no answer, however many there are."""
    await anna.report(SIMPLE)
    assert await aida.next()
    await aida.press_word("moderator.edit")
    await aida.look(lambda place: place == REVIEW)
    await aida.press_word("flow.send")
    shown = await aida.at("title")
    assert aida.word("flow.submit.missing") in shown.text
    await aida.tell("title", "Заголовок")
    await aida.press_word("flow.send")
    await aida.at("summary")


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
    await aida.look(lambda place: place == REVIEW)


async def test_who_is_revoked_hears_no_more(
    anna: Reporter, aida: Moderator, moderator: MakeModerator, machine: Machine
) -> None:
    """Who is revoked hears nothing of later reports, what they held is free, and what they were shown is
    taken out of their chat when the reporter withdraws."""
    code = await anna.report(SIMPLE)
    assert await aida.next()
    other = await moderator(2005, "Данияр", "en", "moderator")
    await machine.run("moderators", "revoke", "Aida")
    await anna.report(URGENT)
    await notice(other, "moderator.notice.urgent")
    await aida.command("/next")
    await aida.phone.wait(aida.word("reporter.unknown_command"))
    assert not [
        bubble
        for bubble in aida.phone.messages
        if aida.word("moderator.notice.urgent", ref="", category="")[:8] in bubble.text
    ]
    assert await other.next()
    assert await other.next()
    assert other.ref == aida.ref
    assert SIMPLE.story[0] in "".join(bubble.text for bubble in aida.phone.messages)
    await anna.withdraw(code)
    await aida.phone.until(lambda: not any(SIMPLE.story[0] in bubble.text for bubble in aida.phone.messages))


async def test_difficult_words_come_out_as_they_were_written(anna: Reporter, aida: Moderator) -> None:
    """Formulas, separators, line breaks, markup and quotes are the same after CSV and JSON Lines."""
    title = '=HYPERLINK("http://x.example";"Нажмите") & <b>жирно</b>'
    role = "журналисты | редакторы; \\ и другие"
    version = Public(
        {"title": title, "summary": "- первая строка\n\n@вторая; | \\ «строка»", "kind": "pattern"},
        {
            "affected": [
                {
                    "affected_role": role,
                    "affected_groups": ["journalist", "organisation"],
                    "affected_number_min": 2,
                    "affected_number_max": 1200,
                    "affected_organisation": '+Союз | "Ә"; Ко',
                },
                {"affected_role": "=1+1", "affected_groups": ["unknown"]},
            ],
            "perpetrators": [{"perpetrator_type": "police", "perpetrator_detail": "; |"}],
        },
    )
    await anna.report(SIMPLE)
    assert await aida.next()
    await aida.edit(version)
    await aida.preview()
    await aida.confirm()
    content = await aida.export("csv")
    table, lines = read_csv(content), read_jsonl(await aida.export("jsonl"))
    assert table == lines
    for cells in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    (row,) = table
    assert row["title"] == title
    assert row["summary"] == version.facts["summary"]
    assert row["affected"] == [
        {
            "role": role,
            "groups": ["journalist", "organisation"],
            "number_min": 2,
            "number_max": 1200,
            "organisation": '+Союз | "Ә"; Ко',
        },
        {"role": "=1+1", "groups": ["unknown"], "number_min": None, "number_max": None, "organisation": None},
    ]
    assert row["perpetrators"] == [{"type": "police", "detail": "; |"}]
    assert row["outcomes"] == []


async def test_facts_that_no_longer_apply_are_not_exported(anna: Reporter, aida: Moderator) -> None:
    """A locality of a region that was changed, a person of a list that was removed, a main violation that is
    none any more: gone from the row, or asked again."""
    await anna.report(SIMPLE)
    assert await aida.next()
    people = [{"affected_role": role, "affected_groups": ["unknown"]} for role in ("первые", "вторые")]
    await aida.edit(Public({**VERSION.facts, "region": "KZ-27", "locality": "Уральск"}, {"affected": people}))
    await aida.press_word("moderator.edit.again")
    await aida.look(lambda place: place == REVIEW)
    await aida.go_to("region")
    await aida.pick("region", "KZ-71")
    await aida.go_to("affected")
    await aida.press_word("flow.repeat.remove", number=1)
    await aida.phone.wait(aida.word("flow.repeat.removed", repeat=aida.label("affected"), number=1))
    await aida.press_word("flow.next")
    await aida.look(lambda place: place == REVIEW)
    await aida.go_to("violations")
    await aida.choose("violations", ["assembly.dispersed"])
    assert aida.place == "violation_primary"
    await aida.pick("violation_primary", "assembly.dispersed")
    await aida.press_word("flow.send")
    await aida.preview()
    await aida.confirm()
    (row,) = read_csv(await aida.export("csv"))
    assert (row["region"], row["locality"]) == ("KZ-71", "Astana")
    assert [one["role"] for one in row["affected"]] == ["вторые"]
    assert row["violations"] == ["assembly.dispersed"]
    assert row["freedoms"] == ["assembly"]


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
    row = await dana.preview()
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


async def test_a_moderator_changes_language(anna: Reporter, aida: Moderator) -> None:
    """/language changes the menu, the notices and the form that is open."""
    await anna.report(SIMPLE)
    assert await aida.next()
    await aida.press_word("moderator.edit")
    await aida.look(lambda place: place == REVIEW)
    await aida.command("/language")
    await aida.press("English")
    aida.language = "en"
    await aida.look(lambda place: place == REVIEW)
    listed = {command["command"]: command["description"] for command in await aida.phone.commands()}
    assert listed["queue"] == aida.word("command.queue")
    begun = aida.phone.seq
    await anna.report(URGENT)
    await aida.phone.wait("Urgent", since=begun)


async def test_of_two_moderators_who_open_at_once_one_reads(
    anna: Reporter, aida: Moderator, dana: Moderator
) -> None:
    """The claim belongs to one of them; the other is told to whom."""
    await anna.report(SIMPLE)
    ref = await notice(aida, "moderator.notice.new")
    both = (aida, dana)
    await asyncio.gather(*(one.command(f"/open {ref}") for one in both))
    held = [
        one.word("moderator.held", ref=ref, alias=alias)
        for one, alias in zip(both, ("Dana", "Aida"), strict=True)
    ]
    for one, refusal in zip(both, held, strict=True):
        await one.phone.wait(_either(refusal, one.word("moderator.reject")))
    reading = [SIMPLE.story[0] in "".join(b.text for b in one.phone.messages) for one in both]
    assert sorted(reading) == [False, True]


def _either(words: str, label: str) -> Callable[[Bubble], bool]:
    return lambda bubble: words in bubble.text or label in labels_on(bubble)


async def test_a_long_queue_has_pages(aida: Moderator, reporter: MakeReporter) -> None:
    """Eight reports a page; the buttons turn it. Without a number a command means the only report held."""
    people = await asyncio.gather(*(reporter(1100 + number, "ru") for number in range(10)))
    await asyncio.gather(*(one.report(SIMPLE) for one in people))
    await aida.command("/queue")
    first = await aida.phone.wait(lambda b: aida.word("moderator.queue.more") in labels_on(b))
    seen = refs_in(first.text)
    await aida.press_word("moderator.queue.more")
    second = await aida.phone.wait(lambda b: aida.word("moderator.queue.back") in labels_on(b))
    assert (len(seen), len(refs_in(second.text)), len({*seen, *refs_in(second.text)})) == (8, 2, 10)
    assert await aida.next()
    assert aida.ref == seen[0]
    await aida.command("/release")
    await aida.phone.wait(aida.word("moderator.released", ref=aida.ref))
    await aida.command("/release")
    await aida.phone.wait(aida.word("moderator.which"))


async def test_what_nobody_knows_is_exported_as_unknown(anna: Reporter, aida: Moderator) -> None:
    """A date that is not known, one that goes on, a place that is not known: said so, not guessed."""
    for mode, told in (("unknown", "XX-UNKNOWN"), ("ongoing", "XX-ONLINE")):
        await anna.begin()
        await anna.fill(SIMPLE, until="when")
        await anna.press_word(f"flow.date.{mode}")
        if mode == "ongoing":
            await anna.phone.wait(anna.word("flow.date.ask_since"))
            await anna.write(anna.month("2024-02"))
        await anna.at("region")
        await anna.fill(replace(SIMPLE, region=told))
        await anna.send()
        assert await aida.next()
        await aida.edit(VERSION)
        await aida.preview()
        await aida.confirm()
    table, lines = read_csv(await aida.export("csv")), read_jsonl(await aida.export("jsonl"))
    assert table == lines
    dates = {row["region"]: (row["date"], row["ongoing"]) for row in table}
    assert dates == {
        "XX-UNKNOWN": ((None, None, "unknown"), False),
        "XX-ONLINE": (("2024-02", None, "range"), True),
    }


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
    document = await aida.phone.wait(lambda bubble: bool(bubble.files))
    assert len(read_csv(await aida.phone.download(document))) == 1
    counts = dana.word("moderator.queue.counts", new=0, claimed=0, approved=1, rejected=0, withdrawn=0)
    await dana.phone.wait(lambda bubble: counts in bubble.text, since=0)
    await dana.phone.wait(dana.word("state.is_approved"))
