"""One event's work on a draft: the form, the draft as it becomes, and what is to be said."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from bot.form.answers import Answer, Chosen, Files, Written
from bot.form.draft import Draft
from bot.form.flow.instance import Instance
from bot.form.kinds.values import ANSWERS
from bot.form.model import SELECT_KINDS, Form, Group, Kind, Node, Question
from bot.form.screen import Key, Phrase, ScreenKind
from bot.form.xlsform.contacts import tells_nothing

SELECTS = SELECT_KINDS
FILE_KINDS = frozenset({Kind.IMAGE, Kind.AUDIO, Kind.VIDEO, Kind.FILE})


@dataclass(frozen=True)
class Turn:
    """What an event has made of a draft so far. Every move gives a new turn; nothing is changed.

    `notice` is what to say above the screen, `ended` the kind of the last screen of a flow, `shifted` that
    the buttons of the screen stand for other things than before although the position is the same.
    """

    form: Form
    draft: Draft
    notice: Phrase | None = None
    ended: ScreenKind | None = None
    shifted: bool = False

    @cached_property
    def instance(self) -> Instance:
        """The form with the answers of the draft."""
        return Instance(self.form, self.draft.answers, self.draft.counts, self.draft.now)

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The positions that a person is led through. A repeat that counts itself and a list of which
        nothing is left have nothing to ask, a note of contacts nothing to tell where there are none."""
        return tuple(_asked(self.instance))

    @property
    def position(self) -> str:
        """The instance path being asked, or REVIEW."""
        return self.draft.position

    @property
    def node(self) -> Node | None:
        """What is being asked: a question, a repeat, or nothing at the review."""
        return self.instance.node(self.position) if self.position in self.steps else None

    @property
    def question(self) -> Question | None:
        """The question being asked, if it is one."""
        node = self.node
        return node if isinstance(node, Question) else None

    @property
    def repeat(self) -> Group | None:
        """The repeat being asked, if it is one."""
        node = self.node
        return node if isinstance(node, Group) else None

    @property
    def confirming(self) -> bool:
        """Whether it is being asked if all shall be wiped."""
        return bool(self.view("cancel"))

    def view(self, name: str) -> str:
        """A part of the screen's own state; blank when it is not set."""
        return self.draft.view.get(name, "")

    def asked_at(self, path: str) -> Question | None:
        """The question at a position, if it is one that is asked now."""
        node = self.instance.node(path) if path in self.steps else None
        return node if isinstance(node, Question) else None

    def answer(self, path: str) -> Answer | None:
        """The answer of a question as it counts now: None for one that is blank or no longer possible."""
        node = self.instance.node(path)
        asks = isinstance(node, Question) and node.kind in ANSWERS
        answer = self.instance.answer(path) if asks else None
        return None if answer is None or is_blank(answer) else answer

    def say(self, notice: Phrase | str, **arguments: Phrase | str | int) -> "Turn":
        """This turn with a notice: a phrase, or a key with its arguments."""
        phrase = Key(notice, arguments) if isinstance(notice, str) else notice
        return self._lend(replace(self, notice=phrase))

    def required(self, path: str) -> bool:
        """Whether this is a question that must be answered."""
        node = self.instance.node(path)
        return isinstance(node, Question) and node.kind in ANSWERS and self.instance.required(path)

    def look(self, **view: str | None) -> "Turn":
        """This turn with parts of the screen's state set, those given as None taken away."""
        kept = {name: value for name, value in {**self.draft.view, **view}.items() if value is not None}
        return self.change(view=kept)

    def change(self, **fields: object) -> "Turn":
        """This turn with fields of its draft changed."""
        changed = replace(self, draft=replace(self.draft, **fields))  # type: ignore[arg-type]
        return changed if {"answers", "counts"} & fields.keys() else self._lend(changed)

    def put(self, path: str, answer: Answer | None) -> "Turn":
        """This turn with an answer set; a blank one is taken away. With another answer than before, what was said
        of the one before (`bot:follows`) is taken away too, and asked again."""
        said = None if answer is None or is_blank(answer) else answer
        before = self.draft.answers.get(path)
        followers = self.form.followers.get(path, frozenset()) if before not in {None, said} else frozenset()
        over = followers & self.draft.answers.keys()
        answers = {name: value for name, value in self.draft.answers.items() if name not in {path, *over}}
        if said is not None:
            answers[path] = said
        return self.change(
            answers=answers, trail=tuple(place for place in self.draft.trail if place not in over)
        )

    def shift(self) -> "Turn":
        """This turn with the buttons of its screen standing for other things than before."""
        return self._lend(replace(self, shifted=True))

    def keep(self, text: str, source: str) -> "Turn":
        """This turn with the words of a person that could not be taken, to be shown and corrected."""
        return self.look(kept=text, kept_source=source or None)

    def _lend(self, other: "Turn") -> "Turn":
        """The other turn, which has the same answers, spared working out what this one has worked out."""
        worked_out = {name: value for name, value in vars(self).items() if name in {"instance", "steps"}}
        vars(other).update(worked_out)
        return other

    def unkept(self) -> "Turn":
        """This turn without such words."""
        return self.look(kept=None, kept_source=None)


def is_blank(answer: Answer) -> bool:
    """Whether an answer says nothing."""
    match answer:
        case Written():
            return not answer.text.strip() and not answer.voices
        case Chosen():
            return not answer.names
        case Files():
            return not answer.files
    return False


def _asked(instance: Instance) -> Iterator[str]:
    for path in instance.order():
        node = instance.node(path)
        if isinstance(node, Group):
            if not node.repeat_count:
                yield path
        elif node.kind in SELECTS:
            if instance.has_choices(path):
                yield path
        elif node.kind is not Kind.NOTE or not tells_nothing(instance, path):
            yield path
