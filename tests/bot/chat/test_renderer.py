"""Screens and phrases as Telegram messages."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.callback import Act
from bot.chat.renderer import ActButton, Renderer
from bot.form.events import Next
from bot.form.screen import Button, Joined, Key, Label, Phrase, Said, Screen, ScreenKind
from bot.local_api.text.html import parse_html
from bot.local_api.text.utf16 import width
from bot.texts import Texts

RENDERER = Renderer(Texts(("kk", "ru", "en")))
LONGEST = 4096

HOSTILE = st.text(
    st.one_of(
        st.sampled_from(list("<>&;\"'/ \n\t\u200b😀🏳️‍🌈")),
        st.characters(exclude_categories=("Cs", "Cc")),
    ),
    max_size=40,
)
TAGS = st.sampled_from(
    ["<b>", "</b>", "</i>", "<a href='tg://user?id=1'>x</a>", "&amp;", "&lt;b&gt;", "<!--", "&#x41;", "&"]
)
TEXTS = st.lists(st.one_of(HOSTILE, TAGS), max_size=12).map("".join)
LONG = st.tuples(TEXTS, st.integers(1, 1500)).map(lambda given_: (given_[0] * given_[1])[:12_000])
BODIES = st.lists(st.one_of(TEXTS, LONG), min_size=1, max_size=6)


def screen_of(*words: str, kind: ScreenKind = ScreenKind.REVIEW, notice: Phrase | None = None) -> Screen:
    """A screen with these paragraphs and one button."""
    rows = ((Button(Key("flow.next"), Next()),),)
    return Screen(kind, tuple(Said(text) for text in words), rows, notice, (2, 9))


def read(text: str) -> str:
    """A message as Telegram shows it; raises MarkupError for broken tags."""
    return parse_html(text)[0]


def squeezed(text: str) -> str:
    """A text without its blanks, which may be lost where a message was cut."""
    return re.sub(r"\s+", "", text)


@given(BODIES)
def test_whatever_people_write_is_shown_as_they_wrote_it(words: list[str]) -> None:
    """Every message parses, is short enough for Telegram and together they say all words in their order."""
    messages = RENDERER.screen("ru", screen_of(*words), "abcd", 3)
    shown = [read(message.html) for message in messages]
    assert all(0 < width(text) <= LONGEST for text in shown)
    assert squeezed("".join(shown)) == squeezed("".join(words)) or not squeezed("".join(words))


@given(LONG, st.sampled_from(list(ScreenKind)))
def test_no_tag_is_ever_cut(text: str, kind: ScreenKind) -> None:
    """Neither that of a heading nor that of a notice that repeats a person's words."""
    messages = RENDERER.screen("kk", screen_of(text, text, kind=kind, notice=Said(text)), "abcd", 3)
    for message in messages:
        assert width(read(message.html)) <= LONGEST
        assert message.html.count("<b>") == message.html.count("</b>")
        assert message.html.count("<i>") == message.html.count("</i>")


def test_a_text_of_symbols_of_two_units_each_is_short_enough() -> None:
    """Telegram counts UTF-16 units, not characters."""
    messages = RENDERER.screen("en", screen_of("😀" * 9000), "abcd", 3)
    assert max(width(read(message.html)) for message in messages) <= LONGEST
    assert "".join(message.html for message in messages).count("😀") == 9000


def test_the_buttons_stand_under_the_last_part_alone() -> None:
    """A review of several messages is sent from its end."""
    messages = RENDERER.screen("ru", screen_of("слово " * 3000), "abcd", 3)
    assert len(messages) > 1
    assert [bool(message.keyboard) for message in messages] == [False] * (len(messages) - 1) + [True]


def test_a_question_shows_how_far_one_has_come() -> None:
    """Before its words, which are bold."""
    (message,) = RENDERER.screen("ru", screen_of("Где?", kind=ScreenKind.QUESTION), "abcd", 3)
    assert message.html == "2/9 · <b>Где?</b>"


def test_a_mark_stands_before_what_was_chosen() -> None:
    """Marked, unmarked, and not markable."""
    rows = (tuple(Button(Said("x"), Next(), marked) for marked in (True, False, None)),)
    (message,) = RENDERER.screen("ru", Screen(ScreenKind.QUESTION, (Said("?"),), rows), "abcd", 3)
    assert [button["text"] for button in message.keyboard[0]] == ["✅ x", "▫️ x", "x"]


@given(TEXTS, TEXTS)
def test_a_message_of_its_own_escapes_what_it_quotes(one: str, other: str) -> None:
    """In a phrase's arguments too, and never in the labels of buttons, which are plain."""
    said = Joined((Key("reporter.receipt", {"code": Said(one)}), Label({"ru": other})), "")
    message = RENDERER.message("ru", [said], [[ActButton(Said(other or "x"), Act("clear"))]])
    assert read(message.html) == RENDERER.phrase(said, "ru")
    assert message.keyboard[0][0]["text"] == (other or "x")


def test_a_phrase_in_a_language_the_form_lacks_falls_back_to_one_it_has() -> None:
    """A form in one language is better than an empty screen."""
    assert RENDERER.phrase(Label({"ru": "Где?"}), "kk") == "Где?"
    assert html.escape("&") in RENDERER.message("ru", [Said("&")]).html
