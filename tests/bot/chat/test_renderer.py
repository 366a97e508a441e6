"""Screens and phrases as Telegram messages."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, RenderedMessage, Renderer
from bot.form.events import Next
from bot.form.screen import Button, ButtonRole, Joined, Key, Label, Phrase, Said, Screen, ScreenKind
from bot.local_api.html import parse_html, width
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
    assert [button["text"] for button in message.keyboard[0]] == ["☑ x", "☐ x", "x"]


def test_a_mark_fits_into_a_calendar() -> None:
    """Where seven stand in a row there is no room for an emoji: the chosen one has dots, and a colour."""
    rows = (tuple(Button(Said(str(day)), Next(), day == 3 or None) for day in range(1, 8)),)
    (message,) = RENDERER.screen("ru", Screen(ScreenKind.QUESTION, (Said("?"),), rows), "abcd", 3)
    assert [button["text"] for button in message.keyboard[0]] == ["1", "2", "•3•", "4", "5", "6", "7"]
    assert [button.get("style") for button in message.keyboard[0]][1:4] == [None, "primary", None]


def test_a_role_is_a_style_of_the_bot_api() -> None:
    """Blue leads on, green sends, red destroys (InlineKeyboardButton.style); most buttons have none."""
    roles = (ButtonRole.ONWARD, ButtonRole.COMPLETE, ButtonRole.DESTROY, None)
    expected = ["primary", "success", "danger", None]
    rows = (tuple(Button(Said("x"), Next(), role=role) for role in roles),)
    (message,) = RENDERER.screen("ru", Screen(ScreenKind.QUESTION, (Said("?"),), rows), "abcd", 3)
    assert [button.get("style") for button in message.keyboard[0]] == expected
    own = RENDERER.message("ru", [Said("?")], [[ActButton(Said("x"), Act("clear"), role) for role in roles]])
    assert [button.get("style") for button in own.keyboard[0]] == expected


def entities(message: RenderedMessage) -> list[tuple[str, str]]:
    """The kinds of a message's entities, and what stands in them, as Telegram understands its HTML."""
    text, found = parse_html(message.html)
    units = text.encode("utf-16-le")
    return [
        (one["type"], units[2 * one["offset"] : 2 * (one["offset"] + one["length"])].decode("utf-16-le"))
        for one in found
    ]


def reviewed(answer: Phrase, key: str = "flow.review.line") -> list[RenderedMessage]:
    """A review of one answer."""
    line = Key(key, {"number": 1, "question": Label({"en": "What <x>?"}), "answer": answer})
    return RENDERER.screen("en", Screen(ScreenKind.REVIEW, (Key("flow.review"), line)), "abcd", 3)


def test_a_review_has_bold_questions_and_quotes_what_was_told() -> None:
    """Questions stand out; a person's own words are a quotation once they are more than a line, and a long one
    is folded for the reporter, who knows it, but not for the moderator, who must read it."""
    heading = ("bold", "Check your report. Send it?")
    question = ("bold", "What <x>?")
    (short,) = reviewed(Said("No & never"))
    assert entities(short) == [heading, question]
    assert read(short.html).endswith("1. What <x>?\nNo & never")
    told = Joined((Said("It began </blockquote>\nat noon"), Key("flow.voices", {"n": 1})), "\n")
    (message,) = reviewed(told)
    assert entities(message) == [heading, question, ("blockquote", "It began </blockquote>\nat noon")]
    (folded,), (open_,) = (
        reviewed(Said("word " * 100)),
        reviewed(Said("word " * 100), "moderator.report.line"),
    )
    assert [kind for kind, _ in entities(folded)] == ["bold", "bold", "expandable_blockquote"]
    assert [kind for kind, _ in entities(open_)] == ["bold", "bold", "blockquote"]


def test_no_colon_follows_the_mark_of_a_question() -> None:
    """In a line of the review; a label without a mark has its colon."""

    def told(label: str) -> str:
        line = Key("flow.review.short", {"number": 1, "question": Label({"en": label}), "answer": Said("12")})
        return read(RENDERER.screen("en", Screen(ScreenKind.REVIEW, (line,)), "abcd", 3)[0].html)

    assert told("How much?") == "1. How much? 12"
    assert told("Amount") == "1. Amount: 12"


@given(LONG, LONG)
def test_a_quotation_of_any_length_stays_whole_entities_in_whole_messages(one: str, other: str) -> None:
    """Each part of a quotation is one, nothing is lost, and no message is longer than Telegram takes it."""
    told = reviewed(Joined((Said(one), Said(other)), "\n"))
    shown = [read(message.html) for message in told]
    assert all(0 < width(text) <= LONGEST for text in shown)
    assert all(len(message.html.encode()) <= 32_768 for message in told)
    assert squeezed("".join(shown)).endswith(squeezed(one + other))


def test_the_code_of_a_receipt_is_copied_by_a_tap() -> None:
    """Telegram copies what is `code`, which can be part of no other entity."""
    message = RENDERER.message("ru", [Key("reporter.receipt", {"code": Said("7K3Q-V9XM-20TB")})])
    (heading, said), code = entities(message)
    assert heading == "bold"
    assert said.strip() == "Спасибо, мы получили ваше сообщение. Ваш код:"
    assert code == ("code", "7K3Q-V9XM-20TB")


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
