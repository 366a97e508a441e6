"""Lists outside the sheet `choices`: files beside a form or in a zip with it, `external_choices` and `search()`."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.form.answers import Chosen, TextPart, Written
from bot.form.flow.instance import Instance
from bot.form.model import Choice, Form, Question, form_from_json, form_to_json
from bot.form.xlsform import sheets
from bot.form.xlsform.reader import load, read_form
from bot.form.xlsform.sheets import FormError
from tests.bot.form.talks import NOW

VILLAGES = "name,label,district,people\nv1,Aksu,d1,120\nv2,Karasu,d1,80\nv3,Aksu,d2,1300\n"
LANGUAGES = "label::English (en)", "label::Русский (ru)"


def sheet(name: str, *rows: str) -> str:
    """A sheet as Markdown, of rows whose cells are apart by `;`."""
    return "\n".join([f"| {name} |", *(f"| | {' | '.join(row.split(';'))} |" for row in rows)])


def survey(
    *rows: str, columns: str = "type;name;label;choice_filter;calculation;appearance;parameters"
) -> str:
    return sheet("survey", columns, *(row + ";" * (columns.count(";") - row.count(";")) for row in rows))


def read(folder: Path, *sheets: str, **files: str) -> Form:
    """A form of these sheets, with files beside it (`villages_csv`)."""
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content, "utf-8")
    path = folder / "f.md"
    path.write_text("\n".join(sheets), "utf-8")
    return load(path)


def refused(folder: Path, *sheets: str, **files: str) -> list[str]:
    """Problems of such a form, a line each."""
    with pytest.raises(FormError) as caught:
        read(folder, *sheets, **files)
    return [str(problem) for problem in caught.value.problems]


def asked(form: Form, name: str) -> Question:
    question = form.question_at(f"/f/{name}")
    assert question is not None
    return question


def offered(form: Form, name: str, **answers: str) -> list[str]:
    """Names of the choices after these answers: choices, or texts with a space."""
    given = {
        f"/f/{one}": Written((TextPart(said),)) if asked(form, one).kind == "text" else Chosen((said,))
        for one, said in answers.items()
    }
    return [choice.name for _, choice in Instance(form, given, {}, NOW).choices(f"/f/{name}")]


def calculated(form: Form, name: str, **answers: str) -> object:
    given = {f"/f/{one}": Chosen((said,)) for one, said in answers.items()}
    return Instance(form, given, {}, NOW).value_at(f"/f/{name}")


FROM_FILE = survey("select_one_from_file villages.csv;village;Which?")


def test_a_file_may_name_other_columns(tmp_path: Path) -> None:
    """Its filter still reads each column by its own name. Names may repeat or hold spaces, labels be missing."""
    rows = survey(
        "text;d;District?",
        "select_one_from_file v.csv;village;Which?;district = ${d} and code != 'v 2';;;value=code label=title",
    )
    made = read(tmp_path, rows, v_csv="code,title,district\nv1,Aksu,d1\nv 2,Karasu,d1\nv3,,d1\nv1,Taldy,d2\n")
    assert asked(made, "village").choices == (
        Choice("v1", {"und": "Aksu"}, {"code": "v1", "title": "Aksu", "district": "d1"}),
        Choice("v 2", {"und": "Karasu"}, {"code": "v 2", "title": "Karasu", "district": "d1"}),
        Choice("v3", {"und": "v3"}, {"code": "v3", "title": "", "district": "d1"}),
        Choice("v1", {"und": "Taldy"}, {"code": "v1", "title": "Taldy", "district": "d2"}),
    )
    assert offered(made, "village", d="d1") == ["v1", "v3"]


POINT = {"type": "Point", "coordinates": [66.92, 48.02]}
RING = {"type": "Polygon", "coordinates": [[[66, 48], [67, 48], [67, 49], [66, 48]]]}


def geojson(*features: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


def test_geojson_is_a_list(tmp_path: Path) -> None:
    """A feature's `id` and `title` are its name and label, its geometry is written as ODK does."""
    places = geojson(
        {"type": "Feature", "id": 7, "properties": {"title": "Well", "deep": 2.5}, "geometry": POINT},
        {"type": "Feature", "properties": {"id": "p8", "title": "Field"}, "geometry": RING},
        {"type": "Feature", "id": "p9", "properties": {"title": None}, "geometry": None},
    )
    rows = survey(
        "select_multiple_from_file places.geojson;place;Which?",
        "calculate;where;;;instance('places')/root/item[id = ${place}]/geometry",
    )
    made = read(tmp_path, rows, places_geojson=places)
    assert [(one.name, one.label["und"]) for one in asked(made, "place").choices] == [
        ("7", "Well"), ("p8", "Field"), ("p9", "p9"),
    ]  # fmt: skip
    assert asked(made, "place").choices[0].columns["deep"] == "2.5"
    assert calculated(made, "where", place="7") == "48.02 66.92 0 0"
    assert (
        calculated(made, "where", place="p8") == "48.0 66.0 0 0; 48.0 67.0 0 0; 49.0 67.0 0 0; 48.0 66.0 0 0"
    )
    assert calculated(made, "where", place="p9") == ""


def test_xml_is_a_list(tmp_path: Path) -> None:
    xml = "<root><item><name>v1</name><label>Aksu</label><d>d1</d></item><item><name>v2</name><label>Kara</label></item></root>"
    made = read(tmp_path, survey("select_one_from_file v.xml;village;Which?;d = 'd1'"), v_xml=xml)
    assert asked(made, "village").choices[1] == Choice("v2", {"und": "Kara"}, {"d": ""})
    assert offered(made, "village") == ["v1"]


def test_values_are_pulled_from_files_and_lists(tmp_path: Path) -> None:
    """From one that is declared, one that is chosen from, and a list of the form itself."""
    rows = survey(
        "csv-external;towns",
        "select_one_from_file villages.csv;village;Which?",
        "select_one yn;sure;Sure?",
        "calculate;people;;;pulldata('villages', 'people', 'name', ${village})",
        "calculate;town;;;pulldata('towns', 'town', 'key', pulldata('villages', 'district', 'name', ${village}))",
        "calculate;said;;;instance('yn')/root/item[name = ${sure}]/label",
    )
    yn = sheet("choices", "list_name;name;label", "yn;y;Yes", "yn;n;No")
    made = read(tmp_path, rows, yn, villages_csv=VILLAGES, towns_csv="key,town\nd1,Taraz\nd2,Shu\n")
    assert [question.name for question in made.questions] == ["village", "sure", "people", "town", "said"]
    answers = {"village": "v3", "sure": "n"}
    assert [calculated(made, name, **answers) for name in ("people", "town", "said")] == ["1300", "Shu", "No"]


@pytest.mark.parametrize(
    ("choice_filter", "names"),
    [
        ("district = 'd1'", ["v1", "v2"]),
        ("label = 'Aksu'", ["v1", "v3"]),
        ("name = 'v2' or people > 1000", ["v2", "v3"]),
    ],
)
def test_a_filter_reads_all_columns_of_a_file(tmp_path: Path, choice_filter: str, names: list[str]) -> None:
    rows = survey(f"select_one_from_file villages.csv;village;Which?;{choice_filter}")
    assert offered(read(tmp_path, rows, villages_csv=VILLAGES), "village") == names


def test_a_list_may_have_the_name_of_a_file(tmp_path: Path) -> None:
    """As forms with `search()` often do: the file is searched and pulled from, the list is an instance, unless
    the form declares the file as one."""
    rows = survey(
        "select_one villages;village;Which?;;;search('villages')",
        "calculate;people;;;pulldata('villages', 'people', 'name', ${village})",
        "calculate;rows;;;count(instance('villages')/root/item)",
    )
    near = sheet("choices", "list_name;name;label", "villages;name;label")
    made = read(tmp_path, rows, near, villages_csv=VILLAGES)
    assert [choice.name for choice in asked(made, "village").choices] == ["v1", "v2", "v3"]
    assert [calculated(made, name, village="v2") for name in ("people", "rows")] == ["80", "1"]
    declared = rows + "\n| | csv-external | villages | | | | | |"
    assert calculated(read(tmp_path, declared, near), "rows") == "3"


def test_files_may_lie_in_the_folder_of_the_forms_media(tmp_path: Path) -> None:
    """As ODK's tools put them."""
    (tmp_path / "f-media").mkdir()
    (tmp_path / "f-media" / "villages.csv").write_text(VILLAGES, "utf-8")
    assert offered(read(tmp_path, FROM_FILE), "village") == ["v1", "v2", "v3"]


def test_external_choices_are_choices(tmp_path: Path) -> None:
    """In the languages of the form, filtered by their columns. A list of that name among the choices is another."""
    label = ";".join(LANGUAGES)
    rows = survey(
        "select_one d;district;District?;Район?",
        "select_one_external v;village;Which?;Какое?;district = ${district}",
        "select_one v;other;Other?;Ещё?",
        columns=f"type;name;{label};choice_filter",
    )
    near = sheet("choices", f"list_name;name;{label}", "d;d1;One;Один", "d;d2;Two;Два", "v;x;X;Х")
    far = sheet("external_choices", f"list_name;name;{label};district", "v;v1;Aksu;Аксу;d1", "v;v2;Shu;Шу;d2")
    made = read(tmp_path, rows, near, far)
    assert asked(made, "village").kind == "select_one"
    assert asked(made, "village").choices[0] == Choice("v1", {"en": "Aksu", "ru": "Аксу"}, {"district": "d1"})
    assert offered(made, "village", district="d2") == ["v2"]
    assert offered(made, "other") == ["x"]


SEARCHED = sheet("choices", "list_name;name;label", "v;name;label", "v;-1;None of them")


@pytest.mark.parametrize(
    ("arguments", "answers", "names"),
    [
        ("", {}, ["v1", "v2", "v3", "-1"]),
        (", 'contains', 'label', ${w}", {"w": "ARA"}, ["v2", "-1"]),
        (", 'startswith', 'label', ${w}", {"w": "ak"}, ["v1", "v3", "-1"]),
        (", 'endswith', 'label', ${w}", {"w": "Su"}, ["v1", "v2", "v3", "-1"]),
        (", 'matches', 'label', ${w}", {"w": "Aksu"}, ["v1", "v3", "-1"]),
        (", 'matches', 'label', ${w}", {"w": "aksu"}, ["-1"]),
        (", 'contains', 'label', ${w}", {}, ["v1", "v2", "v3", "-1"]),
        (', "contains", "label", ${w}, "district", concat(${d}, "2")', {"w": "aks", "d": "d"}, ["v3", "-1"]),
    ],
)
def test_search_takes_choices_from_a_file(
    tmp_path: Path, arguments: str, answers: Mapping[str, str], names: list[str]
) -> None:
    """The list's row names the columns; a choice whose name is a number is always there."""
    rows = survey(
        "text;w;Word?",
        "text;d;District?",
        f"select_one v;village;Which?;;;minimal search('villages'{arguments})",
    )
    made = read(tmp_path, rows, SEARCHED, villages_csv=VILLAGES)
    assert sorted(offered(made, "village", **answers)) == sorted(names)


def test_search_has_labels_by_language_and_of_several_columns(tmp_path: Path) -> None:
    label = ";".join(LANGUAGES)
    rows = survey(
        "select_one v;village;Which?;Какое?;search('villages')", columns=f"type;name;{label};appearance"
    )
    near = sheet("choices", f"list_name;name;{label}", "v;name;label, district;people")
    made = read(tmp_path, rows, near, villages_csv=VILLAGES)
    assert asked(made, "village").choices[0].label == {"en": "Aksu, d1", "ru": "120"}


@pytest.mark.parametrize("text", ["select_one yn or_other;q;Which?", "select_multiple yn or other;q;Which?"])
def test_another_choice_is_told_in_each_language(tmp_path: Path, text: str) -> None:
    """And so is the question for it. A language without words of the bot has the English ones."""
    label = "label::Қазақша (kk);label::Русский (ru);label::Deutsch (de)"
    near = sheet("choices", f"list_name;name;{label}", "yn;y;Иә;Да;Ja")
    made = read(tmp_path, survey(text + ";Что?;Was?", columns=f"type;name;{label}"), near)
    said = asked(made, "q").labels["other"]
    assert {code: said[code] for code in made.languages} == {"kk": "Басқа", "ru": "Другое", "de": "Other"}
    other = asked(made, "q_other")
    assert other.label == {
        "kk": "Өз нұсқаңызды жазыңыз",
        "ru": "Напишите свой вариант",
        "de": "Please specify",
    }
    assert other.relevant == "selected(../q, 'other')"


# Wrong files


FEATURE = '{"type": "FeatureCollection", "features": [%s]}'


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("v.csv", "name\nv1\n", "v.csv, row 1, column label: There is no label."),
        ("v.csv", "code,label\nv1,A\n", "v.csv, row 1, column name: There is no column `name`."),
        ("v.csv", "name,label\nv1,A\n,B\n", "v.csv, row 3, column name: `` is not a valid code."),
        ("v.csv", "name,label\nv1,A,more\n", "v.csv, row 2: The row has more cells than the header."),
        ("v.csv", "name,label\n", "v.csv: The list has no choices."),
        ("v.geojson", "{", "v.geojson: The list cannot be read (Expecting property name"),
        ("v.geojson", "[]", "v.geojson: The list cannot be read (it is no FeatureCollection)."),
        ("v.geojson", FEATURE % "3", "(feature 1 is none)"),
        ("v.geojson", "[" * 100_000, "v.geojson: The list cannot be read ("),
        ("v.geojson", geojson({"id": 1, "properties": {}, "geometry": POINT}), "column title: There is no title."),
        (
            "v.geojson",
            geojson({"id": 1, "properties": {"title": "A"}}, {"id": 2, "properties": {}, "geometry": {"type": "Point"}}),
            "the geometry of feature 2 is no Point, LineString or Polygon",
        ),
        ("v.xml", "<root><item>", "v.xml: The list cannot be read ("),
        ("v.xml", "<list/>", "(its outermost element is not `root`)"),
        ("v.xml", '<!DOCTYPE r [<!ENTITY a "aa">]><root><item><name>&a;</name></item></root>', "cannot be read ("),
        ("v.xml", "<root><item><name>a</name></item></root>", "v.xml, row 1, column label: There is no label."),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_where_it_is_wrong(tmp_path: Path, name: str, content: str, said: str) -> None:
    """One message, without a traceback."""
    files = {name.replace(".", "_"): content}
    (told,) = refused(tmp_path, survey(f"select_one_from_file {name};q;Which?"), **files)
    assert said in told


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("select_one_from_file villages.csv;q;Which?;town = 'x'", "column choice_filter: The expression cannot be used: the list has no column `town`."),
        ("select_one_from_file villages.csv;q;Which?;;;;value=code", "villages.csv, row 1, column code: There is no column `code`."),
        ("select_one_external v;q;Which?", "survey, row 3, column type: There is no list `v`. Add it to the sheet `external_choices`."),
        ("calculate;q;;;pulldata('villages', 'town', 'name', 'v1')", "`villages` has no column `town`"),
        ("calculate;q;;;instance('towns')/root/item[name = 'v1']/label", "survey, row 3, column calculation: towns: There is no such list or file. Correct its name."),
        ("calculate;q;;;instance('villages')/root/item[nam = 'v1']/label", "there is no list or file with `villages/root/item/nam`"),
        ("select_one v;q;Which?;;;search('villages', 'like', 'label', 'x')", "column appearance: These are not the arguments of search()."),
        ("select_one v;q;Which?;;;search('villages', 'matches', 'town', 'x')", "column appearance: The expression cannot be used: the list has no column `town`."),
        ("select_one w;q;Which?;;;search('villages')", "choices, row 8, column label: `villages` has no column `town`."),
    ],
)  # fmt: skip
def test_what_a_form_asks_of_a_file_is_checked(tmp_path: Path, row: str, said: str) -> None:
    """At the cell that asks, and nothing follows from it."""
    near = f"{SEARCHED}\n| | w | name | town |"
    (told,) = refused(tmp_path, survey(row), near, villages_csv=VILLAGES)
    assert said in told


def test_a_form_without_its_files_is_a_form(tmp_path: Path) -> None:
    """Each file is told once, at the first cell that needs it. Nothing is told for the lack of it: its columns and
    codes are not checked."""
    columns = "type;name;label;choice_filter;calculation;appearance;default;constraint"
    rows = survey(
        "csv-external;towns",
        "select_one_from_file v.geojson;village;Which?;district = 'x';;;v1;selected(., 'v2')",
        "select_one w;other;Which?;;;search('shops', 'matches', 'town', ${village});-1",
        "select_one w or_other;third;Which?;;;search('shops');x",
        "calculate;a;;;pulldata('prices', 'price', 'name', ${village})",
        "calculate;b;;;instance('towns')/root/item[key = ${village}][1]/*",
        "calculate;c;;;instance('v')/root/item[id = current()/../village]/title",
        columns=columns,
    )
    near = sheet("choices", "list_name;name;label", "w;name_key;name_label", "w;-1;None")
    path = tmp_path / "f.md"
    path.write_text(f"{rows}\n{near}", "utf-8")
    loaded = read_form(path)
    assert list(map(str, loaded.warnings)) == [
        "survey, row 4, column type: There is no file v.geojson. Put it beside the form before it is used.",
        "survey, row 5, column appearance: There is no file shops.csv. Put it beside the form before it is used.",
        "survey, row 7, column calculation: There is no file prices.csv. Put it beside the form before it is used.",
        "survey, row 8, column calculation: There is no file towns.csv. Put it beside the form before it is used.",
    ]
    assert loaded.form.missing == ("v.geojson", "shops.csv", "prices.csv", "towns.csv")
    assert form_from_json(form_to_json(loaded.form)).missing == loaded.form.missing


def test_a_fault_is_told_in_a_form_without_its_files_too(tmp_path: Path) -> None:
    near = sheet("choices", "list_name;name;label", "w;a;A")
    rows = survey("select_one_from_file v.csv;q;Which?", "text;t;T?;;${u} + 1")
    assert refused(tmp_path, rows, near) == [
        "survey, row 4, column calculation: ${u} is not in this form. Write the name of a question of this form."
    ]


def test_rows_of_a_searched_list_that_name_no_column_are_choices(tmp_path: Path) -> None:
    """But the first must name columns."""
    rows = survey("select_one v;village;Which?;;;search('villages')")
    near = sheet("choices", "list_name;name;label", "v;name;label", "v;none;None of them")
    assert offered(read(tmp_path, rows, near, villages_csv=VILLAGES), "village") == ["v1", "v2", "v3", "none"]
    near = sheet("choices", "list_name;name;label", "v;nam;Village", "v;none;None of them")
    (told,) = refused(tmp_path, rows, near, villages_csv=VILLAGES)
    assert told.startswith("choices, row 6, column name: `villages` has no column `nam`.")


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["features", "properties", "geometry", "type", "coordinates", "id"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
CONTENT = st.one_of(
    st.binary(max_size=40),
    st.text(alphabet='a,"\n\r;é', max_size=40).map(str.encode),
    st.text(alphabet="<root>/item nm&;", max_size=40).map(str.encode),
    JSON.map(lambda value: json.dumps({"features": value}).encode()),
    JSON.map(lambda value: json.dumps({"features": [value]}).encode()),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=CONTENT, end=st.sampled_from(["csv", "geojson", "xml"]))
def test_any_file_is_read_or_refused(tmp_path: Path, content: bytes, end: str) -> None:
    """Never with another error."""
    path = tmp_path / f"v.{end}"
    path.write_bytes(content)
    with suppress(FormError):
        assert all(isinstance(cell, str) for _, row in sheets.lines_of(path) for cell in row)


@pytest.mark.parametrize("name", [".", "..", "a/..", "x" * 300, "ж" * 300 + ".csv"])
def test_an_odd_name_of_a_file_is_refused(tmp_path: Path, name: str) -> None:
    assert refused(tmp_path, survey(f"select_one_from_file {name};q;Which?"))
    assert refused(tmp_path, survey(f"calculate;q;;;pulldata('{name}', 'a', 'b', 'c')"))
    assert refused(tmp_path, survey(f"calculate;q;;;count(instance('{name}')/root/item)"))


def test_a_file_has_its_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows and bytes, refused in a line."""
    monkeypatch.setattr(sheets, "_MOST_ROWS", 3)
    assert offered(read(tmp_path, FROM_FILE, villages_csv=VILLAGES), "village") == ["v1", "v2", "v3"]
    (told,) = refused(tmp_path, FROM_FILE, villages_csv=f"{VILLAGES}v4,Taldy,d1,3\n")
    assert (
        told
        == "survey, row 3, column type: villages.csv: The list cannot be read (it has more than 3 rows). Save it as UTF-8 CSV."
    )
    monkeypatch.setattr(sheets, "_MOST_LIST_BYTES", 20)
    (told,) = refused(tmp_path, FROM_FILE, villages_csv=VILLAGES)
    assert "it has more than" in told


def test_a_long_list_needs_a_filter_that_finds_its_choices(tmp_path: Path) -> None:
    """By `=` or words. One that must try each is refused, since each answer would take long. So is a condition of a
    path in such a list."""
    many = "name,label,d\n" + "".join(f"v{number},V {number},{number % 9}\n" for number in range(20_001))
    row = "select_one_from_file v.csv;q;Which?;"
    assert asked(read(tmp_path, survey(row + "d = '1' and name > 5"), v_csv=many), "q").choice_filter
    (told,) = refused(tmp_path, survey(row + "d > 1"), v_csv=many)
    assert told.startswith("survey, row 3, column choice_filter: The list has 20001 choices")
    path = "calculate;q;;;instance('v')/root/item[{}]/label"
    assert calculated(read(tmp_path, survey(path.format("name = 'v20000'"))), "q") == "V 20000"
    (told,) = refused(tmp_path, survey(path.format("d > 1")))
    assert "column calculation: The expression cannot be used: `v` has 20001 rows" in told


# A zip


def zipped(folder: Path, **files: str) -> Path:
    """A zip of these files, in a folder of their own."""
    path = folder / "form.zip"
    with ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"form/{name.replace('_', '.')}", content)
    return path


def test_a_zip_holds_a_form_and_its_files(tmp_path: Path) -> None:
    made = load(zipped(tmp_path, f_md=FROM_FILE, villages_csv=VILLAGES))
    assert offered(made, "village") == ["v1", "v2", "v3"]


def test_nothing_of_a_zip_goes_elsewhere(tmp_path: Path) -> None:
    """A path that leads out of its folder names a file beside the form."""
    path = zipped(tmp_path, f_md=FROM_FILE)
    with ZipFile(path, "a") as archive:
        archive.writestr("../../villages.csv", VILLAGES)
    assert offered(load(path), "village") == ["v1", "v2", "v3"]
    assert not (tmp_path.parent / "villages.csv").exists()
    assert [one.name for one in tmp_path.iterdir()] == ["form.zip"]


def test_a_wrong_zip_is_refused(tmp_path: Path) -> None:
    """No form, two forms, no zip, one name twice, and more than may be unpacked."""
    for files, said in (
        ({"villages_csv": VILLAGES}, "It holds 0 forms."),
        ({"a_md": FROM_FILE, "b_md": FROM_FILE}, "It holds 2 forms."),
        ({"a_md": FROM_FILE, "zeros_csv": "0" * 50_000_000}, "or 50 MB"),
    ):
        with pytest.raises(FormError, match=said):
            load(zipped(tmp_path, **files))
    path = zipped(tmp_path, a_md=FROM_FILE)
    with ZipFile(path, "a") as archive:
        archive.writestr("other/a.md", FROM_FILE)
    with pytest.raises(FormError, match=r"`a.md` is in it twice"):
        load(path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(FormError, match="It cannot be read"):
        load(path)
