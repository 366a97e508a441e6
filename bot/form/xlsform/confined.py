"""Forms that come by chat, read in a process that is confined as a cleaning one is (`bot.safety.cleaning.confinement`).

The file passes through pipes and is read from memory, alone or as a zip with its lists, so that the process needs no other file.
"""

import sys
from io import BytesIO
from pathlib import Path
from typing import NamedTuple, cast
from zipfile import BadZipFile, ZipFile
from zipfile import Path as PathInZip

from bot.form.model import Form
from bot.form.stored_form import from_json, to_json
from bot.form.xlsform.reader import read_form
from bot.form.xlsform.sheets import MOST_BYTES, FormError, Problem
from bot.safety.cleaning import cleaner, confinement
from bot.safety.cleaning.cleaner import NoCopyReason

MOST_SECONDS = 45.0
_SUFFIXES = (".xlsx", ".xls", ".md")
_TOO_MUCH = "The file takes too much time or memory."
_UNREADABLE = "The file cannot be read."
_NO_FORM = Problem(
    "file",
    None,
    "",
    "The zip holds no form, or several.",
    "Put one .xlsx, .xls or .md into it, with its lists.",
)


def read(name: str, content: bytes) -> tuple[Form | None, list[str]]:
    """Form of a file with warnings, or None with problems. Takes up to MOST_SECONDS, so run it in a thread."""
    answer = cleaner.run("bot.form.xlsform.confined", [name], content, MOST_SECONDS)
    if isinstance(answer, NoCopyReason):
        return None, [_TOO_MUCH if answer is not NoCopyReason.BROKEN else _UNREADABLE]
    said = [str(one) for one in answer[0].get("said", [])]  # type: ignore[attr-defined] # not trusted
    try:
        return (from_json(answer[1]) if answer[1] else None), said
    except (ValueError, TypeError, KeyError):
        return None, [_UNREADABLE]


def main(name: str) -> None:
    """Read the form on standard input."""
    "".encode("utf-8-sig")
    _read("first.xlsx", _workbook())  # imports all that a form needs, and writes to a temporary file
    confinement.limit()
    content = sys.stdin.buffer.read()
    confinement.shut_in()
    try:
        form, said = _read(name, content)
    except MemoryError:
        form, said = None, [_TOO_MUCH]
    except BaseException:  # noqa: BLE001 - the boundary: a hostile file can raise anything
        form, said = None, [_UNREADABLE]
    confinement.answer({"said": said}, to_json(form) if form is not None else b"")


def _read(name: str, content: bytes) -> tuple[Form | None, list[str]]:
    try:
        loaded = read_form(_place(name, content))
    except FormError as error:
        return None, list(map(str, error.problems))
    return loaded.form, list(map(str, loaded.warnings))


def _workbook() -> bytes:
    from openpyxl import Workbook  # type: ignore[import-untyped] # noqa: PLC0415 - the bot itself needs none

    book, memory = Workbook(), BytesIO()
    book.active.title = "survey"
    for row in (("type", "name", "label"), ("text", "a", "A")):
        book.active.append(row)
    book.save(memory)
    return memory.getvalue()


class _InMemory(PathInZip):
    """A file in a zip, with what else the reader asks of a path."""

    def with_name(self, name: str) -> "PathInZip":
        return cast("PathInZip", self.parent) / name

    def with_suffix(self, suffix: str) -> "PathInZip":
        return self.with_name(f"{self.stem}{suffix}")

    def stat(self) -> "_Size":
        return _Size(self.root.getinfo(self.at).file_size)


class _Size(NamedTuple):
    st_size: int


def _place(name: str, content: bytes) -> Path:
    """The form inside a zip, which a single file is put into. Raises FormError."""
    if not name.lower().endswith(".zip"):
        memory, only = BytesIO(), name.rpartition("/")[2]
        with ZipFile(memory, "w") as made:
            made.writestr(only, content)
        return cast("Path", _InMemory(ZipFile(memory), only))
    try:
        archive = ZipFile(BytesIO(content))
    except BadZipFile:
        raise FormError(name, (_NO_FORM,)) from None
    forms = [one for one in archive.namelist() if one.lower().endswith(_SUFFIXES) and "__MACOSX" not in one]
    if len(forms) != 1 or sum(one.file_size for one in archive.infolist()) > MOST_BYTES:
        raise FormError(name, (_NO_FORM,))
    return cast("Path", _InMemory(archive, forms[0]))
