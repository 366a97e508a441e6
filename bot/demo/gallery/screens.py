"""Every screen of a form in a language, as the real flow comes to it and the real renderer speaks it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.chat.renderer import RenderedMessage, Renderer
from bot.demo.walk.visits import NOW, Visit, name_of, parts, phrases_of
from bot.form.draft import REVIEW
from bot.form.flow.filling import Filling
from bot.form.model import Form

_DRAFT, _STEP = "0000", 1
"""A draft's first digits and a step, which stand in the data of buttons alone."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen: where the form is (the path of the question, or REVIEW), what is said, and the keys of the
    catalogues' texts in it."""

    path: str
    messages: Sequence[RenderedMessage]
    keys: Sequence[str]


def shown(
    form: Form, visits: Iterable[Visit], renderer: Renderer, language: str, words: Mapping[str, str]
) -> Iterator[Shown]:
    """The screens of a walk, each once; `words` are keys that stand for others. Raises MissingTextError for a text
    that no catalogue has."""
    speaking = renderer.reworded(words)
    seen = set()
    for visit in visits:
        messages = speaking.screen(language, visit.screen, _DRAFT, _STEP)
        looks = (tuple(message.html for message in messages), _labels(messages))
        if looks not in seen:
            seen.add(looks)
            yield Shown(_path(form, visit), messages, _keys(visit, words))


def _labels(messages: Sequence[RenderedMessage]) -> tuple[str, ...]:
    return tuple(button["text"] for message in messages for row in message.keyboard for button in row)


def _path(form: Form, visit: Visit) -> str:
    if visit.ended or visit.draft.position == REVIEW:
        return REVIEW
    return Filling(form, visit.draft.at(NOW, 7)).instance.node(visit.draft.position).path


def _keys(visit: Visit, words: Mapping[str, str]) -> Sequence[str]:
    names = (name_of(part) for phrase in phrases_of(visit) for part in parts(phrase))
    return tuple(dict.fromkeys(words.get(name, name) for name in names if isinstance(name, str)))


def by_path(form: Form, screens: Iterable[Shown]) -> Mapping[str, Sequence[Shown]]:
    """The screens by their path, in the form's order, the review at the end."""
    found: dict[str, list[Shown]] = {path: [] for path in (*form.nodes, REVIEW)}
    for screen in screens:
        found[screen.path].append(screen)
    return {path: some for path, some in found.items() if some}
