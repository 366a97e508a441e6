"""Paging of long lists, with buttons to turn pages."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from bot.form.events import Page
from bot.form.model import Text
from bot.form.screen import Button, ButtonRow, Key, button

_T = TypeVar("_T")

PAGE_ROWS = 8
"""Buttons on a page of one column."""
WIDE_PAGE = 12
"""Buttons on a page of two columns."""
UNPAGED = 10
"""Longest list shown without pages."""
_SHORT_LABEL = 18
"""Characters of a label, of which two fit side by side on a phone."""


def page_of(
    items: Sequence[_T], asked: int | None, first: int = 0, size: int = PAGE_ROWS
) -> tuple[Sequence[_T], tuple[ButtonRow, ...]]:
    """Items of a page and the row that turns pages, by default the page with index `first`."""
    if len(items) <= max(UNPAGED, size):
        return items, ()
    pages = -(-len(items) // size)
    number = min(first // size if asked is None else asked, pages - 1)
    return items[number * size : (number + 1) * size], (_turning(number, pages),)


def in_rows(buttons: Sequence[Button], columns: int) -> tuple[ButtonRow, ...]:
    return tuple(tuple(buttons[start : start + columns]) for start in range(0, len(buttons), columns))


def columns_for(labels: Iterable[Text]) -> int:
    """Two columns if all labels are short, else one."""
    return 2 if all(len(words) <= _SHORT_LABEL for label in labels for words in label.values()) else 1


def _turning(number: int, pages: int) -> ButtonRow:
    row = [Button(Key("flow.page", {"page": number + 1, "pages": pages}), Page(number))]
    if number > 0:
        row.insert(0, button("flow.page.before", Page(number - 1)))
    if number < pages - 1:
        row.append(button("flow.page.after", Page(number + 1)))
    return tuple(row)
