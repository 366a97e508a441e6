"""Lists of values that statements are given."""

import pytest
from sqlalchemy import create_engine, literal, select

from db.engine import inline, padded_to_power_of_two


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([], []),
        ([7], [7]),
        ([1, 2], [1, 2]),
        ([1, 2, 3], [1, 2, 3, 1]),
        ((5, 6, 7, 8, 9), [5, 6, 7, 8, 9, 5, 5, 5]),
    ],
)
def test_a_list_of_values_is_a_power_of_two_of_them(values: list[int], found: list[int]) -> None:
    """None is lost and none is new."""
    assert padded_to_power_of_two(values) == found


def test_a_hundred_sizes_are_eight_statements() -> None:
    """So many fit beside all others into what a connection remembers."""
    assert {len(padded_to_power_of_two(range(size))) for size in range(1, 101)} == {
        1,
        2,
        4,
        8,
        16,
        32,
        64,
        128,
    }


def test_a_limit_stands_in_the_statement() -> None:
    """Not as a parameter, by which PostgreSQL would not know it."""
    limited = select(literal(1)).limit(inline(9))
    for dialect in (create_engine(url).dialect for url in ("sqlite://", "postgresql+asyncpg://")):
        compiled = limited.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        assert "LIMIT 9" in " ".join(str(compiled).split())
