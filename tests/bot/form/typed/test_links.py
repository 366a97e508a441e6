"""Addresses of pages in what people write."""

import pytest

from bot.form.answers import TextPart, Written
from bot.form.events import Next, Rewrote
from bot.form.typed.links import as_links, links_in
from tests.bot.form.talks import Talk, form, question


@pytest.mark.parametrize(
    ("words", "links"),
    [
        ("https://example.org/a, https://example.org/b.", ["https://example.org/a", "https://example.org/b"]),
        (
            "https://ru.wikipedia.org/wiki/Протесты_(2022)",
            ["https://ru.wikipedia.org/wiki/Протесты_(2022)"],
        ),
        ("(https://example.org/a_(b)).", ["https://example.org/a_(b)"]),
        ("(https://example.org/a)", ["https://example.org/a"]),
        ("«https://example.org/a?b[]=1&c[]»!", ["https://example.org/a?b[]=1&c[]"]),
        ("https://example.org/a)] https://example.org/a", ["https://example.org/a"]),
        ("<https://example.org/{a}>\u200b", ["https://example.org/{a}"]),
        ("( )", []),
        ("example.org/news", ["https://example.org/news"]),
        ("t.me/abc/12 www.azattyq.org/a/1.html", ["https://t.me/abc/12", "https://www.azattyq.org/a/1.html"]),
        ("See example.org. And a.kz, b.kz!", ["https://example.org", "https://a.kz", "https://b.kz"]),
        ("сайт: сайт.қаз,example.org/x", ["https://сайт.қаз", "https://example.org/x"]),
        ("https://a.kz;https://b.kz/1,http://c.kz", ["https://a.kz", "https://b.kz/1", "http://c.kz"]),
        ("HTTPS://A.KZ/x a.kz:8080?y=1", ["HTTPS://A.KZ/x", "https://a.kz:8080?y=1"]),
    ],
)
def test_a_link_is_what_stands_between_the_signs_of_a_sentence(words: str, links: list[str]) -> None:
    """A closing bracket belongs to the link that has opened it; the scheme may be left out, as people do."""
    assert links_in(words) == links


@pytest.mark.parametrize(
    "words",
    [
        *("", "there is one", "т.е. и т.д.", "12.05.2024", "story.pdf", "Done.Is it", "и/или", "1.5/2"),
        *("ivan@mail.ru", "mailto:ivan@mail.ru", "@channel", "javascript:alert(1)", "tg://resolve?domain=x"),
        *("https://localhost", "https://", "https://user:word@a.kz/", "a..kz", "-a.kz"),
    ],
)
def test_what_is_no_address_of_a_page_is_no_link(words: str) -> None:
    """Dates, files, a sentence without a blank, mail, other programs; nor one with a password."""
    assert links_in(words) == []
    assert as_links(words) == words


def test_of_a_text_with_links_they_alone_are_kept() -> None:
    """A text in which one of them is broken stays, to be corrected as a whole."""
    assert as_links("see example.org/a, or t.me/b.") == "https://example.org/a https://t.me/b"
    assert as_links("a.kz and https://localhost") == "a.kz and https://localhost"


def links() -> Talk:
    """A talk at a question for links."""
    asked = question(
        "links",
        appearance="multiline links",
        constraint=r"regex(., 'https://\S+(\s+https://\S+)?')",
        constraint_message={"en": "links, please"},
    )
    return Talk(form(question("before"), asked, question("after")))


def test_a_question_for_links_takes_them_out_of_what_is_written() -> None:
    """In the first message and in the next one, and in one that is edited."""
    begun = links()
    begun.write("before")
    begun.write("see example.org/a.", "1")
    begun.write("t.me/b", "2")
    assert begun.answer("links") == Written(
        (TextPart("https://example.org/a", "1"), TextPart("https://t.me/b", "2"))
    )
    begun.send(Rewrote("no, it was example.org/c", "1"))
    assert begun.answer("links") == Written(
        (TextPart("https://example.org/c", "1"), TextPart("https://t.me/b", "2"))
    )
    begun.send(Next())
    assert begun.place == "after"


def test_what_goes_on_with_links_is_taken_as_links() -> None:
    """A message that was sent before the next question could be seen."""
    begun = links()
    begun.write("before")
    begun.write("example.org/a")
    begun.send(Next())
    begun.write("and example.org/b", continues=True)
    assert begun.answer("links") == Written(
        (TextPart("https://example.org/a"), TextPart("https://example.org/b"))
    )


def test_a_sentence_without_a_link_is_told_kindly() -> None:
    """It is kept, to be corrected."""
    begun = links()
    begun.write("before")
    begun.write("I saw it on television")
    assert (begun.notice, begun.answer("links")) == ("links, please", None)
    assert begun.draft.view.kept == "I saw it on television"


def test_another_text_keeps_its_words() -> None:
    """Links in a story stay where they stand."""
    begun = links()
    begun.write("it is on example.org/a.")
    assert begun.answer("before") == Written((TextPart("it is on example.org/a."),))
