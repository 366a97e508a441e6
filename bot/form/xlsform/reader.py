"""Reader of an XLSForm (https://xlsform.org) into a `Form`.

pyxform must accept a form too, so that it opens in ODK and KoboToolbox. Importing it takes half of a start, so the
program's own forms are made beforehand (`python -m scripts.forms`).
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import BadZipFile, ZipFile

from bot.form.model import Form, Group, Node, Text
from bot.form.stored_form import from_json
from bot.form.xlsform.lists import read_list, rows_of, table_of
from bot.form.xlsform.own_columns import contacts_list
from bot.form.xlsform.sheets import ANY, MOST_BYTES, Findings, FormError, Problem, read, refused

_MOST_FILES = 500

FORMS = Path(__file__).resolve().parents[2] / "forms"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A form, and what of its sheets is ignored or filled in."""

    form: Form
    warnings: tuple[Problem, ...]


def load(path: Path) -> Form:
    """Read an `.xlsx`, `.xls`, `.csv` or `.md` form with its CSV lists. Raises FormError with all problems."""
    made = path.with_suffix(".json")
    if path.parent == FORMS and made.is_file():
        written = made.read_bytes()
        if source_hash(path).encode() in written[:200]:
            return from_json(written, lambda name: read_list(FORMS / name))
    return read_form(path).form


def source_hash(path: Path) -> str:
    """Hash of a form's tables, which a form made beforehand names."""
    return blake2b(path.read_bytes(), digest_size=16).hexdigest()


def read_form(path: Path) -> Loaded:
    """Read a form anew, with warnings, also from a zip of one form and its files. Raises FormError with all
    problems."""
    if path.suffix.lower() == ".zip":
        with TemporaryDirectory() as folder:
            return read_form(_unpacked(path, Path(folder)))
    findings = Findings()
    sheets = read(path, findings)
    if "survey" not in sheets or not sheets["survey"].rows:
        what, fix = "There are no questions.", "Add a sheet `survey` with columns type, name and label."
        raise FormError(path.name, (*findings.problems, Problem("survey", None, "", what, fix)))
    from bot.form.xlsform.tree import Tree  # noqa: PLC0415 - it imports pyxform

    form = Tree(path, sheets, findings).form()
    if form is None or findings.problems:
        raise FormError(path.name, _sorted(findings.problems))
    return Loaded(form, _sorted(findings.warnings))


def _unpacked(path: Path, folder: Path) -> Path:
    """Unpack a zip. Returns its form. Raises FormError if there is not one."""
    try:
        with ZipFile(path) as archive:
            _unpack(archive, folder)
    except (OSError, ValueError, RuntimeError, BadZipFile, zlib.error) as error:
        raise refused(
            path, "file", f"It cannot be read ({error}).", "Zip the form and its files again."
        ) from error
    forms = [one for one in folder.iterdir() if one.suffix.lower() in {".xlsx", ".xlsm", ".xls", ".md"}]
    if len(forms) != 1:
        raise refused(path, "file", f"It holds {len(forms)} forms.", "Zip one form with its files.")
    return forms[0]


def _unpack(archive: ZipFile, folder: Path) -> None:
    """Unpack files beside each other, without the folders in the zip, so that none goes elsewhere."""
    files = [one for one in archive.infolist() if not (one.is_dir() or "__MACOSX" in one.filename)]
    if len(files) > _MOST_FILES or sum(one.file_size for one in files) > MOST_BYTES:
        raise ValueError(f"it has more than {_MOST_FILES} files or {MOST_BYTES // 1_000_000} MB")
    for one in files:
        target = folder / Path(one.filename.replace("\\", "/")).name
        if target.exists():
            raise ValueError(f"`{target.name}` is in it twice")
        target.write_bytes(archive.read(one))


def _sorted(problems: list[Problem]) -> tuple[Problem, ...]:
    # Files of lists first: a missing one also breaks expressions and defaults.
    sheets = ["survey", "choices", "settings"]

    def order(problem: Problem) -> tuple[int, int]:
        return sheets.index(problem.sheet) if problem.sheet in sheets else -1, problem.row or 0

    return tuple(sorted(dict.fromkeys(problems), key=order))


def read_contacts(path: Path) -> Mapping[str, Text]:
    """Read contacts from a UTF-8 CSV file, by the name of their choice.

    Columns are `name` and `contact::Қазақша (kk)` and so on, or one `contact` for every language (under ANY).
    Raises FormError with row and column.
    """
    problems: list[Problem] = []
    lines, languages = table_of(path, "contact", problems)
    header = lines[0][1] if lines else []
    what, fix = "The column is not known.", "Write it as `contact::English (en)`."
    others = (one for one in header if one != "contact" and not one.startswith("contact::"))
    problems += [Problem(path.name, 1, one, what, fix) for one in others if one.lower().startswith("contact")]
    contacts = {
        row.get("name", ""): {code: row[column] for column, code in languages.items() if row.get(column)}
        for row in rows_of(path, lines, [], "Write all contacts of a choice into one row.", problems)
    }
    if problems:
        raise FormError(path.name, tuple(problems))
    return {name: contact for name, contact in contacts.items() if contact}


def with_contacts(form: Form, contacts: Mapping[str, Text]) -> Form:
    """Add contacts to the choices that a note refers to. Raises FormError for other choices."""
    notes = (one for one in form.questions if one.kind == "note" and "contacts" in one.bot)
    asked = tuple(filter(None, (contacts_list(form, note) for note in notes)))
    names = list(dict.fromkeys(choice.name for question in asked for choice in question.choices))
    there = f"There are: {', '.join(names)}." if names else "The form shows no contacts."
    wrong = (f"`{name}` is not a choice whose contacts are shown." for name in contacts if name not in names)
    problems = tuple(Problem("contacts", None, "name", what, there) for what in wrong)
    if problems:
        raise FormError(form.id, problems)
    everywhere = {
        name: dict.fromkeys(form.languages, contact[ANY]) if ANY in contact else contact
        for name, contact in contacts.items()
    }
    paths = {question.path for question in asked}
    return replace(form, children=tuple(_set(node, paths, everywhere) for node in form.children))


def _set(node: Node, paths: set[str], contacts: Mapping[str, Text]) -> Node:
    if isinstance(node, Group):
        return replace(node, children=tuple(_set(child, paths, contacts) for child in node.children))
    if node.path not in paths:
        return node
    choices = (replace(choice, contact=contacts.get(choice.name, choice.contact)) for choice in node.choices)
    return replace(node, choices=tuple(choices))
