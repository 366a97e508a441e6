"""Marks of a form's texts: Markdown, HTML and references, as Telegram's HTML."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.renderer import Renderer, to_html
from bot.form.markup import marked, plain_words
from bot.form.model import Question
from bot.form.screen import Key, Label, Phrase, Said, Screen, ScreenKind
from bot.form.xlsform.reader import load
from bot.local_api.html import parse_html
from bot.texts import Texts

RENDERER = Renderer(Texts(("kk", "ru", "en")))
FORMS = Path(__file__).parents[3] / "bot" / "forms"


def shown(text: str, **told: Phrase) -> str:
    """A form's text as HTML; answers by the name of their question in `/f`."""
    label = Label({"en": text}, told={f"/f/{name}": answer for name, answer in told.items()})
    screen = Screen(ScreenKind.REVIEW, (Key("flow.review"), label))
    return RENDERER.screen("en", screen, "abcd", 1)[0].html.partition("</b>\n\n")[2]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**strong** and *weak*, __strong__ and _weak_", "<b>strong</b> and <i>weak</i>, <b>strong</b> and <i>weak</i>"),
        ("***both***", "<b><i>both</i></b>"),
        ("**Note:**text", "<b>Note:</b>text"),
        ("(*aside*)", "(<i>aside</i>)"),
        ("# Title\ntext", "<b>Title</b>\ntext"),
        ("#1 is no title", "#1 is no title"),
        ("Name *, Age *", "Name *, Age *"),
        ("*Needed. 5 * 4, 2*3*4", "*Needed. 5 * 4, 2*3*4"),
        ("snake_case_name and ____", "snake_case_name and ____"),
        (r"\*plain\* \_too\_ \# \\", r"*plain* _too_ # " + "\\"),
        ("<b>a</b><br><i>b</i><br/><u>c</u> <s>d</s>", "<b>a</b>\n<i>b</i>\n<u>c</u> <s>d</s>"),
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("<h2>Title</h2>text", "<b>Title</b>\ntext"),
        ("<ul><li>a</li><li>b</li></ul>", "• a\n• b"),
        ('<span style="color:red">red</span> <font color="red">too</font>', "red too"),
        ("5 &lt; 6&nbsp;&amp; 7", "5 &lt; 6\N{NO-BREAK SPACE}&amp; 7"),
        ("a < b > c <unknown> &c.", "a &lt; b &gt; c &lt;unknown&gt; &amp;c."),
        ("<b>open <i>and</b> shut</i> </u>on <i>on", "<b>open <i>and</i></b><i> shut</i> on <i>on</i>"),
        ("**<b>twice</b>**", "<b>twice</b>"),
    ],
)  # fmt: skip
def test_marks_become_telegrams(text: str, html: str) -> None:
    """As ODK shows them; what only looks like a mark stays. A tag without a partner counts to the end."""
    assert shown(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("[our page](https://example.org/a_b_c?x=1&y=2)", '<a href="https://example.org/a_b_c?x=1&amp;y=2">our page</a>'),
        ('<a href="http://example.org">**here**</a>', '<a href="http://example.org"><b>here</b></a>'),
        ("[call](tel:+77001234567) or [write](mailto:a@example.org)", "call (+77001234567) or write (a@example.org)"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[x](tg://user?id=1)", "x (tg://user?id=1)"),
        ("[x](https://localhost/)", "x (https://localhost/)"),
        ("[1](see below)", "[1](see below)"),
        ("see https://example.org/_a_/b", "see https://example.org/_a_/b"),
        ('[a](https://example.org) in <a href="https://example.com">[b](https://example.org)</a>',
         '<a href="https://example.org">a</a> in <a href="https://example.org">b</a>'),
    ],
)  # fmt: skip
def test_a_link_leads_to_the_web_alone(text: str, html: str) -> None:
    """Another address stands behind its words, where Telegram itself makes a number or an e-mail one to tap."""
    assert shown(text) == html


def test_an_answer_inside_an_address_is_left_out() -> None:
    """It would be told to whoever keeps that page."""
    assert shown("[map](https://example.org/?q=${/f/who})", who=Said("Ayan")) == "map"
    assert "Ayan" not in shown('<a href="https://example.org/${/f/who}">map</a>', who=Said("Ayan"))
    assert shown("https://example.org/?q=${/f/who}", who=Said("Ayan")) == "https://example.org/?q=Ayan"


def test_an_answer_is_words_and_no_marks() -> None:
    """Whatever a person wrote stands there as it is, in one line, and not without end."""
    assert shown("How old is **${/f/who}**?", who=Said("<b>A*y*an</b>\n_Q_ ${/f/who}")) == (
        "How old is <b>&lt;b&gt;A*y*an&lt;/b&gt; _Q_ ${/f/who}</b>?"
    )
    assert len(shown("${/f/who}", who=Said("word " * 1000))) <= 200
    assert shown("Is ${/f/who} well?") == "Is … well?"


def test_buttons_say_plain_words() -> None:
    """No client shows marks there."""
    label = Label({"en": "**Yes**, [page](https://example.org) of ${/f/who}"}, told={"/f/who": Said("*A*")})
    assert RENDERER.phrase(label, "en") == "Yes, page of *A*"
    assert plain_words("<b>Yes</b>, ${/f/who}") == "Yes, …"


PIECES = st.sampled_from(
    (
        *("*", "_", "#", "[", "]", "(", ")", "<", ">", "&", "\\", "/", "\n", " ", "**", "***", "__", "<b>", "</b>", "<i>"),
        *("</i>", "<a href='https://e.org'>", "</a>", "<br>", "<p>", "</p>", "<h1>", "</h1>", "<li>", "](https://e.org)"),
        *("](tel:1)", "\\*", "${/f/a}", "&lt;", "&#0;", "# ", "<u>", "</u>", '"', "'", "<span style=", "😀", "ә"),
    )
)  # fmt: skip
WORDS = st.integers(10, 99).map("w{}".format)


@given(st.lists(st.one_of(PIECES, WORDS), max_size=30))
def test_no_text_gives_what_telegram_refuses_or_loses_a_word(pieces: list[str]) -> None:
    """However broken or nested its marks are; only what stands inside a tag is no word."""
    text = "".join(pieces)
    found = to_html(RENDERER.label(Label({"en": text}, told={"/f/a": Said("</b>*x*")}), "en"))
    read, _ = parse_html(found)
    outside = re.sub(r"<[^<>]*>|\]\([^()]*\)", " ", text)
    assert [word for word in re.findall(r"w\d\d", outside) if word not in read] == []
    assert set(re.findall(r"</?(\w+)", found)) <= {"a", "b", "i", "u", "s"}
    assert not re.search(r"<b>[^<]*<b>|<a [^<]*<a ", found)


@given(st.text(st.characters(codec="utf-8", exclude_characters="*_#<&[\\$")))
def test_a_text_without_marks_is_that_text(text: str) -> None:
    """Whatever language it is in."""
    assert [run.text for run in marked(text)] == [text]


@pytest.mark.parametrize("name", ["incident", "review", "question", "reply"])
def test_our_own_forms_have_no_marks(name: str) -> None:
    """They are shown as before there were any."""
    for node in load(FORMS / f"{name}.md").nodes.values():
        texts = [
            node.label,
            node.short,
            *((node.hint, node.offer) if isinstance(node, Question) else (node.more,)),
        ]
        texts += [choice.label for choice in node.choices] if isinstance(node, Question) else []
        for words in (words for text in texts for words in text.values()):
            assert plain_words(words) == words
            assert not any(run.looks for run in marked(words))


def test_marks_of_any_number_are_read_at_once() -> None:
    """A text that only opens marks, or only closes them, costs no more than a long one."""
    text = "_a " * 8000 + "a_ " * 8000 + "<b>" * 8000 + "</b>" * 8000 + "[" * 8000
    assert plain_words(text).count("a") == 16000
