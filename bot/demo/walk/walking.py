"""A walk through a form: every question, list, picker and refusal, by events that a person can cause.

It knows nothing of a particular form. It answers everything once, saying as little, as much and as long as it may;
tries at each question whatever may happen there; and works out from the form's expressions which answers lead to
what was not asked or offered yet. Only screens that have something new are kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.demo.walk.answering import Manner
from bot.demo.walk.exploring import Explorer
from bot.demo.walk.solving import Goal, is_asked, is_offered, place_of, solve
from bot.demo.walk.steps import LONGEST_WAY, StuckError
from bot.demo.walk.visits import NOW, Visit
from bot.demo.walk.words import OWN, Words
from bot.form import events
from bot.form.draft import MOST_INSTANCES, REVIEW
from bot.form.flow.advance import begin
from bot.form.flow.filling import Filling
from bot.form.kinds import kind_of
from bot.form.model import Form, Group, Node, Question


def walk(form: Form, words: Words = OWN) -> Iterator[Visit]:
    """Every screen of a form that has a text, a mark or a control that none before had, told in these words. The
    same form gives the same visits."""
    return iter(Walker(form, words).all())


@dataclass
class Walker(Explorer):
    """A walk from a form's beginning to all that it can ask and say."""

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
        self._changed(usual)
        for node in self.form.nodes.values():
            self._look_for(usual, node)
        return self.visits

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
        for place in self.places(visit.draft):
            shown = self.go_to(visit.draft, place)
            self.keep(shown)
            self.explore(shown)
            self.several(shown)

    def _missing(self, usual: Visit) -> None:
        """Sent without what is required, and with what is no longer allowed."""
        for place in self.places(usual.draft):
            if Filling(self.form, usual.draft.at(NOW, 7)).required(place):
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
        for place in self.places(usual.draft):
            if not isinstance(self.node(usual.draft, place), Group):
                continue
            draft = self.go_to(usual.draft, place).draft
            full = replace(draft, counts={**draft.counts, place: MOST_INSTANCES})
            shown = self.send(full, events.Show())
            self.keep(shown)
            self.pages(shown)
            self.send(full, events.AddRepeat())
            self.send(full, events.RemoveRepeat(MOST_INSTANCES))

    def _changed(self, usual: Visit) -> None:
        """A button and words that come after the operator has changed the form."""
        for event in (events.Submit(), events.Wrote(self.words.short, "c")):
            self.send(replace(usual.draft, digest=""), event)

    # --- what was not seen yet

    def _look_for(self, usual: Visit, node: Node) -> None:
        """Answer so that a question is asked and each of its choices offered."""
        if isinstance(node, Group):
            if node.repeat and not node.repeat_count and node.path not in self.explored:
                self._reach(usual, node, is_asked(self.form, node))
            return
        if not kind_of(node).is_asked:
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
            if place in self.places(visit.draft):
                visit = self.step(self.go_to(visit.draft, place).draft, manner)
                visit = self.go_on(visit.draft, manner)
        self.keep(visit)
        place = place_of(self.form, node)
        if place in self.places(visit.draft):
            shown = self.go_to(visit.draft, place)
            self.pages(shown)
            self.explore(shown)
            self.explore(self.send(shown.draft, events.Clear()))

    def _is_hidden(self, path: str) -> bool:
        node = self.form.nodes[path]
        return isinstance(node, Question) and node.kind == "hidden"
