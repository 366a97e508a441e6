"""Cells of a CSV export: lists inside a cell, and cells that no spreadsheet takes for a formula.

A list is joined by `; `, the instances of a repeat by ` | `; a `\\`, `;` or `|` that belongs to a value has a
`\\` before it. The guard against formulas follows OWASP, "CSV Injection".
"""

import re
from collections.abc import Iterable

_SPECIAL = re.compile(r"([\\;|])")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠]|'*[\t\r]")
_GUARDED = re.compile(r"'(?:'*\s*[=+\-@＝＋－＠]|'*[\t\r])")
_TOKEN = re.compile(r"\\(.)|( \| )|(; )|(.)", re.DOTALL)


def one(value: str) -> str:
    """A value as part of a list cell."""
    return _SPECIAL.sub(r"\\\1", value)


def many(values: Iterable[str]) -> str:
    """Several values in one cell."""
    return "; ".join(one(value) for value in values)


def instances(parts: Iterable[str]) -> str:
    """The cells of the instances of a repeat, in one."""
    return " | ".join(parts)


def split(cell: str) -> list[list[str]]:
    """The inverse of `one`, `many` and `instances`: a list of values for each instance; an empty part is
    an empty list."""
    parts: list[list[str]] = [[""]]
    for escaped, bar, semicolon, plain in _TOKEN.findall(cell):
        if bar:
            parts.append([""])
        elif semicolon:
            parts[-1].append("")
        else:
            parts[-1][-1] += escaped or plain
    return [[] if part == [""] else part for part in parts]


def guard(cell: str) -> str:
    """The cell with an apostrophe before it if a spreadsheet could take it for a formula."""
    if _PLAIN_NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguard(cell: str) -> str:
    """The inverse of `guard`."""
    return cell[1:] if _GUARDED.match(cell) else cell
