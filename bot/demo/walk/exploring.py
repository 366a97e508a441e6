"""Exploration of one screen: buttons, pages, pickers and refusals."""

from dataclasses import dataclass, field

from bot.demo.walk.answering import MORE_THAN, provocations, signature
from bot.demo.walk.steps import Steps
from bot.demo.walk.visits import Visit, screen_shape
from bot.form import events
from bot.form.draft import View
from bot.form.kinds import kind_of
from bot.form.kinds.text import is_multiline

_MOST_BACK = 2
"""Screens back to a question, two if a repeat lies between."""
_MORE_FILES = 12


@dataclass
class Explorer(Steps):
    shapes: set[object] = field(default_factory=set)
    signatures: set[object] = field(default_factory=set)
    explored: set[str] = field(default_factory=set)

    def explore(self, visit: Visit) -> None:
        shape = screen_shape(visit)
        if visit.ended or shape in self.shapes or visit.draft.view.leaving:
            return  # each withheld entry would be a screen that differs only by a mark
        self.shapes.add(shape)
        alike = (*signature(self.form, visit.draft), *shape[1:])
        wide = alike not in self.signatures
        self.signatures.add(alike)
        self.explored.add(str(shape[0]))
        if not wide and visit.draft.view.picker:
            return  # dates of one kind have the same pickers
        self.turn_pages(visit)
        for event in provocations(self.form, visit.draft, visit.screen, self.words, wide=wide):
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
                if isinstance(event, events.Page) and event.number not in turned:
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
        for _ in range(_MOST_BACK):
            if after.draft.position == visit.draft.position:
                return
            after = self.send(after.draft, events.Back())

    def add_until_refused(self, visit: Visit) -> None:
        draft = visit.draft
        asked = self.filling(draft).question
        if asked is None or draft.view != View():
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
