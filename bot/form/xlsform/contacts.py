"""Who helps with what: contacts that the operator sets, shown at a note with `bot:contacts`.

They have a file of their own, so that the form need not change where other people help.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from bot.form.model import Form, Group, Node, Question, Text
from bot.form.xlsform.lists import ANY, languages_of, read_lines, row_problems
from bot.form.xlsform.own_columns import contacts_list
from bot.form.xlsform.problems import FormError, Problem


def read_contacts(path: Path) -> Mapping[str, Text]:
    """The contacts in a UTF-8 CSV file, by the name of their choice. Columns are `name` and `contact::Қазақша (kk)`
    and so on, or a single `contact` for every language (under ANY). Other columns are ignored, choices without a
    contact left out. Raises FormError naming row and column."""
    lines, problems = read_lines(path), list[Problem]()
    header = lines[0][1] if lines else []
    languages = languages_of(path, header, "contact", problems)
    problems += [_misspelt(path, column) for column in header if _is_misspelt(column)]
    contacts: dict[str, Text] = {}
    for line in lines[1:] if not problems else []:
        problems += row_problems(path.name, line, header, [])
        row = dict(zip(header, line[1], strict=False))
        name = row.get("name", "")
        if name in contacts:
            fix = "Write all contacts of a choice into one row."
            problems.append(Problem(path.name, line[0], "name", f"`{name}` appears twice.", fix))
        contacts[name] = {code: row[column] for column, code in languages.items() if row.get(column)}
    if problems:
        raise FormError(path.name, tuple(problems))
    return {name: contact for name, contact in contacts.items() if contact}


def with_contacts(form: Form, contacts: Mapping[str, Text]) -> Form:
    """The form with these contacts added to the choices whose contacts a note shows. Raises FormError for a name
    that is none of these choices."""
    asked = tuple(filter(None, (contacts_list(form, note) for note in _notes(form))))
    names = list(dict.fromkeys(choice.name for question in asked for choice in question.choices))
    there = f"There are: {', '.join(names)}." if names else "The form shows no contacts."
    problems = tuple(
        Problem("contacts", None, "name", f"`{name}` is not a choice whose contacts are shown.", there)
        for name in contacts
        if name not in names
    )
    if problems:
        raise FormError(form.id, problems)
    everywhere = {name: _in_every_language(form, contact) for name, contact in contacts.items()}
    paths = {question.path for question in asked}
    return replace(form, children=tuple(_set(node, paths, everywhere) for node in form.children))


def _notes(form: Form) -> Iterator[Question]:
    return (asked for asked in form.questions if asked.kind == "note" and "contacts" in asked.bot)


def _in_every_language(form: Form, contact: Text) -> Text:
    return dict.fromkeys(form.languages, contact[ANY]) if ANY in contact else contact


def _set(node: Node, paths: set[str], contacts: Mapping[str, Text]) -> Node:
    if isinstance(node, Group):
        return replace(node, children=tuple(_set(child, paths, contacts) for child in node.children))
    if node.path not in paths:
        return node
    choices = (replace(choice, contact=contacts.get(choice.name, choice.contact)) for choice in node.choices)
    return replace(node, choices=tuple(choices))


def _is_misspelt(column: str) -> bool:
    return column.lower().startswith("contact") and column != "contact" and not column.startswith("contact::")


def _misspelt(path: Path, column: str) -> Problem:
    return Problem(path.name, 1, column, "The column is not known.", "Write it as `contact::English (en)`.")
