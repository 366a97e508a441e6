"""A walk through a form: every question, list, picker and refusal, by events that a person can cause.

It knows nothing of a particular form. It answers everything once, saying as little, as much and as long as it may;
tries at each question whatever may happen there; and works out from the form's expressions which answers lead to
what was not asked or offered yet. Only screens that have something new are kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bot.demonstration.walk.answering import Acts, Manner, leading_on, provocations, signature
from bot.demonstration.walk.solving import Goal, is_asked, is_offered, place_of, solve
from bot.demonstration.walk.visits import NOW, Visit, features, shape_of
from bot.demonstration.walk.words import OWN, Words
from bot.form import events
from bot.form.draft import REVIEW, Draft
from bot.form.events import Event
from bot.form.flow import advance, begin
from bot.form.instance import MOST_INSTANCES
from bot.form.model import Form, Group, Kind, Node, Question
from bot.form.objections import is_multiline
from bot.form.turn import FILE_KINDS, SELECTS, Turn


class StuckError(RuntimeError):
    """A form at this position takes no answer that leads on, or asks without end."""


LONGEST_WAY = 900
"""Steps of one walk; a form that asks for more leads in a circle."""


def walk(form: Form, words: Words = OWN) -> Iterator[Visit]:
    """Every screen of a form that has a text, a mark or a control that none before had, told in these words. The
    same form gives the same visits."""
    return iter(Walker(form, words).all())


@dataclass
class Walker:
    """A walk and what it has seen so far."""

    form: Form
    words: Words = OWN
    visits: list[Visit] = field(default_factory=list)
    seen: set[object] = field(default_factory=set)
    shapes: set[object] = field(default_factory=set)
    signatures: set[object] = field(default_factory=set)
    explored: set[str] = field(default_factory=set)
    advances: int = 0

    def all(self) -> list[Visit]:
        """All visits of the walk."""
        usual = self.fill(Manner(words=self.words), explored=True)
        self.explore(usual)
        sparse = self.fill(Manner(skips=True, instances=0, words=self.words))
        self.keep(sparse)
        self.explore(sparse)
        self._longest()
        self._missing(usual)
        self._full(usual)
        for node in self.form.nodes.values():
            self._look_for(usual, node)
        return self.visits

    # --- steps

    def send(self, draft: Draft, *acts: Event) -> Visit:
        """Let events happen; what is new is kept."""
        for event in acts:
            draft, screen = advance(self.form, draft.at(NOW, 7), event)
            self.advances += 1
            visit = Visit(draft, screen, event)
            self.keep_new(visit)
        return visit

    def keep_new(self, visit: Visit) -> None:
        """Keep a visit that shows something new."""
        new = set(features(self.form, visit)) - self.seen
        if new:
            self.keep(visit)
            self.seen |= new

    def keep(self, visit: Visit) -> None:
        """Keep a visit."""
        self.visits.append(visit)

    def step(self, draft: Draft, manner: Manner) -> Visit:
        """Answer what is asked, so that it leads on; raises StuckError when nothing does."""
        for acts in leading_on(self.form, draft, manner):
            tried = self._tried(draft, acts)
            if tried:
                for visit in tried:
                    self.keep_new(visit)
                return tried[-1]
        raise StuckError(draft.position)

    def _tried(self, draft: Draft, acts: Acts) -> list[Visit]:
        """The visits of these acts if the last of them leads on, and none before it."""
        visits, here = [], draft.position
        for event in acts:
            if draft.position != here:
                return []
            draft, screen = advance(self.form, draft.at(NOW, 7), event)
            self.advances += 1
            visits.append(Visit(draft, screen, event))
        return visits if draft.position != here else []

    def go_on(self, draft: Draft, manner: Manner) -> Visit:
        """Answer until the review."""
        visit = self.send(draft, events.Show())
        for _ in range(LONGEST_WAY):
            if visit.draft.position == REVIEW:
                return visit
            visit = self.step(visit.draft, manner)
        raise StuckError(visit.draft.position)

    # --- whole ways

    def fill(self, manner: Manner, *, explored: bool = False) -> Visit:
        """A form from its beginning to its review, with the longer form too if there is one."""
        visit = self._through(self.send(begin(self.form), events.Show()), manner, explored=explored)
        self.keep(visit)
        while not manner.skips and any(isinstance(button.event, events.Extend) for button in visit.buttons):
            visit = self._through(self.send(visit.draft, events.Extend()), manner, explored=explored)
        return visit

    def _through(self, visit: Visit, manner: Manner, *, explored: bool) -> Visit:
        for _ in range(LONGEST_WAY):
            if visit.draft.position == REVIEW:
                return visit
            if explored:
                self.explore(visit)
            visit = self.step(visit.draft, manner)
            if explored and visit.draft.trail:
                self.explore(self.send(visit.draft, events.Back()))
        raise StuckError(visit.draft.position)

    def _longest(self) -> None:
        """The longest answers that are taken, several instances, all files; each shown once more."""
        visit = self.fill(Manner(much=True, instances=3, words=self.words))
        self.keep(visit)
        for acts in ((events.Gave(self.words.document("more"), "p"),), (events.Submit(),), (events.Edit(),)):
            self.keep(self.send(visit.draft, *acts))
        for place in self._places(visit.draft):
            shown = self.go_to(visit.draft, place)
            self.keep(shown)
            self.explore(shown)
            self._several(shown)

    def _missing(self, usual: Visit) -> None:
        """Sent without what is required, and with what is no longer allowed."""
        for place in self._places(usual.draft):
            if Turn(self.form, usual.draft.at(NOW, 7)).required(place):
                emptied = self.send(
                    self.go_to(usual.draft, place).draft, events.Clear(), events.Back(), events.Back()
                )
                if emptied.draft.position == REVIEW:
                    self.send(emptied.draft, events.Submit())
                    break
        spoilt = self.send(usual.draft, events.Rewrote(self.words.story(30_000), "s"))
        self.send(spoilt.draft, events.Submit())

    def _full(self, usual: Visit) -> None:
        """Each repeat with as many instances as it may have. They are put there at once: one by one they take
        seconds, and the screen is the same."""
        for place in self._places(usual.draft):
            if not isinstance(self._node(usual.draft, place), Group):
                continue
            draft = self.go_to(usual.draft, place).draft
            full = replace(draft, counts={**draft.counts, place: MOST_INSTANCES})
            shown = self.send(full, events.Show())
            self.keep(shown)
            self._pages(shown)
            self.send(full, events.AddRepeat())
            self.send(full, events.RemoveRepeat(MOST_INSTANCES))

    # --- what was not seen yet

    def _look_for(self, usual: Visit, node: Node) -> None:
        """Answer so that a question is asked and each of its choices offered."""
        if isinstance(node, Group):
            if node.repeat and not node.repeat_count and node.path not in self.explored:
                self._reach(usual, node, is_asked(self.form, node))
            return
        if node.kind in {Kind.CALCULATE, Kind.HIDDEN}:
            return
        if node.path not in self.explored:
            self._reach(usual, node, is_asked(self.form, node))
        for choice in node.choices:
            if ("chosen", node.path, choice.name) not in self.seen:
                self._reach(usual, node, is_offered(self.form, node, choice.name))

    def _reach(self, usual: Visit, node: Node, goal: Goal) -> None:
        wishes = solve(self.form, usual.draft.at(NOW, 7), node, goal)
        if wishes is None:
            return
        hidden = {path: answer for path, answer in wishes.items() if answer and self._is_hidden(path)}
        # What is hidden the bot has put into the draft before the first question.
        begun = replace(usual.draft, answers={**usual.draft.answers, **hidden})
        visit, manner = self.send(begun, events.Show()), Manner(wishes, words=self.words)
        for path in wishes:
            place = place_of(self.form, self.form.nodes[path])
            if place in self._places(visit.draft):
                visit = self.step(self.go_to(visit.draft, place).draft, manner)
                visit = self.go_on(visit.draft, manner)
        self.keep(visit)
        place = place_of(self.form, node)
        if place in self._places(visit.draft):
            shown = self.go_to(visit.draft, place)
            self._pages(shown)
            self.explore(shown)
            self.explore(self.send(shown.draft, events.Clear()))

    def _is_hidden(self, path: str) -> bool:
        node = self.form.nodes[path]
        return isinstance(node, Question) and node.kind is Kind.HIDDEN

    # --- one place

    def go_to(self, draft: Draft, place: str) -> Visit:
        """From the review to a place of the list of what can be corrected."""
        listed = self.send(draft, events.Edit())
        places = self._places(draft)
        shown = self.send(listed.draft, events.Goto(places.index(place)))
        if shown.draft.position != place:
            raise StuckError(place)
        return shown

    def _places(self, draft: Draft) -> list[str]:
        """What can be corrected: all that is asked but notes."""
        turn = Turn(self.form, draft.at(NOW, 7))
        nodes = ((path, turn.instance.node(path)) for path in turn.steps)
        return [path for path, node in nodes if isinstance(node, Group) or node.kind is not Kind.NOTE]

    def _node(self, draft: Draft, place: str) -> Node:
        return Turn(self.form, draft.at(NOW, 7)).instance.node(place)

    def explore(self, visit: Visit) -> None:
        """Try at a screen whatever may happen there, and at each screen of another shape that it becomes."""
        shape = shape_of(self.form, visit)
        if visit.ended or shape in self.shapes:
            return
        self.shapes.add(shape)
        alike = (*signature(self.form, visit.draft), *shape[1:])
        wide = alike not in self.signatures
        self.signatures.add(alike)
        self.explored.add(str(shape[0]))
        if not wide and "date" in visit.draft.view:
            return  # the pickers of all dates of one kind are alike
        self._pages(visit)
        for event in provocations(self.form, visit.draft, visit.screen, self.words, wide=wide):
            after = self.send(visit.draft, event)
            if after.draft.position == visit.draft.position:
                self.explore(after)
            elif isinstance(event, events.Pick | events.PickDate | events.DateMode):
                self.send(after.draft, events.Back())
        self._several(visit)

    def _pages(self, visit: Visit) -> None:
        """Turn the pages of a list, and try what stands on each."""
        turn, done = Turn(self.form, visit.draft.at(NOW, 7)), {-1}
        if turn.question is not None and turn.question.kind not in SELECTS:
            return
        waiting = [visit]
        while waiting:
            page = waiting.pop(0)
            for event in dict.fromkeys(button.event for button in page.buttons):
                if isinstance(event, events.Page) and event.number not in done:
                    done.add(event.number)
                    waiting.append(self.send(page.draft, event))
                elif isinstance(event, events.Pick | events.Toggle):
                    self._choose(page, event)

    def _choose(self, page: Visit, event: events.Pick | events.Toggle) -> None:
        tried = ("tried", page.draft.position, event)
        if tried in self.seen:
            return
        self.seen.add(tried)
        after = self.send(page.draft, event)
        if after.draft.position != page.draft.position:
            self.send(after.draft, events.Back())

    def _several(self, visit: Visit) -> None:
        """More and more of what a question may take several of, until it is refused."""
        asked = Turn(self.form, visit.draft.at(NOW, 7)).question
        draft = visit.draft
        if (
            asked is None
            or draft.view
            or ("notice", asked.path, tuple(asked.constraint_message.items())) in self.seen
        ):
            return
        if asked.kind is Kind.SELECT_MULTIPLE and asked.constraint:
            for index, _ in Turn(self.form, draft.at(NOW, 7)).instance.choices(draft.position):
                draft = self.send(draft, events.Toggle(index, on=True)).draft
            self.send(draft, events.Next())
        if asked.kind in FILE_KINDS:
            for number in range(12):
                draft = self.send(draft, events.Gave(self.words.document(f"n{number}"), "p")).draft
            self.send(draft, events.RemoveFile(0))
        if is_multiline(asked):
            for number in range(3):
                draft = self.send(draft, events.Wrote(self.words.short, f"m{number}")).draft
