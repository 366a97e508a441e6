"""A form being filled: the draft as an event changes it, and what is to be said. `route` leads through the form."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from bot.form.answers import Answer, Chosen, is_blank
from bot.form.draft import REVIEW, Draft, View, instances_around
from bot.form.flow.filled.bounds import outside
from bot.form.flow.filled.contacts import tells_nothing
from bot.form.flow.filled.instance import Instance
from bot.form.flow.filled.outline import Place
from bot.form.kinds import kind_of
from bot.form.kinds.kind import Asked, Kind
from bot.form.model import Form, Group, Question
from bot.form.screen import Key, Label, Phrase, ScreenKind


@dataclass(frozen=True)
class Filling:
    """What an event has made of a draft so far. Every move gives a new one; nothing is changed.

    `notice` is what to say above the screen, `ended` the kind of the last screen of a flow, `shifted` that
    the buttons of the screen stand for other things than before although the position is the same.
    """

    form: Form
    draft: Draft
    notice: Phrase | None = None
    ended: ScreenKind | None = None
    shifted: bool = False

    # Looking

    @cached_property
    def instance(self) -> Instance:
        """The form with the answers of the draft."""
        return Instance(self.form, self.draft.answers, self.draft.counts, self.draft.now)

    @cached_property
    def asked_places(self) -> Mapping[str, Place]:
        """By the positions that a person is led through, in their order, what is asked there: not a repeat that counts
        itself, a list whose filter leaves no choice, or a note of contacts where nothing was chosen that needs any."""
        return {
            place.path: place
            for place in self.instance.asked
            if place.part.is_always_asked or self._is_asked(place)
        }

    def asked_after(self, path: str) -> Iterator[Place]:
        """The same from a position on, without what is inside it; nothing if it is not asked. No more is worked out than is
        taken."""
        place = self.asked_place(path)
        return self._asked(self.instance.asked_after(place)) if place is not None else iter(())

    def asked_inside(self, path: str) -> Iterator[Place]:
        """The same inside an instance of a repeat, or inside a repeat; nothing if the repeat is not asked."""
        repeat = path.rpartition("[")[0] if path.endswith("]") else path
        try:
            place = self.instance.place(path) if self.asked_place(repeat) is not None else None
        except KeyError:
            place = None
        return self._asked(self.instance.asked_inside(place)) if place is not None else iter(())

    def asked_place(self, path: str) -> Place | None:
        """What is asked at a position; None if nothing is, now."""
        known: Mapping[str, Place] | None = self.__dict__.get("asked_places")
        if known is not None:
            return known.get(path)
        place = self.instance.asked_at(path)
        if place is None or place.part.is_always_asked or self._is_asked(place):
            return place
        return None

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The positions that a person is led through."""
        return tuple(self.asked_places)

    @cached_property
    def trail(self) -> frozenset[str]:
        """The positions asked before, in no order."""
        return frozenset(self.draft.trail)

    @property
    def position(self) -> str:
        """The instance path being asked, or REVIEW."""
        return self.draft.position

    @property
    def view(self) -> View:
        """How the screen at the position stands."""
        return self.draft.view

    @cached_property
    def here(self) -> Place | None:
        """What is asked at the position; None if nothing is, now."""
        return self.asked_place(self.draft.position)

    @property
    def question(self) -> Question | None:
        """The question being asked, if it is one."""
        return None if self.here is None else self.here.part.question

    @property
    def repeat(self) -> Group | None:
        """The repeat being asked, if it is one."""
        return None if self.here is None else self.here.part.group

    @property
    def is_editing(self) -> bool:
        """Whether the list of answers to correct is shown."""
        return self.position == REVIEW and self.view.editing

    def asked_at(self, path: str) -> Question | None:
        """The question at a position, if it is one that is asked now."""
        place = self.asked_place(path)
        return None if place is None else place.part.question

    @property
    def asked_before(self) -> str:
        """The position asked just before; blank for none. Notes, and repeats that were only passed on the way to this
        question, were not asked."""
        places = reversed(self.draft.trail)
        if self.question is None:
            return next(places, "")
        return next((place for place in places if not self._needed_no_screen(place)), "")

    def _needed_no_screen(self, place: str) -> bool:
        asked = self.asked_place(place)
        return asked is not None and not asked.part.takes_answer

    def asked(self, question: Question) -> tuple[Kind, Asked]:
        """The question being asked, as its kind sees it, and that kind."""
        return self.asked_about(self.position, question)

    def asked_about(self, path: str, question: Question) -> tuple[Kind, Asked]:
        """A question at an instance path, as its kind sees it, and that kind."""
        asked = Asked(
            form=self.form,
            path=path,
            question=question,
            answer=self.answer(path),
            view=self.view if path == self.position else View(),
            now=self.draft.now,
            required=self.required(path),
            choices=lambda: self.instance.choices(path),
            refusal=self.refusal,
        )
        return kind_of(question), asked

    def answer(self, path: str) -> Answer | None:
        """The answer of a question as it counts now: None for one that is blank or no longer possible."""
        return self.instance.given(path)

    def required(self, path: str) -> bool:
        """Whether this is a question that must be answered."""
        place = self.instance.place(path)
        return place.part.takes_answer and self.instance.requires(place)

    def refusal(self, path: str, answer: Answer) -> Phrase | None:
        """Why an answer cannot be taken, in words for a person; None if it can."""
        place = self.instance.place(path)
        question, kind = place.part.question, place.part.kind
        if question is None or kind is None:
            return None
        reason = kind.refusal(question, answer) or outside(self.instance, question, answer)
        if reason is not None or self.instance.accepts(place, answer):
            return reason
        return Label(question.constraint_message) if question.constraint_message else Key("flow.refused")

    def missing(self, path: str) -> Phrase | None:
        """What the form says where a required question is left without an answer; None if it says nothing."""
        node = self.instance.node(path)
        message = node.required_message if isinstance(node, Question) else None
        return Label(message) if message else None

    @cached_property
    def just_begun(self) -> tuple[str, int] | None:
        """The repeat and number of the instance whose first question is being asked, if nothing has been said in
        it: whoever has nothing to add can leave it, though the question must be answered in others. None in a repeat
        whose instances the form counts: it wants each of them."""
        around = instances_around(self.position)
        if not around:
            return None
        repeat, number = around[0]
        if number < 1 or number > self.draft.count(repeat):
            return None
        inside = f"{repeat}[{number}]/"
        if any(path.startswith(inside) for path in self.draft.answers):
            return None
        first = next(self.asked_inside(f"{repeat}[{number}]"), None)
        return (repeat, number) if first is not None and first.path == self.position else None

    # Changing

    def say(self, notice: Phrase | str, **arguments: Phrase | str | int) -> "Filling":
        """This filling with a notice: a phrase, or a key with its arguments."""
        phrase = Key(notice, arguments) if isinstance(notice, str) else notice
        return self._copied(notice=phrase)

    def look(self, view: View) -> "Filling":
        """This filling with its screen standing so."""
        return self.change(view=view)

    def keep(self, text: str, source: str) -> "Filling":
        """This filling with a person's words that could not be taken, to be shown and corrected."""
        return self.look(self.view.keeping(text, source))

    def shift(self) -> "Filling":
        """This filling with the buttons of its screen standing for other things than before."""
        return self._copied(shifted=True)

    def end(self, kind: ScreenKind) -> "Filling":
        """This filling at the end of the flow."""
        return self._copied(ended=kind)

    def change(self, **fields: object) -> "Filling":
        """This filling with fields of its draft changed."""
        return self._with(self.draft.changed(**fields))

    def put(self, path: str, answer: Answer | None) -> "Filling":
        """This filling with an answer set; a blank one is taken away. When an answer changes, those that are only
        right together with the old one (`bot:follows`) are taken away too, and asked again."""
        new = None if answer is None or is_blank(answer) or self._is_derived(path, answer) else answer
        answers, trail = dict(self.draft.answers), self.draft.trail
        old = answers.pop(path, None)
        if old is None and new is None:
            return self
        over = self._over(path) if old is not None and old != new else ()
        for follower in over:
            answers.pop(follower, None)
        if new is not None:
            answers[path] = new
        if over:
            trail = tuple(place for place in trail if place not in over)
        withheld = self.draft.withheld
        if withheld and (new is None or over):
            gone = {*over} | ({path} if new is None else set())
            withheld = tuple(place for place in withheld if place not in gone)
        return self._with(self.draft.changed(answers=answers, trail=trail, withheld=withheld), (path, *over))

    def _is_derived(self, path: str, answer: Answer) -> bool:
        """Whether an answer only says what follows from another, so that it goes on following."""
        place = self.instance.place(path)
        derived = self.instance.state.derived(place) if place.part.derivation is not None else None
        return derived is not None and isinstance(answer, Chosen) and {*answer.names} == {*derived.names}

    def _over(self, path: str) -> Collection[str]:
        """The answers that are not right any more when the one at a path is another."""
        followers = self.form.followers.get(path)
        return followers & self.draft.answers.keys() if followers else ()

    def with_instance(self, repeat: str) -> "Filling":
        """With one more instance of a repeat."""
        return self._with(self.draft.with_instance(repeat))

    def without_instance(self, repeat: str, number: int) -> "Filling":
        """Without one instance (1-based) and all that was said in it."""
        return self._with(self.draft.without_instance(repeat, number))

    def without_empty(self, left: str) -> "Filling":
        """Without the instances around a position that was left, if they are the last and were left empty."""
        return self._with(self.draft.without_empty(left))

    def _asked(self, relevant: Iterable[Place]) -> Iterator[Place]:
        """Those of the relevant questions and repeats that a person is led through."""
        return (place for place in relevant if place.part.is_always_asked or self._is_asked(place))

    def _is_asked(self, place: Place) -> bool:
        if place.part.is_always_asked:
            return True
        if place.part.kind is None:
            return place.part.number is None
        if place.part.kind.has_list:
            return self.instance.has_choices(place.path)
        return not tells_nothing(self.instance, place.path)

    def fresh(self, now: datetime) -> "Filling":
        """The same draft at a moment, without anything said. What has been worked out at the same moment stays known."""
        said = {"notice": None, "ended": None, "shifted": False}
        if now == self.draft.now:
            return self._copied(**said)
        return Filling(self.form, self.draft.at(now))

    def _with(self, draft: Draft, answered: Collection[str] | None = None) -> "Filling":
        """This filling with another draft of the same moment: what does not depend on the change is not worked out anew.
        `answered` are the paths whose answers are others, if that is known."""
        changed, old = self._copied(draft=draft), self.draft
        known = vars(changed)
        if draft.trail is not old.trail:
            known.pop("trail", None)
        is_other = draft.answers is not old.answers or draft.counts is not old.counts
        if is_other or draft.position != old.position:
            for name in ("just_begun", "here"):
                known.pop(name, None)
        if is_other:
            for name in ("asked_places", "steps"):
                known.pop(name, None)
            known["instance"] = (
                self.instance.changed(draft.answers, draft.counts)
                if answered is None
                else self.instance.with_answers(draft.answers, answered)
            )
        return changed

    def _copied(self, **fields: object) -> "Filling":
        """This filling with fields changed on which nothing depends that has been worked out."""
        other = object.__new__(Filling)
        vars(other).update(vars(self), **fields)
        return other
