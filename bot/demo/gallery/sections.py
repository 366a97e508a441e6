"""Pages of one language: one for each section, and an index."""

from collections.abc import Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from itertools import groupby

from bot.demo.gallery.exchanges import Exchange
from bot.demo.gallery.loose_texts import LooseText
from bot.demo.gallery.pages import page
from bot.demo.gallery.screens import FormScreen
from bot.demo.people import TEAM
from bot.form.draft import REVIEW
from bot.form.model import Form, Group
from bot.texts import Texts

SCREENS_A_PAGE = 120
"""Few enough for a phone. A question or repeat with more stays on one page."""


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
class Section:
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
            sections.append(self._chat(side, some))
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

    def _form(self, shown: ShownForm) -> Iterator[Section]:
        file = f"{self.language}-{shown.chart_file}.html"
        values = {"chart": shown.chart, "chart_file": f"{shown.chart_file}-{self.language}.svg"}
        yield Section(file, self._text(f"gallery.flow.{shown.kind}"), "flow_chart.html", values=values)
        name, shares = self._text(f"gallery.form.{shown.kind}"), paginated(shown.form, shown.screens)
        for number, paths in enumerate(shares, 1):
            entries = [self._entry(shown, path) for path in paths]
            first = paths[0].rpartition("/")[2].lstrip(":")
            yield Section(
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

    def _chat(self, side: str, exchanges: Sequence[Exchange]) -> Section:
        entries = [
            Entry(f"sent-{one.sent.number}-{one.chat}", self._title(one), "", one) for one in exchanges
        ]
        title = self._text(f"gallery.chat.{side}")
        return Section(f"{self.language}-chat-{side}.html", title, "chat.html", entries)

    def _title(self, exchange: Exchange) -> str:
        words = exchange.sent.words
        return self._text("gallery.chat.notice", sent=words) if exchange.is_notice else words

    def _loose(self, loose: Mapping[str, Sequence[LooseText]]) -> Section:
        entries = [Entry(f"texts-{subject}", "", f"{subject}.*", some) for subject, some in loose.items()]
        return Section(f"{self.language}-texts.html", self._text("gallery.other"), "texts.html", entries)

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
