"""The reporters' answers to a form of an organisation's own: what may leave does, and nothing else."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from pyxform.xls2xform import convert  # type: ignore[import-untyped] # it has no types

from bot.app import questionnaires
from bot.desk.decisions import service as decisions_service
from bot.errors import Refusal
from bot.form.answers import (
    Answer,
    Chosen,
    FileKind,
    FileRef,
    Files,
    GeoPoint,
    Number,
    Precision,
    TextPart,
    When,
    Written,
    to_json,
)
from bot.form.model import Form
from bot.form.typed.intervals import coarsened
from bot.form.xlsform.reader import load
from bot.publish import versions
from bot.publish.export import exports
from bot.publish.export.cells import ExportTable
from bot.publish.export.formats.writing import ExportFacts
from bot.publish.export.request import ExportRequest
from bot.publish.export.selection import ApprovedVersion, ExportScope
from bot.reports import claims, reading, withdrawal
from bot.reports.receipts import service as receipts_service
from bot.reports.states import Consent
from bot.store import drafting, vault
from bot.store.unit import REPORT_FORM, UnitOfWork
from db.models import Moderator, Report
from tests.bench import FORMS, Bench, approve_proposal, reads_in, settings, text
from tests.bot.publish.export.formats.openrosa.xforms import XForm
from tests.bot.publish.export.published import unguard

ANSWERS, JSONL = ExportRequest.read("answers"), ExportRequest.read("jsonl")
PRIVACIES = ("public", "moderators", "sealed", "")
TYPES = {
    "text": "text",
    "spoken": "text",
    "integer": "integer",
    "decimal": "decimal",
    "date": "date",
    "exact": "date",
    "yearly": "date",
    "one": "select_one colours",
    "several": "select_multiple colours",
    "image": "image",
    "audio": "audio",
    "video": "video",
    "file": "file",
    "point": "geopoint",
    "calculated": "calculate",
    "hidden": "hidden",
}
CHOSEN = [f"{privacy or 'unmarked'}{place}{code}" for privacy in PRIVACIES for place in "ab" for code in "xy"]


def form_in(folder: Path, kinds: Mapping[str, str] = TYPES) -> Form:
    """A form with every kind in every privacy, outside of a repeat (a) and within (b)."""
    lines = [
        "| survey |",
        "| | type | name | label::Deutsch (de) | calculation | default | bind::bot:privacy | bind::bot:precision | bind::bot:role | bind::bot:voice |",
        "| | select_one yesno | keep | Speichern? | | | | | consent_store | |",
        "| | select_one uses | use | Verwenden? | | | | | consent_use | |",
    ]
    for place in "ab":
        lines += ["| | begin_repeat | people | Personen | | | | | | |"] if place == "b" else []
        for privacy in PRIVACIES:
            lines += [row(place, privacy, kind, type_) for kind, type_ in kinds.items()]
    lines += [
        "| | end_repeat | | | | | | | | |",
        "| choices |",
        "| | list_name | name | label::Deutsch (de) |",
        *(f"| | colours | {name} | Farbe {name} |" for name in CHOSEN),
        "| | yesno | yes | Ja |",
        *(f"| | uses | {use} | {use} |" for use in Consent),
        "| settings |",
        "| | form_id | name | version | form_title | namespaces |",
        '| | umfrage 1 | data | 7 | Umfrage | bot="https://kuager.org/xforms" |',
    ]
    (folder / "umfrage.md").write_text("\n".join(lines) + "\n", "utf-8")
    return load(folder / "umfrage.md")


def name_of(place: str, privacy: str, kind: str) -> str:
    return f"{place}_{kind}_{privacy or 'unmarked'}"


def row(place: str, privacy: str, kind: str, type_: str) -> str:
    name = name_of(place, privacy, kind)
    label = "" if kind in {"calculated", "hidden"} else f"Frage {name}"
    calculation = f"'Reckoned {name}.'" if kind == "calculated" else ""
    default = f"Preset {name}." if kind == "hidden" else ""
    precision = {"exact": "day", "yearly": "year"}.get(kind, "")
    voice = "yes" if kind == "spoken" else ""
    return (
        f"| | {type_} | {name} | {label} | {calculation} | {default} | {privacy} | {precision} | | {voice} |"
    )


def file(name: str) -> FileRef:
    return FileRef(f"id-{name}.", FileKind.PHOTO, f"{name}.jpg", f"caption of {name}.")


def day(month: int) -> When:
    return When(Precision.DAY, f"2021-{month:02}-17", f"2021-{month:02}-17")


def told(place: str, privacy: str, kind: str, number: int) -> Answer | None:
    """The answer to a question, unlike all others."""
    name = name_of(place, privacy, kind)
    match kind:
        case "text":
            return text(f"Typed {name}.")
        case "spoken":
            return Written((TextPart(f"Typed {name}.", "1"),), (file(name),))
        case "integer":
            return Number(7_300_100 + number)
        case "decimal":
            return Number(8_500 + number + 0.25)
        case "date" | "exact" | "yearly":
            return day(number + 1)
        case "one":
            return Chosen((f"{privacy or 'unmarked'}{place}x",))
        case "several":
            return Chosen((f"{privacy or 'unmarked'}{place}y", f"{privacy or 'unmarked'}{place}x"))
        case "image" | "audio" | "video" | "file":
            return Files((file(name),))
        case "point":
            return GeoPoint(43.77710 + number, 76.44410)
    return None


def answers(consent: str) -> dict[str, Answer]:
    found: dict[str, Answer] = {"/data/keep": Chosen(("yes",)), "/data/use": Chosen((consent,))}
    for place, above in (("a", "/data"), ("b", "/data/people[1]")):
        for number, privacy in enumerate(PRIVACIES, 4 * "ab".index(place)):
            for kind in TYPES:
                answer = told(place, privacy, kind, number)
                if answer is not None:
                    found[f"{above}/{name_of(place, privacy, kind)}"] = answer
    return found


TEXTS = [
    "Typed a_text_public.",
    "Typed a_spoken_public.",
    "Reckoned a_calculated_public.",
    "Typed b_text_public.",
    "Typed b_spoken_public.",
    "Reckoned b_calculated_public.",
]
"""Texts that wait for a moderator."""
CODED = {
    "a_integer_public": "7300100",
    "a_decimal_public": "8500.25",
    "a_date_public": "2021-01",
    "a_exact_public": "2021-01-17",
    "a_yearly_public": "2021",
    "a_one_public": "publicax",
    "a_one_public_label_de": "Farbe publicax",
    "a_several_public": "publicay; publicax",
    "a_several_public_label_de": "Farbe publicay; Farbe publicax",
}
WRITTEN = {
    "a_text_public": "Typed a_text_public.",
    "a_spoken_public": "Typed a_spoken_public.",
    "a_calculated_public": "Reckoned a_calculated_public.",
}
CODED_INSIDE = {
    "b_integer_public": "7300104",
    "b_decimal_public": "8504.25",
    "b_date_public": "2021-05",
    "b_exact_public": "2021-05-17",
    "b_yearly_public": "2021",
    "b_one_public": "publicbx",
    "b_one_public_label_de": "Farbe publicbx",
    "b_several_public": "publicby; publicbx",
    "b_several_public_label_de": "Farbe publicby; Farbe publicbx",
}
WRITTEN_INSIDE = {
    "b_text_public": "Typed b_text_public.",
    "b_spoken_public": "Typed b_spoken_public.",
    "b_calculated_public": "Reckoned b_calculated_public.",
}
IN_XML = {
    "a_integer_public": "7300100",
    "a_decimal_public": "8500.25",
    "a_date_public": "2021-01-01",
    "a_exact_public": "2021-01-17",
    "a_yearly_public": "2021-01-01",
    "a_one_public": "publicax",
    "a_several_public": "publicay publicax",
    **WRITTEN,
    "b_integer_public": "7300104",
    "b_decimal_public": "8504.25",
    "b_date_public": "2021-05-01",
    "b_exact_public": "2021-05-17",
    "b_yearly_public": "2021-01-01",
    "b_one_public": "publicbx",
    "b_several_public": "publicby publicbx",
    **WRITTEN_INSIDE,
}


@pytest.fixture
def bench(bench: Bench, tmp_path: Path) -> Bench:
    """With that form for reporters."""
    bench.forms = {**bench.forms, REPORT_FORM: form_in(tmp_path)}
    return bench


async def submitted(bench: Bench, unit: UnitOfWork, consent: str = Consent.PUBLISH) -> Report:
    filling = await drafting.start(unit, bench.new_chat()[1], REPORT_FORM, "ru")
    filling.draft = replace(filling.draft, answers=answers(consent), counts={"/data/people": 1})
    drafting.save(unit, filling)
    return (await receipts_service.submit(unit, filling)).report


async def proposed(
    bench: Bench, unit: UnitOfWork, consent: str = Consent.PUBLISH
) -> tuple[Moderator, Report]:
    moderator = await bench.moderator(unit)
    report = await submitted(bench, unit, consent)
    await bench.propose(unit, moderator, report, **REVIEWED)
    return moderator, report


REVIEWED: Mapping[str, Any] = {
    "kind": Chosen(("incident",)),
    "violations": Chosen(("detention",)),
    "violation_primary": Chosen(("detention",)),
    "when": When(Precision.YEAR, "2021"),
    "region": Chosen(("KZ-75",)),
}


async def confirm(unit: UnitOfWork, moderator: Moderator, report: Report, *texts: str) -> None:
    found = await decisions_service.proposal(unit, report)
    words = [one for one in found.words if one.text in texts]
    proof = decisions_service.words_proof(unit, found, words)
    await decisions_service.confirm_words(unit, moderator, report, found, words, proof)


async def exported(
    unit: UnitOfWork, scope: ExportScope = ExportScope.PUBLIC, request: ExportRequest = ANSWERS
) -> bytes:
    return b"".join([piece async for piece in exports.stream(reads_in(unit), request, scope)])


def files_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("send.py")}


def rows_of(content: bytes) -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return [{name: unguard(cell) for name, cell in row.items() if cell} for row in rows]


async def test_all_that_is_public_leaves_and_nothing_else(bench: Bench) -> None:
    """Codes, numbers and dates as they are, texts once each was confirmed, in the tables and the submission; no
    file, voice message, point or value that no one was asked for; nothing that is for moderators, sealed or
    unmarked."""
    async with bench.write() as unit:
        moderator, report = await proposed(bench, unit)
        found = await decisions_service.proposal(unit, report)
        assert [one.text for one in found.words] == TEXTS
        await confirm(unit, moderator, report, *TEXTS)
        await approve_proposal(unit, moderator, report)
        made = files_of(await exported(unit))
    submission = f"umfrage_1/submissions/{report.ref}_1.xml"
    assert list(made) == [submission, "umfrage_1/answers.csv", "umfrage_1/people.csv"]
    keys = {"id": report.ref, "version": "1", "approved_on": "2026-11-25"}
    assert rows_of(made["umfrage_1/answers.csv"]) == [keys | CODED | WRITTEN]
    inside = keys | {"people_instance": "1"} | CODED_INSIDE | WRITTEN_INSIDE
    assert rows_of(made["umfrage_1/people.csv"]) == [inside]
    instance = ET.fromstring(made[submission])  # noqa: S314 - made here
    assert (instance.tag, instance.attrib) == ("data", {"id": "umfrage 1", "version": "7"})
    filled = {one.tag: one.text for one in instance.iter() if one.text}
    assert filled.pop("instanceID").startswith("uuid:")
    assert filled == IN_XML
    assert [one.tag for one in instance if len(one)] == ["people", "meta"]
    assert secrets_in(b"".join(made.values())) == []


def secrets_in(content: bytes) -> list[str]:
    """All that must never leave and stands in this content."""
    found = [one for place in "ab" for one in secrets(place)]
    return [one for one in found if one.encode() in content]


def secrets(place: str) -> Iterable[str]:
    for number, privacy in enumerate(PRIVACIES, 4 * "ab".index(place)):
        for kind in TYPES:
            name = name_of(place, privacy, kind)
            yield from (f"id-{name}.", f"caption of {name}.", f"{name}.jpg", f"Preset {name}.")
            if privacy != "public":
                yield from (f"Typed {name}.", f"Reckoned {name}.", f"Farbe {privacy or 'unmarked'}{place}")
        yield f"{43.7771 + number:.4f}"
        if privacy != "public":
            yield from (str(7_300_100 + number), str(8_500 + number + 0.25))
            yield from (f"2021-{number + 1:02}", f">{privacy or 'unmarked'}{place}")


@pytest.mark.parametrize("scope", [ExportScope.PUBLIC, ExportScope.TRUSTED])
@pytest.mark.parametrize("consent", list(Consent))
async def test_the_consent_decides(bench: Bench, consent: Consent, scope: ExportScope) -> None:
    """For publication: a row in every export. To be shared: only in the one that leaves encrypted. Statistics only:
    never, and not even kept with the version."""
    async with bench.write() as unit:
        moderator, report = await proposed(bench, unit, consent)
        found = await decisions_service.proposal(unit, report)
        if found.words:
            await confirm(unit, moderator, report, *TEXTS)
        version = await approve_proposal(unit, moderator, report)
        kept = await versions.content(unit, version)
        made = files_of(await exported(unit, scope))
    assert kept is not None
    assert kept.reported is not None
    leaves = {
        (Consent.PUBLISH, ExportScope.PUBLIC): True,
        (Consent.PUBLISH, ExportScope.TRUSTED): True,
        (Consent.SHARE, ExportScope.PUBLIC): False,
        (Consent.SHARE, ExportScope.TRUSTED): True,
        (Consent.COUNT, ExportScope.PUBLIC): False,
        (Consent.COUNT, ExportScope.TRUSTED): False,
    }[consent, scope]
    assert len(rows_of(made["umfrage_1/answers.csv"])) == int(leaves)
    assert (f"umfrage_1/submissions/{report.ref}_1.xml" in made) is leaves
    assert bool(kept.reported.answers) is (consent is not Consent.COUNT)
    assert bool(found.words) is (consent is not Consent.COUNT)


async def test_a_text_that_is_not_confirmed_stays_out(bench: Bench) -> None:
    """Not even its words are kept with the version; what was confirmed beside it leaves."""
    async with bench.write() as unit:
        moderator, report = await proposed(bench, unit)
        await confirm(unit, moderator, report, TEXTS[0], TEXTS[4])
        version = await approve_proposal(unit, moderator, report)
        kept = await versions.content(unit, version)
        made = files_of(await exported(unit))
    (outside,), (inside,) = rows_of(made["umfrage_1/answers.csv"]), rows_of(made["umfrage_1/people.csv"])
    assert [outside[name] for name in WRITTEN if name in outside] == [TEXTS[0]]
    assert [inside[name] for name in WRITTEN_INSIDE if name in inside] == [TEXTS[4]]
    assert kept is not None
    assert kept.reported is not None
    written = [answer.text for answer in kept.reported.answers.values() if isinstance(answer, Written)]
    assert written == [TEXTS[0], TEXTS[4]]


async def test_a_confirmation_holds_for_that_very_text(bench: Bench) -> None:
    """A text that was changed since waits again, and so does each one in a later version."""
    async with bench.write() as unit:
        moderator, report = await proposed(bench, unit)
        await confirm(unit, moderator, report, *TEXTS)
        assert not (await decisions_service.proposal(unit, report)).words
        changed = {**answers(Consent.PUBLISH), "/data/a_text_public": text("Typed otherwise.")}
        await reseal(unit, report, changed)
        assert [one.text for one in (await decisions_service.proposal(unit, report)).words] == [
            "Typed otherwise."
        ]
        await reseal(unit, report, answers(Consent.PUBLISH))
        await bench.propose(unit, moderator, report, **REVIEWED)
        waiting = [one.text for one in (await decisions_service.proposal(unit, report)).words]
    assert waiting == [text for text in TEXTS if "Reckoned" not in text]


async def reseal(unit: UnitOfWork, report: Report, told: Mapping[str, Answer]) -> None:
    """Let the report say this, as no one can through the bot."""
    assert report.data_key_id is not None
    plain: dict[str, object] = {path: to_json(answer) for path, answer in told.items()}
    context = reading.content_context(report.id)
    report.content = vault.seal(
        unit, report.data_key_id, {**plain, **reading.form_mark(unit.forms[REPORT_FORM])}, context
    )


async def test_what_was_approved_outlives_the_report(bench: Bench) -> None:
    """The version holds it under its own key, also when it is written anew; a withdrawal ends it."""
    async with bench.write() as unit:
        moderator, report = await proposed(bench, unit)
        await confirm(unit, moderator, report, *TEXTS)
        await approve_proposal(unit, moderator, report)
        before = rows_of(files_of(await exported(unit))["umfrage_1/answers.csv"])
        await vault.destroy(unit, [report.data_key_id])
        report.data_key_id = report.content = None
        await claims.correct(unit, moderator, report)
        await bench.propose(unit, moderator, report, title=text("Held again"))
        assert not (await decisions_service.proposal(unit, report)).words
        await approve_proposal(unit, moderator, report)
        after = rows_of(files_of(await exported(unit))["umfrage_1/answers.csv"])
        await withdrawal.withdraw(unit, report)
        ended = rows_of(files_of(await exported(unit))["umfrage_1/answers.csv"])
    assert after == [row | {"version": "2"} for row in before]
    assert ended == []


async def test_a_mark_that_is_taken_back_ends_it_in_later_exports(bench: Bench, tmp_path: Path) -> None:
    """The columns of a form are those of its questions that are public today."""
    async with bench.write() as unit:
        moderator, report = await proposed(bench, unit)
        await approve_proposal(unit, moderator, report)
        beside = tmp_path / "umfrage.md.privacy.csv"
        beside.write_text("name,privacy\na_integer_public,moderators\n", "utf-8")
        unit.forms = {**unit.forms, REPORT_FORM: load(tmp_path / "umfrage.md")}
        made = files_of(await exported(unit))
    (left,) = rows_of(made["umfrage_1/answers.csv"])
    assert "a_integer_public" not in left
    assert left["a_decimal_public"] == "8500.25"
    assert b"7300100" not in b"".join(made.values())


async def test_a_report_of_our_form_is_in_no_export_of_answers(
    bench: Bench, forms: Mapping[str, Form]
) -> None:
    """All of its public questions are taken over by the moderators' form. The format is not offered then."""
    bench.forms = {**bench.forms, REPORT_FORM: forms[REPORT_FORM]}
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await bench.propose(unit, moderator, report)
        version = await approve_proposal(unit, moderator, report)
        kept = await versions.content(unit, version)
        assert files_of(await exported(unit)) == {}
        with pytest.raises(Refusal, match="unknown_format"):
            ANSWERS.require_known(unit.forms)
    assert kept is not None
    assert kept.reported is None


async def test_no_answers_are_made_anonymous(bench: Bench) -> None:
    """Rows that look alike are of the moderators' facts alone."""
    ANSWERS.require_known(bench.forms)
    with pytest.raises(Refusal, match="wrong_filter"):
        ExportRequest.read("answers", filters="anonymous=5").require_known(bench.forms)


async def test_a_submission_fits_the_forms_own_xform(bench: Bench, tmp_path: Path) -> None:
    """As pyxform writes it: each element in its place, each value of its type or blank."""
    kinds = {kind: type_ for kind, type_ in TYPES.items() if kind != "calculated"}
    form = form_in(tmp_path, kinds)
    bench.forms = {**bench.forms, REPORT_FORM: form}
    async with bench.write() as unit:
        moderator, report = await proposed(bench, unit)
        await confirm(unit, moderator, report, *TEXTS)
        await approve_proposal(unit, moderator, report)
        made = files_of(await exported(unit))
    xform = convert(str(tmp_path / "umfrage.md"), validate=False, form_name="data").xform
    values = XForm.read(xform.encode()).check(made[f"umfrage_1/submissions/{report.ref}_1.xml"])
    named = {path.rpartition("/")[2]: value for path, value in values.items()}
    assert named["a_several_public"] == "publicay publicax"
    assert named["b_date_public"] == ["2021-05-01"]
    assert named["a_image_public"] == named["a_point_public"] == named["a_text_sealed"] == ""


NESTED = """
| survey |
| | type | name | label | bind::bot:privacy |
| | begin_group | home | Home | |
| | integer | rooms | Rooms | public |
| | end_group | | | |
| | begin_repeat | child | Children | |
| | integer | id | Number | public |
| | begin_repeat | school | Schools | |
| | integer | rooms | Rooms | public |
| | end_repeat | | | |
| | end_repeat | | | |
| | integer | child_instance | Instance | public |
| settings |
| | form_id | name | version | namespaces |
| | nested | data | | bot="https://kuager.org/xforms" |
"""


def test_repeats_are_tables_linked_by_the_record_and_their_instances(tmp_path: Path) -> None:
    """A name that is taken gets `extra_`. The submission has the form's own nesting, without a version if the form
    has none."""
    (tmp_path / "nested.md").write_text(NESTED, "utf-8")
    form = load(tmp_path / "nested.md")
    told = {
        "/data/home/rooms": Number(3),
        "/data/child[2]/id": Number(9),
        "/data/child[2]/school[1]/rooms": Number(12),
        "/data/child[10]/school[3]/rooms": Number(40),
        "/data/child_instance": Number(5),
    }
    made = files_of(written(form, told))
    keys = {"id": "R1", "version": "1", "approved_on": "2027-01-15"}
    assert rows_of(made["nested/answers.csv"]) == [keys | {"rooms": "3", "child_instance": "5"}]
    assert rows_of(made["nested/child.csv"]) == [keys | {"child_instance": "2", "extra_id": "9"}]
    assert rows_of(made["nested/school.csv"]) == [
        keys | {"child_instance": "2", "school_instance": "1", "rooms": "12"},
        keys | {"child_instance": "10", "school_instance": "3", "rooms": "40"},
    ]
    submission = made["nested/submissions/R1_1.xml"].decode()
    start, _, end = submission.partition("<meta>")
    assert start == (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<data id="nested"><home><rooms>3</rooms></home>'
        "<child><id>9</id><school><rooms>12</rooms></school></child>"
        "<child><id></id><school><rooms>40</rooms></school></child>"
        "<child_instance>5</child_instance>"
    )
    assert end.endswith("</meta></data>\n")


def version(ref: str, form: Form, told: Mapping[str, Answer]) -> ApprovedVersion:
    """An approved version with these answers beside it."""
    reported = versions.ReportedAnswers(form.id, form.version, told)
    content = versions.VersionContent("review", "3", "en", {}, {}, reported=reported)
    return ApprovedVersion(ref, 1, 500_000, "publish_no_names", content)


def written(form: Form, told: Mapping[str, Answer]) -> bytes:
    """An export of one such version."""
    table = ExportTable(load(FORMS / "review.md"), form, settings().zone, reports={form.id: form})
    writer = ANSWERS.format.writer(table, ExportFacts())
    return b"".join([writer.row(table.record(version("R1", form, told))), *writer.end()])


HOSTILE = """
| survey |
| | type | name | label | bind::bot:privacy |
| | text | said | Words | public |
| settings |
| | form_id | name | version | namespaces |
| | ../x"y | data | 1&2 | bot="https://kuager.org/xforms" |
"""


def test_hostile_words_break_neither_table_nor_submission(tmp_path: Path) -> None:
    """A formula is guarded, XML is escaped, control characters are taken out, halves of characters replaced, and no
    name leaves the folder of the ZIP."""
    (tmp_path / "hostile.md").write_text(HOSTILE, "utf-8")
    words = '=cmd|"x"</said>&\x00\x1b\ud800\r\nend'
    made = files_of(written(load(tmp_path / "hostile.md"), {"/data/said": text(words)}))
    assert list(made) == ["_x_y/submissions/R1_1.xml", "_x_y/answers.csv"]
    table = made["_x_y/answers.csv"].decode("utf-8-sig")
    assert table.splitlines()[1] == """R1,1,2027-01-15,"'=cmd|""x""</said>&�"""
    instance = ET.fromstring(made["_x_y/submissions/R1_1.xml"])  # noqa: S314 - made here
    assert instance.attrib == {"id": '../x"y', "version": "1&2"}
    assert instance.findtext("said") == '=cmd|"x"</said>&�\r\nend'


TOLD_BY = """
| survey |
| | type | name | label | calculation | bind::bot:privacy |
| | text | who | Who? | | sealed |
| | geopoint | place | Where? | | public |
| | integer | age | Age | | public |
| | calculate | born | | 2026 - ${age} | public |
| | calculate | named | | concat(${who}, '') | public |
| | calculate | near | | concat(${place}, '') | public |
| | calculate | nearer | | concat(${near}, '') | public |
| settings |
| | form_id | name | version | namespaces |
| | by | data | 1 | bot="https://kuager.org/xforms" |
"""


def test_a_calculation_leaves_only_if_all_it_tells_of_may(tmp_path: Path, forms: Mapping[str, Form]) -> None:
    """Else a name or a point would leave in its words."""
    (tmp_path / "by.md").write_text(TOLD_BY, "utf-8")
    form = load(tmp_path / "by.md")
    leaving = versions.leaving_questions(form, forms["review"])
    assert list(leaving) == ["/data/age", "/data/born"]


@pytest.mark.parametrize(
    ("given", "precision", "left"),
    [
        (When(Precision.DAY, "2024-03-05", "2024-03-05"), "month", When(Precision.MONTH, "2024-03")),
        (When(Precision.DAY, "2024-03-05", "2024-03-05"), "year", When(Precision.YEAR, "2024")),
        (When(Precision.MONTH, "2024-03"), "day", When(Precision.MONTH, "2024-03")),
        (When(Precision.MONTH, "2024-03"), "year", When(Precision.YEAR, "2024")),
        (When(Precision.RANGE, "2024-03-05", "2024-03-09"), "month", When(Precision.MONTH, "2024-03")),
        (When(Precision.RANGE, "2024-03-05", "2024-04-09"), "month", When(Precision.RANGE, "2024-03", "2024-04")),
        (When(Precision.RANGE, "2024-03-05", ongoing=True), "month", When(Precision.RANGE, "2024-03", ongoing=True)),
        (When(Precision.RANGE, None, "2024-04-09"), "month", When(Precision.RANGE, None, "2024-04")),
        (When(Precision.UNKNOWN), "month", When(Precision.UNKNOWN)),
    ],
)  # fmt: skip
def test_a_date_is_no_finer_than_its_question_says(given: When, precision: str, left: When) -> None:
    assert coarsened(given, precision) == left


def test_the_consents_put_around_a_form_are_in_none_of_its_submissions(tmp_path: Path) -> None:
    """The form that the server knows has no such questions; one of its own that is named alike stays."""
    (tmp_path / "plain.md").write_text(NESTED.replace("| child_instance |", "| kuager_pets |"), "utf-8")
    form = questionnaires.around(load(tmp_path / "plain.md"))
    assert form.children[0].name == "kuager_consent_store"
    made = files_of(written(form, {"/data/kuager_pets": Number(5)}))
    submission = made["nested/submissions/R1_1.xml"].decode().partition("<data")[2].partition("<meta>")[0]
    assert submission == ' id="nested"><home><rooms></rooms></home><kuager_pets>5</kuager_pets>'


def test_each_form_has_a_folder_of_its_own(tmp_path: Path) -> None:
    """Of what is called alike the second gets `extra_`; a record is in that of its form alone."""
    for name, form_id in (("one", "a/b"), ("other", "a b")):
        (tmp_path / f"{name}.md").write_text(HOSTILE.replace('../x"y', form_id), "utf-8")
    one, other = load(tmp_path / "one.md"), load(tmp_path / "other.md")
    table = ExportTable(load(FORMS / "review.md"), one, settings().zone, reports={"a/b": one, "a b": other})
    writer = ANSWERS.format.writer(table, ExportFacts())
    rows = [
        writer.row(table.record(version(f"R{number}", form, {"/data/said": text(form.id)})))
        for number, form in enumerate((one, other, one))
    ]
    made = files_of(b"".join([*rows, *writer.end()]))
    assert [row["said"] for row in rows_of(made["a_b/answers.csv"])] == ["a/b", "a/b"]
    assert [row["said"] for row in rows_of(made["extra_a_b/answers.csv"])] == ["a b"]
    assert [name for name in made if name.endswith("xml")] == [
        "a_b/submissions/R0_1.xml",
        "extra_a_b/submissions/R1_1.xml",
        "a_b/submissions/R2_1.xml",
    ]
