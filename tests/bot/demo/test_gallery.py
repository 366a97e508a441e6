"""The gallery shows every question and every text in each language, and needs nothing but a browser."""

import html
import pickle
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

import migrations
from bot.app.questionnaires import FORMS
from bot.demo.backfill import SEED, PlannedState, plans
from bot.demo.folder import CONTACTS
from bot.demo.gallery.exchanges import sample_words, with_stand_ins
from bot.demo.gallery.files import (
    PAGE_TEXTS,
    SCREENS_A_PAGE,
    SCRIPT_TIME,
    constant_text,
    forms,
    paginated,
    play,
    policy,
    write_gallery,
)
from bot.demo.gallery.script import BACKFILLED
from bot.demo.gallery.seldom_scenes import UNKNOWN_CODE
from bot.demo.stories import all_cases
from bot.form.kinds import kind_of
from bot.form.model import Form, Group
from bot.texts import MissingTextError, Texts
from tests.conftest import TALKS
from tests.same_thread import same_thread

ROOT = Path(__file__).parents[3]
LANGUAGES = ("kk", "ru", "en")
TEXTS = Texts(LANGUAGES)
SHOWN = forms(FORMS / "incident.md", FORMS / "review.md", CONTACTS)
VOID = {"meta", "br"}
CODE = re.compile(
    r"\b\w{4}-\w{4}-\w{4}\b|(?:\b|(?<=_))[RE][0-9A-HJKMNP-TV-Z]{5}\b|(?:(?<=/start )|(?<=\?start=))[\w-]{32}"
)
IN_CHATS = (
    *("reporter.panic", "reporter.reminder.go_on", "reporter.reminder.delete"),
    *("reporter.withdraw.sure", "reporter.withdraw.done", "receipt.unknown", "reporter.file.no_draft"),
    *("moderator.queue.empty", "moderator.alias.bad", "moderator.approve.confirm", "moderator.kept"),
    *(
        "moderator.export.how",
        "moderator.use.share_trusted",
        "moderator.admins_only",
        "moderator.invite.unknown",
    ),
    *(
        "moderator.translate.unset",
        "moderator.translate.title",
        "moderator.translate.summary",
        "moderator.other_role",
    ),
    *(
        "moderator.waiting.digest",
        "moderator.waiting.unseen",
        "moderator.group.new",
        "moderator.group.urgent",
    ),
)
"""Texts of either side, with and without buttons."""


class Page(HTMLParser):
    """Reads a page strictly: every tag is closed in turn. `words` is its text, `given` all attributes."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self._words: list[str] = []
        self.tags: set[str] = set()
        self.given: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(source)
        self.close()
        self.words = "".join(self._words)
        assert self.open == []

    def updatepos(self, i: int, j: int) -> int:
        """Keep no count of lines: they are searched for anew in each piece of a page of megabytes."""
        return j

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag and its attributes."""
        self.tags.add(tag)
        self.given += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that closes itself, in a flow chart."""
        self.tags.add(tag)
        self.given += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        """Close the tag opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note text outside the stylesheet."""
        if self.open[-1:] != ["style"]:
            self._words.append(data)


@pytest.fixture(scope="session")
def pages(gallery_folder: Path) -> Mapping[str, Page]:
    """Its pages by name, parsed."""
    return {path.stem: Page(path.read_text("utf-8")) for path in gallery_folder.glob("*.html")}


def words_in(language: str, pages: Mapping[str, Page]) -> str:
    """The text of all pages of a language."""
    return "\n".join(page.words for name, page in pages.items() if name.partition("-")[0] == language)


def labels(form: Form, language: str) -> list[str]:
    """The labels of all that a form asks."""
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
    """It links to a page for each, and to the flow charts, by their titles."""
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
    """The language's own page links to each; each links back."""
    sections = [name for name in pages if name.startswith(f"{language}-")]
    assert leads(pages[language]) == {"index.html", *(f"{name}.html" for name in sections)}
    beside = ("chat-reporter", "chat-moderator", "texts", "flow-report", "flow-review")
    assert {f"{language}-{one}" for one in beside} < set(sections)
    assert len([one for one in sections if "-report-" in one]) >= 5
    for name in sections:
        path = gallery_folder / f"{name}.html"
        assert f"{language}.html" in leads(pages[name])
        assert path.stat().st_size < 540_000
        assert path.read_text("utf-8").count('class="screen"') < 420


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_made_up_text_is_in_another_language(language: str, pages: Mapping[str, Page]) -> None:
    """Neither stories nor public versions."""
    words = words_in(language, pages)
    for case in all_cases():
        for what in ("story", "title", "summary"):
            others = [said for one, said in case[what].items() if one != language]
            assert [said for said in others if said in words] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_write_in_the_language_of_their_page(language: str, gallery_folder: Path) -> None:
    """The forms are walked once, in letters that stand for the words of all languages. None of them is left, cut as
    they may be, and each form has the words of its page's language alone."""
    for kind in SHOWN:
        pages = gallery_folder.glob(f"{language}-{kind}-*.html")
        shown = html.unescape("\n".join(page.read_text("utf-8") for page in pages))
        for key in ("gallery.sample.words", "gallery.sample.story"):
            assert [one for one in LANGUAGES if TEXTS.text(one, key) in shown] == [language]
        assert re.findall(r"[\ua000-\ua4cf]", shown) == []


@pytest.mark.newest  # what is random no Python changes, and this plays it all once more
async def test_the_gallery_is_the_same_each_time_although_the_bot_draws_at_random(
    gallery_folder: Path, gallery_languages: Sequence[str], tmp_path: Path
) -> None:
    """Codes, references and invitations are random in the gallery as anywhere; each has a stand-in, so that the same
    script looks the same when it is played again."""
    texts = Texts(tuple(gallery_languages))
    await migrations.upgrade(f"sqlite+aiosqlite:///{tmp_path / 'kuager.db'}")
    with same_thread():
        played = await play(tmp_path, "kk", texts, SHOWN, sample_words(texts, "kk"))
    assert len(played) > 100
    assert UNKNOWN_CODE in codes_in(played)
    constant = constant_text(texts, "kk")
    shown = with_stand_ins(played, "kk", constant)
    assert shown == pickle.loads((gallery_folder.parent / TALKS).read_bytes())["kk"]  # noqa: S301 - written by this run
    assert len(codes_in(shown)) == len(codes_in(played)) > 20
    assert all(code in constant for code in codes_in(shown) & codes_in(played))


def codes_in(talk: object) -> set[str]:
    """The codes, references and invitations in it."""
    return set(CODE.findall(str(talk)))


def test_the_order_of_the_gallerys_queue_does_not_depend_on_random_ids() -> None:
    """Its open reports came in different hours."""
    states = {PlannedState.NEW, PlannedState.URGENT, PlannedState.CLAIMED, PlannedState.PROPOSED}
    two_before = SEED + 2
    planned = [plan for plan in plans(BACKFILLED, SCRIPT_TIME, two_before, "kk") if plan.state in states]
    hours = {plan.submitted.replace(minute=0) for plan in planned}
    assert len(hours) == len(planned) > 10


def test_a_repeat_stays_on_one_page() -> None:
    """And no page has too many screens, unless a single question has."""
    form = SHOWN["report"]
    paths = {path: range(SCREENS_A_PAGE // 2) for path in form.nodes}
    shared = paginated(form, paths)
    assert [path for share in shared for path in share] == list(paths)
    (inside,) = [share for share in shared if form.by_role["affected_name"].path in share]
    assert {path for path in paths if "/affected/" in path} <= set(inside)
    assert all(len(share) <= 2 for share in shared if not any(path.count("/") > 3 for path in share))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_is_there(language: str, pages: Mapping[str, Page]) -> None:
    """Of both forms, with the label of every choice."""
    words = words_in(language, pages)
    for form in SHOWN.values():
        assert len(labels(form, language)) > 15
        assert [label for label in labels(form, language) if label not in words] == []
        choices = {choice.label[language] for asked in form.questions for choice in asked.choices}
        assert [label for label in choices if label not in words] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_by_its_key(language: str, pages: Mapping[str, Page]) -> None:
    """In a screen, a chat or the list of other texts, and none has an open placeholder."""
    words = words_in(language, pages)
    keys = {key for key in TEXTS.raw(language, "") if not key.startswith(PAGE_TEXTS)}
    assert len(keys) > 250
    assert sorted(key for key in keys if key not in words) == []
    assert not re.search(r"\{[a-z]+\}", words)


ELSEWHERE = (
    # Parts of sentences that are shown with one of each.
    *("moderator.album.kind.", "moderator.file.kind.", "moderator.file.why.", "moderator.audit.act."),
    "moderator.similar.",
    "export.",  # stands in files
    "archive.page.",  # on the page of the organisation's machine
    # Painted in charts, which are files here, and said of what there is none of.
    *(
        "moderator.stats.standing.",
        "moderator.stats.band.",
        "moderator.stats.urgent",
        "moderator.stats.others",
    ),
    *("moderator.stats.rest", "moderator.stats.counted", "moderator.stats.sent", "moderator.stats.untold"),
    *("moderator.stats.under_an_hour", "moderator.stats.nothing_waits"),
    # Said only of a log that was changed.
    *("moderator.audit.broken", "moderator.audit.cut_since_", "moderator.audit.unread"),
    "moderator.audit.tell_operator",
    # Said by a service that no chat uses so far.
    "moderator.translate.",
    # Of more reports than the gallery has.
    *("moderator.list.", "moderator.export.unfinished", "moderator.update.too_many"),
    # Of records that the gallery does not have, and of exports that are made once they are sent.
    *("moderator.export.kept", "moderator.export.marks", "moderator.export.since", "moderator.export.trait."),
    *("moderator.ready.alike", "moderator.ready.invisible", "moderator.person.none"),
    *("moderator.ready.unassessed", "moderator.ready.uncounted"),
    # Said where a document cannot be made or sent.
    *(
        "moderator.update.unmade",
        "moderator.update.unfinished",
        "moderator.update.template",
        "moderator.update.too_long",
    ),
    # Of more exports than the gallery has, and of open data, which no chat makes.
    *("moderator.export.history.older", "moderator.export.history.none", "moderator.export.what.open_data"),
    # Of records that an older version has approved.
    *("moderator.approve.too_old", "moderator.export.too_old"),
    # While a decision can be undone, and where a member who reads no reports is left.
    *("reporter.status.undoable", "moderator.similar.state.undoable", "moderator.put_away.menu"),
    "moderator.undo.changed",
    # Said only of a database that somebody else has written to.
    "moderator.notice.foreign",
    # Of a report that is withdrawn after an export.
    *("moderator.notice.exported", "reporter.exported"),
    "reporter.begin",  # said by a bot of one language
    # Of files that an organisation's machine makes; the gallery has none.
    *("archive.reopen.", "archive.returned.", "moderator.export.what.archive"),
)
"""How keys begin that no chat of the gallery shows."""
NO_SCENE = {
    "flow.doubt.full",  # said of one message too many
    "reporter.tap.pause",  # said only while there is no database
    # Failures, what only other forms ask, and what is said outside of chats.
    *(
        "flow.contact.none",
        "flow.date.day_only",
        "flow.date.typing_day",
    ),
    *(
        "flow.date.which_day",
        "flow.file.only.audio",
        "flow.file.only.image",
    ),
    *(
        "flow.file.only.video",
        "flow.leaving.needed",
        "flow.refused",
        "flow.review.put_there",
    ),
    *(
        "moderator.approve.incomplete",
        "moderator.approve.links",
        "moderator.ask.meaning",
    ),
    *(
        "moderator.block.end_all",
        "moderator.edit.gone",
        "moderator.export.too_many",
    ),
    *(
        "moderator.nobody",
        "moderator.not_held",
        "moderator.notice.revoked",
    ),
    *(
        "moderator.place.none",
        "moderator.put_away",
        "moderator.queue.back",
    ),
    *(
        "moderator.queue.held_more",
        "moderator.row.expired",
        "moderator.search.enough",
    ),
    *(
        "moderator.sharing.caption",
        "moderator.sharing.no_recipients",
    ),
    *(
        "moderator.sharing.too_large",
        "moderator.sharing.too_many",
        "moderator.sharing.unmade",
    ),
    *(
        "moderator.stats.all_decided",
        "moderator.talk.sign.safe",
        "moderator.team.held",
    ),
    *(
        "moderator.approve.reported",
        "moderator.export.for.answers",
        "moderator.use.none",
        "moderator.use.statistics_only",
        "moderator.words.line_in",
    ),
    *(
        "profile.about",
        "profile.description",
    ),
    *(
        "reporter.failed",
        "reporter.waiting",
        "reporter.part_alone",
    ),
    *("reporter.form.others", "reporter.held.answers", "reporter.welcome.forms"),
    *(
        "reporter.privacy.archive",  # said once every recipient of the archive has answered
        "reporter.privacy.bucket",
        "reporter.privacy.form",
        "reporter.status.needs_info",
        "reporter.status.withdrawn",
    ),
    *("reporter.unbuilt",),
    *("flow.barcode.how", "flow.range.how", "flow.rank.how", "flow.rank.left", "flow.text.not_here"),
    *("flow.date.month_needed", "flow.date.year_needed"),
    *("flow.file.send.audio", "flow.file.send.file", "flow.file.send.image", "flow.file.send.video"),
    *("flow.place.few", "flow.place.full", "flow.place.points", "flow.place.send", "flow.place.told"),
    *("flow.time.day", "flow.time.how", "flow.time.not_understood"),
    *("state.is_needs_info",),
    *("talk.report.gone",),
}
"""Other texts that no chat of the gallery shows."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_outside_a_form_is_shown_in_chats(language: str, gallery_folder: Path) -> None:
    """Under what was sent or tapped, for both sides."""
    chats = "".join(
        (gallery_folder / f"{language}-chat-{side}.html").read_text("utf-8")
        for side in ("reporter", "moderator")
    )
    words = {key: html.escape(TEXTS.text(language, key), quote=False) for key in IN_CHATS}
    assert [key for key, said in words.items() if f"<li>{key}</li>" not in chats or said not in chats] == []
    classes = set(re.findall(r'class="([a-z ]+)"', chats))
    assert {"notification", "bubble sent", "bubble file", "bubble menu", "buttons sent"} <= classes


def test_every_text_outside_the_forms_has_a_scene(gallery_folder: Path) -> None:
    """The script of the gallery leads to it in each language, but for those of `ELSEWHERE` and `NO_SCENE`. A new text needs a
    line in `bot/demo/gallery/common_scenes.py` or `bot/demo/gallery/seldom_scenes.py`."""
    pages = {path.name[:2]: path.read_text("utf-8") for path in gallery_folder.glob("*-texts.html")}
    assert pages
    for language, loose in pages.items():
        left = {key for key in TEXTS.raw(language, "") if f">{key}<" in loose}
        assert left >= NO_SCENE, language
        left -= {key for key in left if key.startswith(ELSEWHERE)}
        left -= {key for key in left if ".neutral" in key}  # said only with KUAGER_NEUTRAL_LOOK
        assert " ".join(sorted(left - NO_SCENE)) == "", language


def test_nothing_comes_from_elsewhere(pages: Mapping[str, Page], gallery_folder: Path) -> None:
    """No script, no picture, only links that lead somewhere in the folder; the policy allows the page's own stylesheet
    alone."""
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
def test_a_flow_chart_has_all_questions_and_conditions_of_its_form(
    kind: str, language: str, gallery_folder: Path
) -> None:
    """As well-formed SVG in which no box leaves the canvas."""
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


def test_the_bot_runs_without_the_gallerys_templates() -> None:
    """Only the command that makes the gallery loads their engine."""
    source = "import sys, bot.app.cli.application; sys.exit('jinja2' in sys.modules)"
    subprocess.run([sys.executable, "-c", source], cwd=ROOT, check=True)  # noqa: S603 - our own


def test_a_missing_text_stops_it(tmp_path: Path) -> None:
    """No page is written with a hole."""

    class Holey(Texts):
        def text(self, language: str, key: str, args: Mapping[str, str | int] | None = None) -> str:
            if key == "flow.next":
                raise MissingTextError(key)
            return super().text(language, key, args)

    review = SHOWN["review"]
    short = replace(review, children=review.children[:1])
    with pytest.raises(MissingTextError, match=r"flow\.next"):
        write_gallery(tmp_path, {"review": short}, Holey(("kk",)))
    assert not list(tmp_path.glob("*.html"))
