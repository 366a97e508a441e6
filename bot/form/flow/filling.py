"""A form being filled: the draft as an event changes it, the way through the form, and what is to be said."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import dropwhile

from bot.form.answers import Answer, Chosen, is_blank
from bot.form.draft import REVIEW, Draft, View, instances_around
from bot.form.expressions.references import filtered_by, following
from bot.form.flow.bounds import outside
from bot.form.flow.contacts import tells_nothing
from bot.form.flow.instance import Instance
from bot.form.kinds import kind_of
from bot.form.kinds.kind import Asked, Kind
from bot.form.model import Form, Group, Node, Question, schema_path
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
    def steps(self) -> tuple[str, ...]:
        """The positions that a person is led through: not a repeat that counts itself, a list whose filter leaves no
        choice, or a note of contacts where nothing was chosen that needs any."""
        return tuple(path for path in self.instance.order() if self._is_step(path))

    @property
    def position(self) -> str:
        """The instance path being asked, or REVIEW."""
        return self.draft.position

    @property
    def view(self) -> View:
        """How the screen at the position stands."""
        return self.draft.view

    @property
    def question(self) -> Question | None:
        """The question being asked, if it is one."""
        return self.asked_at(self.position)

    @property
    def repeat(self) -> Group | None:
        """The repeat being asked, if it is one."""
        node = self.instance.node(self.position) if self.position in self.steps else None
        return node if isinstance(node, Group) else None

    @property
    def is_editing(self) -> bool:
        """Whether the list of answers to correct is shown."""
        return self.position == REVIEW and self.view.editing

    def asked_at(self, path: str) -> Question | None:
        """The question at a position, if it is one that is asked now."""
        node = self.instance.node(path) if path in self.steps else None
        return node if isinstance(node, Question) else None

    def asked(self, question: Question) -> tuple[Kind, Asked]:
        """The question being asked, as its kind sees it, and that kind."""
        path = self.position
        asked = Asked(
            form=self.form,
            path=path,
            question=question,
            answer=self.answer(path),
            view=self.view,
            now=self.draft.now,
            required=self.required(path),
            choices=lambda: self.instance.choices(path),
            refusal=self.refusal,
        )
        return kind_of(question), asked

    def answer(self, path: str) -> Answer | None:
        """The answer of a question as it counts now: None for one that is blank or no longer possible."""
        node = self.instance.node(path)
        answer = self.instance.answer(path) if _takes_answer(node) else None
        return None if answer is None or is_blank(answer) else answer

    def required(self, path: str) -> bool:
        """Whether this is a question that must be answered."""
        return _takes_answer(self.instance.node(path)) and self.instance.required(path)

    def refusal(self, path: str, answer: Answer) -> Phrase | None:
        """Why an answer cannot be taken, in words for a person; None if it can."""
        question = self.instance.node(path)
        if not isinstance(question, Question):
            return None
        reason = kind_of(question).refusal(question, answer) or outside(self.instance, question, answer)
        if reason is not None or self.instance.allows(path, answer):
            return reason
        return Label(question.constraint_message) if question.constraint_message else Key("flow.refused")

    def missing(self, path: str) -> Phrase | None:
        """What the form says where a required question is left without an answer; None if it says nothing."""
        node = self.instance.node(path)
        message = node.required_message if isinstance(node, Question) else None
        return Label(message) if message else None

    @property
    def just_begun(self) -> tuple[str, int] | None:
        """The repeat and number of the instance whose first question is being asked, if nothing has been said in
        it: whoever has nothing to add can leave it, though the question must be answered in others. None in a repeat
        whose instances the form counts: it wants each of them."""
        repeat, number = next(instances_around(self.position), ("", 0))
        if not number or number > self.draft.count(repeat):
            return None
        inside = f"{repeat}[{number}]/"
        is_first = next((path for path in self.steps if path.startswith(inside)), None) == self.position
        said = any(path.startswith(inside) for path in self.draft.answers)
        return (repeat, number) if is_first and not said else None

    # Changing

    def say(self, notice: Phrase | str, **arguments: Phrase | str | int) -> "Filling":
        """This filling with a notice: a phrase, or a key with its arguments."""
        phrase = Key(notice, arguments) if isinstance(notice, str) else notice
        return self._lend(replace(self, notice=phrase))

    def look(self, view: View) -> "Filling":
        """This filling with its screen standing so."""
        return self.change(view=view)

    def keep(self, text: str, source: str) -> "Filling":
        """This filling with a person's words that could not be taken, to be shown and corrected."""
        return self.look(self.view.keeping(text, source))

    def shift(self) -> "Filling":
        """This filling with the buttons of its screen standing for other things than before."""
        return self._lend(replace(self, shifted=True))

    def change(self, **fields: object) -> "Filling":
        """This filling with fields of its draft changed."""
        changed = replace(self, draft=replace(self.draft, **fields))  # type: ignore[arg-type]
        return changed if {"answers", "counts"} & fields.keys() else self._lend(changed)

    def put(self, path: str, answer: Answer | None) -> "Filling":
        """This filling with an answer set; a blank one is taken away. When an answer changes, those that are only
        right together with the old one (`bot:follows`) are taken away too, and asked again."""
        new = None if answer is None or is_blank(answer) else answer
        old = self.draft.answers.get(path)
        followers = self.form.followers.get(path, frozenset()) if old not in {None, new} else frozenset()
        over = followers & self.draft.answers.keys()
        answers = {name: value for name, value in self.draft.answers.items() if name not in {path, *over}}
        if new is not None:
            answers[path] = new
        trail = tuple(place for place in self.draft.trail if place not in over)
        return self.change(answers=answers, trail=trail)

    # The way through the form

    def settled(self) -> "Filling":
        """At a position that is asked now: a draft may stand at one that no longer is."""
        if self.position == REVIEW or self.position in self.steps:
            return self
        return _arrive(self, _open(self, self.steps) or REVIEW)

    def forward(self) -> "Filling":
        """On from the current position, in the order of the form, out of an instance to its repeat, at last to the
        review; at the end of the form what was left open is asked first.

        When a person came from the review, only what is new is asked before it is shown again, and what another
        answer has left without one that it must have, or with one that is not allowed any more. A repeat's
        instance left without any answer is taken away.
        """
        trail = self.draft.trail
        if self.draft.returning:
            trail = tuple(path for path in trail if not _may_offer_more(self, path))
        asked = self.change(trail=(*trail, self.position))
        place = _next(asked, self.position)
        if place is None:
            asked = asked.change(returning=True)
            place = _open(asked, asked.steps) or _refused(asked, asked.steps) or REVIEW
        return _without_empty(_told(_arrive(asked, place)), self.position)

    def back(self) -> "Filling":
        """To what was asked before and still is; a repeat's instance left without any answer is taken away."""
        trail = self.draft.trail
        while trail:
            trail, place = trail[:-1], trail[-1]
            if place == REVIEW:
                return _arrive(self.change(trail=trail), REVIEW).look(View(editing=True))
            if place in self.steps and place != self.position:
                returning = self.draft.returning or self.position == REVIEW
                moved = self.change(trail=trail, position=place, view=View(), returning=returning)
                return _without_empty(moved, self.position)
        return _arrive(self, REVIEW) if self.draft.returning else self

    def visit(self, place: str) -> "Filling":
        """From the review to one position, and back to the review from there. In a form that began at its review
        everything counts as asked; in any other what was never asked still will be."""
        seen = {*self.draft.trail, place}
        trail = (
            *(path for path in self.steps if path not in seen and not self.draft.trail),
            *(path for path in self.draft.trail if path != place),
            REVIEW,
        )
        return self.change(position=place, trail=trail, returning=True, view=View())

    def into_new(self, repeat: str) -> "Filling | None":
        """At the first question of one more instance of a repeat; None if there is nothing to ask in it."""
        added = self.with_instance(repeat)
        start = f"{repeat}[{added.draft.count(repeat)}]/"
        first = next((path for path in added.steps if path.startswith(start)), None)
        return None if first is None else _arrive(added.change(trail=(*self.draft.trail, repeat)), first)

    def with_instance(self, repeat: str) -> "Filling":
        """With one more instance of a repeat."""
        return replace(self, draft=self.draft.with_instance(repeat))

    def without_instance(self, repeat: str, number: int) -> "Filling":
        """Without one instance (1-based) and all that was said in it."""
        return replace(self, draft=self.draft.without_instance(repeat, number))

    def _is_step(self, path: str) -> bool:
        node = self.instance.node(path)
        if isinstance(node, Group):
            return not node.repeat_count
        if kind_of(node).has_list:
            return self.instance.has_choices(path)
        return not tells_nothing(self.instance, path)

    def _lend(self, other: "Filling") -> "Filling":
        """The other filling, which has the same answers, spared working out what this one has worked out."""
        worked_out = {name: value for name, value in vars(self).items() if name in {"instance", "steps"}}
        vars(other).update(worked_out)
        return other


def _arrive(filling: Filling, place: str) -> Filling:
    """At a position, for the first time or again; the default of a question is its first answer. A repeat
    with `bot:first` that is met for the first time is met at the first question of its first instance."""
    trail = filling.draft.trail
    if place == REVIEW:
        seen = tuple(path for path in trail if path != REVIEW)
        last_of_each = tuple(dict.fromkeys(seen[::-1]))[::-1]
        return filling.change(position=REVIEW, trail=last_of_each, returning=False, view=View())
    arrived = filling.change(position=place, view=View())
    if place in trail:
        return arrived
    node = filling.instance.node(place)
    if isinstance(node, Question):
        return _with_default(arrived, place)
    begins = node.bot.get("first") == "yes" and not filling.draft.count(place) and place in filling.steps
    return (filling.into_new(place) if begins else None) or arrived


def _with_default(filling: Filling, place: str) -> Filling:
    if filling.asked_at(place) is None or place in filling.draft.answers:
        return filling
    default = filling.instance.default(place)
    if isinstance(default, Chosen):
        offered = {choice.name for _, choice in filling.instance.choices(place)}
        default = Chosen(tuple(name for name in default.names if name in offered))
    return filling if default is None else filling.put(place, default)


def _without_empty(filling: Filling, left: str) -> Filling:
    draft = filling.draft.without_empty(left)
    return filling if draft is filling.draft else replace(filling, draft=draft)


def _told(filling: Filling) -> Filling:
    """Where an answer that was given before is not allowed any more, why."""
    again = filling.draft.returning and filling.position in filling.draft.trail
    reason = _objection(filling, filling.position) if again else None
    return filling if reason is None else filling.say(reason)


def _next(filling: Filling, here: str) -> str | None:
    """The position after this one, which is in the trail already; None at the end of the form."""
    within = _open(filling, (path for path in filling.steps if path.startswith(f"{here}[")))
    if within:
        return within
    inside = _instance_around(filling, here)
    if filling.draft.returning:
        return _next_due(filling, inside)
    rest = dropwhile(lambda path: path != here, filling.steps)
    after = next((path for path in rest if path != here and not path.startswith(f"{here}[")), None)
    if inside and (after is None or not after.startswith(inside)):
        return _repeat_of(inside)
    return after


def _next_due(filling: Filling, inside: str) -> str:
    """The next position on the way back to the review: first within the instance that is being filled."""
    since = filling.draft.since_review
    touched = following(filling.form, {schema_path(path) for path in since})

    def first(places: Iterable[str]) -> str | None:
        return next((path for path in places if _is_due(filling, path, schema_path(path) in touched)), None)

    within = first(path for path in filling.steps if inside and path.startswith(inside))
    if within is None and inside and _repeat_of(inside) in since:
        return _repeat_of(inside)
    return within or first(filling.steps) or REVIEW


def _is_due(filling: Filling, place: str, touched: bool) -> bool:
    """Whether a position was never asked or has lost its answer; or is touched by what was corrected and now
    lacks an answer that it must have, or has one that is not allowed."""
    if filling.answer(place) is None:
        return _is_new(filling, place) or (touched and filling.required(place))
    return touched and _objection(filling, place) is not None


def _open(filling: Filling, places: Iterable[str]) -> str | None:
    """The first of these places that was never asked, has lost its answer, or must have one."""
    unanswered = (place for place in places if filling.answer(place) is None)
    return next((place for place in unanswered if _is_new(filling, place) or filling.required(place)), None)


def _refused(filling: Filling, places: Iterable[str]) -> str | None:
    """The first of these places whose answer is not allowed: one that came later may have made it so."""
    return next((place for place in places if _objection(filling, place) is not None), None)


def _objection(filling: Filling, place: str) -> Phrase | None:
    answer = filling.answer(place) if place != REVIEW else None
    return None if answer is None else filling.refusal(place, answer)


def _is_new(filling: Filling, place: str) -> bool:
    return place not in filling.draft.trail or place in filling.draft.answers


def _may_offer_more(filling: Filling, place: str) -> bool:
    """Whether a list without an answer depends on the answer at hand: other choices may be there now."""
    question = filling.asked_at(place)
    if question is None or not question.choice_filter or filling.answer(place) is not None:
        return False
    return schema_path(filling.position) in filtered_by(filling.form, question)


def _instance_around(filling: Filling, path: str) -> str:
    """The innermost instance around a position whose repeat is asked, `/f/person[1]/`; blank for none."""
    while "]/" in path:
        path = path[: path.rfind("]/") + 1]
        if _repeat_of(path) in filling.steps:
            return f"{path}/"
    return ""


def _takes_answer(node: Node) -> bool:
    return isinstance(node, Question) and kind_of(node).answered_with is not None


def _repeat_of(instance: str) -> str:
    return instance.rpartition("[")[0]
