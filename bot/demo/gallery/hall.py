"""The pages of one language: a page a section, and one that leads to all of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.chat.reporter.commands import NAMES
from bot.demo.gallery.bubbles import bubble, chat
from bot.demo.gallery.exchanges import Exchange
from bot.demo.gallery.markup import escaped, tag
from bot.demo.gallery.pages import folded, link, listed, page
from bot.demo.gallery.rooms import rooms
from bot.demo.gallery.sayings import Saying
from bot.demo.gallery.screens import Shown
from bot.demo.people import MODERATORS
from bot.form.draft import REVIEW
from bot.form.model import Form
from bot.texts import Texts


@dataclass(frozen=True, slots=True)
class Part:
    """A form in the gallery: its kind, its screens by their path, the picture of its flow."""

    kind: str
    form: Form
    screens: Mapping[str, Sequence[Shown]]
    chart: str


@dataclass(frozen=True, slots=True)
class Room:
    """A page: its file's name, its title and body, and what is on it, as titles by anchor, or in few words (`about`);
    all but the name is markup."""

    file: str
    title: str
    body: str
    contents: Mapping[str, str]
    about: str = ""


class Hall:
    """Writes one language's pages."""

    def __init__(self, texts: Texts, language: str) -> None:
        self.texts, self.language = texts, language

    def pages(
        self, parts: Sequence[Part], exchanges: Sequence[Exchange], sayings: Mapping[str, Sequence[Saying]]
    ) -> Mapping[str, str]:
        """The pages by their files' names, the one that leads to the others first."""
        found = [room for part in parts for room in self._part(part)]
        for side in ("reporter", "moderator"):
            some = [one for one in exchanges if (one.chat in MODERATORS) == (side == "moderator")]
            found.append(self._chat(side, some))
        found.append(self._others(sayings))
        number = sum(len(some) for part in parts for some in part.screens.values()) + len(exchanges)
        pages = {f"{self.language}.html": self._index(found, number)}
        for place, room in enumerate(found):
            pages[room.file] = self._whole(
                room, found[max(0, place - 1) : place], found[place + 1 : place + 2]
            )
        return pages

    # --- the pages themselves

    def _index(self, found: Sequence[Room], number: int) -> str:
        counted = self.texts.text(self.language, "gallery.screens", {"n": number})
        home = link("index.html", escaped(" · ".join(NAMES.get(one, one) for one in self.texts.languages)))
        header = tag(
            "header",
            tag("p", home),
            tag("h1", self._say("gallery.title")),
            tag("p", self._say("gallery.lead")),
            tag("p", escaped(counted)),
        )
        lists = (self._entry(room) for room in found)
        nav = tag("nav", listed(lists), aria_label=self._word("gallery.contents"))
        return page(self.language, self._word("gallery.title"), f"{header}\n{tag('main', nav)}")

    def _entry(self, room: Room) -> str:
        way = link(room.file, room.title)
        if not room.contents:
            return way
        inside = (link(f"{room.file}#{anchor}", title) for anchor, title in room.contents.items())
        return way + folded(room.about or self._say("gallery.contents"), inside)

    def _whole(self, room: Room, before: Sequence[Room], after: Sequence[Room]) -> str:
        ways = [
            link(f"{self.language}.html", self._say("gallery.contents")),
            *(link(one.file, f"← {one.title}") for one in before),
            *(link(one.file, f"{one.title} →") for one in after),
        ]
        inside = [link(f"#{anchor}", title) for anchor, title in room.contents.items()]
        header = tag(
            "header",
            tag("nav", listed(ways), aria_label=self._word("gallery.title")),
            tag("h1", room.title),
            folded(self._say("gallery.contents"), inside) if inside else "",
        )
        again = tag("footer", listed(ways))
        return page(
            self.language, self._word("gallery.title"), f"{header}\n{tag('main', room.body)}\n{again}"
        )

    # --- forms

    def _part(self, part: Part) -> Iterator[Room]:
        flow = self._word(f"gallery.flow.{part.kind}")
        chart = tag("div", part.chart, class_="chart", tabindex=0, role="region", aria_label=flow)
        file = link(f"flow-{part.kind}-{self.language}.svg", escaped(flow))
        lead = tag("p", self._say("gallery.flow.lead"))
        yield Room(
            f"{self.language}-flow-{part.kind}.html", escaped(flow), f"{lead}{chart}{tag('p', file)}", {}
        )
        shared = rooms(part.form, part.screens)
        for number, paths in enumerate(shared, 1):
            named = self._say(f"gallery.form.{part.kind}")
            title = f"{named} {number}/{len(shared)}"
            body = "".join(self._wall(part, path) for path in paths)
            contents = {_anchor(part, path): self._asked(part, path) for path in paths}
            ends = dict.fromkeys((paths[0], paths[-1]))
            about = " … ".join(escaped(self._label(part, path)) for path in ends)
            first = paths[0].rpartition("/")[2].lstrip(":")
            yield Room(f"{self.language}-{part.kind}-{first}.html", title, body, contents, about)

    def _label(self, part: Part, path: str) -> str:
        node = part.form.nodes.get(path)
        return (node.label.get(self.language) if node else None) or self._word("gallery.review")

    def _asked(self, part: Part, path: str) -> str:
        return f"{escaped(self._label(part, path))} {tag('code', escaped(_named(path)))}"

    def _wall(self, part: Part, path: str) -> str:
        heading = tag("h2", self._asked(part, path), id=_anchor(part, path))
        return f"\n{heading}" + tag("div", *map(self._screen, part.screens[path]), class_="wall")

    def _screen(self, one: Shown) -> str:
        phone = tag("div", *(bubble(message) for message in one.messages), class_="phone")
        return "\n" + tag("article", phone, self._keys(one.keys), class_="screen")

    # --- what is said beside them

    def _chat(self, side: str, exchanges: Sequence[Exchange]) -> Room:
        lead = tag("p", self._say("gallery.chat.lead"))
        body = lead + tag("div", *map(self._exchange, exchanges), class_="wall")
        contents = {_sent_at(one): escaped(self._sent(one)) for one in exchanges}
        return Room(f"{self.language}-chat-{side}.html", self._say(f"gallery.chat.{side}"), body, contents)

    def _exchange(self, one: Exchange) -> str:
        heading = tag("h2", escaped(self._sent(one)), id=_sent_at(one))
        phone = tag("div", chat(one), class_="phone")
        return "\n" + tag("article", heading, phone, self._keys(one.keys), class_="screen")

    def _sent(self, one: Exchange) -> str:
        told = {"sent": one.sent}
        return self.texts.text(self.language, "gallery.chat.notice", told) if one.notice else one.sent

    def _others(self, sayings: Mapping[str, Sequence[Saying]]) -> Room:
        lead = tag("p", self._say("gallery.other.lead"))
        walls = (
            tag("h2", tag("code", f"{subject}.*"), id=f"say-{subject}")
            + tag("div", *map(_saying, some), class_="wall")
            for subject, some in sayings.items()
        )
        contents = {f"say-{subject}": subject for subject in sayings}
        return Room(
            f"{self.language}-texts.html", self._say("gallery.other"), "".join((lead, *walls)), contents
        )

    # --- words

    def _word(self, key: str) -> str:
        return self.texts.text(self.language, key)

    def _say(self, key: str) -> str:
        return escaped(self._word(key))

    def _keys(self, names: Sequence[str]) -> str:
        return folded(self._say("gallery.keys"), map(escaped, names)) if names else ""


def _saying(saying: Saying) -> str:
    bubbles = (tag("p", escaped(form), class_="bubble") for form in saying.forms)
    heading = tag("h3", tag("code", saying.key))
    return "\n" + tag("article", heading, tag("div", *bubbles, class_="phone"), class_="screen")


def _anchor(part: Part, path: str) -> str:
    return f"{part.kind}{path.replace('/', '-').replace(':', '-')}"


def _sent_at(one: Exchange) -> str:
    return f"sent-{one.number}-{one.chat}"


def _named(path: str) -> str:
    return path.lstrip(":") if path == REVIEW else path
