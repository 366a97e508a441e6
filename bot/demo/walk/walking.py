"""A walk through any form: every question, list, picker and refusal. It answers everything briefly, fully and
at maximum length. Then it solves the form's expressions to reach questions and choices not seen so far."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bot.demo.walk import answering, steps
from bot.demo.walk.answering import ARMENIAN, MORE_THAN, TELLING, Attempt, Respondent, SampleTexts, attempts
from bot.demo.walk.steps import Goal, StuckError, Visit, is_hidden
from bot.form import events
from bot.form.answers import TextPart, Written
from bot.form.draft import MOST_INSTANCES, REVIEW, Draft, ScreenState
from bot.form.events import Event
from bot.form.flow.advance import advance, begin
from bot.form.flow.filling import Filling
from bot.form.kinds import kind_of
from bot.form.kinds.text import is_multiline
from bot.form.model import Form, Group, Node, Question

_MOST_BACK = 2
"""Screens back to a question, two if a repeat lies between."""
_MORE_FILES = 12


def walk(form: Form, words: SampleTexts = ARMENIAN, *, withholds: bool = False) -> Iterator[Visit]:
    """Visits that each show a new text, mark or button, deterministic for a form. With `withholds`, answers
    can be withheld from the version sent."""
    return iter(Walker(form, words, withholds).all())


@dataclass
class Walker:
    form: Form
    words: SampleTexts = ARMENIAN
    withholds: bool = False
    """Whether answers can be withheld from the version sent."""
    visits: list[Visit] = field(default_factory=list)
    seen: set[object] = field(default_factory=set)
    shapes: set[object] = field(default_factory=set)
    signatures: set[object] = field(default_factory=set)
    explored: set[str] = field(default_factory=set)
    _visited: dict[tuple[int, Event], tuple[Draft, Visit]] = field(default_factory=dict)
    """Cached results of events. Holding the draft keeps its id valid."""

    # --- steps

    def filling(self, draft: Draft) -> Filling:
        return Filling(self.form, draft.at(steps.WALK_TIME))

    def send(self, draft: Draft, *attempt: Event) -> Visit:
        for event in attempt:
            visit = self._visit(draft, event)
            self.keep_new(visit)
            draft = visit.draft
        return visit

    def _visit(self, draft: Draft, event: Event) -> Visit:
        key = (id(draft), event)
        if key not in self._visited:
            self._visited[key] = draft, Visit(*advance(self.form, draft.at(steps.WALK_TIME), event), event)
        return self._visited[key][1]

    def keep_new(self, visit: Visit) -> None:
        new = set(steps.features(self.form, visit)) - self.seen
        if new:
            self.keep(visit)
            self.seen |= new

    def keep(self, visit: Visit) -> None:
        self.visits.append(visit)

    def step(self, draft: Draft, respondent: Respondent) -> Visit:
        """Answer the current question so that the form moves on. Raises StuckError if no answer does."""
        for attempt in attempts(self.form, draft, respondent):
            if visits := self._try(draft, attempt):
                for visit in visits:
                    self.keep_new(visit)
                return visits[-1]
        raise StuckError(draft.position)

    def _try(self, draft: Draft, attempt: Attempt) -> list[Visit]:
        visits: list[Visit] = []
        here = draft
        for event in attempt:
            if answering.moved(here, draft):
                return []
            visits.append(self._visit(draft, event))
            draft = visits[-1].draft
        return visits if answering.moved(here, draft) else []

    def go_to(self, draft: Draft, path: str) -> Visit:
        listed = self.send(draft, events.Edit())
        shown = self.send(listed.draft, events.Goto(self.correctable(draft).index(path)))
        if shown.draft.position != path:
            raise StuckError(path)
        return shown

    def correctable(self, draft: Draft) -> list[str]:
        """Instance paths open to correction: all asked questions and repeats, without notes."""
        filling = self.filling(draft)
        nodes = ((path, filling.instance.node(path)) for path in filling.steps)
        return [
            path for path, node in nodes if isinstance(node, Group) or kind_of(node).answered_with is not None
        ]

    # --- around a screen

    def explore(self, visit: Visit) -> None:
        shape = steps.screen_shape(visit)
        if visit.ended or shape in self.shapes or visit.draft.view.leaving:
            return  # each withheld entry would be a screen that differs only by a mark
        self.shapes.add(shape)
        alike = (*answering.signature(self.form, visit.draft), *shape[1:])
        wide = alike not in self.signatures
        self.signatures.add(alike)
        self.explored.add(str(shape[0]))
        if not wide and visit.draft.view.picker:
            return  # dates of one kind have the same pickers
        self.turn_pages(visit)
        for event in answering.provocations(self.form, visit.draft, visit.screen, self.words, wide=wide):
            after = self.send(visit.draft, event)
            if after.draft.position == visit.draft.position:
                self.explore(after)
            elif event == MORE_THAN or isinstance(event, events.Pick | events.PickDate | events.DateMode):
                self._back_to(visit, after)
        self.add_until_refused(visit)

    def turn_pages(self, visit: Visit) -> None:
        asked = self.filling(visit.draft).question
        if asked is not None and not kind_of(asked).has_list:
            return
        turned = {-1}
        waiting = [visit]
        while waiting:
            page = waiting.pop(0)
            for event in dict.fromkeys(button.event for button in page.buttons):
                if isinstance(event, events.ShowPage) and event.number not in turned:
                    turned.add(event.number)
                    waiting.append(self.send(page.draft, event))
                elif isinstance(event, events.Pick | events.Toggle):
                    self._choose(page, event)

    def _choose(self, page: Visit, event: events.Pick | events.Toggle) -> None:
        tried = ("tried", page.draft.position, event)
        if tried in self.seen:
            return
        self.seen.add(tried)
        self._back_to(page, self.send(page.draft, event))

    def _back_to(self, visit: Visit, after: Visit) -> None:
        if after.draft.position == REVIEW and visit.draft.position in self.correctable(after.draft):
            self.go_to(after.draft, visit.draft.position)
            return
        for _ in range(_MOST_BACK):
            if after.draft.position == visit.draft.position:
                return
            after = self.send(after.draft, events.Back())

    def add_until_refused(self, visit: Visit) -> None:
        draft = visit.draft
        asked = self.filling(draft).question
        if asked is None or draft.view != ScreenState():
            return
        if ("notice", asked.path, tuple(asked.constraint_message.items())) in self.seen:
            return
        if asked.kind == "select_multiple" and asked.constraint:
            for index, _ in self.filling(draft).instance.choices(draft.position):
                draft = self.send(draft, events.Toggle(index, on=True)).draft
            self.send(draft, events.Next())
        if kind_of(asked).takes_files:
            for number in range(_MORE_FILES):
                draft = self.send(draft, events.Gave(self.words.document(f"n{number}"), "p")).draft
            self.send(draft, events.RemoveFile(0))
        if is_multiline(asked):
            for number in range(3):
                draft = self.send(draft, events.Wrote(self.words.short, f"m{number}")).draft

    # --- all walks

    def all(self) -> list[Visit]:
        usual = self.fill(Respondent(words=self.words), explored=True)
        self.explore(usual)
        sparse = self.fill(Respondent(skips=True, instances=0, words=self.words))
        self.keep(sparse)
        self.explore(sparse)
        self._tell_much()
        if self.withholds:
            self._take_out(usual)
        self._answer_at_length()
        self._submit_invalid(usual)
        self._fill_repeats(usual)
        for event in (events.Submit(), events.Wrote(self.words.short, "c")):
            self.send(replace(usual.draft, digest=""), event)  # as after a change of the form
        for node in self.form.nodes.values():
            self._look_for(usual, node)
        return self.visits

    def _tell_much(self) -> None:
        """Tell a story in which facts are heard, look at them, and refuse and confirm them."""
        story = self.form.by_role.get("story")
        if story is None:
            return
        told = Respondent({story.path: Written((TextPart(TELLING, "s"),))}, instances=0, words=self.words)
        draft = self.begun()
        for _ in range(steps.MOST_STEPS):
            if draft.proposed or draft.position == REVIEW:
                break
            draft = self.step(draft, told).draft
        for event in (events.Next(), events.Misheard(0), events.Understood()) if draft.proposed else ():
            self.send(draft, event)

    def _take_out(self, visit: Visit) -> None:
        for event in (events.ListLeaving(), events.Withhold(0, on=True), events.Back()):
            visit = self.send(visit.draft, event)
            self.keep(visit)

    # --- from beginning to end

    def fill(self, respondent: Respondent, *, explored: bool = False) -> Visit:
        """Answer a form up to its review, in its longer version where offered."""
        visit = self.go_on(self.begun(), events.Show(), respondent, explored=explored)
        self.keep(visit)
        while not respondent.skips and any(button.event == events.Extend() for button in visit.buttons):
            visit = self.go_on(visit.draft, events.Extend(), respondent, explored=explored)
        return visit

    def begun(self) -> Draft:
        return begin(self.form).changed(withheld=() if self.withholds else None)

    def go_on(self, draft: Draft, event: Event, respondent: Respondent, *, explored: bool = False) -> Visit:
        """Cause an event and answer all further questions, up to the review."""
        visit = self.send(draft, event)
        for _ in range(steps.MOST_STEPS):
            if visit.draft.position == REVIEW:
                return visit
            if explored:
                self.explore(visit)
            visit = self.step(visit.draft, respondent)
            if explored and visit.draft.trail:
                self.explore(self.send(visit.draft, events.Back()))
        raise StuckError(visit.draft.position)

    def _answer_at_length(self) -> None:
        visit = self.fill(Respondent(verbose=True, instances=3, words=self.words))
        self.keep(visit)
        for event in (events.Gave(self.words.document("more"), "p"), events.Submit(), events.Edit()):
            self.keep(self.send(visit.draft, event))
        for path in self.correctable(visit.draft):
            shown = self.go_to(visit.draft, path)
            self.keep(shown)
            self.explore(shown)
            self.add_until_refused(shown)

    def _submit_invalid(self, usual: Visit) -> None:
        for path in self.correctable(usual.draft):
            if self.filling(usual.draft).required(path):
                asked = self.go_to(usual.draft, path).draft
                emptied = self.send(asked, events.Clear(), events.Back(), events.Back())
                if emptied.draft.position == REVIEW:
                    self.send(emptied.draft, events.Submit())
                    break
        # Put into the draft, since no event leads there. A change of the form does.
        long = Written((TextPart(self.words.story(30_000), "s"),))
        texts = {path: long for path, answer in usual.draft.answers.items() if isinstance(answer, Written)}
        self.send(replace(usual.draft, answers={**usual.draft.answers, **texts}), events.Submit())
        self.send(usual.draft, events.Rewrote(self.words.story(30_000), "s"))

    def _fill_repeats(self, usual: Visit) -> None:
        """Fill each repeat with its maximum of instances, straight into the draft: adding them one by one
        takes seconds."""
        for path in self.correctable(usual.draft):
            if not isinstance(self.filling(usual.draft).instance.node(path), Group):
                continue
            draft = self.go_to(usual.draft, path).draft
            full = replace(draft, counts={**draft.counts, path: MOST_INSTANCES})
            shown = self.send(full, events.Show())
            self.keep(shown)
            self.turn_pages(shown)
            self.send(full, events.AddRepeat())
            self.send(full, events.RemoveRepeat(MOST_INSTANCES))

    # --- questions and choices not seen so far

    def _look_for(self, usual: Visit, node: Node) -> None:
        asks = node.repeat and not node.repeat_count if isinstance(node, Group) else kind_of(node).is_asked
        if asks and node.path not in self.explored:
            self._reach(usual, node, steps.is_asked(self.form, node))
        if isinstance(node, Question) and asks:
            for choice in node.choices:
                if ("chosen", node.path, choice.name) not in self.seen:
                    self._reach(usual, node, steps.is_offered(self.form, node, choice.name))

    def _reach(self, usual: Visit, node: Node, goal: Goal) -> None:
        wishes = steps.solve(self.form, usual.draft.at(steps.WALK_TIME), node, goal)
        if wishes is None:
            return
        hidden = {path: answer for path, answer in wishes.items() if answer and is_hidden(self.form, path)}
        # A service puts hidden values into a draft before its first question.
        begun = replace(usual.draft, answers={**usual.draft.answers, **hidden})
        visit, respondent = self.send(begun, events.Show()), Respondent(wishes, words=self.words)
        for wished in wishes:
            path = steps.first_path(self.form, self.form.nodes[wished])
            if path in self.correctable(visit.draft):
                visit = self.step(self.go_to(visit.draft, path).draft, respondent)
                visit = self.go_on(visit.draft, events.Show(), respondent)
        self.keep(visit)
        path = steps.first_path(self.form, node)
        if path in self.correctable(visit.draft):
            shown = self.go_to(visit.draft, path)
            self.turn_pages(shown)
            self.explore(shown)
            self.explore(self.send(shown.draft, events.Clear()))
