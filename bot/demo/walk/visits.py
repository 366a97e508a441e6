"""Screens of a walk and their new features."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from bot.form import events
from bot.form.answers import Written
from bot.form.draft import REVIEW, Draft
from bot.form.events import Event
from bot.form.kinds import kind_of
from bot.form.model import Form, Question, schema_path
from bot.form.screen import Button, Joined, Key, Label, Phrase, Screen, ScreenKind

WALK_TIME = datetime(2024, 6, 6, 12, 30, tzinfo=timezone(timedelta(hours=5)))
_ENDS = frozenset({ScreenKind.CANCELLED, ScreenKind.SUBMITTED})


@dataclass(frozen=True, slots=True)
class Visit:
    draft: Draft
    screen: Screen
    event: Event

    @property
    def ended(self) -> bool:
        return self.screen.kind in _ENDS

    @property
    def path(self) -> str:
        """Key in `Form.nodes` of the current question, or REVIEW."""
        return schema_path(self.draft.position)

    @property
    def buttons(self) -> Iterator[Button]:
        return (button for row in self.screen.rows for button in row)


def screen_shape(visit: Visit) -> tuple[object, ...]:
    """Key that distinguishes screens of one question. Its first part is the question's path.

    The confirmation of a cancellation has one shape everywhere.
    """
    draft = visit.draft
    answer = draft.answers.get(draft.position)
    view = draft.view
    if visit.screen.kind is ScreenKind.CONFIRM_CANCEL:
        return ("", visit.screen.kind)
    voices = isinstance(answer, Written) and bool(answer.voices)
    hides = draft.position == REVIEW and draft.leaves_nothing
    flags = (
        bool(view.start),
        bool(view.search),
        view.editing,
        view.leaving,
        view.revealed,
        hides,
    )
    path = "" if draft.position == REVIEW else visit.path
    some = min(2, draft.counts.get(draft.position, 0))
    return (path, visit.screen.kind, view.picker, view.unit, flags, answer is None, voices, some)


def features(form: Form, visit: Visit) -> Iterator[object]:
    shape = screen_shape(visit)
    path = shape[0]
    yield shape
    yield ("asked", path)
    screen = visit.screen
    for phrase in spoken(screen):
        for part in parts(phrase):
            yield ("text", name_of(part))
    if screen.notice is not None:
        yield ("notice", path, name_of(screen.notice))
    for button in visit.buttons:
        for part in parts(button.label):
            yield ("text", name_of(part))
            yield ("button", path, name_of(part), button.marked)
    question = form.nodes.get(str(path))
    if isinstance(question, Question) and kind_of(question).has_list:
        for button in visit.buttons:
            if isinstance(button.event, events.Pick | events.Toggle):
                what = "chosen" if button.marked else "offered"
                # A list may also offer choices of another list, with indices after its own.
                yield from ((what, path, one.name) for one in question.choices[button.event.index :][:1])


def parts(phrase: Phrase | str | int) -> Iterator[Key | Label]:
    match phrase:
        case Key():
            yield phrase
            for argument in phrase.args.values():
                yield from parts(argument)
        case Label():
            yield phrase
        case Joined():
            for part in phrase.phrases:
                yield from parts(part)


def phrases_of(visit: Visit) -> Iterator[Phrase]:
    yield from spoken(visit.screen)
    yield from (button.label for button in visit.buttons)


def spoken(screen: Screen) -> Iterator[Phrase]:
    for note in screen.notes:
        yield from note
    yield from filter(None, (screen.notice, screen.told))
    yield from screen.body


def name_of(phrase: Phrase) -> object:
    """Identity of a text regardless of arguments: its key, or a label's texts."""
    match phrase:
        case Key():
            return phrase.key
        case Label():
            return tuple(phrase.text.items())
    return type(phrase)
