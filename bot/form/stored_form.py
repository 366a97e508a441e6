"""A form as JSON: one made beforehand, or kept while a draft needs it."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from bot.form.model import Choice, Form, Group, Node, Privacy, Question, Table
from bot.json_text import dumped, loaded

_List = tuple[Choice, ...]


def to_json(form: Form, files: Mapping[str, _List] = MappingProxyType({})) -> bytes:
    """The form without blank fields. Each list of choices is there once, or named if it is one of the files."""
    lists: list[_List] = []
    cells = _filled(form) | {
        "children": [_cells(node, lists) for node in form.children],
        "reminds": form.reminds,
    }
    if form.tables:
        cells["tables"] = {name: list(map(dict, table.rows)) for name, table in form.tables.items()}
    names = {lists.index(choices): name for name, choices in files.items() if choices in lists}
    written = [names.get(place) or list(map(_filled, choices)) for place, choices in enumerate(lists)]
    return dumped({"lists": written, "form": cells})


def _cells(node: Node, lists: list[_List]) -> dict[str, Any]:
    cells = _filled(node)
    if isinstance(node, Group):
        return cells | {"children": [_cells(child, lists) for child in node.children]}
    if node.choices and node.choices not in lists:
        lists.append(node.choices)
    return cells | ({"choices": lists.index(node.choices)} if node.choices else {})


def _filled(value: Form | Node | Choice) -> dict[str, Any]:
    cells = {one.name: getattr(value, one.name) for one in fields(value)}
    return {name: cell for name, cell in cells.items() if cell or name == "label"}


def from_json(written: bytes, file: Callable[[str], _List] = lambda _: ()) -> Form:
    """The form as it was, with its digest. `file` reads a list that is only named."""
    stored = loaded(written)
    lists = [
        file(choices) if isinstance(choices, str) else tuple(Choice(**choice) for choice in choices)
        for choices in stored["lists"]
    ]
    cells = {"version": "", **stored["form"]}
    children = tuple(_node(node, lists) for node in cells["children"])
    tables = {name: Table(rows) for name, rows in cells.get("tables", {}).items()}
    names = {name: tuple(cells.get(name, ())) for name in ("languages", "missing")}
    return Form(**cells | names | {"children": children, "tables": tables})


def _node(cells: dict[str, Any], lists: list[_List]) -> Node:
    if "children" in cells:
        return Group(**cells | {"children": tuple(_node(child, lists) for child in cells["children"])})
    choices = lists[cells["choices"]] if "choices" in cells else ()
    own = {
        "privacy": Privacy(cells["privacy"]),
        "choices": choices,
        "trigger": tuple(cells.get("trigger", ())),
    }
    return Question(**cells | own)
