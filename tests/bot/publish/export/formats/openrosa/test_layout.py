"""The form behind submissions: public questions where they stand, what no question says before them, and how each value is written."""

import io
from collections.abc import Mapping
from pathlib import Path

import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped] # it has no types

from bot.form.answers import Answer, Chosen, GeoPoint, Number, Precision, When
from bot.form.xlsform.reader import load
from tests.bench import text
from tests.bot.publish.export.formats.made import exported
from tests.bot.publish.export.formats.openrosa.xforms import OPENROSA, Forms, opened
from tests.bot.publish.export.published import FULL, OWN


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


def test_a_published_place_is_a_point_with_its_accuracy_in_metres(forms: Forms) -> None:
    """None where no place was published."""
    told: Mapping[str, Answer] = {"place_share": Chosen(("10km",)), "place_public": GeoPoint(51.3, -0.00001)}
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
| | hard | d | =A::B <x> | А::Б |

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
    assert "=A::B <x>" in cells


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
