"""Contacts of those who help: read from a file, set on choices, told at a note."""

from pathlib import Path

import pytest

from bot.form.events import Back, Next, Show, Toggle
from bot.form.model import Form, Node, Question
from bot.form.screen import Key, Label
from bot.form.xlsform.own_columns import read_contacts, with_contacts
from bot.form.xlsform.sheets import FormError
from tests.bot.form.talks import Talk, choices, form, group, question

HEADER = "name,contact::Қазақша (kk),contact::Русский (ru),contact::English (en)\n"
LAWYER = {"kk": "Заңгер, +7 700", "ru": "Юрист, +7 700", "en": "Lawyer, +7 700"}
NEEDS = question("needs", "select_multiple", choices=choices("lawyer", "doctor", "none"))
NOTE = question("help", "note", relevant="/f/needs != 'none'", hint={"en": "hint"}, bot={"contacts": "needs"})
NO_DOCTOR = Key("flow.contact.none", {"need": Label({"en": "DOCTOR"})})


def written(folder: Path, text: str) -> Path:
    """Contacts in a file."""
    path = folder / "contacts.csv"
    path.write_text(text, "utf-8")
    return path


def asking(*children: Node) -> Form:
    """A form that asks what is needed and tells who helps."""
    return form(*(children or (NEEDS, NOTE, question("z"))))


def test_contacts_are_read_by_name_and_language(tmp_path: Path) -> None:
    """With or without other columns; a blank one is left out, and a choice that has none."""
    text = HEADER.replace("name", "name,label") + (
        'lawyer,Юрист,"Заңгер, +7 700","Юрист, +7 700","Lawyer, +7 700"\ndoctor,Врач,,Врач,\nnone,Ничего,,,\n'
    )
    assert read_contacts(written(tmp_path, text)) == {"lawyer": LAWYER, "doctor": {"ru": "Врач"}}
    assert read_contacts(written(tmp_path, "name,contact\nlawyer,@l\n")) == {"lawyer": {"": "@l"}}
    assert read_contacts(written(tmp_path, HEADER)) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "contacts.csv, row 1, column name: There is no column `name`."),
        ("name\nx\n", "contacts.csv, row 1, column contact: There is no contact."),
        ("name,contact::English\nx,y\n", "row 1, column contact::English: The language has no code."),
        ("name,contact,contacts::English (en)\nx,y,z\n", "row 1, column contacts::English (en): The column is not known."),
        ("name,contact,contact\nx,y,z\n", "row 1, column contact: The column appears twice."),
        ("name,contact\nx,y\nx,z\n", "row 3, column name: `x` appears twice."),
        ("name,contact\n,y\n", "row 2, column name: `` is not a valid code."),
        ("name,contact\nx,y,z\n", "row 2: The row has more cells than the header."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_contacts_is_told_where_it_is(tmp_path: Path, text: str, said: str) -> None:
    """With row and column."""
    with pytest.raises(FormError) as caught:
        read_contacts(written(tmp_path, text))
    assert any(said in str(problem) for problem in caught.value.problems), caught.value


def test_a_missing_file_of_contacts_is_told(tmp_path: Path) -> None:
    """As with a list."""
    with pytest.raises(FormError, match="There is no such file"):
        read_contacts(tmp_path / "none.csv")


def test_contacts_stand_on_the_choices_whose_contacts_are_told() -> None:
    """Nowhere else, however deep the question is; one without a language is for all."""
    other = question("other", "select_one", choices=choices("lawyer"))
    before = asking(
        group("g", question("g/needs", "select_one", choices=choices("lawyer", "x"))), other, NOTE
    )
    after = with_contacts(before, {"lawyer": LAWYER, "x": {"": "@x"}})
    told, plain = after.nodes["/f/g/needs"], after.nodes["/f/other"]
    assert isinstance(told, Question)
    assert isinstance(plain, Question)
    assert [choice.contact for choice in told.choices] == [LAWYER, {"kk": "@x", "ru": "@x", "en": "@x"}]
    assert [choice.contact for choice in plain.choices] == [{}]
    assert with_contacts(before, {}) == before


def test_a_contact_for_nothing_is_refused() -> None:
    """With the names that there are."""
    with pytest.raises(FormError, match=r"`lawyr` is not a choice.* There are: lawyer, doctor, none\."):
        with_contacts(asking(), {"lawyr": LAWYER, "lawyer": LAWYER})
    with pytest.raises(FormError, match=r"`lawyer` is not a choice.* The form shows no contacts\."):
        with_contacts(asking(NEEDS), {"lawyer": LAWYER})


def test_a_note_tells_who_helps_with_what_was_chosen() -> None:
    """A paragraph each, in the order of the list, below the note's label."""
    begun = Talk(with_contacts(asking(), {"lawyer": LAWYER, "doctor": {"ru": "Врач"}}))
    begun.send(Toggle(1, on=True), Toggle(0, on=True), Next())
    assert begun.place == "z"
    (told,) = begun.screen.notes
    assert told == (
        Label({"en": "help"}),
        Key("flow.contact", {"need": Label({"en": "LAWYER"}), "contact": Label(LAWYER, is_plain=True)}),
        Key(
            "flow.contact", {"need": Label({"en": "DOCTOR"}), "contact": Label({"ru": "Врач"}, is_plain=True)}
        ),
        Label({"en": "hint"}),
    )


def test_whoever_nobody_can_help_is_told_so() -> None:
    """Instead of waiting for it: below the contacts that there are, or alone, without the label that promises some."""
    begun = Talk(with_contacts(asking(), {"lawyer": LAWYER, "doctor": {"kk": ""}}))
    begun.send(Toggle(1, on=True), Next())
    assert [list(told) for told in begun.screen.notes] == [[NO_DOCTOR, Label({"en": "hint"})]]
    begun.send(Back(), Toggle(0, on=True), Next())
    lawyer = Key("flow.contact", {"need": Label({"en": "LAWYER"}), "contact": Label(LAWYER, is_plain=True)})
    assert [list(told) for told in begun.screen.notes] == [
        [Label({"en": "help"}), lawyer, NO_DOCTOR, Label({"en": "hint"})]
    ]
    alone = Talk(asking())
    alone.send(Toggle(1, on=True), Next())
    assert [list(told) for told in alone.screen.notes] == [[NO_DOCTOR, Label({"en": "hint"})]]


def test_a_note_of_contacts_is_not_told_to_whoever_needs_nothing() -> None:
    """When nothing was chosen, or what the form says is no need."""
    begun = Talk(with_contacts(asking(), {"lawyer": LAWYER}))
    begun.send(Next())
    assert begun.place == "z"
    assert not begun.screen.notes
    begun.send(Back(), Toggle(2, on=True), Next())
    assert begun.place == "z"
    assert not begun.screen.notes
    begun.send(Back(), Toggle(2, on=False), Toggle(0, on=True), Next())
    assert len(begun.screen.notes) == 1
    begun.send(Back(), Toggle(0, on=False), Next())
    assert not begun.screen.notes


def test_a_note_in_a_repeat_looks_at_its_own_instance() -> None:
    """What another one needs is not told there; a choice that the filter takes away is not either."""
    needs = question("p/needs", "select_one", choices=choices("lawyer", "none"))
    note = question("p/help", "note", relevant="../needs != 'none'", bot={"contacts": "needs"})
    people = group("p", needs, note, repeat=True, bot={"first": "yes"})
    begun = Talk(with_contacts(form(people), {"lawyer": LAWYER}))
    begun.send(Show())
    begun.tap("NONE")
    assert begun.place == "p"
    begun.tap("flow.repeat.more")
    begun.tap("LAWYER")
    assert begun.place == "p[2]/help"
