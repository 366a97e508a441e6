"""Every screen of a form in a language, as the real flow comes to it and the real renderer words it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.chat.screens.renderer import Renderer
from bot.demo.gallery.exchanges import Utterance, utterance_of
from bot.demo.gallery.sample_words import Letters, in_words
from bot.demo.walk.visits import Visit, name_of, parts, phrases_of
from bot.form.draft import REVIEW
from bot.form.model import Form

_DRAFT, _STEP = "0000", 1
"""They stand in the data of buttons only, which no page shows."""


@dataclass(frozen=True, slots=True)
class FormScreen:
    """A screen: the path of its question or REVIEW, what is said, and the keys of the catalogues' texts in it."""

    path: str
    said: Sequence[Utterance]
    keys: Sequence[str]


def form_screens(
    visits: Iterable[Visit], renderer: Renderer, language: str, rewording: Mapping[str, str], letters: Letters
) -> Iterator[FormScreen]:
    """The screens of a walk, each once; `rewording` are keys that stand for others, `letters` what the walk's words stand
    for. Raises MissingTextError for a text that no catalogue has."""
    speaking = renderer.reworded(rewording)
    seen = set()
    for visit in visits:
        screen = in_words(visit.screen, letters)
        messages = (*speaking.notes(language, screen), *speaking.screen(language, screen, _DRAFT, _STEP))
        said = tuple(map(utterance_of, messages))
        if said not in seen:
            seen.add(said)
            yield FormScreen(REVIEW if visit.ended else visit.path, said, _keys(visit, rewording))


def _keys(visit: Visit, rewording: Mapping[str, str]) -> Sequence[str]:
    names = (name_of(part) for phrase in phrases_of(visit) for part in parts(phrase))
    return tuple(dict.fromkeys(rewording.get(name, name) for name in names if isinstance(name, str)))


def by_path(form: Form, screens: Iterable[FormScreen]) -> Mapping[str, Sequence[FormScreen]]:
    """The screens by their path, in the form's order, the review at the end."""
    found: dict[str, list[FormScreen]] = {path: [] for path in (*form.nodes, REVIEW)}
    for screen in screens:
        found[screen.path].append(screen)
    return {path: some for path, some in found.items() if some}
