"""The steps of a walk through a form: events that happen, answers that lead on, and what was new on the way."""

from dataclasses import dataclass, field

from bot.demo.walk.answering import Acts, Manner, leading_on
from bot.demo.walk.visits import NOW, Visit, features
from bot.demo.walk.words import OWN, Words
from bot.form import events
from bot.form.draft import REVIEW, Draft
from bot.form.events import Event
from bot.form.flow.advance import advance
from bot.form.flow.filling import Filling
from bot.form.kinds import kind_of
from bot.form.model import Form, Group, Node


class StuckError(RuntimeError):
    """A form at this position takes no answer that leads on, or asks without end."""


LONGEST_WAY = 900
"""Steps of one walk; a form that asks for more leads in a circle."""


@dataclass
class Steps:
    """The steps through a form, and what was seen so far."""

    form: Form
    words: Words = OWN
    visits: list[Visit] = field(default_factory=list)
    seen: set[object] = field(default_factory=set)

    def send(self, draft: Draft, *acts: Event) -> Visit:
        """Let events happen; what is new is kept."""
        for event in acts:
            draft, screen = advance(self.form, draft.at(NOW, 7), event)
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

    def go_to(self, draft: Draft, place: str) -> Visit:
        """From the review to a place of the list of what can be corrected."""
        listed = self.send(draft, events.Edit())
        places = self.places(draft)
        shown = self.send(listed.draft, events.Goto(places.index(place)))
        if shown.draft.position != place:
            raise StuckError(place)
        return shown

    def places(self, draft: Draft) -> list[str]:
        """What can be corrected: all that is asked but notes."""
        filling = Filling(self.form, draft.at(NOW, 7))
        nodes = ((path, filling.instance.node(path)) for path in filling.steps)
        return [
            path for path, node in nodes if isinstance(node, Group) or kind_of(node).answered_with is not None
        ]

    def node(self, draft: Draft, place: str) -> Node:
        """What is asked at a place."""
        return Filling(self.form, draft.at(NOW, 7)).instance.node(place)
