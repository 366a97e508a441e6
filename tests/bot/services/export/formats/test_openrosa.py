"""Submissions and their form, checked against each other by the ODK XForms specification alone: structure, types, choices, constraints.

ODK Validate, which asks JavaRosa, needs Java and is not run here; `java -jar ODK_Validate.jar form.xml` is how to, with the file that
pyxform brings.
"""

import io
import os
import re
import subprocess
import sys
import uuid
import xml.etree.ElementTree as Xml
import zipfile
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped] # it has no types
from pyxform.xls2xform import convert  # type: ignore[import-untyped]

from bot.form.answers import Answer, Chosen, Number, Place, Precision, When
from bot.form.model import Form
from bot.form.xlsform.reader import load
from bot.services.export.formats import FORMATS
from tests.bench import text
from tests.bot.services.export.formats.made import CASES, answers_of, exported
from tests.bot.services.export.published import FULL, OWN

Forms = Mapping[str, Form]
OPENROSA = FORMATS["openrosa"]
XFORMS, HTML = "{http://www.w3.org/2002/xforms}", "{http://www.w3.org/1999/xhtml}"
JAVAROSA = "{http://openrosa.org/javarosa}"
TYPES = {
    "string": r"(?s).*",
    "int": r"[+-]?\d{1,9}",
    "decimal": r"[+-]?\d+(\.\d+)?",
    "date": r"\d{4}-\d{2}-\d{2}",
    "geopoint": r"-?\d{1,2}(\.\d+)? -?\d{1,3}(\.\d+)? -?\d+(\.\d+)? \d+(\.\d+)?",
}
"""What a value of each type looks like."""


@dataclass
class XForm:
    """A form read for what it says of its submissions."""

    model: Xml.Element
    binds: dict[str, Xml.Element] = field(default_factory=dict)
    choices: dict[str, tuple[bool, set[str]]] = field(default_factory=dict)
    repeats: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, content: bytes) -> "XForm":
        root = Xml.fromstring(content)  # noqa: S314 - it is the program's own
        model = root.find(f"{HTML}head/{XFORMS}model")
        body = root.find(f"{HTML}body")
        assert model is not None
        assert body is not None
        made = cls(model)
        made.binds = {bind.attrib["nodeset"]: bind for bind in model.iter(f"{XFORMS}bind")}
        made.repeats = {one.attrib["nodeset"] for one in body.iter(f"{XFORMS}repeat")}
        lists = {
            one.attrib["id"]: {str(item.findtext(f"{XFORMS}name")) for item in one.iter(f"{XFORMS}item")}
            for one in model.findall(f"{XFORMS}instance")[1:]
        }
        for name in ("select", "select1"):
            for one in body.iter(f"{XFORMS}{name}"):
                items = one.find(f"{XFORMS}itemset")
                assert items is not None
                found = re.fullmatch(r"instance\('(.+)'\)/root/item", items.attrib["nodeset"])
                assert found
                made.choices[one.attrib["ref"]] = (name == "select", lists[found[1]])
        return made

    @property
    def primary(self) -> Xml.Element:
        """The empty submission in the form."""
        instance = self.model.find(f"{XFORMS}instance")
        assert instance is not None
        return instance[0]

    def check(self, content: bytes) -> dict[str, Any]:
        """The values of a submission by their paths, those in a repeat as lists; fails where it is none of this form."""
        root = Xml.fromstring(content)  # noqa: S314 - it is the program's own
        assert (root.tag, root.attrib) == (local(self.primary), self.primary.attrib)
        values: dict[str, Any] = {}
        self._check(root, self.primary, f"/{root.tag}", values, inside=False)
        named = values.pop(f"/{root.tag}/meta/instanceID")
        assert named == f"uuid:{uuid.UUID(named.removeprefix('uuid:'))}"
        return {path.removeprefix(f"/{root.tag}/"): value for path, value in values.items()}

    def _check(
        self, found: Xml.Element, pattern: Xml.Element, path: str, values: dict[str, Any], *, inside: bool
    ) -> None:
        wanted = [local(one) for one in pattern if JAVAROSA + "template" not in one.attrib]
        order = list(dict.fromkeys(one.tag for one in found))
        assert order == [
            name for name in dict.fromkeys(wanted) if f"{path}/{name}" not in self.repeats or name in order
        ]
        if not wanted:
            assert not len(found)
            self._check_value(found.text or "", path)
            if inside:
                values.setdefault(path, []).append(found.text or "")
            else:
                values[path] = found.text or ""
        for one in found:
            below = f"{path}/{one.tag}"
            again = below in self.repeats
            assert again or len(found.findall(one.tag)) == 1
            shape = next(other for other in pattern if local(other) == one.tag)
            self._check(one, shape, below, values, inside=inside or again)

    def _check_value(self, value: str, path: str) -> None:
        bind = self.binds[path]
        assert not {"required", "relevant", "calculate"} & bind.attrib.keys(), (
            "nothing that could refuse it or take it away"
        )
        if not value:
            return
        assert re.fullmatch(TYPES[bind.attrib["type"]], value, re.ASCII), (path, value)
        if bind.attrib["type"] == "date":
            date.fromisoformat(value)
        if path in self.choices:
            is_multiple, names = self.choices[path]
            chosen = value.split(" ") if is_multiple else [value]
            assert set(chosen) <= names
            assert len(set(chosen)) == len(chosen)
        if constraint := bind.attrib.get("constraint"):
            pattern = re.fullmatch(r"regex\(\., '(.*)'\)", constraint)
            assert pattern
            assert re.fullmatch(pattern[1], value), (path, value)


def local(element: Xml.Element) -> str:
    """The name without its namespace."""
    return element.tag.rpartition("}")[2]


def opened(content: bytes) -> tuple[XForm, dict[str, bytes], dict[str, bytes]]:
    """The form, the submissions and the other files of an export."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    sent = {name: files.pop(name) for name in list(files) if name.startswith("submissions/")}
    assert files.keys() == {"README.txt", "send.py", "form.xml", "form.xlsx"}
    return XForm.read(files["form.xml"]), sent, files


def test_a_full_record_is_a_submission_of_the_form_with_every_fact(forms: Forms) -> None:
    """Questions under their names, codes with spaces between, repeats again and again, what no question says before them."""
    form, sent, _ = opened(exported(forms, OPENROSA, FULL))
    assert list(sent) == ["submissions/R00001_1.xml"]
    found = form.check(sent["submissions/R00001_1.xml"])
    empty = {"title_kk", "summary_kk", "title_ru", "summary_ru", "title_en", "summary_en"}
    assert {name for name in found if found[name] == ""} == {
        *empty,
        *("record/place", "record/within_km", "record/incident", "record/related"),
    }
    assert {name: value for name, value in found.items() if value != ""} == {
        "record/id": "R00001",
        "record/version": "1",
        "record/approved_on": "2027-01-15",
        "record/freedoms": "assembly",
        "record/consent": "publish_no_names",
        "record/language": "en",
        "record/people_counted": "yes",
        "record/iccpr": "9\n21",
        "record/civicus": "protestor(s) detained",
        "record/sdg_16_10_1": "arbitrary_detention",
        "record/acled": "Protests/Protest with intervention",
        "record/huridocs": "030107000000",
        "title": "=Journalists held",
        "summary": "Two were held.\nOne; the other | later.",
        "kind": "pattern",
        "assertion": "confirmed",
        "violations": "detention.mass detention",
        "violation_primary": "detention.mass",
        "rights": "liberty assembly",
        "when": "2024-03/2024-04",
        "date_meaning": "event",
        "underlying_event": "2022-01",
        "region": "KZ-75",
        "locality": "Almaty",
        "affected/affected_role": ["journalists; two", "an outlet"],
        "affected/affected_groups": ["journalist activist", "organisation"],
        "affected/affected_number_min": ["2", ""],
        "affected/affected_number_max": ["3", ""],
        "affected/affected_organisation": ["", "Dala | Press"],
        "perpetrators/perpetrator_type": ["police"],
        "perpetrators/perpetrator_detail": ["city police"],
        "legal_basis": "KZ-AOC-488 KZ-AOC-667",
        "outcomes/outcome_status": ["fined", "toughened"],
        "outcomes/outcome_party": ["affected", "officials"],
        "outcomes/outcome_date": ["2024-04-02", ""],
        "outcomes/outcome_persons": ["2", ""],
        "outcomes/outcome_prison_years": ["", "3.5"],
        "outcomes/outcome_restriction_years": ["", "2"],
        "outcomes/outcome_arrest_days": ["", "15"],
        "outcomes/outcome_fine_mrp": ["50", ""],
        "outcomes/outcome_fine_tenge": ["184600", ""],
        "links": "https://example.org/a\nhttps://example.org/b",
        "sources/source_kind": ["ngo", "court"],
        "sources/source_publisher": ["Dala | Rights", ""],
        "sources/source_date": ["2024-06", ""],
        "sources/source_link": ["", "https://example.org/ruling"],
        "tags": "floods_2024\njanuary_2022",
        "reliability": "R2",
        "credibility": "C1",
        "evidence_origin": "from_person",
    }


def test_every_acceptance_case_is_a_submission_of_one_form(forms: Forms) -> None:
    """With its codes, people, outcomes and date, and what it is in the terms of others."""
    form, sent, _ = opened(exported(forms, OPENROSA, *map(answers_of, CASES)))
    for case, content in zip(CASES, sent.values(), strict=True):
        found, date_ = form.check(content), case["date"]
        assert (found["title"], found["summary"], found["kind"]) == (
            case["title"],
            case["narrative"],
            case["kind"],
        )
        assert found["violations"].split() == case["violations"]
        assert (found["violation_primary"], found["region"]) == (
            case["violation_primary"],
            case["place"]["region"],
        )
        assert found["rights"].split() == case["rights"]
        assert found["record/freedoms"].split() == case["freedoms"]
        is_range = date_["precision"] == "range"
        start, end = date_["start"] or "..", date_["end"] or ""
        assert found["when"] == (f"{start}/{end}" if is_range else start)
        assert found["affected/affected_role"] == [one["role"] for one in case["affected"]]
        assert found["affected/affected_groups"] == [" ".join(one["groups"]) for one in case["affected"]]
        assert found["affected/affected_number_min"] == [
            str(one["number_min"] or "") for one in case["affected"]
        ]
        assert found["perpetrators/perpetrator_type"] == [one["type"] for one in case["perpetrators"]]
        assert found["perpetrators/perpetrator_detail"] == [
            one["detail"] or "" for one in case["perpetrators"]
        ]
        assert found["outcomes/outcome_status"] == [one["status"] for one in case["outcome"]]
        assert found["outcomes/outcome_date"] == [one["date"] or "" for one in case["outcome"]]
        assert found["legal_basis"].split() == [law["code"] for law in case["legal_basis"]]
        for standard, codes in case["derived"].items():
            assert sorted(filter(None, found[f"record/{standard}"].split("\n"))) == sorted(codes)


def test_the_form_has_only_public_questions_in_three_languages_and_both_files_are_one_form(
    forms: Forms,
) -> None:
    """What Kobo makes of the workbook is what Central takes as it is; whether a place may be shown is no public question."""
    form, _, files = opened(exported(forms, OPENROSA))
    said = {path.rpartition("/")[2] for path in form.binds}
    assert not said & {"place_share", "place_given", "place_public", "published"}
    assert (
        convert(
            io.BytesIO(files["form.xlsx"]), file_type=".xlsx", validate=False, pretty_print=False
        ).xform.encode()
        == files["form.xml"]
    )
    languages = [one.attrib["lang"] for one in form.model.iter(f"{XFORMS}translation")]
    assert languages == ["English (en)", "Русский (ru)", "Қазақша (kk)"]
    assert all(len(list(one)) > 100 for one in form.model.iter(f"{XFORMS}translation"))
    assert form.primary.attrib["id"] == "review_public"
    assert "review_public" in files["README.txt"].decode()


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (When(Precision.DAY, "2024-03-08", "2024-03-08"), "2024-03-08"),
        (When(Precision.YEAR, "2023"), "2023"),
        (When(Precision.RANGE, "2024-04", ongoing=True), "2024-04/.."),
        (When(Precision.RANGE, end="2024-04-01"), "../2024-04-01"),
        (When(Precision.RANGE, "2024-04"), "2024-04/"),
        (When(Precision.UNKNOWN), ""),
    ],
)
def test_a_partial_date_is_a_text_that_the_form_takes(forms: Forms, when: When, said: str) -> None:
    """As exact as it is known, in the date of the record and elsewhere."""
    form, sent, _ = opened(exported(forms, OPENROSA, {"when": when, "underlying_event": when}))
    found = form.check(*sent.values())
    assert (found["when"], found["underlying_event"]) == (said, said)


def test_what_no_date_is_a_form_does_not_take(forms: Forms) -> None:
    """The check can fail: it knows a wrong date, a choice that is none, and a question that the form has not."""
    form, sent, _ = opened(exported(forms, OPENROSA, FULL))
    (content,) = sent.values()
    for right, wrong in (
        (b"<when>2024-03/", b"<when>03.2024/"),
        (b"detention.mass detention", b"detention.mass flogging"),
        (b"<kind>pattern", b"<kind>pattern incident"),
        (b"<tags>", b"<extra/><tags>"),
        (b"<approved_on>2027-01-15", b"<approved_on>2027-01"),
        (b"outcome_fine_mrp>50<", b"outcome_fine_mrp>5e1<"),
        (b'id="review_public"', b'id="review"'),
    ):
        assert content.count(right) == 1
        with pytest.raises(AssertionError):
            form.check(content.replace(right, wrong))


def test_a_published_place_is_a_point_with_its_accuracy_in_metres(forms: Forms) -> None:
    """None where no place was published."""
    told: Mapping[str, Answer] = {"place_share": Chosen(("10km",)), "place_public": Place(51.3, -0.00001)}
    form, sent, _ = opened(exported(forms, OPENROSA, told))
    found = form.check(*sent.values())
    assert (found["record/place"], found["record/within_km"]) == ("51.3 -0.00001 0 10000", "10")


def test_numbers_are_written_without_an_exponent_and_may_be_long(forms: Forms) -> None:
    """Twelve digits are more than an XForm's whole number holds."""
    told: Mapping[str, Answer] = {
        "outcomes[1]/outcome_status": Chosen(("fined",)),
        "outcomes[1]/outcome_fine_mrp": Number(1e22),
        "outcomes[1]/outcome_prison_years": Number(0.00001),
        "outcomes[1]/outcome_fine_tenge": Number(999_999_999_999),
    }
    form, sent, _ = opened(exported(forms, OPENROSA, told))
    found = form.check(*sent.values())
    assert found["outcomes/outcome_fine_mrp"] == ["1" + "0" * 22]
    assert found["outcomes/outcome_prison_years"] == ["0.00001"]
    assert found["outcomes/outcome_fine_tenge"] == ["999999999999"]


HOSTILE = [
    "=1+1",
    "+7 701",
    "-1",
    "@who",
    "\ttab ",
    "a;b",
    "a|b::c",
    "]]>",
    "<b>&amp;</b>",
    "'\"",
    "\u202eright to left",
    "🕊",
    "nul\0bell\x07escape\x1b",
    "half \ud800",
    "no character \ufffe",
    "next line \x85 and \u2028",
    "two\r\nlines\rthree",
    "${title}",
    "long " * 20_000,
]


def test_every_text_is_there_but_for_what_no_xml_can_say(forms: Forms) -> None:
    """Tags are words, line breaks stay what they are; a character that is none in XML has another in its place."""
    told: list[Mapping[str, Answer]] = [{"affected[1]/affected_role": text("x")} for _ in HOSTILE]
    changes = [{"title": one, "summary": one, "affected_role": [one], "tags": [one, "b"]} for one in HOSTILE]
    form, sent, _ = opened(exported(forms, OPENROSA, *told, changes=changes))
    assert len(sent) == len(HOSTILE)
    for given, content in zip(HOSTILE, sent.values(), strict=True):
        found = form.check(content)
        said = re.sub("[\0\x07\x1b\ud800\ufffe]", "\ufffd", given)
        assert (found["title"], found["summary"]) == (said, said)
        assert (found["affected/affected_role"], found["tags"]) == ([said], f"{said}\nb")


LISTS = """
| survey |
| | type | name | label::English (en) | label::Русский (ru) | bind::bot:privacy | bind::bot:role | required | relevant | constraint |
| | text | Заголовок | =Title \\| one | Заголовок | public | title | yes | | |
| | begin_group | record | About | О записи | | | | | |
| | select_multiple hard | Choice-1 | A choice | Выбор | public | | | ${note} != '' | |
| | text | note | For moderators | Модераторам | moderators | | | | |
| | date | day | A day | День | public | | | | |
| | end_group | | | | | | | | |
| | begin_group | hidden | Nothing leaves | Ничего | | | | | |
| | text | secret | A secret | Секрет | sealed | | | | |
| | end_group | | | | | | | | |
| | begin_repeat | vehicles | Vehicles | Машины | | | | | |
| | begin_group | papers | Papers | Документы | | | | | |
| | text | plate | Plate | Номер | public | | | | . != 'x' |
| | end_group | | | | | | | | |
| | integer | seats | Seats | Места | public | | | | |
| | begin_repeat | wheels | Wheels | Колёса | | | | | |
| | text | maker | Maker | Марка | public | | | | |
| | end_repeat | | | | | | | | |
| | end_repeat | | | | | | | | |

| choices |
| | list_name | name | label::English (en) | label::Русский (ru) |
| | hard | a.b+c | One \\| two | Раз |
| | hard | d | =A::B <i> | А::Б |

| settings |
| | form_title | form_id | name | version | default_language | namespaces |
| | Own & more | own | own | 1 | English (en) | bot="https://kuager.org/xforms" |
"""


def test_a_form_of_ones_own_has_its_public_questions_where_they_stand(forms: Forms, tmp_path: Path) -> None:
    """In their groups and repeats, without what would refuse or hide an answer; a repeat inside a repeat does not leave."""
    (tmp_path / "own.md").write_text(LISTS, "utf-8")
    told: Mapping[str, Answer] = {
        "Заголовок": text("Held"),
        "record/Choice-1": Chosen(("a.b+c", "d")),
        "record/note": text("nobody else"),
        "record/day": When(Precision.DAY, "2024-03-08", "2024-03-08"),
        "vehicles[1]/papers/plate": text("x"),
        "vehicles[2]/seats": Number(4),
    }
    content = exported(forms, OPENROSA, told, form=load(tmp_path / "own.md"))
    form, sent, files = opened(content)
    found = form.check(*sent.values())
    assert form.primary.attrib["id"] == "own_public"
    assert {name: value for name, value in found.items() if value and not name.startswith("record_/")} == {
        "Заголовок": "Held",
        "record/Choice-1": "a.b+c d",
        "record/day": "2024-03-08",
        "vehicles/papers/plate": ["x", ""],
        "vehicles/seats": ["", "4"],
    }
    assert found["record_/id"] == "R00001"
    assert b"nobody else" not in b"".join(sent.values())
    assert not {"secret", "note", "maker"} & {path.rpartition("/")[2] for path in form.binds}
    cells = {
        str(cell.value)
        for row in load_workbook(io.BytesIO(files["form.xlsx"]))["choices"].rows
        for cell in row
    }
    assert "=A::B <i>" in cells


def test_names_that_are_taken_elsewhere_are_the_questions_own_here(forms: Forms, tmp_path: Path) -> None:
    """In a form of one's own every question has its name, whatever an export calls it."""
    (tmp_path / "own.md").write_text(OWN, "utf-8")
    told: Mapping[str, Answer] = {
        "sort": Chosen(("good",)),
        "region[1]/part": text("north"),
        "affected[1]/who": text("us"),
    }
    form, sent, _ = opened(exported(forms, OPENROSA, told, form=load(tmp_path / "own.md")))
    found = form.check(*sent.values())
    assert (found["sort"], found["region/part"], found["affected/who"]) == ("good", ["north"], ["us"])


def test_a_version_is_told_from_another_by_its_id_and_the_same_is_the_same(forms: Forms) -> None:
    """So a server that has one takes a correction, and nothing twice; another form has another version."""
    content = exported(forms, OPENROSA, FULL, FULL)
    assert content == exported(forms, OPENROSA, FULL, FULL)
    form, sent, _ = opened(content)
    ids = [re.findall(b"<instanceID>(.*)</instanceID>", one)[0] for one in sent.values()]
    assert ids[0] == b"uuid:d602e48d-5bd4-517a-9c3f-fe3d3d4cf198"
    assert ids[0] != ids[1]
    assert all(form.check(one) for one in sent.values())


def test_an_export_without_records_is_a_form(forms: Forms) -> None:
    """It can be set up before there is anything to send."""
    _, sent, files = opened(exported(forms, OPENROSA))
    assert sent == {}
    assert len(files["form.xlsx"]) > 10_000


def test_what_reporters_told_stands_with_what_no_question_says(forms: Forms) -> None:
    """Only where its recipients may have it."""
    told: Mapping[str, Answer] = {
        "story": text("They came at <six>.\nWe ran."),
        "affected_name": text("Aigerim"),
    }
    form, sent, _ = opened(exported(forms, OPENROSA, FULL, told=told))
    found = form.check(*sent.values())
    assert (found["record/told_story"], found["record/told_affected_name"]) == (
        "They came at <six>.\nWe ran.",
        "Aigerim",
    )


class Server(BaseHTTPRequestHandler):
    """Takes submissions as OpenRosa's Form Submission API has it, each id once, from whoever knows the password."""

    taken: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        """A page for people."""
        self.taken["got"] = self.headers.get("Authorization", "").encode()
        self.send_response(200)
        self.end_headers()

    def do_POST(self) -> None:
        """A submission."""
        if self.path == "/moved":
            self._body()
            self.send_response(302)
            self.send_header("Location", "/page")
            self.end_headers()
            return
        parsed = BytesParser(policy=HTTP).parsebytes(
            b"Content-Type: " + self.headers["Content-Type"].encode() + b"\r\n\r\n" + self._body()
        )
        (part,) = parsed.iter_parts()
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        named = str(Xml.fromstring(content).findtext("meta/instanceID"))  # noqa: S314 - it is the program's own
        may = b64decode(self.headers["Authorization"].removeprefix("Basic ")) == b"aida:secret"
        well = part.get_param("name", header="content-disposition") == "xml_submission_file"
        status = 401 if not may else 400 if not well or self.headers["X-OpenRosa-Version"] != "1.0" else 201
        if status == 201:
            status = 202 if named in self.taken else 201
            self.taken[named] = content
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b"said")

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_what_stands_in_the_zip_sends_it(forms: Forms, tmp_path: Path) -> None:
    """Each submission arrives as it is, at another form under its id; a second time nothing is new, and without the password
    nothing is taken."""
    content = exported(forms, OPENROSA, FULL, {})
    _, sent, _ = opened(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/submission"
        assert sender(tmp_path, url, "secret") == (0, "R00001_1.xml: 201\nR00002_2.xml: 201\n")
        assert list(Server.taken.values()) == list(sent.values())
        assert sender(tmp_path, url, "secret", "aXyz") == (0, "R00001_1.xml: 202\nR00002_2.xml: 202\n")
        told = [one.replace(b'id="review_public"', b'id="aXyz"') for one in sent.values()]
        assert list(Server.taken.values()) == told
        assert sender(tmp_path, url, "wrong") == (1, "R00001_1.xml: 401 said\nR00002_2.xml: 401 said\n")
        assert sender(tmp_path, "http://example.org/submission", "secret") == (2, "")
        Server.taken.clear()
        moved = f"http://127.0.0.1:{server.server_port}/moved"
        assert sender(tmp_path, moved, "secret") == (1, "R00001_1.xml: 302 \nR00002_2.xml: 302 \n")
        assert not Server.taken  # neither the password nor a submission went on
    finally:
        server.shutdown()
        server.server_close()
        Server.taken.clear()


def sender(folder: Path, url: str, password: str, *form: str) -> tuple[int, str]:
    """What the program in the ZIP ends with and says."""
    done = subprocess.run(  # noqa: S603 - the program of the ZIP
        [sys.executable, str(folder / "send.py"), url, "aida", *form],
        env={**os.environ, "OPENROSA_PASSWORD": password},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout
