"""Expressions written by hand from the specifications, with the values that these give.

A row of `specification/*.tsv` is an expression, its value and, if not `/f`, the node where it is evaluated. The values
come from XPath 1.0 and 3.0 (https://www.w3.org/TR/xpath-10/), from ODK XForms
(https://getodk.github.io/xforms-spec/#xpath-functions) and, where these leave a choice, from JavaRosa, never from this
program. `instances.INSTANCE` is the instance.
"""

import math
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from bot.form.expressions.coercion import Scalar
from bot.form.expressions.compiler import ExpressionError
from tests.bot.form.expressions.instances import INSTANCE, evaluated, found, planted

TABLES = sorted((Path(__file__).parent / "specification").glob("*.tsv"))
ROOT = planted(INSTANCE)
WORDS = {"true": True, "false": False, "NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def rows(table: Path) -> Iterator[tuple[str, str, str]]:
    for line in table.read_text().splitlines():
        if not line.startswith("#"):
            source, value, *place = line.split("\t")
            yield source, value, *(place or ["/f"])


def written(value: str) -> Scalar:
    if value in WORDS:
        return WORDS[value]
    if value.startswith("'"):
        return value[1:-1]
    if value.count("-") == 2 and value[4] == "-":
        return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    return float(value)


def agrees(result: Scalar, value: Scalar) -> bool:
    """Whether a result is this value, and of its type. Numbers are given to ten digits."""
    if isinstance(result, float) and isinstance(value, float):
        return result == pytest.approx(value, rel=1e-10, abs=1e-12, nan_ok=True)
    return type(result) is type(value) and result == value


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_an_expression_gives_what_the_specification_says(table: Path) -> None:
    """Each row, at its node. All wrong rows are named together."""
    wrong = []
    for source, value, place in rows(table):
        try:
            result: object = evaluated(source, found(ROOT, place))
        except ExpressionError as error:
            result = error
        if not isinstance(result, Scalar) or not agrees(result, written(value)):
            wrong.append(f"{source} at {place} is {value}, not {result!r}")
    assert not wrong, "\n" + "\n".join(wrong)


def test_there_are_rows_enough() -> None:
    """More than five hundred expressions, none twice at one node."""
    told = [(source, place) for table in TABLES for source, _, place in rows(table)]
    assert len(told) > 500
    assert len(set(told)) > len(told) - 20
