"""Forms that come by chat, read in a process that is confined as a cleaning one is (`bot.safety.cleaning.confinement`).

The file passes through pipes and is read from memory, alone or as a zip with its lists, so that the process needs no other file.
"""

import sys
from io import BytesIO

from bot.form.model import Form, form_from_json, form_to_json
from bot.form.xlsform.reader import in_memory, read_form
from bot.form.xlsform.sheets import FormError
from bot.safety.cleaning import cleaner, confinement
from bot.safety.cleaning.cleaner import NoCopyReason

MOST_SECONDS = 45.0
_TOO_MUCH = "The file takes too much time or memory."
_UNREADABLE = "The file cannot be read."


def read(name: str, content: bytes) -> tuple[Form | None, list[str]]:
    """Form of a file with warnings, or None with problems. Takes up to MOST_SECONDS, so run it in a thread."""
    answer = cleaner.run("bot.form.xlsform.confined", [name], content, MOST_SECONDS)
    if isinstance(answer, NoCopyReason):
        return None, [_TOO_MUCH if answer is not NoCopyReason.BROKEN else _UNREADABLE]
    said = [str(one) for one in answer[0].get("said", [])]  # type: ignore[attr-defined] # not trusted
    try:
        return (form_from_json(answer[1]) if answer[1] else None), said
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
    confinement.answer({"said": said}, form_to_json(form) if form is not None else b"")


def _read(name: str, content: bytes) -> tuple[Form | None, list[str]]:
    try:
        loaded = read_form(in_memory(name, BytesIO(content)))
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
