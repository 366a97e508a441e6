"""Every screen of a form in a language, from the real flow and renderer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.chat.screens.renderer import Renderer
from bot.demo.gallery.exchanges import Utterance, utterance_of
from bot.demo.gallery.sample_words import Letters, in_words
from bot.demo.walk.visits import Visit, name_of, parts, phrases_of
from bot.form.draft import REVIEW
from bot.form.model import Form

_DRAFT, _STEP = "0000", 1


@dataclass(frozen=True, slots=True)
class FormScreen:
    path: str
    said: Sequence[Utterance]
    keys: Sequence[str]


def form_screens(
    visits: Iterable[Visit], renderer: Renderer, language: str, rewording: Mapping[str, str], letters: Letters
) -> Iterator[FormScreen]:
    """Distinct screens of a walk. Raises MissingTextError for a missing text.

    `rewording` maps keys to their replacements. `letters` maps the walk's stand-ins to real words.
    """
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
    found: dict[str, list[FormScreen]] = {path: [] for path in (*form.nodes, REVIEW)}
    for screen in screens:
        found[screen.path].append(screen)
    return {path: some for path, some in found.items() if some}
