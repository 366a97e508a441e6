"""The gallery shows every question and every text in each language, and needs nothing but a browser."""

import html
import re
import secrets
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.demo.cases import all_cases
from bot.demo.gallery.conversations import converse
from bot.demo.gallery.making import forms, make_gallery
from bot.demo.gallery.pages import policy
from bot.demo.gallery.rooms import MOST, rooms
from bot.demo.gallery.sayings import PAGES
from bot.demo.home import CONTACTS
from bot.demo.walk.words import Words
from bot.form.kinds import kind_of
from bot.form.model import Form, Group
from bot.safety import receipt
from bot.safety.receipt import new_code
from bot.services.forms.questionnaires import FORMS
from bot.texts import MissingTextError, Texts

LANGUAGES = ("kk", "ru", "en")
TEXTS = Texts(LANGUAGES)
SHOWN = forms(FORMS / "incident.md", FORMS / "review.md", CONTACTS)
VOID = {"meta", "br"}
IN_CHATS = (
    *("reporter.withdraw.sure", "reporter.withdraw.done", "receipt.unknown", "reporter.file.no_draft"),
    *("moderator.queue.empty", "moderator.alias.bad", "moderator.approve.confirm", "moderator.kept"),
    *(
        "moderator.export.how",
        "moderator.use.share_trusted",
        "moderator.admins_only",
        "moderator.invite.unknown",
    ),
)
"""Texts that stand by themselves, of either side, with and without buttons."""


class Page(HTMLParser):
    """Reads a page strictly: every tag is closed in its turn. `words` is its text, `given` every attribute."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words = ""
        self.tags: set[str] = set()
        self.given: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag and what it is given."""
        self.tags.add(tag)
        self.given += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One that closes itself, in a picture."""
        self.tags.add(tag)
        self.given += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        """It closes the one that is open."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text."""
        if self.open[-1:] != ["style"]:
            self.words += data


@pytest.fixture(scope="session")
def pages(gallery_folder: Path) -> Mapping[str, Page]:
    """Its pages by name, read; each has few enough screens for a phone."""
    return {path.stem: Page(path.read_text("utf-8")) for path in gallery_folder.glob("*.html")}


def words_in(language: str, pages: Mapping[str, Page]) -> str:
    """The text of all pages of a language."""
    return "\n".join(page.words for name, page in pages.items() if name.partition("-")[0] == language)


def labels(form: Form, language: str) -> list[str]:
    """What a form asks."""
    return [
        node.label[language]
        for node in form.nodes.values()
        if not (isinstance(node, Group) and not node.repeat)
        and not (not isinstance(node, Group) and not kind_of(node).is_asked)
    ]


def leads(page: Page) -> set[str]:
    """The files that a page leads to."""
    return {value.partition("#")[0] for name, value in page.given if name == "href"} - {""}


def test_the_first_page_speaks_every_language(pages: Mapping[str, Page]) -> None:
    """It leads to a page of each, and to the pictures, which are named in words."""
    assert leads(pages["index"]) == {
        *(f"{one}.html" for one in LANGUAGES),
        *(f"flow-{kind}-{one}.svg" for kind in SHOWN for one in LANGUAGES),
    }
    for language in LANGUAGES:
        for key in ("gallery.title", "gallery.all", *(f"gallery.flow.{kind}" for kind in SHOWN)):
            assert TEXTS.text(language, key) in pages["index"].words
    assert ".svg" not in pages["index"].words


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_section_has_a_page_that_a_phone_can_show(
    language: str, pages: Mapping[str, Page], gallery_folder: Path
) -> None:
    """The language's own page leads to each and to all that is on it; each leads back, on, and nowhere else."""
    sections = [name for name in pages if name.startswith(f"{language}-")]
    assert leads(pages[language]) == {"index.html", *(f"{name}.html" for name in sections)}
    beside = ("chat-reporter", "chat-moderator", "texts", "flow-report", "flow-review")
    assert {f"{language}-{one}" for one in beside} < set(sections)
    assert len([one for one in sections if "-report-" in one]) >= 5
    for name in sections:
        path = gallery_folder / f"{name}.html"
        assert f"{language}.html" in leads(pages[name])
        assert path.stat().st_size < 400_000
        assert path.read_text("utf-8").count('class="screen"') < 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_made_up_in_another_language_is_not_there(language: str, pages: Mapping[str, Page]) -> None:
    """Neither stories nor public versions."""
    words = words_in(language, pages)
    for case in all_cases():
        for what in ("story", "title", "summary"):
            others = [said for one, said in case[what].items() if one != language]
            assert [said for said in others if said in words] == []


async def test_nothing_is_left_to_chance() -> None:
    """The same talk twice has the same codes, references and invitations, and then there is chance again."""
    written = Words(short="words", long="a story ", last=".", file="file")
    first, again = [await converse(Texts(("kk",)), SHOWN, {"kk": written}) for _ in "12"]
    assert len(first["kk"]) > 100
    assert first == again
    assert new_code() != new_code()
    assert vars(receipt)["secrets"] is secrets


def test_a_repeat_stays_together() -> None:
    """And no page has more than there is room for, unless one question alone has."""
    form = SHOWN["report"]
    paths = {path: range(MOST // 2) for path in form.nodes}
    shared = rooms(form, paths)
    assert [path for room in shared for path in room] == list(paths)
    (inside,) = [room for room in shared if form.by_role["affected_name"].path in room]
    assert {path for path in paths if "/affected/" in path} <= set(inside)
    assert all(len(room) <= 2 for room in shared if not any(path.count("/") > 3 for path in room))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_is_there(language: str, pages: Mapping[str, Page]) -> None:
    """With its words, of both forms, and every choice's label."""
    words = words_in(language, pages)
    for form in SHOWN.values():
        assert len(labels(form, language)) > 15
        assert [label for label in labels(form, language) if label not in words] == []
        choices = {choice.label[language] for asked in form.questions for choice in asked.choices}
        assert [label for label in choices if label not in words] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_by_its_key(language: str, pages: Mapping[str, Page]) -> None:
    """On a screen or beside them, and none has an open placeholder."""
    words = words_in(language, pages)
    keys = {key for key in TEXTS.raw(language, "") if not key.startswith(PAGES)}
    assert len(keys) > 250
    assert sorted(key for key in keys if key not in words) == []
    assert not re.search(r"\{[a-z]+\}", words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_beside_a_form_stands_in_chats(language: str, gallery_folder: Path) -> None:
    """Under what was sent or tapped, of both sides; but for the failures that no chat leads to."""
    chats = "".join(
        (gallery_folder / f"{language}-chat-{side}.html").read_text("utf-8")
        for side in ("reporter", "moderator")
    )
    loose = (gallery_folder / f"{language}-texts.html").read_text("utf-8")
    words = {key: html.escape(TEXTS.text(language, key), quote=False) for key in IN_CHATS}
    assert [key for key, said in words.items() if f"<li>{key}</li>" not in chats or said not in chats] == []
    classes = set(re.findall(r'class="([a-z ]+)"', chats))
    assert {"note", "bubble sent", "bubble file", "bubble menu", "row sent"} <= classes
    left = {key for key in TEXTS.raw(language, "") if f">{key}<" in loose}
    assert 0 < len(left) < 31


def test_nothing_comes_from_elsewhere(pages: Mapping[str, Page], gallery_folder: Path) -> None:
    """No script, no picture, no link but within the folder, to what is there; the policy allows the page's own
    stylesheet alone."""
    ids = {stem: [value for name, value in page.given if name == "id"] for stem, page in pages.items()}
    for stem, page in pages.items():
        assert not page.tags & {
            "script",
            "img",
            "link",
            "iframe",
            "form",
            "input",
            "button",
            "object",
            "base",
        }
        assert not [value for name, value in page.given if name == "src"]
        assert len(set(ids[stem])) == len(ids[stem])
        for file, _, anchor in (value.partition("#") for name, value in page.given if name == "href"):
            assert not file or (gallery_folder / file).is_file()
            assert not anchor or anchor in ids[file.removesuffix(".html") or stem]
        assert not [name for name, _ in page.given if name == "style" or name.startswith("on")]
        assert ("content", policy()) in page.given
    assert "unsafe" not in policy()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", SHOWN)
def test_the_picture_of_a_form_has_all_its_questions_and_conditions(
    kind: str, language: str, gallery_folder: Path
) -> None:
    """As well-formed SVG, in which nothing stands outside."""
    root = ElementTree.fromstring((gallery_folder / f"flow-{kind}-{language}.svg").read_text("utf-8"))  # noqa: S314 - ours
    words = re.sub(r"\s+", "", "".join(root.itertext()))
    for label in labels(SHOWN[kind], language):
        assert re.sub(r"\s+", "", label) in words
    conditions = [node.relevant for node in SHOWN[kind].nodes.values() if node.relevant]
    assert words.count(re.sub(r"\s+", "", TEXTS.text(language, "gallery.if", {"condition": ""}))) >= len(
        conditions
    )
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for shape in root.iter("{http://www.w3.org/2000/svg}rect"):
        right = float(shape.get("x", "0")) + float(shape.attrib["width"])
        below = float(shape.get("y", "0")) + float(shape.attrib["height"])
        assert right <= width
        assert below <= height


def test_a_missing_text_stops_it(tmp_path: Path) -> None:
    """No page is written with a hole."""

    class Holey(Texts):
        def text(self, language: str, key: str, args: Mapping[str, str | int] | None = None) -> str:
            if key == "flow.next":
                raise MissingTextError(key)
            return super().text(language, key, args)

    with pytest.raises(MissingTextError):
        make_gallery(tmp_path, {"review": SHOWN["review"]}, Holey(("kk",)))
    assert not list(tmp_path.glob("*.html"))
