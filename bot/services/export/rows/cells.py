"""Cells of a table: several values in one cell, and cells that no spreadsheet takes for a formula.

Values of a list are joined by `; `, instances of a repeat by ` | `; a `\\`, `;` or `|` that belongs to a value gets
a `\\` before it. The guard against formulas follows OWASP, "CSV Injection".
"""

import re
from collections.abc import Iterable

_SPECIAL = re.compile(r"([\\;|])")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠]|'*[\t\r]")
"""What spreadsheets take for the beginning of a formula, full-width forms included. Apostrophes before it count too:
else a cell that has one could not be told from a guarded one."""
OF_COMMAS, OF_SEMICOLONS = r";\t\r\n", r",;\t\r\n"
"""Where the cells of a file fall apart in a spreadsheet that has another separator: one with commas at `;` (Excel in Kazakh and Russian)
or a tab, one with semicolons at a comma too."""
_INNER = {at: re.compile(rf"([{at}])(?=['\"\s]*[=+\-@＝＋－＠])") for at in (OF_COMMAS, OF_SEMICOLONS)}
_INNER_GUARDED = {
    at: re.compile(rf"([{at}])'(?=['\"\s]*[=+\-@＝＋－＠])") for at in (OF_COMMAS, OF_SEMICOLONS)
}
"""What follows would begin a formula there; quotation marks before it are taken off as those of a cell."""
_MARK = re.compile(r"[=+\-@\t\r＝＋－＠]")
"""Without one of these nothing is a formula; most cells have none."""
_GUARDED = re.compile(r"'(?:'*\s*[=+\-@＝＋－＠]|'*[\t\r])")
_TOKEN = re.compile(r"\\(.)|( \| )|(; )|(.)", re.DOTALL)
"""An escaped character, a separator of instances, a separator of values, or any other character."""


def one(value: str) -> str:
    """A value as part of a cell that holds several."""
    return _SPECIAL.sub(r"\\\1", value)


def many(values: Iterable[str]) -> str:
    """Several values in one cell."""
    return "; ".join(one(value) for value in values)


def instances(parts: Iterable[str]) -> str:
    """What `one` or `many` made of each instance of a repeat, in one cell."""
    return " | ".join(parts)


def split(cell: str) -> list[list[str]]:
    """The inverse of `one`, `many` and `instances`: a list of values for each instance, empty for a blank part."""
    parts: list[list[str]] = [[""]]
    for escaped, bar, semicolon, plain in _TOKEN.findall(cell):
        if bar:
            parts.append([""])
        elif semicolon:
            parts[-1].append("")
        else:
            parts[-1][-1] += escaped or plain
    return [[] if part == [""] else part for part in parts]


def guard(cell: str, at: str = OF_COMMAS) -> str:
    """The cell, with an apostrophe before it, and before each part that a separator or line break of `at` could make a cell of its
    own, if a spreadsheet could take it for a formula."""
    if _MARK.search(cell) is None or _PLAIN_NUMBER.fullmatch(cell):
        return cell
    cell = _INNER[at].sub(r"\1'", cell)
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguard(cell: str, at: str = OF_COMMAS) -> str:
    """The inverse of `guard`."""
    return _INNER_GUARDED[at].sub(r"\1", cell[1:] if _GUARDED.match(cell) else cell)
