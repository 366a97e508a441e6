"""Process that cleans one file: it reads standard input, confines itself, and writes to standard output.

The answer is a line of JSON and the copy: `{"clean": true, "tool": "…", "loss": null, "hash": ""}`, or `{"clean": false,
"reason": "…"}` alone. The process holds no secret: no environment of the bot, no key, no file name.
"""

import importlib
import sys

from bot.safety.cleaning import confinement
from bot.safety.cleaning.cleaner import NoCopyReason, NotCleanError
from bot.safety.cleaning.types import TYPES

_ENCODINGS = (
    "ascii", "latin_1", "utf_8", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "cp1252", "mac_roman",
    "idna",
)  # fmt: skip
"""Codecs that Python would otherwise load from disk on first use."""


def main(name: str, probe: str = "") -> None:
    """Clean the file of this type on standard input. With `probe` only report the confinement."""
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
        confinement.answer({"shut_in": shut_in})
    try:
        copy, loss = room.clean(content, kind)
        found = room.picture_hash(copy) if kind.room == "images" else ""
    except NotCleanError as refused:
        confinement.answer({"clean": False, "reason": refused.reason.value})
    except MemoryError:
        confinement.answer({"clean": False, "reason": NoCopyReason.LARGE.value})
    except BaseException:  # noqa: BLE001 - the boundary: a hostile file can raise anything, and messages are never passed on
        confinement.answer({"clean": False, "reason": NoCopyReason.BROKEN.value})
    confinement.answer({"clean": True, "tool": tool, "loss": loss, "hash": found}, copy)
