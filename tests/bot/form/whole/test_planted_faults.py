"""A fault planted in one cell of a form of our own is told at that very cell, and nothing that follows from it is told."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.form.xlsform.reader import load, read_form
from bot.form.xlsform.sheets import FormError
from tests.bot.form.whole.own_forms import FOLDER, NAMES

HEADER = "header"


@dataclass(frozen=True)
class Fault:
    """A cell of a form, and words that make it wrong.

    `row` is the name of a question, `list/name` of a choice, a type such as `end_group`, or HEADER. `at` is the row
    and column of the message, if not those of the cell.
    """

    form: str
    sheet: str
    row: str
    column: str
    cell: str
    at: tuple[str, str] | None = None

    def __str__(self) -> str:
        return f"{self.form} {self.row} {self.column}: {self.cell or 'blank'}"


def survey(form: str, row: str, column: str, cell: str, at: tuple[str, str] | None = None) -> Fault:
    return Fault(form, "survey", row, column, cell, at)


def choices(form: str, row: str, column: str, cell: str) -> Fault:
    return Fault(form, "choices", row, column, cell)


def header(form: str, column: str, cell: str, sheet: str = "survey") -> Fault:
    return Fault(form, sheet, HEADER, column, cell)


FAULTS = [
    # types
    survey("health_post", "nurses", "type", "intger"),
    survey("health_post", "post", "type", "txt"),
    survey("health_post", "power", "type", "select_one yesno"),
    survey("health_post", "missing", "type", "select_multiple"),
    survey("health_post", "fridge", "type", "float"),
    survey("water_point", "source", "type", "select_one sources or_other"),
    survey("water_point", "place", "type", "geopint"),
    survey("words", "second", "type", ""),
    survey("ranks_ranges", "needs", "type", "rank"),
    survey("ranks_ranges", "pain", "type", "rnage"),
    survey("damage_assessment", "road", "type", "geotrack"),
    survey("metadata", "today", "type", "todayy"),
    survey("layouts", "sun", "type", "osm buildings"),
    survey("layouts", "side", "type", "select_one sides"),
    survey("files", "trees", "type", "select_multiple_from_file trees.xls"),
    survey("external_lists", "town", "type", "select_one_external cities"),
    survey("cascade", "to_villages", "type", "select_multiple hamlets"),
    # groups
    survey("gate", "change", "type", "begin_repet"),
    survey("gate", "end_group", "type", "end_grupp"),
    survey("gate", "end_repeat", "type", "end_group"),
    survey("health_post", "alone", "type", "end_group"),
    survey("household_roster", "job", "type", "begin_group", at=("end_repeat", "type")),
    survey("gate", "asked", "name", ""),
    # names
    survey("health_post", "remark", "name", "any remark"),
    survey("health_post", "fridge", "name", "2fridge"),
    survey("health_post", "fridge", "name", "fridge%"),
    survey("health_post", "fridge", "name", ""),
    survey("health_post", "nurses", "name", ""),
    survey("health_post", "doctors", "name", "nurses"),
    survey("detention", "beds", "name", "people"),
    choices("gate", "how/foot", "name", ""),
    choices("gate", "how/bus", "name", "foot"),
    choices("health_post", "drugs/act", "name", "amox"),
    # expressions
    survey("health_post", "days_off", "relevant", "(${power} = 'no'"),
    survey("health_post", "days_off", "relevant", "${power} = 'no"),
    survey("health_post", "days_off", "relevant", "${power} == 'no'"),
    survey("health_post", "days_off", "relevant", "${power} = 'no' && ${nurses} > 1"),
    survey("health_post", "days_off", "relevant", "${pwer} = 'no'"),
    survey("health_post", "days_off", "relevant", "${Power} = 'no'"),
    survey("health_post", "days_off", "relevant", "power = 'no'"),
    survey("health_post", "days_off", "relevant", "${power = 'no'"),
    survey("health_post", "power", "relevant", "${days_off} > 1"),
    survey("health_post", "nurses", "constraint", ". >= "),
    survey("health_post", "nurses", "constraint", ". => 0"),
    survey("health_post", "missing", "constraint", "not(selectd(., 'none'))"),
    survey("health_post", "missing", "constraint", "count-selected() > 1"),
    survey("health_post", "staff", "calculation", "${nurses} + coalese(${doctors}, 0)"),
    survey("health_post", "staff", "calculation", "${nurses} + coalesce(${doctors}, 0"),
    survey("health_post", "staff", "calculation", "${staff} + 1"),
    survey("health_post", "score", "calculation", "if(${power} = 'yes', 1)"),
    survey("health_post", "remark", "required", "${power} ="),
    survey("health_post", "nurses", "required", "perhaps"),
    survey("health_post", "visited", "constraint", ". <= tody()"),
    survey("gate", "how", "relevant", "${agreed} = yes"),
    survey("gate", "minutes", "constraint", ". > 0 and . < 300)"),
    survey("labour", "shift", "repeat_count", "${firm"),
    survey("health_post", "visited", "default", "today("),
    survey("cascade", "district", "choice_filter", "regio = ${region}"),
    survey("cascade", "district", "choice_filter", "region = ${regions}"),
    survey("cascade", "to_district", "choice_filter", "region = curent()/../to_region"),
    survey("cascade", "to_name", "calculation", "jr:choice-name(${to_district})"),
    survey("household_roster", "person", "repeat_count", "${member}"),
    survey("household_roster", "men", "calculation", "count(${person}[sx = 'm'])"),
    survey("household_roster", "hours_all", "calculation", "sum(3)"),
    survey("labour", "before", "calculation", "indexed-repeat(${hours}, ${shifts}, 1)"),
    survey("contacts_by_phone", "phone", "constraint", "regex(., '[0-9')"),
    survey("sums", "c_pow", "calculation", "pow(${n})"),
    survey("sums", "c_pi", "calculation", "round(pie(), 4)"),
    survey("dates", "c_long", "calculation", "format-date(${event})"),
    survey("dates", "c_date", "calculation", "date('2024-02-29'"),
    survey("files", "beds", "calculation", "pulldata('clinics', 'bedz', 'code', ${clinic})"),
    survey("files", "beds_too", "calculation", "instance('clinicz')/root/item[code = ${clinic}]/beds"),
    survey("files", "tallest", "choice_filter", "selected(${trees}, nam)"),
    survey("checklists", "enough", "calculation", "checklist(2)"),
    # headers
    header("health_post", "relevant", "relevent"),
    header("health_post", "constraint", "constrant"),
    header("health_post", "required", "requird"),
    header("health_post", "calculation", "calculaton"),
    header("health_post", "appearance", "apearance"),
    header("health_post", "label", "lable"),
    header("health_post", "hint", "label"),
    header("cascade", "choice_filter", "choice_filtr"),
    header("market_prices", "repeat_count", "repeat_cuont"),
    header("water_point", "parameters", "paramters"),
    header("complaint", "bind::bot:privacy", "bind::bot:privcy"),
    header("gate", "list_name", "list_nmae", "choices"),
    header("gate", "version", "versoin", "settings"),
    # parameters, appearances, defaults
    survey("water_point", "queue", "parameters", "start=0 end=ten step=5"),
    survey("water_point", "queue", "parameters", "start=0 end=30 stp=5"),
    survey("water_point", "queue", "parameters", "start=0 end=30 step=0"),
    survey("water_point", "uses", "parameters", "randomze=true"),
    survey("water_point", "uses", "parameters", "randomize=true seed=abc"),
    survey("water_point", "photo", "parameters", "max-pixels=big"),
    survey("water_point", "place", "parameters", "capture-accuracy=near"),
    survey("media", "voice", "parameters", "quality=loud"),
    survey("search_lists", "by_unit", "appearance", "minimal search('products', 'matchez', 'unit', 'kg')"),
    survey("market_prices", "stalls", "default", "many"),
    survey("defaults", "langs", "default", "kk fr"),
    survey("defaults", "houses", "default", "ten"),
    survey("defaults", "counted", "trigger", "${nobody}"),
    survey("defaults", "counted", "trigger", "visited"),
    survey("defaults", "left", "read_only", "perhaps"),
    survey("defaults", "next", "default", "date(today() + )"),
    # texts
    survey("household_roster", "born", "label", "Date of birth of ${frist}"),
    survey("rich_texts", "age", "hint", "Dear ${whom}, a number"),
    survey("rich_texts", "who", "constraint_message", "At most 29 letters, not ${lenght}."),
    survey("health_post", "nurses", "label", ""),
    survey("gate", "minutes", "label::English (en)", "How many minutes, ${name}?"),
    choices("rich_texts", "friends/self", "label", "${whom} alone"),
    # the program's own columns
    survey("complaint", "official", "bind::bot:privacy", "secret"),
    survey("complaint", "story", "bind::bot:privacy", "Public"),
    survey("complaint", "official", "bind::bot:role", "story"),
    survey("complaint", "official", "bind::bot:voice", "maybe"),
    survey("detention", "rights", "bind::bot:privacy", "public"),
    Fault("complaint", "settings", "complaint", "namespaces", ""),
]  # fmt: skip

MISSING = [
    survey("files", "clinic", "type", "select_one_from_file clinic.csv"),
    survey("files", "beds", "calculation", "pulldata('clinicz', 'beds', 'code', ${clinic})"),
    survey("search_lists", "bought", "appearance", "search('productz')"),
]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def is_row(row: str, found: dict[str, str]) -> bool:
    """Whether a row is the one named so."""
    keys = {
        found.get("type"),
        found.get("name"),
        f"{found.get('list_name')}/{found.get('name')}",
        found.get("form_id"),
    }
    return row in keys


def planted(fault: Fault, text: str) -> tuple[str, int, str]:
    """The form with the fault, and the line and column of its message."""
    lines, sheet, head = text.split("\n"), "", list[str]()
    row, column = fault.at or (fault.row, fault.cell if fault.row == HEADER else fault.column)
    place = 0
    is_planted = False
    for number, line in enumerate(lines):
        if not line.startswith("|"):
            continue
        name, *row_cells = cells(line)
        if name:
            sheet, head = name, []
            continue
        is_head = not head
        head = head or row_cells
        if sheet != fault.sheet:
            continue
        found = dict(zip(head, row_cells, strict=False))
        if (is_head and row == HEADER) or (not is_head and is_row(row, found) and not place):
            place = number + 1
        if not is_planted and (is_head if fault.row == HEADER else not is_head and is_row(fault.row, found)):
            row_cells[head.index(fault.column)] = fault.cell
            lines[number] = "| | " + " | ".join(row_cells) + " |"
            is_planted = True
    assert is_planted
    assert place
    return "\n".join(lines), place, column


def written(fault: Fault, folder: Path) -> tuple[Path, int, str]:
    """A form with a fault, among the files of all forms, and the fault's line and column."""
    for file in FOLDER.iterdir():
        if file.suffix != ".md":
            shutil.copyfile(file, folder / file.name)
    text, line, column = planted(fault, (FOLDER / f"{fault.form}.md").read_text("utf-8"))
    path = folder / f"{fault.form}.md"
    path.write_text(text, "utf-8")
    return path, line, column


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_planted_fault_is_told_at_its_cell_and_nothing_else_is(fault: Fault, tmp_path: Path) -> None:
    """With its sheet, its row and the header of its column as the form has it."""
    path, line, column = written(fault, tmp_path)
    with pytest.raises(FormError) as refused:
        load(path)
    told = [(one.sheet, one.row, one.column) for one in refused.value.problems]
    assert told == [(fault.sheet, line, column)], str(refused.value)


@pytest.mark.parametrize("fault", MISSING, ids=str)
def test_a_file_that_is_not_there_is_told_at_its_cell_and_nothing_else_is(
    fault: Fault, tmp_path: Path
) -> None:
    """As a warning, for the form may be right."""
    path, line, column = written(fault, tmp_path)
    before = {(one.sheet, one.row, one.column) for one in read_form(FOLDER / f"{fault.form}.md").warnings}
    told = {(one.sheet, one.row, one.column) for one in read_form(path).warnings}
    assert told - before == {(fault.sheet, line, column)}


def test_there_are_a_hundred_faults_in_many_forms() -> None:
    """No fault twice."""
    assert len(set(FAULTS)) == len(FAULTS) >= 100
    assert {fault.form for fault in FAULTS} <= set(NAMES)
