"""A moderator's edit: kept over a restart, dropped, complete before it is saved, true to its words."""

import csv
import io
from dataclasses import replace

from bot.local_api.client import ShownMessage
from tests.end_to_end.conftest import Machine
from tests.end_to_end.details import Affected, Details
from tests.end_to_end.exports import read_csv, read_jsonl
from tests.end_to_end.moderating import VERSION, Moderator, Public
from tests.end_to_end.people import REVIEW, labels_on
from tests.end_to_end.reporting import SIMPLE, Reporter


async def test_an_edit_survives_a_restart(anna: Reporter, aida: Moderator, machine: Machine) -> None:
    """Stopped in the middle of an edit, the bot goes on with it by /edit; approval waits for its end."""
    await anna.report(SIMPLE)
    assert await aida.next()
    await aida.begin_edit()
    await aida.tell("title", "До остановки")
    await machine.stop()
    await machine.start()
    await aida.command(f"/approve {aida.ref}")
    await aida.phone.wait(aida.word("moderator.approve.edit_open", ref=aida.ref))
    await aida.command(f"/edit {aida.ref}")
    await aida.tell("summary", "После")
    assert "До остановки" in aida.phone.last.text


async def test_an_edit_that_is_dropped_leaves_the_report_as_it_was(anna: Reporter, aida: Moderator) -> None:
    """/cancel in an edit forgets the edit, not the report, and wipes no chat."""
    await anna.report(SIMPLE)
    assert await aida.next()
    await aida.begin_edit()
    await aida.command("/cancel")
    await aida.press_word("flow.cancel.sure")
    await aida.phone.wait(aida.word("reporter.edit_dropped"))
    await aida.command(f"/approve {aida.ref}")
    await aida.phone.wait(aida.word("moderator.approve.nothing", ref=aida.ref))
    assert SIMPLE.story[0] in (await aida.open(aida.ref) or "")


async def test_an_edit_lacking_something_required_is_not_saved(anna: Reporter, aida: Moderator) -> None:
    """Saving says how many questions have no answer and leads from one to the next, then the review comes again."""
    await anna.report(SIMPLE)
    assert await aida.next()
    await aida.begin_edit()
    await aida.turn_back()
    await aida.press_word("flow.send")
    shown = await aida.at("title")
    assert aida.word("flow.submit.missing", n=2) in shown.text
    assert await aida.tell("title", "Заголовок") == "summary"
    assert await aida.tell("summary", "Описание.") == REVIEW


async def test_a_summary_typed_at_the_review_is_taken(anna: Reporter, aida: Moderator) -> None:
    """And nothing has to be sent again."""
    await anna.report(SIMPLE)
    assert await aida.next()
    await aida.begin_edit()
    await aida.turn_back()
    await aida.write("Заголовок")
    await aida.look(lambda place: place == REVIEW)
    await aida.write("Описание, набранное на экране проверки.")
    await aida.look(lambda place: place == REVIEW)
    await aida.press_word("flow.send")
    assert (await aida.preview())["summary"] == "Описание, набранное на экране проверки."


async def test_facts_that_no_longer_apply_are_not_exported(anna: Reporter, aida: Moderator) -> None:
    """A locality of a region that was changed, a person of a list that was removed, a main violation that is
    none any more: gone from the row, or asked again."""
    await anna.report(SIMPLE)
    assert await aida.next()
    people = [{"affected_role": role, "affected_groups": ["unknown"]} for role in ("первые", "вторые")]
    await aida.edit(Public({**VERSION.facts, "region": "KZ-27", "locality": "Уральск"}, {"affected": people}))
    await aida.press_word("moderator.edit.again")
    await aida.look(lambda place: place == REVIEW)
    await aida.go_to(aida.label("region"))
    await aida.pick("region", "KZ-71")
    await aida.go_to(aida.label("affected"))
    await aida.remove(1)
    await aida.phone.wait(aida.word("flow.repeat.removed", repeat=aida.label("affected"), number=1))
    await aida.press_word("flow.next")
    await aida.look(lambda place: place == REVIEW)
    await aida.go_to(aida.label("violations"))
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


async def test_what_is_taken_out_of_the_public_version_leaves_no_trace_in_it(
    anna: Reporter, aida: Moderator
) -> None:
    """A tap on the town and one on a group of people: neither preview nor export has them. In the correction both are there, still taken
    out, and a tap brings the town back as it was."""
    people = (Affected(("protester",), "бірінші топ", "6-20"), Affected(("activist",), "екінші топ", "1"))
    told = replace(SIMPLE, region="KZ-33", details=Details(locality="Талдыкорган", affected=people))
    await anna.report(told)
    assert await aida.next()
    await aida.begin_edit()
    assert await aida.tell("title", "Заголовок") == "summary"
    assert await aida.tell("summary", "Описание.") == REVIEW
    await aida.press_word("flow.leaving")
    await take_out(aida, aida.label("locality"))
    await take_out(aida, f"{aida.label('affected')} 1")
    await aida.press_word("flow.back")
    shown = await aida.at(REVIEW)
    assert aida.word("flow.leaving.but", number=2) in labels_on(shown)
    await aida.press_word("flow.send")
    row = await aida.preview()
    assert (row.get("locality"), row["affected_role"]) == (None, "екінші топ")
    await aida.confirm()
    (record,) = read_csv(await aida.export("csv"))
    assert record["locality"] is None
    assert [one["role"] for one in record["affected"]] == ["екінші топ"]

    await aida.command(f"/open {aida.ref}")
    await aida.press_word("moderator.correct")
    await aida.press_word("flow.leaving.but", number=2)
    listed = await aida.phone.wait(aida.word("flow.leaving.ask"))
    assert aida.word("flow.review.withheld", answer="").strip() in listed.text
    await take_out(aida, aida.label("locality"), again=True)
    await aida.press_word("flow.back")
    await aida.press_word("flow.send")
    await aida.preview()
    await aida.confirm()
    (record,) = read_csv(await aida.export("csv"))
    assert record["locality"] == "Талдыкорган"
    assert [one["role"] for one in record["affected"]] == ["екінші топ"]


async def take_out(moderator: Moderator, title: str, *, again: bool = False) -> None:
    """Tap the entry of the list that has this title, however the label is cut; `again`: bring it back."""
    mark, turned = ("☐ ", "☑ ") if again else ("☑ ", "☐ ")

    def found(shown: ShownMessage, mark: str) -> list[str]:
        entries = (one for one in labels_on(shown) if one.startswith(mark))
        return [one for one in entries if title.startswith(one.partition(". ")[2].rstrip("…"))]

    shown = await moderator.phone.wait(lambda bubble: bool(found(bubble, mark)))
    [label] = found(shown, mark)
    await moderator.press(label)
    await moderator.phone.wait(lambda bubble: bool(found(bubble, turned)))


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
            "number_more_than": None,
            "organisation": '+Союз | "Ә"; Ко',
        },
        {
            "role": "=1+1",
            "groups": ["unknown"],
            "number_min": None,
            "number_max": None,
            "number_more_than": None,
            "organisation": None,
        },
    ]
    assert row["perpetrators"] == [{"type": "police", "detail": "; |"}]
    assert row["outcomes"] == []


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
