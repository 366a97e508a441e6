"""The gallery's files: walks the forms once, plays the chats and renders every language, an index and a page
for each section."""

import asyncio
import base64
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set, Sized
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from string import Formatter

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import migrations
from bot.app.questionnaires import with_days
from bot.app.wiring import open_work
from bot.chat.buttons import EDIT_WORDS
from bot.chat.renderer import Renderer
from bot.demo.folder import settings_in
from bot.demo.gallery.chart import Chart
from bot.demo.gallery.exchanges import (
    Exchange,
    Letters,
    Utterance,
    in_words,
    letters_of,
    recorded_chats,
    sample_words,
    standing_for,
    utterance_of,
    with_stand_ins,
)
from bot.demo.gallery.script import Script
from bot.demo.gallery.seldom_scenes import UNKNOWN_CODE
from bot.demo.people import TEAM
from bot.demo.walk.answering import SampleTexts
from bot.demo.walk.steps import Visit, parts, phrases_of, text_of
from bot.demo.walk.walking import walk
from bot.form.draft import REVIEW
from bot.form.model import Form, Group
from bot.form.xlsform.own_columns import read_contacts, with_contacts
from bot.form.xlsform.reader import load
from bot.languages import name_of
from bot.settings import Settings
from bot.store.unit import REPORT_FORM, REVIEW_FORM
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
    """Render a template in a language. Values are escaped unless marked `safe`. Templates may call
    `text(key)`, with `language=` for another language."""

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
    """Distinct screens of a walk. Raises MissingTextError for a missing text. `rewording` maps keys to their
    replacements, `letters` the walk's stand-ins to real words."""
    speaking = renderer.reworded(rewording)
    seen = set()
    for visit in visits:
        screen = in_words(visit.screen, letters)
        messages = (*speaking.notes(language, screen), *speaking.screen(language, screen, _DRAFT, _STEP))
        said = tuple(map(utterance_of, messages))
        if said not in seen:
            seen.add(said)
            names = (text_of(part) for phrase in phrases_of(visit) for part in parts(phrase))
            keys = dict.fromkeys(rewording.get(name, name) for name in names if isinstance(name, str))
            yield FormScreen(REVIEW if visit.ended else visit.path, said, tuple(keys))


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
        left = [Entry(f"texts-{subject}", "", f"{subject}.*", some) for subject, some in loose.items()]
        file, title = f"{self.language}-texts.html", self._text("gallery.other")
        sections.append(PageSection(file, title, "texts.html", left))
        count = sum(len(some) for form in forms for some in form.screens.values()) + len(exchanges)
        contents = page("contents.html", self.texts, self.language, sections=sections, count=count)
        pages = {f"{self.language}.html": contents}
        for place, section in enumerate(sections):
            before, after = sections[max(0, place - 1) : place], sections[place + 1 : place + 2]
            given = {"section": section, "before": before, "after": after, **section.values}
            pages[section.file] = page(section.template, self.texts, self.language, **given)
        return pages

    def _form(self, shown: ShownForm) -> Iterator[PageSection]:
        file = f"{self.language}-flow-{shown.kind}.html"
        values = {"chart": shown.chart, "chart_file": f"flow-{shown.kind}-{self.language}.svg"}
        yield PageSection(file, self._text(f"gallery.flow.{shown.kind}"), "flow_chart.html", values=values)
        name, shares = self._text(f"gallery.form.{shown.kind}"), paginated(shown.form, shown.screens)
        for number, paths in enumerate(shares, 1):
            entries = [self._entry(shown, path) for path in paths]
            first = paths[0].rpartition("/")[2].lstrip(":")
            file, title = f"{self.language}-{shown.kind}-{first}.html", f"{name} {number}/{len(shares)}"
            about = " … ".join(dict.fromkeys((entries[0].title, entries[-1].title)))
            yield PageSection(file, title, "form.html", entries, about)

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
        begins = range(0, len(entries), EXCHANGES_A_PAGE)
        for number, begin in enumerate(begins, 1):
            share, again = entries[begin : begin + EXCHANGES_A_PAGE], f"-{number}" if number > 1 else ""
            yield PageSection(f"{file}{again}.html", f"{title} {number}/{len(begins)}", "chat.html", share)

    def _title(self, exchange: Exchange) -> str:
        words = exchange.sent.words
        return self._text("gallery.chat.notice", sent=words) if exchange.is_notice else words

    def _text(self, key: str, **arguments: str) -> str:
        return self.texts.text(self.language, key, arguments)


def paginated(form: Form, screens: Mapping[str, Sized]) -> Sequence[Sequence[str]]:
    """Paths of each page, in order. A repeat stays together with its questions."""
    pages: list[list[str]] = []
    number = SCREENS_A_PAGE
    repeats = [node.path for node in form.nodes.values() if isinstance(node, Group) and node.repeat]

    def repeat_or_path(path: str) -> str:
        return next((one for one in repeats if path == one or path.startswith(f"{one}/")), path)

    for paths in (list(some) for _, some in groupby(screens, repeat_or_path)):
        size = sum(len(screens[path]) for path in paths)
        if number + size > SCREENS_A_PAGE:
            pages.append([])
            number = 0
        pages[-1] += paths
        number += size
    return pages


SCRIPT_TIME = datetime.fromisoformat("2025-11-24T12:00:00+05:00")
_DATABASE = "kuager.db"
_NOBODY = ("age17lhll7ccc8ax05a00yp0py7a6z3u3qxxg4zg8dwpgjsrfrm7w9lq6ngqh2",)
"""Recipient for sharing: a public age key without its private half."""

_MORE_THAN_PLAYED = 10_000
"""Daily rate limit above the script's messages. The default would offer to block its reporter."""


async def converse(
    texts: Texts, forms: Mapping[str, Form], words: Mapping[str, SampleTexts]
) -> Mapping[str, Sequence[Exchange]]:
    """Exchanges by language, deterministic for the arguments. `words` are those of people. Raises
    MissingTextError for a text missing from a catalogue."""
    with tempfile.TemporaryDirectory(prefix="kuager-gallery-") as name:
        folder = Path(name)
        await migrations.upgrade(f"sqlite+aiosqlite:///{folder / _DATABASE}")
        found = {}
        for language in texts.languages:
            exchanges = await play(folder, language, texts, forms, words[language])
            found[language] = with_stand_ins(exchanges, language, constant_text(texts, language))
        return found


def constant_text(texts: Texts, language: str) -> str:
    """Text that is never drawn at random: the catalogue and the script's own input."""
    return "\n".join((*texts.raw(language, "").values(), UNKNOWN_CODE))


async def play(
    folder: Path, language: str, texts: Texts, forms: Mapping[str, Form], words: SampleTexts
) -> Sequence[Exchange]:
    """Play the script in one language on a copy of the folder's empty database."""
    own = Path(tempfile.mkdtemp(dir=folder))
    shutil.copy(folder / _DATABASE, own)
    named = {code: texts.text(code, "demo.organisation") for code in texts.languages}
    behind = {"organisation": named, "organisation_contact": "https://example.org"}
    given = {"languages": texts.languages, "export_recipients": _NOBODY, "updates_a_day": _MORE_THAN_PLAYED}
    settings = settings_in(own, "http://127.0.0.1", **given, **behind)
    work = await open_work(settings, lambda: SCRIPT_TIME)
    try:
        work.forms = {**work.forms, **forms}
        chats, exchanges = recorded_chats(work, texts, language)
        await Script(chats, exchanges, work, texts, words).play()
        return exchanges
    finally:
        await work.database.close()


def worth_showing(exchanges: Sequence[Exchange], known: Set[str]) -> Sequence[Exchange]:
    """Exchanges in which the bot says something new. Those that only fill in a form must also contain a text
    outside `known`, the keys of the forms' screens."""
    shown, seen, said = [], set(known), set()
    for _, group in groupby(exchanges, lambda one: one.sent.number):
        together = list(group)
        keys = set(together[0].keys)
        for exchange in together:
            what = tuple(exchange.said)
            if what not in said and not (exchange.sent.fills_form and keys <= seen):
                shown.append(exchange)
                said.add(what)
        seen |= keys
    return shown


def forms(report: Path, review: Path, contacts: Path) -> Mapping[str, Form]:
    shown = with_days(load(report), Settings.model_fields["talk_days"].default)
    return {REPORT_FORM: with_contacts(shown, read_contacts(contacts)), REVIEW_FORM: load(review)}


def write_gallery(
    folder: Path, by_kind: Mapping[str, Form], texts: Texts, announce: Callable[[str], None] = lambda _: None
) -> None:
    """Write `index.html`, all pages and all charts into a folder, created if missing: the same for the same
    forms and texts. `announce` receives each file's path. Runs its own event loop. Raises MissingTextError
    before writing if a catalogue lacks a text."""
    folder.mkdir(parents=True, exist_ok=True)
    words = {language: sample_words(texts, language) for language in texts.languages}
    standing = standing_for(words.values())
    walks = {
        kind: tuple(walk(form, standing, withholds=kind == REVIEW_FORM)) for kind, form in by_kind.items()
    }
    shown = {}
    for language in texts.languages:
        letters = letters_of(standing, words[language])
        shown[language] = [
            _shown(kind, form, walks[kind], texts, language, letters) for kind, form in by_kind.items()
        ]
    talks = asyncio.run(converse(texts, by_kind, words))
    files: dict[str, str] = {}
    for language in texts.languages:
        files |= {f"flow-{one.kind}-{language}.svg": one.chart for one in shown[language]}
        files |= _pages(texts, language, shown[language], talks[language])
    # Last, so that its presence proves the others.
    files["index.html"] = page("index.html", texts, texts.languages[0], kinds=list(by_kind))
    for name, content in files.items():
        (folder / name).write_text(content, "utf-8")
        announce(str(folder / name))


def _shown(
    kind: str, form: Form, walked: Iterable[Visit], texts: Texts, language: str, letters: Letters
) -> ShownForm:
    rewording = EDIT_WORDS if kind == REVIEW_FORM else {}
    found: dict[str, list[FormScreen]] = {path: [] for path in (*form.nodes, REVIEW)}
    for screen in form_screens(walked, Renderer(texts), language, rewording, letters):
        found[screen.path].append(screen)
    screens = {path: some for path, some in found.items() if some}
    return ShownForm(kind, form, screens, Chart(form, texts, language).svg())


def _pages(
    texts: Texts, language: str, shown: Sequence[ShownForm], talk: Sequence[Exchange]
) -> Mapping[str, str]:
    keys = {key for form in shown for some in form.screens.values() for one in some for key in one.keys}
    exchanges = worth_showing(talk, keys)
    keys |= {key for one in exchanges for key in one.keys}
    subjects: dict[str, list[LooseText]] = {}
    for text in loose_texts(texts, language, keys):
        subjects.setdefault(".".join(text.key.split(".")[:2]), []).append(text)
    return LanguagePages(texts, language).render(shown, exchanges, subjects)
