"""Every text that the program can ask for stands in every language, and none stands there unused."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from bot.app.commands import MENU
from bot.desk import country_update as country_update_chat
from bot.desk import statistics
from bot.desk.asking.service import READY
from bot.desk.audit.service import ACTS, EntriesAsked
from bot.desk.card.files import Album
from bot.desk.card.service import CHECKLIST
from bot.desk.card.service import WordSimilarity as SimilarWords
from bot.desk.decisions import service as decisions_service
from bot.desk.exports import PERIODS, PURPOSES, TAGS
from bot.desk.notices.service import NoticeKind, WaitingReason
from bot.desk.people import chat as people_chat
from bot.desk.people import service as people_service
from bot.desk.queue.found import FACETS
from bot.desk.queue.service import ReportScope
from bot.form.answers import FileKind
from bot.form.flow.outline import SECTIONS
from bot.languages import LOCALES, codes
from bot.local_api.page import own_texts
from bot.publish.country_update.request import UpdateFormat
from bot.publish.country_update.telling import AMOUNTS
from bot.publish.export.columns import REPEATS, fixed_columns
from bot.publish.export.formats import FORMATS
from bot.publish.export.formats.data_package import INCIDENTS, INSTANCE, NUMBER, PRIMARY, RECORDS, REPORT
from bot.publish.export.selection import SHARED
from bot.publish.statistics import BANDS, PeriodLength, Standing
from bot.reports.states import UNDECIDED, Status
from bot.safety.cleaning.cleaner import Loss, NoCopyReason
from bot.store import audit, files
from bot.texts import MissingTextError, Texts

ROOT = Path(__file__).parents[1]
LANGUAGES = codes()
PLURALS = {"kk": 2, "ru": 3, "en": 2}
DOMAINS = sorted(path.stem for path in (LOCALES / "kk" / "LC_MESSAGES").glob("*.po"))
MOST_ON_A_BUTTON = 40
MOST_WORDS_OF_RECEIPT, MOST_WORDS_OF_PRIVACY = 60, 90
PAGE = "demo."
"""The texts of the demo's page are asked for by its scripts."""

MADE: Mapping[str, tuple[str, ...]] = {
    "reporter.status.": tuple(Status),
    "moderator.reason.": decisions_service.REJECTION_REASONS,
    "moderator.withdraw.": (*decisions_service.WITHDRAWAL_REASONS, "ask", "enough"),
    "moderator.role.": people_service.ROLES,
    "moderator.invite.may.": people_service.ROLES,
    "moderator.settings.news.": tuple(NoticeKind),
    "moderator.waiting.": (*WaitingReason, "queue"),
    "moderator.album.kind.": tuple(Album),
    "moderator.check.": CHECKLIST,
    "moderator.similar.state.": (*UNDECIDED, Status.APPROVED, Status.REJECTED),
    "moderator.similar.words.": tuple(one.name.lower() for one in SimilarWords if one),
    "moderator.file.kind.": tuple(FileKind),
    "moderator.file.state.": (files.PENDING, files.CLEANED, files.STORED, files.FAILED, *Loss),
    "moderator.file.why.": (*NoCopyReason, "earlier"),
    "moderator.export.format.": tuple(FORMATS),
    "moderator.export.period.": PERIODS,
    "moderator.export.for.": tuple(PURPOSES),
    "moderator.export.which.": tuple(PURPOSES),
    "moderator.safety.": (
        "next",
        f"{people_chat.CARDS}.at_once",
        *(str(number) for number in range(1, people_chat.CARDS + 1)),
    ),
    "moderator.setup.": ("admin", "contacts", "organisation", "group", "then", "test", "tested"),
    "practice.told.": ("story", "locality"),
    "practice.answer.": READY,
    "moderator.export.of.": tuple(TAGS),
    "moderator.export.ask.": tuple(TAGS),
    "export.column.": tuple(column.name for column in fixed_columns()),
    "export.package.": ("package", RECORDS, INCIDENTS, *REPEATS, REPORT, INSTANCE, NUMBER, PRIMARY),
    "moderator.sharing.scope.": SHARED,
    "moderator.sharing.means.": SHARED,
    "moderator.audit.act.": tuple(ACTS),
    "moderator.audit.actor.": (audit.SYSTEM, audit.REPORTER),
    "moderator.audit.title.": (EntriesAsked.ALL, EntriesAsked.SUBJECT, EntriesAsked.PERSON),
    "moderator.update.period.": country_update_chat.PERIODS,
    "update.amount.": AMOUNTS,
    "moderator.update.format.": tuple(UpdateFormat),
    "moderator.stats.show.": (*statistics.PICTURES, statistics.ALL),
    "moderator.stats.chart.": statistics.PICTURES,
    "moderator.stats.standing.": tuple(Standing),
    "moderator.stats.band.": tuple(str(place) for place in range(len(BANDS) + 1)),
    "moderator.stats.step.": tuple(PeriodLength),
    "moderator.stats.span.": tuple(PeriodLength),
    "moderator.scope.": tuple(one.name.lower() for one in ReportScope),
    "moderator.filter.of.": FACETS,
    "moderator.filter.ask.": FACETS,
    "moderator.row.": (Status.WITHDRAWN, Status.EXPIRED),
    "command.": (*MENU.moderators, *MENU.everybody),
    "flow.section.": tuple(SECTIONS),
}
"""Keys that are made of a code: all of them, by what comes before it."""

WAYS = ("today", "yesterday", "calendar", "month", "year", "range", "ongoing", "unknown")
"""Ways to give a date that are buttons, among other texts that begin in the same way."""


def catalog_of(language: str, domain: str) -> Catalog:
    """One catalogue; what is not a catalogue raises."""
    with (LOCALES / language / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def key_of(message: Message) -> str:
    """The key of a message."""
    return str(message.id if isinstance(message.id, str) else message.id[0])


def messages_of(language: str) -> Iterator[Message]:
    """All messages of a language; a key that appears twice comes twice."""
    for domain in DOMAINS:
        yield from (message for message in catalog_of(language, domain) if message.id)


def forms_of(message: Message) -> tuple[str, ...]:
    """The words of a message: one text, or its plural forms."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


@cache
def by_key(language: str) -> Mapping[str, Message]:
    """The messages of a language."""
    return {key_of(one): one for one in messages_of(language)}


@cache
def keys() -> frozenset[str]:
    """All keys."""
    return frozenset(by_key("kk"))


class Source(ast.NodeVisitor):
    """What a module asks for: whole keys, keys made of parts as patterns, and which of them are labels."""

    def __init__(self) -> None:
        self._first_words = {key.partition(".")[0] for key in keys()}
        self._key = re.compile(rf"(?:{'|'.join(sorted(self._first_words))})\.[a-z0-9_.]*[a-z0-9_]")
        self.keys: set[str] = set()
        self.patterns: set[str] = set()
        self.labels: set[str] = set()
        self._in_button = False

    def visit_Call(self, node: ast.Call) -> None:
        """A call of what makes a button has a label as its first argument."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in {"button", "Button", "Choice"} or not node.args:
            self.generic_visit(node)
            return
        before, self._in_button = self._in_button, True
        self.visit(node.args[0])
        self._in_button = before
        for other in (*node.args[1:], *node.keywords):
            self.visit(other)

    def visit_Constant(self, node: ast.Constant) -> None:
        """A whole key."""
        if isinstance(node.value, str) and self._key.fullmatch(node.value):
            self.keys.add(node.value)
            if self._in_button:
                self.labels.add(re.escape(node.value))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """A key made of parts."""
        first = node.values[0]
        if isinstance(first, ast.Constant) and str(first.value).partition(".")[0] in self._first_words:
            parts = [re.escape(str(p.value)) if isinstance(p, ast.Constant) else ".+" for p in node.values]
            self.patterns.add("".join(parts))
            if self._in_button:
                self.labels.add("".join(parts))


@pytest.fixture(scope="module")
def source() -> Source:
    """All modules and templates of the program."""
    source = Source()
    for path in sorted((ROOT / "bot").rglob("*.py")):
        source.visit(ast.parse(path.read_text("utf-8")))
    for path in (ROOT / "bot").rglob("templates/*.html"):
        source.keys |= set(re.findall(r'\btext\("([\w.]+\w)"', path.read_text("utf-8")))
    return source


def page_source() -> str:
    """The markup and scripts that the demo adds to the page."""
    return "".join(path.read_text("utf-8") for path in (ROOT / "bot/demo/page/static").iterdir())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_that_is_asked_for_stands_in_the_catalogues(source: Source, language: str) -> None:
    """Whole keys, keys made of codes, and at least one for each other pattern."""
    stands = by_key(language).keys()
    assert len(source.keys) > 100
    assert sorted(source.keys - stands) == []
    assert [
        f"{start}{code}" for start, codes in MADE.items() for code in codes if f"{start}{code}" not in stands
    ] == []
    assert [one for one in source.patterns if not any(re.fullmatch(one, key) for key in stands)] == []


def test_every_text_is_asked_for(source: Source) -> None:
    """A key that neither the program nor the page uses is of no use to a translator either."""
    patterns = [re.compile(one) for one in source.patterns]
    made = {f"{start}{code}" for start, codes in MADE.items() for code in codes}
    unused = {
        key
        for key in keys() - source.keys - made
        if not key.startswith((PAGE, *MADE)) and not any(one.fullmatch(key) for one in patterns)
    }
    unused |= {key for key in keys() - made if key.startswith(tuple(MADE))} - source.keys
    assert sorted(unused) == []


def test_the_pages_texts_and_their_uses_are_the_same(source: Source) -> None:
    """What the demo asks for stands there, and what stands there is asked for or replaces a text of the page's own."""
    asked = set(re.findall(r"""["'](demo\.[a-z.]*[a-z])["']""", page_source()))
    asked |= {key for key in source.keys if key.startswith(PAGE)}
    stands = {key for key in keys() if key.startswith(PAGE)}
    replaced = {f"{PAGE}{key}" for key in own_texts()["en"]}
    assert sorted(asked - stands) == []
    assert sorted(stands - asked - replaced) == []


def test_all_languages_have_the_same_keys_once() -> None:
    """The same domains, the same keys, none twice, none of them a plural in one language alone."""
    for language in LANGUAGES:
        files = sorted(path.stem for path in (LOCALES / language / "LC_MESSAGES").glob("*.po"))
        found = [key_of(message) for message in messages_of(language)]
        assert files == DOMAINS
        assert sorted(found) == sorted(keys())
        assert {key for key, one in by_key(language).items() if one.pluralizable} == {
            key for key, one in by_key("kk").items() if one.pluralizable
        }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_left_to_do(language: str) -> None:
    """None is fuzzy or blank, and the plurals are as many as the language has."""
    for domain in DOMAINS:
        assert catalog_of(language, domain).num_plurals == PLURALS[language]
    for key, message in by_key(language).items():
        assert not message.fuzzy, key
        assert len(forms_of(message)) == (PLURALS[language] if message.pluralizable else 1), key
        assert all(form.strip() for form in forms_of(message)), key


def placeholders(text: str) -> set[str]:
    """The names in braces; raises ValueError for a brace without its other."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_equal_in_every_language(language: str) -> None:
    """A translation drops and invents none; a plural may leave its number out."""
    for key, message in by_key(language).items():
        wanted = {name for form in forms_of(by_key("en")[key]) for name in placeholders(form)}
        optional = {"n"} if message.pluralizable else set()
        for form in forms_of(message):
            assert placeholders(form) | optional == wanted | optional, key


def test_labels_fit_on_a_button(source: Source) -> None:
    """At most forty characters in every language, with four for each placeholder."""
    ways = rf"flow\.date\.(?:{'|'.join(WAYS)})"
    patterns = {ways if one == r"flow\.date\..+" else one for one in source.labels}
    labels = {key for key in keys() if any(re.fullmatch(one, key) for one in patterns)}
    assert len(labels) > 40
    texts = {
        (language, key): re.sub(r"\{\w+\}", "0000", form)
        for language in LANGUAGES
        for key in labels
        for form in forms_of(by_key(language)[key])
    }
    assert {place: text for place, text in texts.items() if len(text) > MOST_ON_A_BUTTON} == {}


def words_in(language: str, *keys: str, **arguments: str | int) -> int:
    """The words of these texts together, each number and command as one."""
    texts = (Texts(LANGUAGES).text(language, key, arguments) for key in keys)
    return sum(any(map(str.isalnum, word)) for text in texts for word in text.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_read_in_haste_is_short(language: str) -> None:
    """The receipt, also with what is said of questions, and the first screen of /privacy."""
    notice = Texts(LANGUAGES).text(language, "reporter.talk.notice")
    receipt = ("reporter.receipt", "reporter.receipt.then", "reporter.receipt.asked")
    assert 30 < words_in(language, *receipt, code="7K3Q-V9XM-20TB", notice=notice) <= MOST_WORDS_OF_RECEIPT
    assert 40 < words_in(language, "reporter.privacy.first", hours=72, days=365) <= MOST_WORDS_OF_PRIVACY


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_question_for_a_format_names_each_format(language: str) -> None:
    """By the words of its button, so that people read what each is for. Each stands under one purpose."""
    assert sorted(name for names in PURPOSES.values() for name in names) == sorted(FORMATS)
    for purpose, formats in PURPOSES.items():
        question = forms_of(by_key(language)[f"moderator.export.which.{purpose}"])[0]
        names = [forms_of(by_key(language)[f"moderator.export.format.{name}"])[0] for name in formats]
        assert [name for name in names if not re.search(rf"\b{re.escape(name)}\b", question)] == []


def test_a_key_that_stands_nowhere_is_a_mistake() -> None:
    """It is not shown to a person as it is."""
    with pytest.raises(MissingTextError):
        Texts(LANGUAGES).text("kk", "reporter.no_such_text")
