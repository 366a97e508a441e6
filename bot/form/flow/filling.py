"""A draft while an event changes it, with the notice to show."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from zlib import crc32

from bot.form.answers import Answer, Chosen, GeoPoint, is_blank
from bot.form.draft import REVIEW, Draft, ScreenState, beside, changed_copy, instances_around
from bot.form.expressions.coercion import to_number, to_text
from bot.form.expressions.expression import dependents, following
from bot.form.expressions.functions import shuffled
from bot.form.flow.instance import Instance, needs_at
from bot.form.flow.outline import FormPosition, has_headings
from bot.form.kinds import answer_in_text, kind_of, value_kind
from bot.form.kinds.kind import Kind, QuestionContext
from bot.form.kinds.select import LONG
from bot.form.markup import told
from bot.form.model import SIDES, Form, Group, IndexedChoice, Privacy, Question, schema_path
from bot.form.screen import Joined, Key, Label, Phrase, Said, ScreenKind

_NOTHING = Kind()


def outside(instance: Instance, question: Question, answer: Answer) -> Phrase | None:
    """Why a point cannot be in the chosen place. None without a bounding box."""
    name = question.bot.get("bounds")
    if not name or not isinstance(answer, GeoPoint):
        return None
    asked = next(one for one in instance.form.questions if one.name == name)
    chosen = instance.answer(asked.path)
    names = chosen.names if isinstance(chosen, Chosen) else ()
    place = next((choice for choice in asked.choices if choice.name in names), None)
    cells = [place.columns.get(side, "") for side in SIDES] if place is not None else []
    if place is None or not all(cells):
        return None
    south, west, north, east = map(float, cells)
    is_inside = south <= answer.latitude <= north and west <= answer.longitude <= east
    return None if is_inside else Key("flow.place.elsewhere", {"place": Label(place.label)})


def _recalculated(form: Form, path: str, answers: Iterable[str]) -> Iterator[str]:
    """Answers that are calculated anew when the one at a path changes, since their calculation reads it."""
    stale = dependents(form, [schema_path(path)]) & form.calculated if form.calculated else ()
    for other in answers if stale else ():
        is_stale = other != path and (schema := schema_path(other)) in stale
        if is_stale and other.startswith(beside(path, schema).rpartition("]")[0]):
            yield other


@dataclass(frozen=True)
class Filling:
    """Immutable state of handling one event.

    - `notice`: shown above the screen.
    - `ended`: kind of the last screen of the flow.
    - `shifted`: the buttons have changed their meaning at this position.
    """

    form: Form
    draft: Draft
    notice: Phrase | None = None
    ended: ScreenKind | None = None
    shifted: bool = False

    @cached_property
    def instance(self) -> Instance:
        return Instance(self.form, self.draft.answers, self.draft.counts, self.draft.now, self.draft.seed)

    @cached_property
    def asked_places(self) -> Mapping[str, FormPosition]:
        """Places asked, by position, without empty lists and notes of contacts and repeats with a `repeat_count`."""
        return {place.path: place for place in self.asked_among(self.instance.relevant)}

    def asked_after(self, path: str) -> Iterator[FormPosition]:
        """Places asked after a position and all inside it, computed lazily."""
        place = self.asked_place(path)
        return self.asked_among(self.instance.relevant_after(place)) if place is not None else iter(())

    def asked_inside(self, path: str) -> Iterator[FormPosition]:
        """Places asked inside a repeat or instance, computed lazily."""
        repeat = path.rpartition("[")[0] if path.endswith("]") else path
        place = self.instance.found(path) if self.asked_place(repeat) is not None else None
        return self.asked_among(self.instance.relevant_inside(place)) if place is not None else iter(())

    def asked_place(self, path: str) -> FormPosition | None:
        known: Mapping[str, FormPosition] | None = self.__dict__.get("asked_places")
        if known is not None:
            return known.get(path)
        place = self.instance.asked_at(path)
        if place is None or place.part.is_always_asked or self._is_asked(place):
            return place
        return None

    @cached_property
    def steps(self) -> tuple[str, ...]:
        return tuple(self.asked_places)

    @cached_property
    def told_places(self) -> Mapping[str, FormPosition]:
        """Places with a line in the review, by position: repeats and questions with answers."""
        places = self.asked_places.items()
        return {path: one for path, one in places if one.part.takes_answer or one.part.group}

    @cached_property
    def filled(self) -> Mapping[str, Answer]:
        """Effective answers to what is asked, by position."""
        given = ((path, self.answer(path)) for path in self.told_places)
        return {path: answer for path, answer in given if answer is not None}

    @cached_property
    def trail(self) -> frozenset[str]:
        return frozenset(self.draft.trail)

    @cached_property
    def touched(self) -> frozenset[str]:
        """Schema paths that depend on what was asked since the review."""
        return following(self.form, {schema_path(path) for path in self.draft.since_review})

    @property
    def position(self) -> str:
        return self.draft.position

    @property
    def view(self) -> ScreenState:
        return self.draft.view

    @cached_property
    def here(self) -> FormPosition | None:
        return self.asked_place(self.draft.position)

    @property
    def question(self) -> Question | None:
        return None if self.here is None else self.here.part.question

    @property
    def repeat(self) -> Group | None:
        return None if self.here is None else self.here.part.group

    @property
    def is_editing(self) -> bool:
        return self.position == REVIEW and self.view.editing

    def asked_at(self, path: str) -> Question | None:
        place = self.asked_place(path)
        return None if place is None else place.part.question

    @property
    def asked_before(self) -> str:
        """The previous position, not counting notes and repeats that needed no screen."""
        places = reversed(self.draft.trail)
        if self.question is None:
            return next(places, "")
        asked = ((path, self.asked_place(path)) for path in places)
        return next((path for path, place in asked if place is None or place.part.takes_answer), "")

    def kind_at(self, path: str) -> Kind:
        """Kind of the question asked at a place. Without one, a kind that takes nothing."""
        question = self.question if path == self.position else self.asked_at(path)
        return _NOTHING if question is None else kind_of(question)

    def asked_about(self, path: str, question: Question) -> tuple[Kind, QuestionContext]:
        """Kind of a question at an instance path, and its input."""
        asked = QuestionContext(
            form=self.form,
            path=path,
            question=question,
            answer=self.answer(path),
            view=self.view if path == self.position else ScreenState(),
            now=self.draft.now,
            required=self.required(path),
            choices=lambda: self._choices(path),
            refusal=self.refusal,
        )
        return kind_of(question), asked

    def _choices(self, path: str) -> tuple[IndexedChoice, ...]:
        place, named = self.instance.place(path), self.draft.named_first
        found = self.instance.offered(place).choices
        if place.question.parameters.get("randomize") == "true" and len(found) <= LONG:
            seed, formula = crc32(f"{self.draft.seed} {path}".encode()), place.part.seed
            given = float(seed) if formula is None else to_number(self.instance.evaluated(formula, place))
            found = tuple(shuffled(found, given))
        first = named.get(schema_path(path)) if named else None
        return tuple(sorted(found, key=lambda listed: listed[1].name not in first)) if first else found

    def answer(self, path: str) -> Answer | None:
        """The effective answer. None if blank or no longer possible."""
        return self.instance.given(path)

    def required(self, path: str) -> bool:
        place = self.instance.place(path)
        formula = place.part.required if place.part.takes_answer else None
        return formula is not None and self.instance.holds(formula, place)

    def refusal(self, path: str, answer: Answer) -> Phrase | None:
        """Message why an answer is not allowed."""
        part = self.instance.place(path).part
        if (question := part.question) is None or (kind := part.kind) is None:
            return None
        if kind.needs_all and isinstance(answer, Chosen):
            left = len(self.instance.choices(path)) - len(answer.names)
            if left > 0:
                return Key("flow.rank.left", {"n": left})
        reason = kind.refusal(question, answer) or outside(self.instance, question, answer)
        if reason is not None or part.constraint is None or self.instance.allows(path, answer):
            return reason
        return Label(question.constraint_message) if question.constraint_message else Key("flow.refused")

    def missing(self, path: str) -> Phrase | None:
        """The form's message about a missing required answer."""
        message = getattr(self.instance.node(path), "required_message", None)
        return Label(message) if message else None

    def told(self, phrase: Phrase, at: str, *, lasting: bool = False) -> Phrase:
        """A phrase with the answers that its labels name, without sealed ones if it is `lasting` in the chat."""
        return told(self.form, phrase, at, partial(self._told, lasting)) if self.form.tells else phrase

    def _told(self, lasting: bool, path: str) -> Phrase:
        place = self.instance.found(path)  # None without an instance
        question = None if place is None else place.part.question
        if question is None or (lasting and question.privacy is Privacy.SEALED):
            return answer_in_text(question, None)
        if not kind_of(question).is_asked:
            return Said(to_text(self.instance.value_at(path)))
        return answer_in_text(question, self.answer(path))

    def heading(self, path: str) -> Phrase | None:
        """Labels of the groups that begin at a place, and on the way back to the review of all around it, the outer
        first. A form of our own has sections instead."""
        outer, labels = self.instance.place(path).parent if has_headings(self.form) else None, list[Phrase]()
        while outer is not None:
            first = next(self.asked_among(self.instance.relevant_inside(outer)), None)
            if not self.draft.returning and (first is None or first.path != path):
                break
            group, label = outer.part.group, Label(outer.part.node.label, path)
            if group is not None and label.text and (not group.repeat or group.repeat_count):
                number = (Said(str(outer.position)),) if outer.is_instance else ()
                labels.insert(0, Joined((label, *number), " "))
            outer = outer.parent
        return Joined(tuple(labels), "\n") if labels else None

    @cached_property
    def just_begun(self) -> tuple[str, int] | None:
        """The repeat and number of an empty instance at its first question, which a person may leave. None in a
        repeat with a `repeat_count`, where each instance is needed."""
        repeat, number = next(iter(instances_around(self.position)), ("", 0))
        instance = f"{repeat}[{number}]"
        if not 1 <= number <= self.draft.count(repeat):
            return None
        if any(path.startswith(f"{instance}/") for path in self.draft.answers):
            return None
        first = next(self.asked_inside(instance), None)
        return (repeat, number) if first is not None and first.path == self.position else None

    def say(self, notice: Phrase | str | None, **arguments: Phrase | str | int) -> "Filling":
        return self._copied(notice=Key(notice, arguments) if isinstance(notice, str) else notice)

    def look(self, view: ScreenState) -> "Filling":
        return self.change(view=view)

    def keep(self, text: str, source: str) -> "Filling":
        return self.look(self.view.keeping(text, source))

    def shift(self) -> "Filling":
        return self._copied(shifted=True)

    def end(self, kind: ScreenKind) -> "Filling":
        return self._copied(ended=kind)

    def change(self, **fields: object) -> "Filling":
        return self._with(self.draft.changed(**fields))

    def put(self, path: str, answer: Answer | None) -> "Filling":
        """Set an answer, or remove it if blank. Answers that depend on the old one (`bot:follows`) or are
        calculated anew go too. Triggered ones are set."""
        filling, triggers = self.with_answer(path, answer), self.form.triggers
        is_same = not triggers or filling.draft.answers.get(path) == self.draft.answers.get(path)
        changed = [] if is_same else [path]
        for place in changed:
            for target in (beside(place, schema) for schema in triggers.get(schema_path(place), ())):
                if target not in changed and (found := filling.instance.found(target)) is not None:
                    answer = filling.instance.by_itself(found, found.part.calculation)
                    filling = filling.with_answer(target, answer)
                    changed.append(target)
        return filling

    def with_answer(self, path: str, answer: Answer | None) -> "Filling":
        """Form of `put` without triggers, for a default, which is no change."""
        new = None if answer is None or is_blank(answer) or self._is_derived(path, answer) else answer
        answers, trail = dict(self.draft.answers), self.draft.trail
        old = answers.pop(path, None)
        if old is None and new is None:
            return self
        followers = self.form.followers.get(path, frozenset()) if old is not None and old != new else ()
        over = {one for one in followers if one in answers}
        anew = set(_recalculated(self.form, path, answers)) if old != new else set()
        for follower in over | anew:
            answers.pop(follower, None)
        if new is not None:
            answers = answers or {**self._moments()}
            answers[path] = new
        if over:
            trail = tuple(place for place in trail if place not in over)
        withheld, gone = self.draft.withheld, over if new is not None else {path, *over}
        if withheld and gone:
            withheld = tuple(place for place in withheld if place not in gone)
        draft = self.draft.changed(answers=answers, trail=trail, withheld=withheld)
        return self._with(draft, (path, *over, *anew))

    def _moments(self) -> Mapping[str, Answer]:
        kinds = ((one.path, value_kind(one)) for one in self.form.questions)
        begun = self.form.once("moments", "", lambda: [one for one in kinds if one[1].is_of_beginning])
        found = ((path, kind.by_time(self.draft.now)) for path, kind in begun)
        return {path: moment for path, moment in found if moment is not None}

    def _is_derived(self, path: str, answer: Answer) -> bool:
        place = self.instance.place(path)
        if place.part.worked_out is not None and place.part.takes_answer:
            return answer == self.instance.by_itself(place)
        derived = self.instance.derived(place) if place.part.derivation is not None else None
        return derived is not None and isinstance(answer, Chosen) and {*answer.names} == {*derived.names}

    def with_instance(self, repeat: str) -> "Filling":
        return self._with(self.draft.with_instance(repeat))

    def without_instance(self, repeat: str, number: int) -> "Filling":
        return self._with(self.draft.without_instance(repeat, number))

    def without_empty(self, left: str) -> "Filling":
        return self._with(self.draft.without_empty(left))

    def asked_among(self, relevant: Iterable[FormPosition]) -> Iterator[FormPosition]:
        return (
            place
            for place in relevant
            if not (part := place.part).is_unasked and (part.is_always_asked or self._is_asked(place))
        )

    def _is_asked(self, place: FormPosition) -> bool:
        if place.part.kind is None:
            return place.part.number is None
        if place.part.kind.has_list:
            return self.instance.has_choices(place)
        # A note of contacts is empty if no such choice was chosen.
        return "contacts" not in place.part.node.bot or bool(needs_at(self.instance, place.path))

    def fresh(self, now: datetime) -> "Filling":
        """The draft at a moment, without notices. Keeps computed values if the moment has not changed."""
        if now == self.draft.now:
            return self._copied(notice=None, ended=None, shifted=False)
        return Filling(self.form, self.draft.at(now))

    def _with(self, draft: Draft, answered: Collection[str] | None = None) -> "Filling":
        """Replace the draft, keeping values that do not depend on the change. `answered`: paths of changed
        answers, if known."""
        changed, old = self._copied(draft=draft), self.draft
        known = vars(changed)
        if draft.trail is not old.trail:
            known.pop("trail", None)
            known.pop("touched", None)
        is_other = draft.answers is not old.answers or draft.counts is not old.counts
        if is_other or draft.position != old.position:
            for name in ("just_begun", "here"):
                known.pop(name, None)
        if is_other:
            for name in ("asked_places", "steps", "told_places", "filled"):
                known.pop(name, None)
            known["instance"] = self.instance.changed(draft.answers, draft.counts, answered)
        return changed

    def _copied(self, **fields: object) -> "Filling":
        """Replace fields that no computed value depends on."""
        return changed_copy(self, fields)
