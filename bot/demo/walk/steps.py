"""Steps of a walk through a form."""

from dataclasses import dataclass, field

from bot.demo.walk.answering import Attempt, Respondent, attempts
from bot.demo.walk.visits import WALK_TIME, Visit, features
from bot.demo.walk.words import ARMENIAN, Words
from bot.form import events
from bot.form.draft import REVIEW, Draft
from bot.form.events import Event
from bot.form.flow.advance import advance
from bot.form.flow.filled.filling import Filling
from bot.form.kinds import kind_of
from bot.form.model import Form, Group

MOST_STEPS = 900
"""Steps of one walk. A form that needs more is circular."""


class StuckError(RuntimeError):
    """No answer at this position moves the form on, or the form never ends."""


@dataclass
class Steps:
    form: Form
    words: Words = ARMENIAN
    withholds: bool = False
    """Whether answers can be withheld from the version sent."""
    visits: list[Visit] = field(default_factory=list)
    seen: set[object] = field(default_factory=set)
    _visited: dict[tuple[int, Event], tuple[Draft, Visit]] = field(default_factory=dict)
    """Cached results of events. Holding the draft keeps its id valid."""

    def filling(self, draft: Draft) -> Filling:
        return Filling(self.form, draft.at(WALK_TIME))

    def send(self, draft: Draft, *attempt: Event) -> Visit:
        for event in attempt:
            visit = self._visit(draft, event)
            self.keep_new(visit)
            draft = visit.draft
        return visit

    def _visit(self, draft: Draft, event: Event) -> Visit:
        key = (id(draft), event)
        if key not in self._visited:
            self._visited[key] = draft, Visit(*advance(self.form, draft.at(WALK_TIME), event), event)
        return self._visited[key][1]

    def keep_new(self, visit: Visit) -> None:
        new = set(features(self.form, visit)) - self.seen
        if new:
            self.keep(visit)
            self.seen |= new

    def keep(self, visit: Visit) -> None:
        self.visits.append(visit)

    def step(self, draft: Draft, respondent: Respondent) -> Visit:
        """Answer the current question so that the form moves on. Raises StuckError if no answer does."""
        for attempt in attempts(self.form, draft, respondent):
            visits = self._try(draft, attempt)
            if visits:
                for visit in visits:
                    self.keep_new(visit)
                return visits[-1]
        raise StuckError(draft.position)

    def _try(self, draft: Draft, attempt: Attempt) -> list[Visit]:
        visits: list[Visit] = []
        here = draft.position
        for event in attempt:
            if draft.position != here:
                return []
            visits.append(self._visit(draft, event))
            draft = visits[-1].draft
        return visits if draft.position != here else []

    def go_on(self, draft: Draft, respondent: Respondent) -> Visit:
        visit = self.send(draft, events.Show())
        for _ in range(MOST_STEPS):
            if visit.draft.position == REVIEW:
                return visit
            visit = self.step(visit.draft, respondent)
        raise StuckError(visit.draft.position)

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
