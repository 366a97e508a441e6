"""How the screens of a form are shared out among pages: few enough that a phone shows a page at once."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from bot.form.model import Form, Group

MOST = 120
"""Screens of a page, unless one question or one repeat alone has more."""


def rooms(form: Form, screens: Mapping[str, Sequence[Any]]) -> Sequence[Sequence[str]]:
    """The paths page by page, in their order; a repeat stays together with what is asked in it."""
    found: list[list[str]] = []
    number = MOST
    for paths in _together(form, screens):
        size = sum(len(screens[path]) for path in paths)
        if number + size > MOST:
            found.append([])
            number = 0
        found[-1] += paths
        number += size
    return found


def _together(form: Form, paths: Mapping[str, object]) -> Iterator[list[str]]:
    repeats = [node.path for node in form.nodes.values() if isinstance(node, Group) and node.repeat]

    def whole(path: str) -> str:
        return next((one for one in repeats if path == one or path.startswith(f"{one}/")), path)

    return (list(some) for _, some in groupby(paths, whole))
