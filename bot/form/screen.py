"""A screen as a value: phrases and buttons, independent of Telegram."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import TypeVar

from bot.form.answers import FileKind
from bot.form.events import Event, ShowPage
from bot.form.model import Form, Group, Question, Text, schema_path

_T = TypeVar("_T")

PAGE = 6
"""Most choices at once, so that the question above them stays in sight on a phone."""
MOST_ECHOED = 40
"""Characters of words that no answer fits that are shown again."""
_MOST_LINES = 40
"""Lines of a paragraph, so that messages are full."""


@dataclass(frozen=True, slots=True)
class Key:
    """A text of the catalogues by key. An argument `n` selects the plural form."""

    key: str
    args: "Mapping[str, Phrase | str | int]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Label:
    """A text of a form. `told` are the answers it names by path, as seen from `at`, by default the screen's place.
    In a plain one, an operator's, stars and the like are no marks (see `bot.form.markup`)."""

    text: Text
    at: str = field(default="", compare=False)
    told: "Mapping[str, Phrase]" = field(default_factory=dict)
    is_plain: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A person's own words: never translated, always escaped."""

    text: str


@dataclass(frozen=True, slots=True)
class Joined:
    phrases: "tuple[Phrase, ...]"
    separator: str = ", "


Phrase = Key | Label | Said | Joined


def form_title(form: Form) -> Label:
    return Label({"": form.title, **form.titles})


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


class ButtonRole(StrEnum):
    """Effect of a button on the conversation, shown by its style."""

    ONWARD = "onward"
    """Leads on, the usual way."""
    COMPLETE = "complete"
    """Sends, saves or approves what was prepared."""
    DESTROY = "destroy"
    """Deletes irreversibly."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button and its event. `marked` is None if it cannot be marked."""

    label: Phrase
    event: Event
    marked: bool | None = None
    role: ButtonRole | None = None


ButtonRow = tuple[Button, ...]


def button(key: str, event: Event, role: ButtonRole | None = None) -> Button:
    return Button(Key(key), event, role=role)


@dataclass(frozen=True, slots=True)
class Illustration:
    """A file of the form, sent above the screen. `file`: its name by language."""

    kind: FileKind
    file: Text
    caption: Phrase | None = None


_FILES = {FileKind.PHOTO: ("big-image", "image"), FileKind.AUDIO: ("audio",), FileKind.VIDEO: ("video",)}


def illustrations(media: Mapping[str, Text], caption: Phrase | None = None) -> Iterator[Illustration]:
    for kind, names in _FILES.items():
        if file := next((media[name] for name in names if media.get(name)), None):
            yield Illustration(kind, file, caption)


class ScreenKind(StrEnum):
    QUESTION = "question"
    REPEAT = "repeat"
    REVIEW = "review"
    EDIT = "edit"
    CONFIRM_CANCEL = "confirm_cancel"
    CANCELLED = "cancelled"
    SUBMITTED = "submitted"


@dataclass(frozen=True, slots=True)
class Screen:
    """A message from the bot.

    - `body`: paragraphs.
    - `notice`: shown above the body.
    - `heading`: labels of the groups that begin here, shown above the body.
    - `told`: summary of the last instance, shown above the question.
    - `progress`: this section, and all sections.
    - `notes`: separate messages before the screen, which stay.
    """

    kind: ScreenKind
    body: tuple[Phrase, ...] = ()
    rows: tuple[ButtonRow, ...] = ()
    notice: Phrase | None = None
    progress: tuple[int, int] | None = None
    path: str = ""
    told: Phrase | None = None
    heading: Phrase | None = None
    media: tuple[Illustration, ...] = ()
    notes: tuple[tuple[Phrase, ...], ...] = ()


def title_phrase(form: Form, path: str, *, short: bool = False) -> Phrase:
    """Label of the question or repeat at an instance path, behind those of the instances around it, and of its group
    if another group has such a question too."""
    label = _label_at(form, path, short=short)
    groups = form.once("groups of alike", "", lambda: _groups_of_alike(form))
    if (group := groups.get(schema_path(path))) is not None:
        label = Joined((Label(group.label, path), label), " · ")
    if "]/" not in path:
        return label
    around = re.finditer(r"\[(\d+)\](?=/)", path)
    instances = ((_label_at(form, path[: one.end()], short=short), Said(one[1])) for one in around)
    return Joined((*(Joined(instance, " ") for instance in instances), label), " · ")


def _label_at(form: Form, path: str, *, short: bool) -> Phrase:
    node = form.nodes[schema_path(path)]
    label = node.short if short and node.short else node.label
    return Label(label, path) if any(label.values()) else Said(node.name)


def _groups_of_alike(form: Form) -> Mapping[str, Group]:
    alike: dict[tuple[tuple[str, str], ...], dict[str, Group]] = {}
    for path, node in form.nodes.items():
        if isinstance(node, Question) and any(node.label.values()):
            above = form.nodes.get(path.rpartition("/")[0])
            if isinstance(above, Group) and not above.repeat and any(above.label.values()):
                alike.setdefault(tuple(node.label.items()), {})[path] = above
    several = (groups for groups in alike.values() if len({group.path for group in groups.values()}) > 1)
    return {path: group for groups in several for path, group in groups.items()}


def by_group(lines: Iterable[tuple[str, Phrase]]) -> Iterator[Phrase]:
    """Paragraphs of lines with their paths: one for each outer group or instance of a repeat, of bounded length."""
    for _, told in groupby(lines, lambda line: line[0].split("/")[2:-1][:1]):
        phrases = tuple(phrase for _, phrase in told)
        for at in range(0, len(phrases), _MOST_LINES):
            yield Joined(phrases[at : at + _MOST_LINES], "\n")


def page_of(
    items: Sequence[_T], asked: int | None, first: int = 0
) -> tuple[Sequence[_T], tuple[ButtonRow, ...]]:
    """Items of a page and the row that turns pages, by default the page with index `first`."""
    if len(items) <= PAGE:
        return items, ()
    pages = -(-len(items) // PAGE)
    number = min(first // PAGE if asked is None else asked, pages - 1)
    turning = [Button(Key("flow.page", {"page": number + 1, "pages": pages}), ShowPage(number))]
    if number > 0:
        turning.insert(0, button("flow.page.before", ShowPage(number - 1)))
    if number < pages - 1:
        turning.append(button("flow.page.after", ShowPage(number + 1)))
    return items[number * PAGE : (number + 1) * PAGE], (tuple(turning),)


def in_rows(buttons: Sequence[Button], columns: int) -> tuple[ButtonRow, ...]:
    return tuple(tuple(buttons[start : start + columns]) for start in range(0, len(buttons), columns))


def columns_for(labels: Iterable[Text]) -> int:
    """Two columns if all labels are so short that two fit side by side on a phone, else one."""
    return 2 if all(len(words) <= 18 for label in labels for words in label.values()) else 1
