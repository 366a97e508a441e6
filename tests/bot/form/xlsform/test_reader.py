"""Reading of XLSForms: what becomes of the cells, and what is refused, where and why."""

import csv
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyxform.xls2xform import convert  # type: ignore[import-untyped]

import bot
from bot.form.expressions.functions import FUNCTIONS, LAZY
from bot.form.kinds import KINDS
from bot.form.model import Form, Group, Privacy, Question
from bot.form.xlsform.own_columns import OWN_COLUMNS
from bot.form.xlsform.reader import load, read_form
from bot.form.xlsform.sheets import FormError

FORMS = Path(bot.__file__).parent / "forms"

Table = list[list[str]]

SETTINGS: Table = [
    ["form_id", "version", "form_title", "namespaces"],
    ["f", "3", "Title", 'bot="https://kuager.org/xforms"'],
]
YES_NO: Table = [
    ["list_name", "name", "label::Қазақша (kk)", "label::Русский (ru)"],
    ["yn", "yes", "Иә", "Да"],
    ["yn", "no", "Жоқ", "Нет"],
]
TEXTS = ["label::Қазақша (kk)", "label::Русский (ru)"]


def survey(*rows: Mapping[str, str]) -> Table:
    """A survey sheet of these rows; those with a name have labels in both languages unless they say so."""
    labelled = [
        {**({TEXTS[0]: "қ", TEXTS[1]: "р"} if "name" in row and "calculation" not in row else {}), **row}
        for row in rows
    ]
    header = list(dict.fromkeys(["type", "name", *TEXTS, *(column for row in labelled for column in row)]))
    return [header, *([row.get(column, "") for column in header] for row in labelled)]


def markdown(sheets: Mapping[str, Table]) -> str:
    """The sheets as Markdown tables; rows of a sheet begin on the line after its name."""
    lines = []
    for name, table in sheets.items():
        lines.append(f"| {name} |")
        lines += ["| | " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in table]
    return "\n".join(lines)


def load_markdown(folder: Path, sheets: Mapping[str, Table]) -> Form:
    """The form in these sheets, with settings unless they are given."""
    path = folder / "form.md"
    path.write_text(markdown({"settings": SETTINGS, **sheets}), "utf-8")
    return load(path)


def problems(folder: Path, sheets: Mapping[str, Table]) -> list[str]:
    """Everything wrong with the form in these sheets, a line each."""
    with pytest.raises(FormError) as caught:
        load_markdown(folder, sheets)
    return [str(problem) for problem in caught.value.problems]


WHOLE = {
    "survey": survey(
        {"type": "note", "name": "hello", TEXTS[0]: "Сәлем<br>дос", TEXTS[1]: "a | b"},
        {"type": "select_one yn", "name": "safe", "required": "yes", "bind::bot:privacy": "public"},
        {"type": "begin_group", "name": "g", "relevant": "${safe} = 'yes'"},
        {"type": "text", "name": "story", "bind::bot:role": "story", "bind::bot:voice": "yes"},
        {"type": "begin repeat", "name": "p", "bind::bot:role": "people"},
        {"type": "integer", "name": "age", "constraint": ". > 0 and . < 120", "default": "18"},
        {"type": "calculate", "name": "next", "calculation": "${age} + 1"},
        {"type": "end repeat"},
        {"type": "end_group"},
        {"type": "date", "name": "when", "default": "today()", "required": "${story} != ''"},
        {"type": "start", "name": "began"},
    ),
    "choices": YES_NO,
    "settings": SETTINGS,
}


def check_whole(form: Form) -> None:
    """What WHOLE is."""
    assert (form.id, form.name, form.version, form.title) == ("f", "f", "3", "Title")
    assert form.languages == ("kk", "ru")
    assert form.default_language == "kk"
    assert list(form.nodes) == [
        "/f/hello", "/f/safe", "/f/g", "/f/g/story", "/f/g/p", "/f/g/p/age", "/f/g/p/next", "/f/when",
        "/f/began",
    ]  # fmt: skip
    hello, safe, story = (form.nodes[f"/f/{path}"] for path in ("hello", "safe", "g/story"))
    assert hello.label == {"kk": "Сәлем\nдос", "ru": "a | b"}
    assert isinstance(safe, Question)
    assert (safe.kind, safe.required, safe.privacy) == ("select_one", "true()", Privacy.PUBLIC)
    assert [choice.name for choice in safe.choices] == ["yes", "no"]
    assert form.by_role == {"story": story}
    assert story.bot == {"voice": "yes"}
    people, age = form.nodes["/f/g/p"], form.nodes["/f/g/p/age"]
    assert isinstance(people, Group)
    assert people.repeat
    assert people.bot == {"role": "people"}
    assert isinstance(age, Question)
    assert (age.constraint, age.default, age.privacy) == (". > 0 and . < 120", "'18'", Privacy.MODERATORS)
    assert form.nodes["/f/g"].relevant == "/f/safe = 'yes'"
    when = form.nodes["/f/when"]
    assert isinstance(when, Question)
    assert (when.default, when.required) == ("today()", "/f/g/story != ''")


def test_a_markdown_form_is_read(tmp_path: Path) -> None:
    """Types, groups, texts, expressions, the columns of the bot; moments to the hour."""
    check_whole(load_markdown(tmp_path, WHOLE))


def test_the_types_and_columns_of_longer_forms_are_read(tmp_path: Path) -> None:
    """Places, what is hidden, choices that make a form longer, repeats begun at once, contacts, origins."""
    rows = survey(
        {"type": "select_one yn", "name": "more", "bind::bot:extend": "yes", "bind::bot:short_ru": "Ещё"},
        {"type": "begin_repeat", "name": "r", "bind::bot:first": "yes", "bind::bot:from": "people", "bind::bot:short_kk": "Адам"},
        {"type": "geopoint", "name": "where", "default": "43.2 76.9 0 0", "bind::bot:from": "place"},
        {"type": "end_repeat"},
        {"type": "hidden", "name": "kind", "default": "x", "bind::bot:privacy": "sealed", **dict.fromkeys(TEXTS, "")},
        {"type": "note", "name": "help", "bind::bot:contacts": "more", "bind::bot:first": "no"},
    )  # fmt: skip
    form = load_markdown(tmp_path, {"survey": rows, "choices": YES_NO})
    kinds = [question.kind for question in form.questions]
    assert kinds == ["select_one", "geopoint", "hidden", "note"]
    more, where, kind, note = form.questions
    assert (more.bot, note.bot) == ({"extend": "yes"}, {"contacts": "more", "first": "no"})
    assert (where.bot, where.default) == ({"from": "place"}, "'43.2 76.9 0 0'")
    assert (kind.label, kind.default, kind.privacy) == ({}, "'x'", Privacy.SEALED)
    assert form.nodes["/f/r"].bot == {"first": "yes", "from": "people"}
    assert (more.short, where.short) == ({**more.label, "ru": "Ещё"}, {})
    assert form.nodes["/f/r"].short == {**form.nodes["/f/r"].label, "kk": "Адам"}
    rows = [["" if cell in {"Ещё", "Адам"} else cell for cell in row] for row in rows]
    assert load_markdown(tmp_path, {"survey": rows, "choices": YES_NO}).digest == form.digest, (
        "nothing else is asked"
    )


def test_a_workbook_is_the_same_form(tmp_path: Path) -> None:
    """As Excel saves it."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, table in WHOLE.items():
        sheet = book.create_sheet(name)
        for row in table:
            sheet.append([cell or None for cell in row])
    book.save(tmp_path / "form.xlsx")
    check_whole(load(tmp_path / "form.xlsx"))


def test_a_csv_form_is_the_same_form(tmp_path: Path) -> None:
    """As pyxform reads it: the name of the sheet in a column of its own."""
    text = io.StringIO()
    writer = csv.writer(text)
    for name, table in WHOLE.items():
        writer.writerows([[name], *(["", *row] for row in table)])
    (tmp_path / "form.csv").write_text(text.getvalue(), "utf-8", newline="")
    check_whole(load(tmp_path / "form.csv"))


def test_choices_from_a_file_keep_their_columns_for_the_filter(tmp_path: Path) -> None:
    """The file stands beside the form; its questions are plain selections."""
    (tmp_path / "t.csv").write_text("name,label,g\na1,A1,a\nb1,B1,b\n", "utf-8")
    rows = survey(
        {"type": "text", "name": "g"},
        {"type": "select_multiple_from_file t.csv", "name": "t", "choice_filter": "g = ${g}"},
    )
    question = load_markdown(tmp_path, {"survey": rows}).nodes["/f/t"]
    assert isinstance(question, Question)
    assert question.kind == "select_multiple"
    assert question.choice_filter == "g = /f/g"
    assert question.choices[0].columns == {"g": "a"}
    assert question.choices[0].label == {"kk": "A1", "ru": "A1"}


def test_a_form_in_no_named_language_is_read(tmp_path: Path) -> None:
    """Its texts stand under the code for an undetermined language, or the default one's."""
    rows = [["type", "name", "label"], ["text", "a", "What?"]]
    form = load_markdown(tmp_path, {"survey": rows, "settings": [["form_id"], ["f"]]})
    assert (form.languages, form.questions[0].label) == (("und",), {"und": "What?"})
    named = [["form_id", "default_language"], ["f", "English (en)"]]
    form = load_markdown(tmp_path, {"survey": rows, "settings": named})
    assert (form.languages, form.questions[0].label) == (("en",), {"en": "What?"})


def test_columns_of_kobo_and_other_tools_are_passed_over(tmp_path: Path) -> None:
    """A form as KoboToolbox exports it."""
    rows = survey(
        {"type": "text", "name": "a", "$kuid": "x1", "kobo--locking": "l", "media::image::Русский (ru)": "a.png",
         "guidance_hint": "g", "read_only": "false", "relevance": "true()", "label::Русский (ru)": "р"}
    )  # fmt: skip
    settings_rows = [["form_id", "style", "default_language"], ["f", "pages", "Русский (ru)"]]
    form = load_markdown(tmp_path, {"survey": rows, "settings": settings_rows})
    assert form.questions[0].relevant == "true()"


def test_typographic_quotes_in_expressions_are_plain_ones(tmp_path: Path) -> None:
    """Word processors put them there; ODK takes them so."""
    rows = survey({"type": "text", "name": "a"}, {"type": "text", "name": "b", "relevant": "${a} = ‘x’"})
    assert load_markdown(tmp_path, {"survey": rows}).nodes["/f/b"].relevant == "/f/a = 'x'"


def test_a_plain_default_may_hold_any_quotes(tmp_path: Path) -> None:
    """It becomes a text of the expression language."""
    rows = survey({"type": "text", "name": "a", "default": 'it\'s "so"'})
    assert load_markdown(tmp_path, {"survey": rows}).questions[0].default == (
        "concat('it', \"'\", 's \"so\"')"
    )


A = {"type": "text", "name": "a"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{**A, "relevent": "true()"}], "survey, row 5, column relevent: The column is not known. Did you mean `relevant`?"),
        ([{**A, TEXTS[0]: "", TEXTS[1]: ""}], "`a` has no label."),
        ([{**A, "bind::bot:secret": "yes"}], "column bind::bot:secret: The column is not known. There are: bind::bot:privacy,"),
        ([{**A, "bind::bot:privacy": "secret"}], "survey, row 6, column bind::bot:privacy: `secret` is not allowed here. Write public, moderators or sealed."),
        ([{**A, "bind::bot:short_fr": "x"}], "column bind::bot:short_fr: The form has no labels in `fr`."),
        ([{**A, "bind::bot:max": "0"}], "column bind::bot:max: `0` is not allowed here."),
        ([{**A, "bind::bot:voice": "maybe"}], "column bind::bot:voice: `maybe` is not allowed here."),
        ([{**A, "bind::bot:role": "x"}, {**A, "name": "b", "bind::bot:role": "x"}], "survey, row 7, column bind::bot:role: The role `x` is that of row 6"),
        ([A, A], "survey, row 7, column name: `a` is already the name of another row there."),
        ([{**A, "name": "a b"}], "survey, row 6, column name: `a b` is not a valid name."),
        ([{**A, "type": "txt"}], "survey, row 6, column type: The type `txt` is not known."),
        ([{**A, "type": "osm"}], "survey, row 6, column type: A chat cannot ask a `osm` yet."),
        ([{**A, "type": "geopoint", "default": "91 0"}], "column default: `91 0` is not an answer to this question."),
        ([{**A, "type": "select_one yn", "bind::bot:extend": "maybe"}], "survey, row 6, column bind::bot:extend: `maybe` is not a choice of this question. Write one of: yes, no."),
        ([{**A, "type": "select_multiple yn", "bind::bot:extend": "yes"}], "Only a choice can make a form longer."),
        ([{"type": "begin_group", "name": "g", "bind::bot:first": "yes"}, A, {"type": "end_group"}], "column bind::bot:first: Nothing is added here."),
        ([{"type": "begin_repeat", "name": "g", "bind::bot:first": "yes", "repeat_count": "2"}, A, {"type": "end_repeat"}], "Nothing is added here."),
        ([{**A, "bind::bot:first": "maybe"}], "column bind::bot:first: `maybe` is not allowed here."),
        ([{**A, "bind::bot:most": "b"}, {**A, "type": "integer", "name": "b"}], "column bind::bot:most: Only an integer has a greater one."),
        ([{**A, "type": "integer", "bind::bot:most": "b"}, {**A, "name": "b"}], "`b` is not another integer question beside it."),
        ([{**A, "bind::bot:contacts": "a"}], "column bind::bot:contacts: Only a note shows contacts."),
        ([{**A, "type": "note", "bind::bot:contacts": "b"}, {**A, "type": "select_one yn", "name": "c"}], "`b` is not a select question of this form. Write one of: c."),
        ([{**A, "type": "note", "bind::bot:contacts": "b"}, {"type": "begin_repeat", "name": "r"}, {**A, "type": "select_one yn", "name": "b"}, {"type": "end_repeat"}], "`b` stands in a repeat."),
        ([{"type": "note", "name": "a", "label::ru": "A", "bind::bot:also": "b"}], "column bind::bot:also: Nothing is answered here."),
        ([{**A, "bind::bot:also": "a"}, {**A, "name": "b"}], "`a` is not another question that is answered with words, files, a place or an offer. Write some of: b."),
        ([{**A, "bind::bot:also": "b"}, {**A, "type": "integer", "name": "b"}], "Write some of: there is none."),
        ([{**A, "bind::bot:within": "b"}], "column bind::bot:within: Only a choice of one has names within it."),
        ([{**A, "type": "select_one yn", "bind::bot:within": "b"}, {**A, "type": "integer", "name": "b"}], "`b` is not a text question beside it."),
        ([{**A, "bind::bot:finds": "b/x"}], "column bind::bot:finds: Only a choice of one finds those of another list."),
        ([{**A, "type": "select_one yn", "bind::bot:finds": "b/x"}], "`b` is not another select question beside it."),
        ([{**A, "type": "select_one yn", "bind::bot:finds": "b/x"}, {**A, "type": "select_one yn", "name": "b"}], "The column `x` of `yes` does not name a choice of this question."),
        ([{**A, "bind::bot:bounds": "b"}], "column bind::bot:bounds: Only a point lies inside of a place."),
        ([{**A, "type": "geopoint", "bind::bot:bounds": "b"}], "`b` is not a `select_one` outside repeats."),
        ([{**A, "type": "geopoint", "bind::bot:bounds": "b"}, {**A, "type": "select_one yn", "name": "b"}], "`yes` has no rectangle. Fill south, west, north, east with degrees"),
        ([{**A, "bind::bot:follows": "a"}], "column bind::bot:follows: `a` is not another question outside repeats. Write one of: none."),
        ([A, {"type": "begin_repeat", "name": "r"}, {**A, "name": "b", "bind::bot:follows": "a"}, {"type": "end_repeat"}], "A question in a repeat cannot follow another."),
        ([{"type": "begin_group", "name": "g", "bind::bot:follows": "a"}, A, {"type": "end_group"}], "Only a question follows another."),
        ([{"type": "hidden", "name": "h", "default": "${h}"}, A], "survey, row 6, column default: It depends on itself"),
        ([{**A, "type": "select_one"}], "`select_one` names no list."),
        ([{**A, "type": "select_one ny"}], "survey, row 6, column type: There is no list `ny`."),
        ([{**A, "type": ""}], "survey, row 6, column type: The row has no type."),
        ([{**A, "relevant": "foo(1)"}], "survey, row 6, column relevant: The expression cannot be used: the function foo() is not known."),
        ([{**A, "constraint": "(. > 1"}], "survey, row 6, column constraint: The expression cannot be used: unexpected end of source"),
        ([{**A, "required": "${b} = 1"}], "survey, row 6, column required: ${b} is not in this form."),
        ([{**A, "relevant": "/f/b = 1"}], "`/f/b` is not in this form."),
        ([{**A, "relevant": "../../../b = 1"}], "is not in this form."),
        ([{**A, "relevant": "count(/f/*[zz = 1]) > 0"}], "is not in this form; a text stands in quotes: 'zz'."),
        ([{**A, "relevant": "../a = yes"}], "is not in this form; a text stands in quotes: 'yes'."),
        ([{**A, "type": "select_one yn", "choice_filter": "colour = 'red'"}], "the list has no column `colour`."),
        ([{**A, "default": "${a}x"}], "column default: The expression cannot be used"),
        ([{**A, "type": "integer", "default": "many"}], "survey, row 6, column default: `many` is not an answer to this question."),
        ([{**A, "type": "select_one yn", "default": "maybe"}], "column default: `maybe` is not an answer"),
        ([{**A, "type": "calculate"}], "survey, row 6, column calculation: `a` has no calculation."),
        ([{**A, TEXTS[0]: "hello ${b}"}], "survey, row 6, column label::Қазақша (kk): ${b} is not in this form."),
        ([{**A, "bind::bot:short_ru": "это ${b}"}], "survey, row 6, column bind::bot:short_ru: ${b} is not in this form."),
        ([{"type": "begin_group", "name": "g"}, A], "survey, row 6, column type: The group `g` does not end."),
        ([A, {"type": "end_group"}], "survey, row 7, column type: It closes something that is not open."),
        ([{"type": "begin_group", "name": "g"}, A, {"type": "end_repeat"}], "survey, row 8, column type: It closes something that is not open."),
        ([{"type": "begin_group", "name": "g", "bind::bot:privacy": "public"}, A, {"type": "end_group"}], "A group has no privacy."),
        ([{**A, "relevant": "${b} = 1"}, {**A, "name": "b", "relevant": "${a} = 1"}], "It depends on itself:"),
        ([{**A, "relevant": ". = 1"}], "It depends on itself: /f/a → /f/a."),
        ([{"type": "calculate", "name": "c", "calculation": "${c} + 1"}, A], "survey, row 6, column calculation: It depends on itself"),
        ([{"type": "calculate", "name": "c", "calculation": "string-length()"}, A], "It depends on itself"),
        ([{"type": "begin_group", "name": "g", "relevant": "${a} = 1"}, A, {"type": "end_group"}], "It depends on itself:"),
        ([], "There are no questions."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_survey_is_told_where_it_is(
    tmp_path: Path, rows: list[dict[str, str]], said: str
) -> None:
    """With sheet, line of the file and column, and what to do."""
    told = problems(tmp_path, {"survey": survey(*rows), "choices": YES_NO})
    assert any(said in line for line in told), told


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["yn", "yes", "Иә", "Да"], ["yn", "yes", "Иә", "Да"]], "choices, row 10, column name: `yes` appears twice in `yn`."),
        ([["yn", "", "Иә", "Да"]], "choices, row 9, column name: The choice has no name."),
        ([["yn", "yes", "Иә", "Да, ${b}"]], "choices, row 9, column label::Русский (ru): ${b} is not in this form."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_choices_is_told_where_it_is(tmp_path: Path, rows: Table, said: str) -> None:
    """The same for the sheet of choices."""
    told = problems(tmp_path, {"survey": survey(A), "choices": [YES_NO[0], *rows]})
    assert any(said in line for line in told), told


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([["form_id"], ["f"]], "settings, row 3, column namespaces: Columns `bind::bot:*` need their namespace."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_settings_is_told_where_it_is(tmp_path: Path, table: Table, said: str) -> None:
    """The same for the settings."""
    rows = survey({**A, "bind::bot:role": "r"})
    told = problems(tmp_path, {"settings": table, "survey": rows})
    assert any(said in line for line in told), told


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{**A, "colour": "red"}], "survey, row 5, column colour: The column is not known, so it is ignored."),
        ([{**A, "comment": "ask kindly"}], "survey, row 5, column comment: The column is not known, so it is ignored."),
        ([{**A, "label::Kyrgyz": "x"}], "survey, row 5, column label::Kyrgyz: `Kyrgyz` has no language code. It is taken for `ky`."),
        ([{**A, "hint::Русский (ru)": "x"}], "survey, row 5, column hint::Қазақша (kk): Row 6 has no hint in `kk`, and perhaps others. Another language's is shown."),
        ([{**A, TEXTS[0]: ""}], "survey, row 5, column label::Қазақша (kk): Row 6 has no label in `kk`"),
        ([A, {"type": "username", "name": "t"}], "survey, row 7, column type: `username` is not recorded. It stays blank."),
        ([A, {"type": "audit", "name": "audit"}], "survey, row 7, column type: `audit` is not recorded. It stays blank."),
        ([{**A, "default": "${last-saved#a}"}], "survey, row 6, column default: Nothing of earlier reports is kept."),
        ([{**A, "read_only": "1 = 1"}], "survey, row 6, column read_only: The condition is ignored: it is always asked."),
    ],
)  # fmt: skip
def test_what_does_not_matter_is_told_as_a_warning(
    tmp_path: Path, rows: list[dict[str, str]], said: str
) -> None:
    """The form is read without it."""
    path = tmp_path / "form.md"
    path.write_text(markdown({"settings": SETTINGS, "survey": survey(*rows)}), "utf-8")
    loaded = read_form(path)
    assert [one.name for one in loaded.form.questions if KINDS[one.kind].is_asked] == ["a"]
    assert any(str(warning).startswith(said) for warning in loaded.warnings), loaded.warnings


def test_a_missing_translation_is_told_once_for_a_column(tmp_path: Path) -> None:
    """The default language's text stands in its place."""
    rows = survey({**A, TEXTS[1]: ""}, {**A, "name": "b", TEXTS[1]: ""})
    path = tmp_path / "form.md"
    path.write_text(markdown({"settings": SETTINGS, "survey": rows}), "utf-8")
    loaded = read_form(path)
    assert len(loaded.warnings) == 1
    assert [question.label for question in loaded.form.questions] == [{"kk": "қ", "ru": "қ"}] * 2


def test_an_answer_in_a_text_is_kept_as_its_path(tmp_path: Path) -> None:
    """In labels, hints, messages, choices and short labels, also of a repeat."""
    rows = survey(
        {"type": "begin_group", "name": "g"},
        {"type": "text", "name": "who"},
        {"type": "end_group"},
        {"type": "begin_repeat", "name": "r", TEXTS[1]: "О ${ who }"},
        {
            "type": "integer",
            "name": "n",
            "constraint": ". > 0",
            "constraint_message::Русский (ru)": "Нет, ${who}!",
        },
        {"type": "select_one yn", "name": "s", "hint::Русский (ru)": "${n}", "bind::bot:short_ru": "${who}"},
        {"type": "end_repeat"},
    )
    rows[4][3] = "О ${who}"
    choices = [YES_NO[0], ["yn", "yes", "Иә", "Да, ${who}"]]
    form = load_markdown(tmp_path, {"survey": rows, "choices": choices})
    repeat, n, s = form.nodes["/f/r"], form.nodes["/f/r/n"], form.nodes["/f/r/s"]
    assert repeat.label["ru"] == "О ${/f/g/who}"
    assert isinstance(n, Question)
    assert isinstance(s, Question)
    assert n.constraint_message["ru"] == "Нет, ${/f/g/who}!"
    assert (s.hint["ru"], s.short["ru"]) == ("${/f/r/n}", "${/f/g/who}")
    assert s.choices[0].label == {"kk": "Иә", "ru": "Да, ${/f/g/who}"}


def test_the_columns_of_an_odk_form_are_read(tmp_path: Path) -> None:
    """What is shown beside a label, and what sets an answer."""
    rows = survey(
        A,
        {"type": "text", "name": "b", "read_only": "yes", "calculation": "${a}", "trigger": "${a}",
         "guidance_hint::Русский (ru)": "г", "media::image::Русский (ru)": "a.png", "big-image": "b.png"},
        {"type": "percentage", "name": "c"},
        {"type": "gps", "name": "d", "default": "last-saved", "relevant": "${last-saved#a} = ''"},
    )  # fmt: skip
    rows[-1][rows[0].index("default")] = ""
    choices = [[*YES_NO[0], "audio"], ["yn", "yes", "Иә", "Да", "yes.ogg"]]
    form = load_markdown(tmp_path, {"survey": rows, "choices": choices})
    _, b, c, d = form.questions
    assert (b.read_only, b.calculation, b.trigger) == ("true()", "/f/a", ("/f/a",))
    assert b.guidance == {"ru": "г", "kk": "г"}
    assert b.media == {"image": {"ru": "a.png", "kk": "a.png"}, "big-image": {"kk": "b.png", "ru": "b.png"}}
    assert (c.kind, c.constraint) == ("integer", "0 <= . and . <= 100")
    assert (d.kind, d.relevant) == ("geopoint", "'' = ''")


def test_names_with_spaces_can_be_chosen_alone_only(tmp_path: Path) -> None:
    """Several chosen names have spaces between them."""
    choices = [YES_NO[0], ["yn", "big town", "Қ", "Г"]]
    one = survey({**A, "type": "select_one yn"})
    form = load_markdown(tmp_path, {"survey": one, "choices": choices})
    assert form.questions[0].choices[0].name == "big town"
    several = survey({**A, "type": "select_multiple yn"})
    assert problems(tmp_path, {"survey": several, "choices": choices}) == [
        "choices, row 9, column name: `big town` has a space, and is chosen with others in row 6. "
        "Write `_` instead."
    ]


def test_another_choice_has_a_question_of_its_own(tmp_path: Path) -> None:
    """As pyxform adds them for `or_other`."""
    rows = survey({**A, "type": "select_one yn or_other"})
    a, other = load_markdown(tmp_path, {"survey": rows, "choices": YES_NO}).questions
    assert [choice.name for choice in a.choices] == ["yes", "no", "other"]
    assert (other.path, other.kind) == ("/f/a_other", "text")
    assert other.relevant == "selected(../a, 'other')"


def test_a_form_without_settings_is_read(tmp_path: Path) -> None:
    """It is named after its file."""
    rows = [["type", "name", "label"], ["text", "a", "What?"]]
    (tmp_path / "my form.md").write_text(markdown({"survey": rows}), "utf-8")
    form = load(tmp_path / "my form.md")
    assert (form.id, form.name, form.version, form.title) == ("my form", "data", "", "my form")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{**A, "type": "select_one ny", "default": "yes", "choice_filter": "x = 1"}],
         ["survey, row 6, column type: There is no list `ny`. Add it to the sheet `choices`."]),
        ([A, {**A, "name": "b", "relevant": "${c} = 1"}, {**A, "name": "d", "relevant": "${b} = 1"}],
         ["survey, row 7, column relevant: ${c} is not in this form. Write the name of a question of this form."]),
        ([{"type": "begin_group", "name": "g"}, A, {"type": "end_repeat"}, {**A, "name": "b"}],
         ["survey, row 8, column type: It closes something that is not open. Row 6 is open here. Let every begin "
          "have its own end, the last opened first."]),
        ([{**A, "name": "1a"}, {**A, "name": "b", "relevant": "${a} = 1"}],
         ["survey, row 6, column name: `1a` is not a valid name. Use letters, digits, `_`, `-` and `.`, with a letter "
          "first."]),
        ([{**A, "name": "a"}, {**A, "name": "a", "relevant": "${b} = 1"}],
         ["survey, row 7, column name: `a` is already the name of another row there. Give each its own name."]),
        ([{**A, "type": "begin_grup", "name": "g"}, A, {"type": "end_group"}],
         ["survey, row 6, column type: The type `begin_grup` is not known. Did you mean `begin_group`?"]),
        ([A, {**A, "type": "select_one yn", "name": "b", "parameters": "randomize=maybe"}, {**A, "name": "c"}],
         ["survey, row 7, column parameters: randomize must be set to true or false: 'maybe' is an invalid value"]),
        ([A, {**A, "relevant": "foo()"}],
         ["survey, row 7, column name: `a` is already the name of another row there. Give each its own name.",
          "survey, row 7, column relevant: The expression cannot be used: the function foo() is not known. "
          "Correct it; see docs/forms.md."]),
        ([{**A, "relevent": "true()"}],
         ["survey, row 5, column relevent: The column is not known. Did you mean `relevant`?"]),
    ],
)  # fmt: skip
def test_no_message_follows_from_another(tmp_path: Path, rows: list[dict[str, str]], told: list[str]) -> None:
    """Each cause is told, and told once."""
    assert problems(tmp_path, {"survey": survey(*rows), "choices": YES_NO}) == told


def test_an_old_workbook_is_read() -> None:
    """A third of the public forms are `.xls`. In this one numbers are numbers, and yes is a truth value."""
    age, ok, when = read_form(Path(__file__).with_name("old_workbook.xls")).form.questions
    assert (age.kind, age.required, ok.kind, when.required) == ("integer", "true()", "select_one", "")
    assert [choice.name for choice in ok.choices] == ["1", "2.5"]


def test_a_workbook_is_known_by_its_content(tmp_path: Path) -> None:
    """Many are called `.xls` that are none; blank rows and cells beside the table are passed over."""
    book = openpyxl.Workbook()
    book.active.title = "survey"
    table = [
        ["type", "name", "label:English"],
        ["select one from yn", "a", "A", "", "a note"],
        [],
        ["text", "b", "B"],
    ]
    choices: list[list[object]] = [
        ["list name", "name", "label:English"],
        ["yn", 1, "Yes"],
        ["yn", 2.0, "No"],
    ]
    for row in table:
        book.active.append(row)
    sheet = book.create_sheet("choices")
    for cells in choices:
        sheet.append(cells)
    book.save(tmp_path / "f.xlsx")
    (tmp_path / "f.xlsx").rename(tmp_path / "f.xls")
    loaded = read_form(tmp_path / "f.xls")
    a, b = loaded.form.questions
    assert (a.kind, b.kind, loaded.form.languages) == ("select_one", "text", ("en",))
    assert [choice.name for choice in a.choices] == ["1", "2"]
    assert str(loaded.warnings[1]).startswith("survey, row 2: The row has more cells than the header")


def test_a_column_twice_in_a_workbook_is_found(tmp_path: Path) -> None:
    """pyxform would not say in which sheet."""
    book = openpyxl.Workbook()
    book.active.title = "survey"
    book.active.append(["type", "name", "label", "label"])
    book.active.append(["text", "a", "A", "B"])
    book.save(tmp_path / "f.xlsx")
    with pytest.raises(FormError, match="survey, row 1, column label: The column appears twice"):
        load(tmp_path / "f.xlsx")


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    """Before anything of it is read."""
    with zipfile.ZipFile(tmp_path / "f.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/workbook.xml", b" " * 51_000_000)
    with pytest.raises(FormError, match="more than 50 MB"):
        load(tmp_path / "f.xlsx")


def test_groups_nested_too_deep_are_refused_with_their_row(tmp_path: Path) -> None:
    """Forty may be open at once."""
    opened = [{"type": "begin_group", "name": f"g{depth}"} for depth in range(41)]
    rows = survey(*opened, A, *[{"type": "end_group"}] * 41)
    told = problems(tmp_path, {"survey": rows})
    assert told == ["survey, row 46, column type: More than 40 groups are open. End some of them before."]


def test_an_unescaped_pipe_is_found(tmp_path: Path) -> None:
    """pyxform would drop the cells it makes."""
    (tmp_path / "f.md").write_text(
        "| survey |\n| | type | name | label |\n| | text | a | one | two |\n", "utf-8"
    )
    with pytest.raises(FormError, match=r"survey, row 3: The row has more cells than the header, from `two`"):
        load(tmp_path / "f.md")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("| survey |\n| | type | name | label |\n| | text | a | one\n", "file, row 3: The row does not end with `|`."),
        ("| survey |\n| --- | --- |\n| | type | name |\n", "file, row 2: The row would start a sheet."),
        ("| survey |\n| | type | type | name |\n| | text | text | a |\n", "column type: The column appears twice."),
        ("nothing", "There are no questions."),
    ],
)  # fmt: skip
def test_a_broken_table_is_found(tmp_path: Path, text: str, said: str) -> None:
    """What pyxform would misread in silence."""
    (tmp_path / "f.md").write_text(text, "utf-8")
    with pytest.raises(FormError) as caught:
        load(tmp_path / "f.md")
    assert any(said in str(problem) for problem in caught.value.problems)


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    """In the order of the file."""
    rows = survey(
        {**A, "relevant": "foo()", "constraint": "("},
        {"type": "osm", "name": "b"},
        {"type": "select_one x", "name": "c", "required": "${nobody}"},
    )
    told = problems(tmp_path, {"survey": rows})
    assert len(told) == 5
    assert [line.split(",")[1] for line in told] == [" row 6", " row 6", " row 7", " row 8", " row 8"]


def test_what_only_pyxform_knows_is_told_too(tmp_path: Path) -> None:
    """With the line of the file instead of pyxform's own count."""
    settings_rows = [["form_id", "namespaces", "version"], ["f", "bot", "1"]]
    told = problems(tmp_path, {"settings": settings_rows, "survey": survey({**A, "bind::bot:role": "r"})})
    assert told
    rows = survey(A, {"type": "image", "name": "i", "relevant": "${ a } = 1"})
    assert problems(tmp_path, {"survey": rows})[0].startswith("survey, row 7, column relevant: ")


def test_a_file_that_is_no_form_is_refused(tmp_path: Path) -> None:
    """One line instead of a traceback."""
    (tmp_path / "f.xlsx").write_bytes(b"not a workbook")
    (tmp_path / "f.pdf").write_bytes(b"%PDF")
    (tmp_path / "f.md").write_bytes(b"\xff\xfe")
    for name in ("f.xlsx", "f.pdf", "f.md", "missing.md"):
        with pytest.raises(FormError):
            load(tmp_path / name)


CELL = st.text(alphabet="ab_ ${}()'=.|<>1\"#\\-/:қ", max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(["text", "date", "select_one yn", "calculate"]), CELL, CELL), max_size=4
    )
)
def test_any_cells_make_a_form_or_a_form_error(tmp_path: Path, cells: list[tuple[str, str, str]]) -> None:
    """No mistake in a spreadsheet ends in a traceback."""
    rows = [
        {"type": kind, "name": f"q{number}", "relevant": relevant, "default": default}
        for number, (kind, relevant, default) in enumerate(cells)
    ]
    try:
        form = load_markdown(tmp_path, {"survey": survey(A, *rows), "choices": YES_NO})
    except FormError as error:
        nodes = len(cells) + 1 if error.problems else 0
    else:
        nodes = len(form.nodes)
    assert nodes == len(cells) + 1


@pytest.mark.parametrize("path", sorted(FORMS.glob("*.md")), ids=lambda path: path.stem)
def test_the_forms_of_the_bot_open_in_odk(path: Path) -> None:
    """pyxform makes an XForm of each, without a warning, and each is in all three languages."""
    form = load(path)
    assert set(form.languages) == {"kk", "ru", "en"}
    assert convert(str(path), form_name=form.name).warnings == []


GUIDE = (Path(bot.__file__).parents[1] / "docs" / "forms.md").read_text("utf-8")


def test_the_example_of_the_guide_is_a_form(tmp_path: Path) -> None:
    """Whoever copies it has something that works."""
    path = tmp_path / "help.md"
    path.write_text(GUIDE.split("```")[1].strip(), "utf-8")
    assert [question.name for question in load(path).questions] == ["keep", "what", "use"]


@pytest.mark.parametrize("rows", [block for block in GUIDE.split("```")[3::2] if "| type " in block])
def test_the_other_examples_of_the_guide_can_stand_in_a_form(tmp_path: Path, rows: str) -> None:
    """Each by itself, given the lists that it names."""
    names = {word for line in rows.splitlines() for word in ("depth", "needs") if f" {word} " in line}
    lists = "".join(f"| | {name} | {choice} | X |\n" for name in names for choice in ("short", "full"))
    (tmp_path / "f.md").write_text(
        f"| survey |\n{rows.strip()}\n| choices |\n| | list_name | name | label::English (en) |\n{lists}"
        "| settings |\n| | form_id | namespaces | default_language |\n"
        '| | f | bot="https://kuager.org/xforms" | English (en) |\n',
        "utf-8",
    )
    assert load(tmp_path / "f.md").questions


def test_the_guide_names_all_there_is() -> None:
    """Every type, function and column of its own that the program accepts."""
    functions = {*FUNCTIONS, *LAZY}
    for name in {*functions, *KINDS, *(f"bind::bot:{name}" for name in OWN_COLUMNS)}:
        assert f"`{name}" in GUIDE, name
