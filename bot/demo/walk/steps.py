"""Visits of a walk through a form, and answers that reach a question."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import islice, product

from bot.form import events
from bot.form.answers import Answer, Chosen, Number, Precision, TextPart, When, Written
from bot.form.draft import REVIEW, Draft
from bot.form.events import Event
from bot.form.flow.instance import Instance
from bot.form.kinds import kind_of
from bot.form.model import Form, Group, Node, Question, schema_path
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
    """Key that distinguishes screens of one question. Its first part is the question's path. The confirmation
    of a cancellation has one shape everywhere."""
    draft, view = visit.draft, visit.draft.view
    answer = draft.answers.get(draft.position)
    if visit.screen.kind is ScreenKind.CONFIRM_CANCEL:
        return ("", visit.screen.kind)
    voices = isinstance(answer, Written) and bool(answer.voices)
    hides = draft.position == REVIEW and draft.leaves_nothing
    flags = bool(view.start), bool(view.search), view.editing, view.leaving, view.revealed, hides
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
            yield ("text", text_of(part))
    if screen.notice is not None:
        yield ("notice", path, text_of(screen.notice))
    for button in visit.buttons:
        for part in parts(button.label):
            yield ("text", text_of(part))
            yield ("button", path, text_of(part), button.marked)
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
    yield from filter(None, (screen.notice, screen.told, screen.heading))
    yield from screen.body


def text_of(phrase: Phrase) -> object:
    """Identity of a text regardless of arguments: its key, or a label's texts."""
    match phrase:
        case Key():
            return phrase.key
        case Label():
            return tuple(phrase.text.items())
    return type(phrase)


MOST_STEPS = 900
"""Steps of one walk. A form that needs more is circular."""


class StuckError(RuntimeError):
    """No answer at this position moves the form on, or the form never ends."""


_MOST_TRIES = 600
_LONG_AGO = "2016-06-06"
"""A day on which earlier laws applied."""
Wishes = Mapping[str, Answer | None]
"""Answers by question path. None leaves a question blank."""
Goal = Callable[[Instance], bool]
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")


def first_path(form: Form, node: Node) -> str:
    """Path of a node in the first instance of each enclosing repeat."""
    path = node.path
    for group in reversed(list(form.nodes.values())):
        if isinstance(group, Group) and group.repeat and path.startswith(f"{group.path}/"):
            path = path.replace(group.path, f"{group.path}[1]", 1)
    return path


def is_asked(form: Form, node: Node) -> Goal:
    path = first_path(form, node)
    return lambda instance: path in instance.order()


def is_offered(form: Form, question: Question, name: str) -> Goal:
    path = first_path(form, question)

    def offered(instance: Instance) -> bool:
        return path in instance.order() and any(choice.name == name for _, choice in instance.choices(path))

    return offered


def solve(form: Form, base: Draft, node: Node, goal: Goal) -> Wishes | None:
    """Answers that reach a node's goal on top of the `base` draft. None if none were found."""
    for found in _refinements(form, node):
        for wishes in _tried(form, found):
            given = {first_path(form, form.nodes[path]): answer for path, answer in wishes.items()}
            answers = {path: a for path, a in {**base.answers, **given}.items() if a is not None}
            instance = Instance(form, answers, base.counts, base.now)
            order = instance.order() if goal(instance) else ()
            if all(first_path(form, form.nodes[p]) in order or is_hidden(form, p) for p in wishes) and order:
                return wishes
    return None


def is_hidden(form: Form, path: str) -> bool:
    node = form.nodes[path]
    return isinstance(node, Question) and node.kind == "hidden"


def _refinements(form: Form, node: Node) -> Iterator[Mapping[str, list[Answer | None]]]:
    sources = list(_sources(form, node, set()))
    literals = {
        word for source in sources for text in _LITERAL.findall(source) for word in text[1:-1].split()
    }
    asked = {path: one for source in sources for path, one in _named(form, source)}
    for every in (False, True):
        tried = {path: list(_candidates(one, literals, every=every)) for path, one in asked.items()}
        yield {path: answers for path, answers in tried.items() if answers}


def _tried(form: Form, found: Mapping[str, list[Answer | None]]) -> Iterator[Wishes]:
    order = [path for path in form.nodes if path in found]
    for some in range(1, len(order) + 1):
        # Vary the answers nearest to the goal first and leave the rest unchanged.
        last = order[-some:]
        combinations = product(*(found[path] for path in last))
        yield from (dict(zip(last, given, strict=True)) for given in islice(combinations, _MOST_TRIES))


def _sources(form: Form, node: Node, seen: set[str]) -> Iterator[str]:
    path = node.path
    while path in form.nodes:
        if path not in seen:
            seen.add(path)
            one = form.nodes[path]
            more = one.choice_filter if isinstance(one, Question) else one.repeat_count
            for source in filter(None, (one.relevant, more)):
                yield source
                for _, named in _named(form, source):
                    yield from _sources(form, named, seen)
        path = path.rpartition("/")[0]


def _named(form: Form, source: str) -> Iterator[tuple[str, Question]]:
    words = set(re.findall(r"[\w.-]+", _LITERAL.sub("", source)))
    yield from ((one.path, one) for one in form.questions if one.name in words)


def _candidates(asked: Question, literals: set[str], *, every: bool) -> Iterator[Answer | None]:
    if kind_of(asked).has_list:
        named = [choice.name for choice in asked.choices if choice.name in literals]
        others = [choice.name for choice in asked.choices if choice.name not in literals]
        yield from (Chosen((name,)) for name in (*named, *(others if every else others[:1])))
    elif asked.kind == "hidden":
        yield from (Written((TextPart(word),)) for word in sorted(literals))
    elif kind_of(asked).answered_with is Number:
        yield from (Number(number) for number in (0, 1, 2, 5, 20, 1000))
    elif asked.kind == "date":
        yield When(Precision.DAY, _LONG_AGO, _LONG_AGO)
    if not asked.required:
        yield None
