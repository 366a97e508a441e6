"""A form as frozen values: what an XLSForm (https://xlsform.org) becomes once it is read.

Expressions are kept as XPath source; `bot.form.expressions` parses and evaluates them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache
from hashlib import blake2b

Text = Mapping[str, str]
"""A text by language code, for example `{"kk": "…", "ru": "…", "en": "…"}`."""

NO_TEXT: Text = {}


_POSITION = re.compile(r"\[\d+\]")
_KIND = re.compile(r"\bkind='(\w+)'")


def schema_path(path: str) -> str:
    """The path without the positions of repeats: `/f/person[2]/role` becomes `/f/person/role`."""
    return _without_positions(path) if "[" in path else path


@lru_cache(maxsize=4096)
def _without_positions(path: str) -> str:
    """Paths are of forms alone, so nothing of a person's is kept here."""
    return _POSITION.sub("", path)


class Privacy(StrEnum):
    """Who may see an answer: one meaning everywhere (see docs/privacy.md)."""

    PUBLIC = "public"
    MODERATORS = "moderators"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True)
class Choice:
    """One row of a choice list; `columns` are its other columns, read by a `choice_filter` or as code data.
    `contact` says who helps with what the choice stands for, as the operator has set it; empty for nobody."""

    name: str
    label: Text
    columns: Mapping[str, str] = field(default_factory=dict)
    contact: Text = field(default_factory=dict)


SIDES = ("south", "west", "north", "east")
"""The columns of a choice that is a place: a rectangle around it, in degrees of WGS 84."""

IndexedChoice = tuple[int, Choice]
"""A choice with its 0-based index in the whole list of its question, by which buttons name it."""


@dataclass(frozen=True)
class Question:
    """One question. `path` is its absolute XPath without repeat positions, e.g. `/incident/person/role`;
    `kind` its XLSForm type, which `bot.form.kinds` knows all about.

    `bot` holds the columns `bind::bot:*` other than privacy and role, by their local name: `voice` (a text that
    may be spoken), `max` (the most files), `partial` (a date that may be a month, a period or unknown).
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
    """The label in a few words, by which a moderator knows the question; empty for none. It is not asked by, so it is not part of
    the form's digest."""

    @cached_property
    def labels(self) -> Mapping[str, Text]:
        """The labels of the choices by their names."""
        return {choice.name: choice.label for choice in self.choices}

    @cached_property
    def columns(self) -> Mapping[str, Mapping[str, str]]:
        """The further columns of the choices by their names."""
        return {choice.name: choice.columns for choice in self.choices}


@dataclass(frozen=True, slots=True)
class Group:
    """A group of questions; a repeat when `repeat` is true."""

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
    """As for a question."""


Node = Question | Group


@dataclass(frozen=True)
class Form:
    """A whole form. `name` is the root node's name, so every path starts with `/name/`. `reminds`: whoever leaves it for long can be
    reminded, which is no part of what it asks."""

    id: str
    name: str
    version: str
    title: str
    languages: tuple[str, ...]
    default_language: str
    children: tuple[Node, ...]
    reminds: bool = field(default=True, repr=False)

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """Every question and group by its path, in the order of the form."""
        return {node.path: node for node in _walk(self.children)}

    def at(self, path: str) -> "Node | None":
        """The question or group at an instance path; None if this form has none there."""
        return self.nodes.get(schema_path(path))

    def question_at(self, path: str) -> "Question | None":
        """The question at an instance path; None if this form has none there."""
        node = self.at(path)
        return node if isinstance(node, Question) else None

    @cached_property
    def digest(self) -> str:
        """A fingerprint of the whole form, 16 hexadecimal digits: any change of its content gives another.

        Drafts and buttons carry it, and with another one a reporter is told that the questions have changed. So it
        must not depend on how the program is written: kinds were members of an enum when the first drafts were
        stored, and are written here as those looked.
        """
        content = _KIND.sub(lambda found: f"kind=<Kind.{found[1].upper()}: '{found[1]}'>", repr(self))
        return blake2b(content.encode(), digest_size=8).hexdigest()

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Every question in the order of the form, those inside groups and repeats too."""
        return tuple(node for node in self.nodes.values() if isinstance(node, Question))

    @cached_property
    def public_paths(self) -> frozenset[str]:
        """The paths of the questions whose answers may be public."""
        return frozenset(one.path for one in self.questions if one.privacy is Privacy.PUBLIC)

    @cached_property
    def repeats(self) -> frozenset[str]:
        """The paths of all repeats."""
        return frozenset(path for path, node in self.nodes.items() if isinstance(node, Group) and node.repeat)

    @cached_property
    def remembered(self) -> dict[tuple[str, str], object]:
        """What has been computed once for this form, by what it is and a question's path (see `flow/choice_lists.py`)."""
        return {}

    @cached_property
    def followers(self) -> Mapping[str, frozenset[str]]:
        """By a question's path, the paths of the questions that `bot:follows` ties to it: their answers are only
        right together with its own."""
        paths = {question.name: question.path for question in self.questions}
        following = [(paths[one.bot["follows"]], one.path) for one in self.questions if "follows" in one.bot]
        return {path: frozenset(own for other, own in following if other == path) for path, _ in following}

    @cached_property
    def guests(self) -> Mapping[str, tuple[str, ...]]:
        """By a question's path, the paths of the questions that can be answered at its screen (`bot:also`)."""
        paths = {question.name: question.path for question in self.questions}
        hosts = (question for question in self.questions if "also" in question.bot)
        return {host.path: tuple(paths[name] for name in host.bot["also"].split()) for host in hosts}

    @cached_property
    def hosts(self) -> Mapping[str, str]:
        """By the path of each guest that comes after its host, that of the host: it need not be asked by itself."""
        order = list(self.nodes)
        return {
            guest: host
            for host, guests in reversed(list(self.guests.items()))
            for guest in guests
            if order.index(host) < order.index(guest)
        }

    @cached_property
    def extensions(self) -> Mapping[str, Question]:
        """The questions that can make the form longer (`bot:extend`), by their name."""
        return {question.name: question for question in self.questions if "extend" in question.bot}

    @cached_property
    def by_role(self) -> Mapping[str, Question]:
        """The questions that have a role, by their role (roles are unique in a form)."""
        return {question.role: question for question in self.questions if question.role}


def _walk(nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        yield node
        if isinstance(node, Group):
            yield from _walk(node.children)
