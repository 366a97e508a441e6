"""Kuager's own columns, `bind::bot:*`, and what stands in files of a form's own: privacy and contacts. To add a column,
list it here. Its cell is then in `Question.bot`."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.form.answers import codes_by, source_of
from bot.form.kinds import kind_of, takes_parts
from bot.form.model import SIDES, Choice, Form, Group, Node, Privacy, Question, Text, changed
from bot.form.xlsform.sheets import ANY, FormError, Problem, read_rows

_IN_A_LANGUAGE = re.compile(r"(?:short|more|offer)_[a-z]{2,3}")
OWN_COLUMNS: Mapping[str, str] = {
    "privacy": "public, moderators or sealed",
    "role": "a name that no other question has",
    "precision": "day, month or year, at a date",
    "voice": "yes or no",
    "max": "a whole number from 1",
    "partial": "yes or no",
    "extend": "the name of a choice, at a select_one",
    "first": "yes or no, at a begin_repeat that does not count itself",
    "contacts": "the name of a select question, at a note",
    "follows": "the name of a question, neither of them in a repeat",
    "bounds": "the name of a select_one whose list has the columns south, west, north and east, at a geopoint",
    "also": "the names of other questions, with spaces between, at a question",
    "offer": "the name of a choice, at a select_one",
    "offer_en": "the label of its button; offer_ and the code of any language of the form",
    "finds": "question/column: a select question beside it and a column of its choices, at a select_one",
    "within": "the name of a text question beside it, at a select_one",
    "most": "the name of another integer question beside it, at an integer",
    "unit": "beginnings of words in any language, at an integer or decimal",
    "from": "the name of a question, of another form too",
    "short_en": "the label in a few words for moderators; short_ and the code of any language of the form",
    "more_en": "the button that adds another instance, at a begin_repeat; more_ and the code of any language of the form",
    "quick": "yes or no, at what stands in the review",
    "aside": "yes or the name of a question with bind::bot:extend, at a question that need not be answered",
    "derived": "question/column: a select_multiple outside repeats and a column of its choices, at a select_multiple",
}
SHORT, MORE, OFFERED = "short_", "more_", "offer_"
"""Prefixes of columns of short labels, of buttons and of labels of offers, before a language code."""
OFFER = "offer"
LEAVES = "leaves"
"""Set at the program's own question of use, in a form whose answers may leave as they are. No form can write it."""

_Found = tuple[str, str] | None


def is_own(name: str) -> bool:
    return name in OWN_COLUMNS or _IN_A_LANGUAGE.fullmatch(name) is not None


def fits(name: str, cell: str) -> bool:
    """Whether a cell is allowed, as far as the cell alone shows."""
    if name == "privacy":
        return cell in set(Privacy)
    if name == "precision":
        return cell in {"day", "month", "year"}
    if name in {"voice", "partial", "first", "quick"}:
        return cell in {"yes", "no"}
    return name != "max" or (cell.isdecimal() and int(cell) >= 1)


def marked(form: Form, path: Path) -> Form:
    """Form with privacy and precision of its questions by the CSV `<form file>.privacy.csv`, if it stands beside the
    form, with the columns `name`, `privacy` and perhaps `precision`. Raises FormError with row and column."""
    beside = path.with_name(f"{path.name}.privacy.csv")
    if not beside.is_file():
        return form
    names = {one.name for one in form.questions}
    rows, _ = read_rows(beside, "privacy", "Keep one of them.", needs_text=True)
    problems = []
    for number, row in rows:
        for column in ("name", "privacy", "precision"):
            cell = row.get(column, "")
            if cell and not (cell in names if column == "name" else fits(column, cell)):
                fix = f"Write {OWN_COLUMNS.get(column, 'the name of a question of the form')}."
                problems.append(Problem(beside.name, number, column, f"`{cell}` is not allowed here.", fix))
    if problems:
        raise FormError(beside.name, tuple(problems))
    marks = {row["name"]: row for _, row in rows}

    def mark(question: Question) -> Question:
        if (row := marks.get(question.name)) is None:
            return question
        bot = {**question.bot, **({"precision": row["precision"]} if row.get("precision") else {})}
        return replace(question, privacy=Privacy(row["privacy"]), bot=bot)

    return replace(form, children=changed(form.children, mark))


def misplaced(form: Form) -> Iterator[tuple[str, str, str, str]]:
    """Cells that make no sense at their question or group: its path, the column, the reason and the fix."""
    for node in form.nodes.values():
        for column, (kind, only, check) in _CHECKS.items():
            if not (cell := node.bot.get(column, "")):
                continue
            found: _Found = (only, f"Write it at a question of the type `{kind}`.")
            if not kind or (isinstance(node, Question) and node.kind == kind):
                found = check(form, node, cell)
            if found is not None:
                yield node.path, column, *found


def contacts_list(form: Form, note: Question) -> Question | None:
    """The select question that a note with `bot:contacts` refers to."""
    named = (asked for asked in form.questions if asked.name == note.bot.get("contacts"))
    return next((asked for asked in named if kind_of(asked).has_list), None)


def read_contacts(path: Path) -> Mapping[str, Text]:
    """Read contacts from a UTF-8 CSV file, by the name of their choice. Columns are `name` and `contact::Қазақша (kk)` and
    so on, or one `contact` for every language (under ANY). Raises FormError with row and column."""
    twice = "Write all contacts of a choice into one row."
    rows, languages = read_rows(path, "contact", twice, needs_text=False)
    others = rows[0][1].keys() - {"contact", *languages} if rows else ()
    if wrong := sorted(one for one in others if one.lower().startswith("contact")):
        what, fix = "The column is not known.", "Write it as `contact::English (en)`."
        raise FormError(path.name, tuple(Problem(path.name, 1, one, what, fix) for one in wrong))
    found = ((row["name"], {code: row.get(column) for column, code in languages.items()}) for _, row in rows)
    filled = ((name, {code: one for code, one in texts.items() if one}) for name, texts in found)
    return {name: contact for name, contact in filled if contact}


def with_contacts(form: Form, contacts: Mapping[str, Text]) -> Form:
    """Add contacts to the choices that a note refers to. Raises FormError for other choices."""
    notes = (one for one in form.questions if one.kind == "note" and "contacts" in one.bot)
    asked = {found.path: found for note in notes if (found := contacts_list(form, note))}
    names = list(dict.fromkeys(choice.name for question in asked.values() for choice in question.choices))
    there = f"There are: {', '.join(names)}." if names else "The form shows no contacts."
    wrong = (f"`{name}` is not a choice whose contacts are shown." for name in contacts if name not in names)
    if problems := tuple(Problem("contacts", None, "name", what, there) for what in wrong):
        raise FormError(form.id, problems)

    def contact(choice: Choice) -> Choice:
        text = contacts.get(choice.name, choice.contact)
        return replace(choice, contact=dict.fromkeys(form.languages, text[ANY]) if ANY in text else text)

    def put(question: Question) -> Question:
        is_asked = question.path in asked
        return replace(question, choices=tuple(map(contact, question.choices))) if is_asked else question

    return replace(form, children=changed(form.children, put))


def _unit(_: Form, node: Node, _cell: str) -> _Found:
    is_number = isinstance(node, Question) and node.kind in {"integer", "decimal"}
    return None if is_number else ("Only a number has a unit.", "Write it at an integer or decimal.")


def _one_of(names: Collection[str], cell: str, what: str, none: str = "none") -> _Found:
    there = ", ".join(names) or none
    return None if cell in names else (f"`{cell}` {what}.", f"Write one of: {there}.")


def _choice(_: Form, question: Question, cell: str) -> _Found:
    names = [choice.name for choice in question.choices]
    # A missing or empty list is reported elsewhere.
    return _one_of(names, cell, "is not a choice of this question") if names else None


def _first(_: Form, node: Node, cell: str) -> _Found:
    if cell != "yes" or (isinstance(node, Group) and node.repeat and not node.repeat_count):
        return None
    return "Nothing is added here.", "Write it at a `begin_repeat` without `repeat_count`."


def _contacts(form: Form, note: Question, cell: str) -> _Found:
    asked = contacts_list(form, note)
    if asked is None:
        names = [one.name for one in form.questions if kind_of(one).has_list]
        return _one_of(names, cell, "is not a select question of this form", "there is none")
    if not _repeats(form, asked) <= _repeats(form, note):
        return f"`{cell}` stands in a repeat.", "Put the note into the same repeat."
    return None


def _follows(form: Form, node: Node, cell: str) -> _Found:
    if isinstance(node, Group):
        return "Only a question follows another.", "Write it at a question."
    names = [one.name for one in form.questions if one is not node and not _repeats(form, one)]
    if cell in names and _repeats(form, node):
        return "A question in a repeat cannot follow another.", "Leave the cell empty."
    return _one_of(names, cell, "is not another question outside repeats")


def _bounds(form: Form, _: Question, cell: str) -> _Found:
    asked = next((one for one in form.questions if one.name == cell), None)
    if asked is None or asked.kind != "select_one" or _repeats(form, asked):
        fix = "Name the question where the place is chosen."
        return f"`{cell}` is not a `select_one` outside repeats.", fix
    wrong = next((choice.name for choice in asked.choices if not _is_rectangle(choice)), None)
    if wrong is not None:
        fix = f"Fill {', '.join(SIDES)} with degrees, or none of them."
        return f"`{wrong}` has no rectangle.", fix
    return None


def _is_rectangle(choice: Choice) -> bool:
    """Whether the sides are a valid bounding box, or blank in a list with these columns."""
    cells = [choice.columns.get(side, "") for side in SIDES]
    if not any(cells):
        return set(SIDES) <= choice.columns.keys()
    try:
        south, west, north, east = map(float, cells)
    except ValueError:
        return False
    return -90 <= south < north <= 90 and -180 <= west < east <= 180


def _beside(form: Form, question: Question, name: str) -> Question | None:
    other = form.nodes.get(f"{question.path.rpartition('/')[0]}/{name}")
    return other if isinstance(other, Question) and other is not question else None


def _finds(form: Form, question: Question, cell: str) -> _Found:
    name, _, column = cell.partition("/")
    other = _beside(form, question, name)
    if other is None or not kind_of(other).has_list:
        return f"`{name}` is not another select question beside it.", "Write `question/column`."
    names = {choice.name for choice in question.choices}
    strange = next((one.name for one in other.choices if one.columns.get(column) not in names), None)
    if names and strange is not None:  # the list itself may be missing
        what = f"The column `{column}` of `{strange}` does not name a choice of this question."
        return what, "Name a column that says for each choice which of these it belongs to."
    return None


def _within_or_most(form: Form, question: Question, cell: str) -> _Found:
    """Problem if an integer does not name another one, or a choice no text."""
    kind, named = ("integer", "another integer") if question.kind == "integer" else ("text", "a text")
    other = _beside(form, question, cell)
    if other is None or other.kind != kind:
        return f"`{cell}` is not {named} question beside it.", "Name one of the same group."
    return None


def _also(form: Form, node: Node, cell: str) -> _Found:
    if isinstance(node, Group) or kind_of(node).answered_with is None:
        return "Nothing is answered here.", "Write it at a question that takes an answer."
    around = _repeats(form, node)
    others = (one for one in form.questions if one is not node and _repeats(form, one) <= around)
    guests = [one.name for one in others if _is_sent(one)]
    unknown = next((name for name in cell.split() if name not in guests), None)
    if unknown is None:
        return None
    what = f"`{unknown}` is not another question that is answered with words, files, a place or an offer."
    return what, f"Write some of: {', '.join(guests) or 'there is none'}."


def _is_sent(question: Question) -> bool:
    """Whether a message can answer the question while another one is asked."""
    kind = kind_of(question)
    takes = kind.takes_text or kind.takes_places or kind.takes_files
    return takes or OFFER in question.bot or takes_parts(question)


def _derived(form: Form, node: Node, cell: str) -> _Found:
    if isinstance(node, Group) or node.kind != "select_multiple" or _repeats(form, node):
        return "Only choices of several follow others.", "Write it at a `select_multiple` outside repeats."
    source, column = source_of(form, node) or (None, "")
    if source is None or source.kind != "select_multiple" or _repeats(form, source):
        return f"`{cell}` names no other `select_multiple` outside repeats.", "Write `question/column`."
    known = {choice.name for choice in node.choices}
    strange = set(codes_by(source, (choice.name for choice in source.choices), column)) - known
    if known and strange:
        what = f"The column `{column}` names `{min(strange)}`, which is no choice of this question."
        return what, "Name a column that holds codes of its list."
    return None


def _aside(form: Form, node: Node, cell: str) -> _Found:
    if not node.repeat if isinstance(node, Group) else node.required:
        return "This must be answered, so it is asked.", "Leave the cell empty."
    names = ["yes", *(name for name, one in form.extensions.items() if not _repeats(form, one))]
    return _one_of(names, cell, "does not make the form longer")


def _repeats(form: Form, node: Node) -> set[str]:
    return {repeat for repeat in form.repeats if node.path.startswith(f"{repeat}/")}


_CHECKS: Mapping[str, tuple[str, str, Callable[[Form, Any, str], _Found]]] = {
    "extend": ("select_one", "Only a choice can make a form longer.", _choice),
    "first": ("", "", _first),
    "contacts": ("note", "Only a note shows contacts.", _contacts),
    "follows": ("", "", _follows),
    "bounds": ("geopoint", "Only a point lies inside of a place.", _bounds),
    "most": ("integer", "Only an integer has a greater one.", _within_or_most),
    "also": ("", "", _also),
    "finds": ("select_one", "Only a choice of one finds those of another list.", _finds),
    "within": ("select_one", "Only a choice of one has names within it.", _within_or_most),
    "derived": ("", "", _derived),
    "aside": ("", "", _aside),
    "offer": ("select_one", "Only a choice of one can be offered.", _choice),
    "unit": ("", "", _unit),
}
"""By column: the only kind of question that can have it, if one, the reason, and the check of its cell there."""
