"""The process that cleans one file: it reads the file from standard input, shuts itself in, and writes the copy to standard output.

Its answer is a line of JSON, then the copy: `{"clean": true, "tool": "…", "loss": null}`, or `{"clean": false, "reason": "…"}` with nothing
behind it. It is run by `cleaner` and holds no secret: nothing of the bot's environment, no key, no name of the file.
"""

import importlib
import json
import os
import sys

from bot.safety.cleaning import confinement
from bot.safety.cleaning.cleaner import NotCleanError, Reason
from bot.safety.cleaning.types import TYPES

_ENCODINGS = (
    "ascii", "latin_1", "utf_8", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "cp1252", "mac_roman",
    "idna",
)  # fmt: skip
"""Codecs that Python would look for on the disk when a library first asks for them."""


def main(name: str, *, probe: bool = False) -> None:
    """Clean the file of this type that stands at standard input, or, to `probe`, only tell what holds this process."""
    confinement.limit()
    kind = TYPES[name]
    room = importlib.import_module(f"bot.safety.cleaning.{kind.room}")
    room.prepare()
    for encoding in _ENCODINGS:
        importlib.import_module(f"encodings.{encoding}")
    tool = room.tool(kind)
    content = b"" if probe else sys.stdin.buffer.read()
    shut_in = confinement.shut_in()
    if probe:
        _answer({"shut_in": shut_in})
    try:
        copy, loss = room.clean(content, kind)
    except NotCleanError as refused:
        _answer({"clean": False, "reason": refused.reason.value})
    except MemoryError:
        _answer({"clean": False, "reason": Reason.LARGE.value})
    except BaseException:  # noqa: BLE001 - the boundary: whatever a library makes of a hostile file, its words are not told
        _answer({"clean": False, "reason": Reason.BROKEN.value})
    _answer({"clean": True, "tool": tool, "loss": loss}, copy)


def _answer(said: object, copy: bytes = b"") -> None:
    """Write and end at once: nothing is closed or collected, which could fail after all."""
    for part in (json.dumps(said).encode() + b"\n", copy):
        view = memoryview(part)
        while view:
            view = view[os.write(1, view) :]
    os._exit(0)
