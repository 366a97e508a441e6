"""A talk with a form: events in, screens out, as a person has it on a phone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from bot.form.answers import Answer, FileKind, FileRef
from bot.form.draft import Draft
from bot.form.events import Event, Gave, Wrote
from bot.form.flow.advance import advance, begin
from bot.form.flow.filling import Filling
from bot.form.flow.instance import Instance
from bot.form.model import Choice, Form, Group, Node, Question
from bot.form.screen import Button, Joined, Key, Label, Phrase, Said, Screen, ScreenKind

NOW = datetime(2024, 6, 6, 12, 30, tzinfo=timezone(timedelta(hours=5)))
"""A Thursday."""


def question(path: str, kind: str = "text", **columns: object) -> Question:
    """A question at a path below `/f`, whose label is that path."""
    return Question(path.rpartition("/")[2], f"/f/{path}", kind, {"en": path}, **columns)  # type: ignore[arg-type]


def group(path: str, *children: Node, **columns: object) -> Group:
    """A group at a path below `/f`."""
    return Group(path.rpartition("/")[2], f"/f/{path}", {"en": path}, children, **columns)  # type: ignore[arg-type]


def choices(*names: str) -> tuple[Choice, ...]:
    """Choices whose labels are their names in capitals."""
    return tuple(Choice(name, {"en": name.upper()}) for name in names)


def form(*children: Node) -> Form:
    """A form of these."""
    return Form("f", "f", "1", "F", ("kk", "ru", "en"), "ru", children)


def file(name: str, kind: FileKind = FileKind.PHOTO, called: str = "") -> FileRef:
    """A file of the store."""
    return FileRef(name, kind, called)


def keys(phrase: Phrase | None) -> Iterator[Key]:
    """All keys in a phrase, those in arguments too."""
    if isinstance(phrase, Key):
        yield phrase
        for argument in phrase.args.values():
            if isinstance(argument, Key | Label | Said | Joined):
                yield from keys(argument)
    if isinstance(phrase, Joined):
        for part in phrase.phrases:
            yield from keys(part)


@dataclass
class Talk:
    """One filling of a form. `draft` and `screen` are those after the last event."""

    form: Form
    draft: Draft = field(init=False)
    screen: Screen = field(init=False)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.draft = begin(self.form, self.now)

    def send(self, *events: Event) -> Screen:
        """Let events happen one after the other."""
        for event in events:
            self.draft, self.screen = advance(self.form, self.draft.at(self.now), event)
        return self.screen

    def write(self, text: str, source: str = "", continues: bool = False) -> Screen:
        """Send a text; with `continues` while the question asked before was in sight."""
        return self.send(Wrote(text, source, self.before if continues else ()))

    @property
    def before(self) -> tuple[str, ...]:
        """The place asked before the one at hand."""
        return (Filling(self.form, self.draft.at(self.now)).asked_before,)

    def give(self, name: str, kind: FileKind = FileKind.PHOTO, called: str = "") -> Screen:
        """Send a file."""
        return self.send(Gave(file(name, kind, called)))

    def tap(self, label: str) -> Screen:
        """Tap the button with this key or label."""
        return self.send(self.button(label).event)

    def button(self, label: str) -> Button:
        """The button with this key or label; raises KeyError if there is none, as there may be no second."""
        found = [button for button in self.buttons if name_of(button.label) == label]
        if len(found) != 1:
            raise KeyError(label, [name_of(button.label) for button in self.buttons])
        return found[0]

    @property
    def buttons(self) -> list[Button]:
        """All buttons of the screen."""
        return [button for row in self.screen.rows for button in row]

    @property
    def labels(self) -> list[str]:
        """The keys or labels of all buttons."""
        return [name_of(button.label) for button in self.buttons]

    @property
    def notice(self) -> str:
        """The key or label of the notice; blank for none."""
        return name_of(self.screen.notice) if self.screen.notice else ""

    @property
    def place(self) -> str:
        """Where the talk is, below `/f/`."""
        return self.draft.position.removeprefix("/f/")

    def is_at(self, kind: ScreenKind) -> bool:
        """Whether the screen is of this kind."""
        return self.screen.kind is kind

    def answer(self, path: str) -> Answer | None:
        """The answer kept at a path below `/f`."""
        return self.draft.answers.get(f"/f/{path}")

    def shown(self, key: str) -> Mapping[str, Phrase | str | int]:
        """The arguments of the paragraph with this key; raises StopIteration if there is none."""
        return next(
            phrase.args for phrase in self.screen.body if isinstance(phrase, Key) and phrase.key == key
        )

    @property
    def submission(self) -> Mapping[str, Answer]:
        """What would be submitted, by path below `/f`."""
        instance = Instance(self.form, self.draft.answers, self.draft.counts, self.now)
        return {path.removeprefix("/f/"): answer for path, answer in instance.submission().items()}


def name_of(phrase: Phrase) -> str:
    """A phrase in one word: its key, its English label, its words; of an entry what it is of."""
    match phrase:
        case Key(key="flow.edit.entry", args={"question": Label() | Joined() as question}):
            return name_of(question)
        case Key():
            return phrase.key
        case Label():
            return phrase.text["en"]
        case Said():
            return phrase.text
        case Joined():
            return phrase.separator.join(name_of(part) for part in phrase.phrases)
