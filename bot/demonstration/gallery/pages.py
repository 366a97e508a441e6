"""The pages of the gallery: HTML with one stylesheet inside, no script, nothing from elsewhere."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.demo.page import LANGUAGES
from bot.demonstration.gallery.bubbles import bubble, chat
from bot.demonstration.gallery.exchanges import Exchange
from bot.demonstration.gallery.markup import escaped, tag
from bot.demonstration.gallery.sayings import Saying
from bot.demonstration.gallery.screens import Shown
from bot.demonstration.people import MODERATORS
from bot.form.draft import REVIEW
from bot.form.model import Form
from bot.texts import Texts

STYLE = (Path(__file__).resolve().parent / "style.css").read_text("utf-8")


def policy() -> str:
    """The pages' Content-Security-Policy: this stylesheet alone, by its hash, since a file has no origin."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def page(language: str, title: str, body: str) -> str:
    """A whole page."""
    head = (
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy()}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{tag('title', escaped(title))}\n<style>{STYLE}</style>"
    )
    return f"<!doctype html>\n{tag('html', tag('head', head), tag('body', body), lang=language)}\n"


@dataclass(frozen=True, slots=True)
class Part:
    """A form in the gallery: its kind, its screens by their path, the picture of its flow."""

    kind: str
    form: Form
    screens: Mapping[str, Sequence[Shown]]
    chart: str


class Hall:
    """Writes one language's page."""

    def __init__(self, texts: Texts, language: str) -> None:
        self.texts, self.language = texts, language

    def page(
        self, parts: Sequence[Part], exchanges: Sequence[Exchange], sayings: Mapping[str, Sequence[Saying]]
    ) -> str:
        """All forms, then what is said beside them, in chats and text by text."""
        number = sum(len(some) for part in parts for some in part.screens.values()) + len(exchanges)
        chats = {
            side: [one for one in exchanges if (one.chat in MODERATORS) == (side == "moderator")]
            for side in ("reporter", "moderator")
        }
        counted = self.texts.text(self.language, "gallery.screens", {"n": number})
        header = tag(
            "header",
            tag("h1", self._say("gallery.title")),
            tag("p", self._say("gallery.lead")),
            tag("p", escaped(counted)),
            self._contents(parts, chats, sayings),
        )
        sections = [
            *(piece for part in parts for piece in self._part(part)),
            *(self._chat(side, some) for side, some in chats.items()),
            self._others(sayings),
        ]
        return page(
            self.language,
            self.texts.text(self.language, "gallery.title"),
            f"{header}\n{tag('main', *sections)}",
        )

    def _say(self, key: str) -> str:
        return escaped(self.texts.text(self.language, key))

    def _contents(
        self,
        parts: Sequence[Part],
        chats: Mapping[str, Sequence[Exchange]],
        sayings: Mapping[str, Sequence[Saying]],
    ) -> str:
        lists = []
        for part in parts:
            lists.append(_link(f"flow-{part.kind}", self._say(f"gallery.flow.{part.kind}")))
            paths = (_link(_anchor(part, path), escaped(_named(path))) for path in part.screens)
            lists.append(_folded(self._say(f"gallery.form.{part.kind}"), paths))
        for side, some in chats.items():
            sent = (_link(f"sent-{one.number}-{one.chat}", escaped(self._sent(one))) for one in some)
            lists.append(_folded(self._say(f"gallery.chat.{side}"), sent))
        subjects = (_link(f"say-{subject}", subject) for subject in sayings)
        lists.append(_folded(self._say("gallery.other"), subjects))
        return tag("nav", _list(lists), aria_label=self._word("gallery.contents"))

    def _word(self, key: str) -> str:
        return self.texts.text(self.language, key)

    def _part(self, part: Part) -> Iterator[str]:
        flow = self._word(f"gallery.flow.{part.kind}")
        chart = tag("div", part.chart, class_="chart", tabindex=0, role="region", aria_label=flow)
        lead = tag("p", self._say("gallery.flow.lead"))
        yield tag("section", tag("h2", escaped(flow), id=f"flow-{part.kind}"), lead, chart)
        walls = (self._wall(part, path, screens) for path, screens in part.screens.items())
        yield tag("section", tag("h2", self._say(f"gallery.form.{part.kind}")), *walls)

    def _wall(self, part: Part, path: str, screens: Sequence[Shown]) -> str:
        label = part.form.nodes[path].label.get(self.language) if path in part.form.nodes else None
        title = escaped(label or self._word("gallery.review"))
        heading = tag("h3", title, " ", tag("code", escaped(_named(path))), id=_anchor(part, path))
        return f"\n{heading}" + tag("div", *(self._screen(one) for one in screens), class_="wall")

    def _chat(self, side: str, exchanges: Sequence[Exchange]) -> str:
        title = tag("h2", self._say(f"gallery.chat.{side}"))
        lead = tag("p", self._say("gallery.chat.lead"))
        return tag("section", title, lead, tag("div", *map(self._exchange, exchanges), class_="wall"))

    def _exchange(self, one: Exchange) -> str:
        heading = tag("h3", escaped(self._sent(one)), id=f"sent-{one.number}-{one.chat}")
        phone = tag("div", chat(one), class_="phone")
        return "\n" + tag("article", heading, phone, self._listed(one.keys), class_="screen")

    def _sent(self, one: Exchange) -> str:
        return (
            self.texts.text(self.language, "gallery.chat.notice", {"sent": one.sent})
            if one.notice
            else one.sent
        )

    def _listed(self, names: Sequence[str]) -> str:
        return _folded(self._say("gallery.keys"), map(escaped, names)) if names else ""

    def _screen(self, one: Shown) -> str:
        phone = tag("div", *(bubble(message) for message in one.messages), class_="phone")
        return "\n" + tag("article", phone, self._listed(one.keys), class_="screen")

    def _others(self, sayings: Mapping[str, Sequence[Saying]]) -> str:
        title = tag("h2", self._say("gallery.other"))
        lead = tag("p", self._say("gallery.other.lead"))
        walls = (
            tag("h3", tag("code", f"{subject}.*"), id=f"say-{subject}")
            + tag("div", *map(_saying, some), class_="wall")
            for subject, some in sayings.items()
        )
        return tag("section", title, lead, *walls)


def _saying(saying: Saying) -> str:
    bubbles = (tag("p", escaped(form), class_="bubble") for form in saying.forms)
    heading = tag("h4", tag("code", saying.key))
    return "\n" + tag("article", heading, tag("div", *bubbles, class_="phone"), class_="screen")


def index(texts: Texts, languages: Sequence[str], charts: Mapping[str, Sequence[str]]) -> str:
    """The first page: the languages, and the pictures by language as files."""
    links = [
        " · ".join(
            (
                tag("a", escaped(LANGUAGES.get(one, one)), href=f"{one}.html", lang=one, hreflang=one),
                *(tag("a", name, href=name) for name in charts[one]),
            )
        )
        for one in languages
    ]
    leads = (tag("p", escaped(texts.text(one, "gallery.all")), lang=one) for one in languages)
    title = texts.text(languages[0], "gallery.title")
    header = tag("header", tag("h1", escaped(title)))
    return page(languages[0], title, f"{header}\n{tag('main', *leads, _list(links))}")


def _anchor(part: Part, path: str) -> str:
    return f"{part.kind}{path.replace('/', '-').replace(':', '-')}"


def _named(path: str) -> str:
    return path.lstrip(":") if path == REVIEW else path


def _link(anchor: str, title: str) -> str:
    return tag("a", title, href=f"#{anchor}")


def _folded(title: str, items: Iterable[str]) -> str:
    return tag("details", tag("summary", title), _list(items))


def _list(items: Iterable[str]) -> str:
    return tag("ul", *(tag("li", item) for item in items))
