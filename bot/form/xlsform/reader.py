"""Reader of an XLSForm (https://xlsform.org) into a `Form`. pyxform must accept a form too, so that it opens in ODK and
KoboToolbox. It takes half of a start, so the program's own forms are made beforehand (`python -m scripts.forms`)."""

import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zipfile import BadZipFile, ZipFile
from zipfile import Path as PathInZip

from pydantic import TypeAdapter

from bot.form.kinds import kind_of
from bot.form.model import Form, form_from_json, form_to_json
from bot.form.xlsform.own_columns import marked
from bot.form.xlsform.sheets import MOST_BYTES, Findings, FormError, Problem, read, read_list, refused
from bot.safety.cleaning import cleaner, confinement
from bot.safety.cleaning.cleaner import NoCopyReason

MOST_SECONDS = 45.0
_TOO_MUCH = "The file takes too much time or memory."
_UNREADABLE = "The file cannot be read."
_MOST_FILES = 500
_FORMS = (".xlsx", ".xlsm", ".xls", ".md")

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
            return form_from_json(written, lambda name: read_list(FORMS / name))
    return read_form(path).form


def source_hash(path: Path) -> str:
    """Hash of a form's tables, which a form made beforehand names."""
    return blake2b(path.read_bytes(), digest_size=16).hexdigest()


def read_form(path: Path) -> Loaded:
    """Read a form anew, with warnings, also from a zip with its files. Raises FormError with all problems."""
    if path.suffix.lower() == ".zip":
        return read_form(in_memory(path.name, path))
    findings = Findings()
    sheets = read(path, findings)
    if "survey" not in sheets or not sheets["survey"].rows:
        what, fix = "There are no questions.", "Add a sheet `survey` with columns type, name and label."
        raise FormError(path.name, (*findings.problems, Problem("survey", None, "", what, fix)))
    from bot.form.xlsform.tree import Tree  # noqa: PLC0415 - it imports pyxform

    form = Tree(path, sheets, findings).form()
    if form is None or findings.problems:
        raise FormError(path.name, _sorted(findings.problems))
    return Loaded(marked(form, path), _sorted(findings.warnings))


class _InMemory(PathInZip):
    """A file in a zip, with what else the reader asks of a path."""

    def with_name(self, name: str) -> "PathInZip":
        return cast("PathInZip", self.parent) / name

    def stat(self) -> SimpleNamespace:
        return SimpleNamespace(st_size=self.root.getinfo(self.at).file_size)


def in_memory(name: str, source: Path | BytesIO) -> Path:
    """Place a form in memory, alone or with the files of its zip. Raises FormError if there is not one."""
    memory, only = BytesIO(), name.replace("\\", "/").rpartition("/")[2]
    is_zip = only.lower().endswith(".zip")
    try:
        with ZipFile(memory, "w") as flat:
            alone = [(only, source.getvalue())] if isinstance(source, BytesIO) and not is_zip else None
            for one, data in alone or _unzipped(source):
                flat.writestr(one, data)
    except (OSError, ValueError, RuntimeError, IndexError, BadZipFile, zlib.error) as error:
        what = f"It cannot be read ({error})."
        raise refused(Path(only), "file", what, "Zip the form and its files again.") from error
    forms = [one for one in flat.namelist() if not is_zip or one.lower().endswith(_FORMS)]
    if len(forms) != 1:
        raise refused(Path(only), "file", f"It holds {len(forms)} forms.", "Zip one form with its files.")
    return cast("Path", _InMemory(ZipFile(memory), forms[0]))


def _unzipped(source: Path | BytesIO) -> Iterator[tuple[str, bytes]]:
    """Files of a zip by name, without its folders."""
    with ZipFile(source) as archive:
        files = [one for one in archive.infolist() if not (one.is_dir() or "__MACOSX" in one.filename)]
        if len(files) > _MOST_FILES or sum(one.file_size for one in files) > MOST_BYTES:
            raise ValueError(f"it has more than {_MOST_FILES} files or {MOST_BYTES // 1_000_000} MB")
        names = [one.filename.replace("\\", "/").rpartition("/")[2] for one in files]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise ValueError(f"`{twice}` is in it twice")
        yield from ((name, archive.read(one)) for name, one in zip(names, files, strict=True))


def read_confined(name: str, content: bytes) -> tuple[Form | None, list[str]]:
    """Read a form that came by chat, in a confined process without files (`bot.safety.cleaning.confinement`). Returns the
    form with warnings, or None with problems. Takes up to MOST_SECONDS, so run it in a thread."""
    return _taken(cleaner.run("bot.form.xlsform.reader", [name], content, MOST_SECONDS))


def _taken(answer: tuple[dict[str, Any], bytes] | NoCopyReason) -> tuple[Form | None, list[str]]:
    if isinstance(answer, NoCopyReason):
        return None, [_TOO_MUCH if answer is not NoCopyReason.BROKEN else _UNREADABLE]
    try:
        said = [str(one) for one in answer[0].get("said", [])]
        return (_trusted(answer[1]) if answer[1] else None), said
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None, [_UNREADABLE]


def _trusted(written: bytes) -> Form:
    """A form whose values have their types and whose kinds are known. A deceived reader could write others."""
    form, types = form_from_json(written), TypeAdapter(Form)
    types.validate_json(types.dump_json(form, warnings="none"), strict=True)
    for question in form.questions:
        kind_of(question)
    return form


def main(name: str) -> None:
    """Read the form on standard input."""
    from openpyxl import Workbook  # type: ignore[import-untyped] # noqa: PLC0415 - the bot itself needs none

    "".encode("utf-8-sig")
    book, memory = Workbook(), BytesIO()
    book.active.title = "survey"
    for row in (("type", "name", "label"), ("text", "a", "A")):
        book.active.append(row)
    book.save(memory)
    _read("first.xlsx", memory.getvalue())  # imports all that a form needs, and writes to a temporary file
    confinement.limit()
    content = sys.stdin.buffer.read()
    confinement.shut_in()
    try:
        form, said = _read(name, content)
    except MemoryError:
        form, said = None, [_TOO_MUCH]
    except BaseException:  # noqa: BLE001 - the boundary: a hostile file can raise anything
        form, said = None, [_UNREADABLE]
    confinement.answer({"said": said}, form_to_json(form) if form is not None else b"")


def _read(name: str, content: bytes) -> tuple[Form | None, list[str]]:
    try:
        loaded = read_form(in_memory(name, BytesIO(content)))
    except FormError as error:
        return None, list(map(str, error.problems))
    return loaded.form, list(map(str, loaded.warnings))


def _sorted(problems: list[Problem]) -> tuple[Problem, ...]:
    # Files of lists first: a missing one also breaks expressions and defaults.
    order = {"survey": 1, "choices": 2, "settings": 3}
    return tuple(sorted(dict.fromkeys(problems), key=lambda one: (order.get(one.sheet, 0), one.row or 0)))
