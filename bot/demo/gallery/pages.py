"""Pages of one language: one for each section, and an index."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set, Sized
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from string import Formatter

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.chat.renderer import Renderer
from bot.demo.gallery.exchanges import Exchange, Letters, Utterance, in_words, utterance_of
from bot.demo.people import TEAM
from bot.demo.walk.steps import Visit, parts, phrases_of, text_of
from bot.form.draft import REVIEW
from bot.form.model import Form, Group
from bot.languages import name_of
from bot.texts import Texts

_FOLDER = Path(__file__).resolve().parent
STYLE = (_FOLDER / "style.css").read_text("utf-8")
_TEMPLATES = Environment(
    loader=FileSystemLoader(_FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def policy() -> str:
    """Content-Security-Policy that allows only this stylesheet, by hash, since files have no origin."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def page(template: str, texts: Texts, language: str, **values: object) -> str:
    """Render a template in a language.

    Values are escaped unless marked `safe`. Templates may call `text(key)`, with `language=` for another
    language.
    """

    def text(key: str, language: str = language, **arguments: str | int) -> str:
        return texts.text(language, key, arguments)

    return _TEMPLATES.get_template(template).render(
        text=text,
        language=language,
        languages={code: name_of(code) for code in texts.languages},
        style=STYLE,
        policy=policy(),
        **values,
    )


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
    names = (text_of(part) for phrase in phrases_of(visit) for part in parts(phrase))
    return tuple(dict.fromkeys(rewording.get(name, name) for name in names if isinstance(name, str)))


def by_path(form: Form, screens: Iterable[FormScreen]) -> Mapping[str, Sequence[FormScreen]]:
    found: dict[str, list[FormScreen]] = {path: [] for path in (*form.nodes, REVIEW)}
    for screen in screens:
        found[screen.path].append(screen)
    return {path: some for path, some in found.items() if some}


PAGE_TEXTS = ("demo.", "gallery.", "update.")
_COUNTS = (1, 2, 5)
"""Together these select every plural form of each language."""
_ARGUMENTS: Mapping[str, str | int] = {
    "alias": "Aspan", "ref": "R7K2Q9", "refs": "R7K2Q9, R4M8T1", "code": "7K2M-9QX4-B3TN", "reference": "3f9a1c",
    "version": 2, "new": 12, "claimed": 3, "approved": 40, "rejected": 5, "withdrawn": 1, "more": 4, "age": 6,
    "hours": 12, "days": 30, "rejected_days": 30, "shared": 2, "counted": 3, "rows": 40, "page": 2, "pages": 7, "number": 3,
    "most": 120, "latitude": "43.238949", "longitude": "76.889709", "start": "08.03.2024", "end": "10.03.2024",
    "date": "08.03.2024", "day": 31, "year": 2024, "typed": "1.500", "whole": 1500, "fraction": "1,5",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LooseText:
    key: str
    forms: Sequence[str]


def loose_texts(texts: Texts, language: str, shown: Set[str]) -> Iterator[LooseText]:
    """The bot's texts outside `shown`. Raises MissingTextError if a catalogue lacks one."""
    words = texts.text(language, "gallery.sample.words")
    for key, raw in texts.raw(language, "").items():
        if key in shown or key.startswith(PAGE_TEXTS):
            continue
        names = {name for _, name, _, _ in Formatter().parse(raw) if name}
        given = {name: _ARGUMENTS.get(name, words) for name in names}
        counted = {texts.text(language, key, {**given, "n": count}): None for count in _COUNTS}
        yield LooseText(key, tuple(counted))


def by_subject(found: Iterable[LooseText]) -> Mapping[str, Sequence[LooseText]]:
    subjects: dict[str, list[LooseText]] = {}
    for text in found:
        subjects.setdefault(".".join(text.key.split(".")[:2]), []).append(text)
    return subjects


SCREENS_A_PAGE = 120
"""Few enough for a phone. A question or repeat with more stays on one page."""

EXCHANGES_A_PAGE = 300
"""Also few enough for a phone."""


@dataclass(frozen=True, slots=True)
class ShownForm:
    kind: str
    form: Form
    screens: Mapping[str, Sequence[FormScreen]]
    chart: str

    @property
    def chart_file(self) -> str:
        return f"flow-{self.kind}"


@dataclass(frozen=True, slots=True)
class Entry:
    anchor: str
    title: str
    code: str
    shown: object


@dataclass(frozen=True, slots=True)
class PageSection:
    file: str
    title: str
    template: str
    entries: Sequence[Entry] = ()
    about: str = ""
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LanguagePages:
    texts: Texts
    language: str

    def render(
        self,
        forms: Sequence[ShownForm],
        exchanges: Sequence[Exchange],
        loose: Mapping[str, Sequence[LooseText]],
    ) -> Mapping[str, str]:
        sections = [section for form in forms for section in self._form(form)]
        for side in ("reporter", "moderator"):
            some = [one for one in exchanges if (one.chat in TEAM) == (side == "moderator")]
            sections += self._chat(side, some)
        sections.append(self._loose(loose))
        count = sum(len(some) for form in forms for some in form.screens.values()) + len(exchanges)
        contents = page("contents.html", self.texts, self.language, sections=sections, count=count)
        pages = {f"{self.language}.html": contents}
        for place, section in enumerate(sections):
            around = sections[max(0, place - 1) : place], sections[place + 1 : place + 2]
            pages[section.file] = page(
                section.template,
                self.texts,
                self.language,
                section=section,
                before=around[0],
                after=around[1],
                **section.values,
            )
        return pages

    def _form(self, shown: ShownForm) -> Iterator[PageSection]:
        file = f"{self.language}-{shown.chart_file}.html"
        values = {"chart": shown.chart, "chart_file": f"{shown.chart_file}-{self.language}.svg"}
        yield PageSection(file, self._text(f"gallery.flow.{shown.kind}"), "flow_chart.html", values=values)
        name, shares = self._text(f"gallery.form.{shown.kind}"), paginated(shown.form, shown.screens)
        for number, paths in enumerate(shares, 1):
            entries = [self._entry(shown, path) for path in paths]
            first = paths[0].rpartition("/")[2].lstrip(":")
            yield PageSection(
                f"{self.language}-{shown.kind}-{first}.html",
                f"{name} {number}/{len(shares)}",
                "form.html",
                entries,
                " … ".join(dict.fromkeys((entries[0].title, entries[-1].title))),
            )

    def _entry(self, shown: ShownForm, path: str) -> Entry:
        node = shown.form.nodes.get(path)
        title = (node.label.get(self.language) if node else None) or self._text("gallery.review")
        anchor = shown.kind + path.replace("/", "-").replace(":", "-")
        return Entry(anchor, title, path.lstrip(":") if path == REVIEW else path, shown.screens[path])

    def _chat(self, side: str, exchanges: Sequence[Exchange]) -> Iterator[PageSection]:
        entries = [
            Entry(f"sent-{one.sent.number}-{one.chat}", self._title(one), "", one) for one in exchanges
        ]
        title, file = self._text(f"gallery.chat.{side}"), f"{self.language}-chat-{side}"
        shares = -(-len(entries) // EXCHANGES_A_PAGE)
        for number in range(1, shares + 1):
            share = entries[(number - 1) * EXCHANGES_A_PAGE : number * EXCHANGES_A_PAGE]
            again = f"-{number}" if number > 1 else ""
            yield PageSection(f"{file}{again}.html", f"{title} {number}/{shares}", "chat.html", share)

    def _title(self, exchange: Exchange) -> str:
        words = exchange.sent.words
        return self._text("gallery.chat.notice", sent=words) if exchange.is_notice else words

    def _loose(self, loose: Mapping[str, Sequence[LooseText]]) -> PageSection:
        entries = [Entry(f"texts-{subject}", "", f"{subject}.*", some) for subject, some in loose.items()]
        return PageSection(f"{self.language}-texts.html", self._text("gallery.other"), "texts.html", entries)

    def _text(self, key: str, **arguments: str) -> str:
        return self.texts.text(self.language, key, arguments)


def paginated(form: Form, screens: Mapping[str, Sized]) -> Sequence[Sequence[str]]:
    """Paths of each page, in order. A repeat stays together with its questions."""
    pages: list[list[str]] = []
    number = SCREENS_A_PAGE
    for paths in _kept_together(form, screens):
        size = sum(len(screens[path]) for path in paths)
        if number + size > SCREENS_A_PAGE:
            pages.append([])
            number = 0
        pages[-1] += paths
        number += size
    return pages


def _kept_together(form: Form, paths: Mapping[str, object]) -> Iterator[list[str]]:
    repeats = [node.path for node in form.nodes.values() if isinstance(node, Group) and node.repeat]

    def repeat_or_path(path: str) -> str:
        return next((one for one in repeats if path == one or path.startswith(f"{one}/")), path)

    return (list(some) for _, some in groupby(paths, repeat_or_path))
