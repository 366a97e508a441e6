"""A form as frozen values, read from an XLSForm (https://xlsform.org). Expressions are kept as XPath source."""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import cached_property, lru_cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, TypeVar

from bot.json_text import dumped, loaded

_T = TypeVar("_T")

Text = Mapping[str, str]
"""A text by language code, e.g. `{"kk": "…", "ru": "…", "en": "…"}`."""

NO_TEXT: Text = {}

_POSITION = re.compile(r"\[\d+\]")
TEXTS = ("label", "short", "hint", "guidance", "constraint_message", "required_message", "offer", "more")
_KIND = re.compile(r"\bkind='(\w+)'")

SIDES = ("south", "west", "north", "east")
"""Columns of a choice that is a place: its bounding box, in degrees of WGS 84."""


def schema_path(path: str) -> str:
    """Remove the positions of repeats: `/f/person[2]/role` becomes `/f/person/role`."""
    return _without_positions(path) if "[" in path else path


@lru_cache(maxsize=4096)
def _without_positions(path: str) -> str:
    """The cache holds paths of forms only, nothing of a person."""
    return _POSITION.sub("", path)


class Privacy(StrEnum):
    """Who may see an answer (docs/privacy.md), as `bot.reports.reading` and `bot.desk.card.chat` decide."""

    PUBLIC = "public"
    MODERATORS = "moderators"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True)
class Choice:
    """One row of a choice list, with its other columns. `contact` is the operator's text on who helps, or empty."""

    name: str
    label: Text
    columns: Mapping[str, str] = field(default_factory=dict)
    contact: Text = field(default_factory=dict)
    media: Mapping[str, Text] = field(default_factory=dict, repr=False)
    """Names of files beside the label, by `image`, `big-image`, `audio` and `video`."""


IndexedChoice = tuple[int, Choice]
"""A choice with its 0-based index in the whole list, which buttons carry."""


@dataclass(frozen=True, eq=False)
class Table:
    """A file or list beside a form: cells by column, a blank one may be missing. Columns and indexes are made once."""

    rows: Sequence[Mapping[str, str]]
    _cells: dict[str, Sequence[str]] = field(default_factory=dict, init=False, repr=False)
    _indexes: dict[object, Mapping[Hashable, Sequence[int]]] = field(
        default_factory=dict, init=False, repr=False
    )

    @cached_property
    def columns(self) -> frozenset[str]:
        return frozenset().union(*self.rows)

    def column(self, name: str) -> Sequence[str]:
        """Cells of a column in the order of the rows."""
        if name not in self._cells:
            self._cells[name] = [row.get(name, "") for row in self.rows]
        return self._cells[name]

    def index(self, column: str, key: Callable[[str], Hashable] = str) -> Mapping[Hashable, Sequence[int]]:
        """Rows (0-based) by the key of their cell in a column."""
        if (column, key) not in self._indexes:
            found = self._indexes[column, key] = dict[Hashable, list[int]]()
            for place, cell in enumerate(self.column(column)):
                found.setdefault(key(cell), []).append(place)
        return self._indexes[column, key]


@dataclass(frozen=True)
class Question:
    """One question. `path` is its XPath without repeat positions. `kind` is its XLSForm type.

    `bot` holds the columns `bind::bot:*` other than privacy and role (see `bot.form.xlsform.own_columns`). A text
    may show answers: `${/f/name}`, with the path of a question.
    """

    name: str
    path: str
    kind: str
    label: Text
    hint: Text = field(default_factory=dict)
    required: str = ""
    required_message: Text = field(default_factory=dict)
    relevant: str = ""
    constraint: str = ""
    constraint_message: Text = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    choice_filter: str = ""
    default: str = ""
    calculation: str = ""
    appearance: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    privacy: Privacy = Privacy.MODERATORS
    role: str = ""
    bot: Mapping[str, str] = field(default_factory=dict)
    short: Text = field(default_factory=dict, repr=False)
    """A short label for the card and the review. It means what the label does, so the digest leaves it out."""
    offer: Text = field(default_factory=dict, repr=False)
    """Label of the button for the offered answer (`bot:offer`)."""
    guidance: Text = field(default_factory=dict, repr=False)
    """Explanation for those who want one (`guidance_hint`)."""
    media: Mapping[str, Text] = field(default_factory=dict, repr=False)
    read_only: str = field(default="", repr=False)
    """`true()` if the question is shown with its value but not answered."""
    trigger: tuple[str, ...] = field(default=(), repr=False)
    """Paths of the questions whose answers set it anew. Empty if the calculation follows all it reads."""

    @cached_property
    def is_read_only(self) -> bool:
        return self.read_only == "true()"

    @cached_property
    def has_own_columns(self) -> bool:
        """Whether the form says what the question is for. One without comes from a survey made elsewhere."""
        return bool(self.role or self.bot) or self.privacy is not Privacy.MODERATORS

    @cached_property
    def labels(self) -> Mapping[str, Text]:
        return {choice.name: choice.label for choice in self.choices}

    @cached_property
    def columns(self) -> Mapping[str, Mapping[str, str]]:
        return {choice.name: choice.columns for choice in self.choices}


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    path: str
    label: Text
    children: "tuple[Question | Group, ...]"
    relevant: str = ""
    repeat: bool = False
    repeat_count: str = ""
    appearance: str = ""
    bot: Mapping[str, str] = field(default_factory=dict)
    short: Text = field(default_factory=dict, repr=False)
    more: Text = field(default_factory=dict, repr=False)
    """Button that adds an instance of this repeat."""
    media: Mapping[str, Text] = field(default_factory=dict, repr=False)


Node = Question | Group


@dataclass(frozen=True)
class Form:
    """A whole form. `name` is the root node's name, so every path starts with `/name/`. The digest leaves out
    `reminds` (the form offers a reminder of unfinished drafts) and `titles` (in languages of the bot)."""

    id: str
    name: str
    version: str
    title: str
    languages: tuple[str, ...]
    default_language: str
    children: tuple[Node, ...]
    reminds: bool = field(default=True, repr=False)
    titles: Text = field(default_factory=dict, repr=False)
    tables: Mapping[str, Table] = field(default_factory=dict, repr=False)
    """Files and lists that expressions look up, by the file's stem or the list's name."""
    missing: tuple[str, ...] = field(default=(), repr=False)
    """Names of files that were not beside it, without which it cannot be used."""
    source: str = field(default="", repr=False, compare=False)
    """Path of the file it was read from. Its own files stand beside it."""

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """Questions and groups by path, in order."""
        return {node.path: node for node in _walk(self.children)}

    def at(self, path: str) -> "Node | None":
        return self.nodes.get(schema_path(path))

    def question_at(self, path: str) -> "Question | None":
        node = self.at(path)
        return node if isinstance(node, Question) else None

    @cached_property
    def digest(self) -> str:
        """Fingerprint of the form's content, 16 hexadecimal digits, which drafts and buttons carry.

        It must not depend on the code, so kinds are rendered as they were when the first drafts were stored."""
        content = _KIND.sub(lambda found: f"kind=<Kind.{found[1].upper()}: '{found[1]}'>", repr(self))
        return blake2b(content.encode(), digest_size=8).hexdigest()

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """All questions in the order of the form."""
        return tuple(node for node in self.nodes.values() if isinstance(node, Question))

    @cached_property
    def public_paths(self) -> frozenset[str]:
        return frozenset(one.path for one in self.questions if one.privacy is Privacy.PUBLIC)

    @cached_property
    def is_illustrated(self) -> bool:
        choices = (choice for question in self.questions for choice in question.choices)
        return any(one.media for one in (*self.nodes.values(), *choices))

    @cached_property
    def tells(self) -> bool:
        """Whether any of its texts names an answer."""
        texts = [getattr(node, name, NO_TEXT) for node in self.nodes.values() for name in TEXTS]
        labels = [choice.label for one in self.questions for choice in one.choices]
        return any("${" in words for text in (*texts, *labels) for words in text.values())

    @cached_property
    def repeats(self) -> frozenset[str]:
        return frozenset(path for path, node in self.nodes.items() if isinstance(node, Group) and node.repeat)

    @cached_property
    def calculated(self) -> frozenset[str]:
        """Questions with answers that follow all that their calculation reads, by path."""
        found = (one for one in self.questions if one.calculation and not one.trigger)
        return frozenset(one.path for one in found if one.kind != "calculate")

    @cached_property
    def triggers(self) -> Mapping[str, Sequence[str]]:
        """Questions to set when a question's answer changes, by path."""
        named = [(path, one.path) for one in self.questions for path in one.trigger]
        return {path: [target for other, target in named if other == path] for path, _ in named}

    @cached_property
    def _once(self) -> dict[tuple[str, str], Any]:
        return {}

    def once(self, name: str, path: str, make: Callable[[], _T]) -> _T:
        """A value computed once for this form, by its name and a question's path."""
        try:
            found: _T = self._once[name, path]
        except KeyError:
            found = self._once[name, path] = make()
        return found

    @cached_property
    def followers(self) -> Mapping[str, frozenset[str]]:
        """Questions to ask again when a question's answer changes (`bot:follows`), by path."""
        paths = {question.name: question.path for question in self.questions}
        following = [(paths[one.bot["follows"]], one.path) for one in self.questions if "follows" in one.bot]
        return {path: frozenset(own for other, own in following if other == path) for path, _ in following}

    @cached_property
    def guests(self) -> Mapping[str, tuple[str, ...]]:
        """Questions that can be answered at a question's screen (`bot:also`), by path."""
        paths = {question.name: question.path for question in self.questions}
        hosts = (question for question in self.questions if "also" in question.bot)
        return {host.path: tuple(paths[name] for name in host.bot["also"].split()) for host in hosts}

    @cached_property
    def hosts(self) -> Mapping[str, str]:
        """Hosts by guest, for guests after their host, which need no screen of their own."""
        order = list(self.nodes)
        return {
            guest: host
            for host, guests in reversed(list(self.guests.items()))
            for guest in guests
            if order.index(host) < order.index(guest)
        }

    @cached_property
    def asides(self) -> Mapping[str, tuple[str, str]]:
        """Cells of `bot:aside` by path, with the path that has it: the question, or the repeat around it."""
        own = {path: node.bot["aside"] for path, node in self.nodes.items() if "aside" in node.bot}
        return {
            path: (cell, set_aside)
            for set_aside, cell in own.items()
            for path in self.nodes
            if f"{path}/".startswith(f"{set_aside}/")
        }

    @cached_property
    def extensions(self) -> Mapping[str, Question]:
        """Questions that can make the form longer (`bot:extend`), by name."""
        return {question.name: question for question in self.questions if "extend" in question.bot}

    @cached_property
    def continues(self) -> bool:
        """Whether it starts from the answers to another form (`bot:from`), as the moderators' form does."""
        return any("from" in node.bot for node in self.nodes.values())

    @cached_property
    def by_role(self) -> Mapping[str, Question]:
        return {question.role: question for question in self.questions if question.role}


def changed(
    nodes: Iterable[Node],
    change: Callable[[Question], Question],
    change_group: Callable[[Group], Group] = lambda group: group,
) -> tuple[Node, ...]:
    """Nodes with all questions and groups changed, however deep they are."""
    return tuple(
        replace(change_group(one), children=changed(one.children, change, change_group))
        if isinstance(one, Group)
        else change(one)
        for one in nodes
    )


def _walk(nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        yield node
        if isinstance(node, Group):
            yield from _walk(node.children)


def differences(old: Form, new: Form) -> Iterator[tuple[Question | None, Question | None]]:
    """Questions that differ, as they were and as they are: changed, renamed or moved, removed, added."""
    before, after = (
        {one.path.removeprefix(f"/{form.name}"): one for one in form.questions} for form in (old, new)
    )
    come = {place: one for place, one in after.items() if place not in before}
    for place, one in before.items():
        heir = place if place in after else next((key for key in come if _is_heir(one, come[key])), "")
        come.pop(heir, None)
        is_kept = place == heir and is_in_place(old, one, new, after[heir])
        if not is_kept or replace(one, path="") != replace(after[heir], path=""):
            yield one, after.get(heir)
    yield from ((None, one) for one in come.values())


def is_in_place(old: Form, was: Question, new: Form, one: Question) -> bool:
    """Whether a question keeps its answers: at the same path and in the same repeats."""
    around = [{path for path in form.repeats if was.path.startswith(f"{path}/")} for form in (old, new)]
    return was.path == one.path and around[0] == around[1]


def _is_heir(old: Question, new: Question) -> bool:
    """Whether a question is another one moved to a group or renamed."""
    return old.kind == new.kind and (old.name == new.name or (old.label == new.label and bool(old.label)))


# As JSON: a form made beforehand, or kept while a draft needs it

_List = tuple[Choice, ...]


def form_to_json(form: Form, files: Mapping[str, _List] = MappingProxyType({})) -> bytes:
    """The form without blank fields. Each list of choices is there once, or named if it is one of the files."""
    lists: list[_List] = []
    children = [_cells(node, lists) for node in form.children]
    cells = _filled(form) | {"children": children, "reminds": form.reminds}
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


def form_from_json(written: bytes, file: Callable[[str], _List] = lambda _: ()) -> Form:
    """The form as it was, with its digest. `file` reads a list that is only named."""
    stored = loaded(written)
    lists = [
        file(named) if isinstance(named, str) else tuple(Choice(**one) for one in named)
        for named in stored["lists"]
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
    own = {"privacy": Privacy(cells["privacy"]), "trigger": tuple(cells.get("trigger", ()))}
    return Question(**cells | own | {"choices": choices})
