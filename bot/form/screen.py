"""A screen as a value: phrases and buttons. Nothing here knows Telegram; one renderer does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.form.events import Event
from bot.form.model import Form, Text, schema_path


@dataclass(frozen=True, slots=True)
class Key:
    """A text of the catalogues, by its key; arguments may be phrases themselves.

    An argument `n` chooses the plural form where the key has plurals.
    """

    key: str
    args: "Mapping[str, Phrase | str | int]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Label:
    """A text of the form, in the form's languages."""

    text: Text


@dataclass(frozen=True, slots=True)
class Said:
    """A person's own words: shown as they are, never translated, always escaped."""

    text: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Several phrases joined into one."""

    phrases: "tuple[Phrase, ...]"
    separator: str = ", "


Phrase = Key | Label | Said | Joined


class ButtonRole(StrEnum):
    """What a button does to the whole conversation, which its looks should tell; most buttons have none."""

    ONWARD = "onward"
    """It leads on: the way that most people take from here."""
    COMPLETE = "complete"
    """It sends, saves or approves what was prepared."""
    DESTROY = "destroy"
    """What it takes away does not come back."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button: its label, the event it stands for, whether it is marked (None: not markable), and its role."""

    label: Phrase
    event: Event
    marked: bool | None = None
    role: ButtonRole | None = None


ButtonRow = tuple[Button, ...]


def button(key: str, event: Event, role: ButtonRole | None = None) -> Button:
    """A button whose label is a key without arguments."""
    return Button(Key(key), event, role=role)


class ScreenKind(StrEnum):
    """What a screen is for, so that the adapter can treat the ends of the flow differently."""

    QUESTION = "question"
    REPEAT = "repeat"
    REVIEW = "review"
    EDIT = "edit"
    CONFIRM_CANCEL = "confirm_cancel"
    CANCELLED = "cancelled"
    SUBMITTED = "submitted"


@dataclass(frozen=True, slots=True)
class Screen:
    """What the bot says next. Each phrase of `body` is a paragraph; `notice` stands above them (what was wrong,
    what was noted); `progress` is (this step, steps in all as far as known). `told` stands above the question: what was
    told just before. `notes` are told before the screen, in messages of their own that stay."""

    kind: ScreenKind
    body: tuple[Phrase, ...] = ()
    rows: tuple[ButtonRow, ...] = ()
    notice: Phrase | None = None
    progress: tuple[int, int] | None = None
    path: str = ""
    told: Phrase | None = None
    notes: tuple[tuple[Phrase, ...], ...] = ()


def title_phrase(form: Form, path: str, *, short: bool = False) -> Phrase:
    """The label of the question or repeat at an instance path, preceded by those of the instances around it; with `short` the labels
    in a few words, where the form has them."""
    label = _label_at(form, path, short=short)
    if "]/" not in path:
        return label
    around = [path[: match.end()] for match in re.finditer(r"\[\d+\](?=/)", path)]
    numbered = [
        Joined((_label_at(form, instance, short=short), Said(instance[instance.rindex("[") + 1 : -1])), " ")
        for instance in around
    ]
    return Joined((*numbered, label), " · ")


def _label_at(form: Form, path: str, *, short: bool) -> Phrase:
    node = form.nodes[schema_path(path)]
    return Label(node.short if short and node.short else node.label)
