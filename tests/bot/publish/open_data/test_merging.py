"""Numbers that tell of few are merged until nothing that is shown, and nothing that a total leaves, is small."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.publish.open_data import Cell, Merged, merged, periods, with_undated

COUNTS = st.integers(0, 12)
LEAST = st.integers(3, 8)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ({"a": 10, "b": 0, "c": 5}, Merged((Cell(("a",), 10), Cell(("c",), 5)), None)),
        ({"a": 10, "b": 3, "c": 0, "d": 2}, Merged((Cell(("a",), 10),), 5)),
        ({"a": 10, "b": 3, "c": 7, "d": 5}, Merged((Cell(("a",), 10), Cell(("c",), 7)), 8)),
        ({"a": 5, "b": 5, "c": 1, "d": 8}, Merged((Cell(("d",), 8),), 11)),
        ({"a": 6, "b": 1}, Merged((), 7)),
        ({"a": 9, "b": 4, "c": 4}, Merged((), 17)),
        ({"a": 9, "b": 4, "c": 4, "d": 0}, Merged((Cell(("a",), 9),), 8)),
        ({}, Merged((), None)),
    ],
)
def test_what_is_too_small_is_counted_with_enough_others(numbers: dict[str, int], expected: Merged) -> None:
    """The smallest that could stand alone join them, equal ones together."""
    assert merged(numbers, 5) == expected


@given(st.lists(COUNTS, min_size=1, max_size=24), LEAST)
def test_the_rest_is_never_small_where_all_together_are_not(numbers: list[int], least: int) -> None:
    """Nothing is lost or doubled, and what stands alone is what it was."""
    named = {f"r{place}": number for place, number in enumerate(numbers)}
    found = merged(named, least)
    assert sum(cell.number for cell in found.alone) + (found.rest or 0) == sum(numbers)
    assert all(cell.number == named[cell.names[0]] >= least for cell in found.alone)
    if sum(numbers) >= least:
        assert found.rest is None or found.rest >= least


@pytest.mark.parametrize(
    ("months", "names"),
    [
        ([5] * 12, [f"{month:02}" for month in range(1, 13)]),
        ([5, 5, 1, *[0] * 9], ["Q1", *[f"{month:02}" for month in range(4, 13)]]),
        ([1, 1, 1, 5, 5, 5, *[6] * 6], ["H1", *[f"{month:02}" for month in range(7, 13)]]),
        ([1, *[0] * 5, *[6] * 6], [""]),
    ],
)
def test_a_part_of_a_year_is_divided_only_where_no_part_of_it_is_small(
    months: list[int], names: list[str]
) -> None:
    """Months, then quarters, then halves, then the year."""
    assert [name for cell in periods(months, 5) for name in cell.names] == names


@given(st.lists(COUNTS, min_size=12, max_size=12), COUNTS, LEAST)
def test_no_period_is_small_where_the_year_is_not(months: list[int], undated: int, least: int) -> None:
    """With events of no known month as well; together they are the year."""
    if sum(months) < least:
        return
    cells = with_undated(periods(months, least), undated, least)
    assert sum(cell.number for cell in cells) == sum(months) + undated
    assert all(cell.number == 0 or cell.number >= least for cell in cells)
    assert Counter(name for cell in cells for name in cell.names).most_common(1)[0][1] == 1


@given(st.lists(COUNTS, min_size=12, max_size=12), st.data(), LEAST)
def test_how_many_are_of_no_known_month_cannot_be_told_where_they_are_few(
    months: list[int], data: st.DataObject, least: int
) -> None:
    """With one event more or less in a month, and one less or more without any, the file can be the same; a year that is not divided can
    be one in which each is of a known month."""
    undated = data.draw(st.integers(1, least - 1))
    if sum(months) < least:
        return
    found = with_undated(periods(months, least), undated, least)
    others = [
        with_undated(
            periods([number + step * (at == place) for at, number in enumerate(months)], least),
            undated - step,
            least,
        )
        for place in range(12)
        for step in (1, -1)
        if months[place] + step >= 0 and undated - step > 0
    ]
    halves = [1, *[0] * 5, sum(months) + undated - 1, *[0] * 5]
    assert found in [*others, periods(halves, least)]


@pytest.mark.parametrize(
    ("months", "undated", "expected"),
    [
        ([9, *[0] * 11], 1, (("01", "-"), 10)),
        ([6, 6, *[0] * 10], 1, (("",), 13)),
        ([5, *[0] * 11], 1, (("",), 6)),
        ([0] * 12, 5, (("-",), 5)),
    ],
)
def test_few_of_no_known_month_stand_with_as_many_as_it_takes(
    months: list[int], undated: int, expected: tuple[tuple[str, ...], int]
) -> None:
    """Each month that stands with them has as many as can stand alone at least: what is over must not be theirs alone."""
    assert with_undated(periods(months, 5), undated, 5)[-1] == Cell(*expected)


@given(
    st.lists(st.integers(0, 4), min_size=3, max_size=6), st.lists(st.integers(5, 9), min_size=1, max_size=3)
)
def test_no_one_number_behind_the_rest_can_be_told(small: list[int], large: list[int]) -> None:
    """Some other numbers look the same, in which that one is different."""
    numbers = {f"r{place}": number for place, number in enumerate([*large, *small])}
    found = merged(numbers, 5)
    for name, number in numbers.items():
        if 0 < number < 5:
            hidden = [
                other
                for other in numbers
                if other != name and Cell((other,), numbers[other]) not in found.alone
            ]
            others = [
                *(
                    {**numbers, name: number + step, other: numbers[other] - step}
                    for other in hidden
                    for step in (1, -1)
                    if numbers[other] >= step
                ),
                *(
                    {**numbers, name: numbers[other], other: number}
                    for other in hidden
                    if numbers[other] != number
                ),
            ]
            assert any(merged(one, 5) == found for one in others)
