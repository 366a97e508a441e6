"""Long lists in pages, with the buttons to turn them."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from bot.form.events import Event, Page
from bot.form.flow.turn import Turn
from bot.form.model import Text
from bot.form.screen import Button, Key

T = TypeVar("T")

PAGE = 8
"""Buttons on a page of one column."""
WIDE_PAGE = 12
"""Buttons on a page of two columns."""
WHOLE = 10
"""A list of this length needs no pages yet."""
SHORT = 18
"""Labels of this many characters fit two in a row on a phone."""

Row = tuple[Button, ...]


def page_of(
    turn: Turn, items: Sequence[T], first: int = 0, size: int = PAGE
) -> tuple[Sequence[T], tuple[Row, ...]]:
    """The items of the page at hand and the row that turns it. `first` is the place of the item to open
    the list at."""
    if len(items) <= max(WHOLE, size):
        return items, ()
    pages = -(-len(items) // size)
    number = min(page_number(turn, first // size), pages - 1)
    return items[number * size : (number + 1) * size], (_turning(number, pages),)


def page_number(turn: Turn, default: int = 0) -> int:
    """The page that was asked for."""
    asked = turn.view("page")
    return max(0, int(asked)) if asked.isdecimal() else default


def in_rows(buttons: Sequence[Button], columns: int) -> tuple[Row, ...]:
    """Buttons in rows of so many columns."""
    return tuple(tuple(buttons[place : place + columns]) for place in range(0, len(buttons), columns))


def columns_for(labels: Iterable[Text]) -> int:
    """Two columns if every label is short in every language."""
    return 2 if all(len(words) <= SHORT for label in labels for words in label.values()) else 1


def button(key: str, event: Event) -> Button:
    """A button whose label is a key without arguments."""
    return Button(Key(key), event)


def _turning(number: int, pages: int) -> Row:
    place = Key("flow.page", {"page": number + 1, "pages": pages})
    row = [Button(place, Page(number))]
    if number > 0:
        row.insert(0, button("flow.page.before", Page(number - 1)))
    if number < pages - 1:
        row.append(button("flow.page.after", Page(number + 1)))
    return tuple(row)
