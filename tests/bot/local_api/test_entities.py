"""Markup, entities and their refusals are those of Telegram, word for word."""

import pytest

from bot.local_api.access import ApiError
from bot.local_api.entities import formatted


def spans(text: str, mode: str | None = None) -> tuple[str, list[tuple[str, int, int]]]:
    """The text and (type, offset, length) of its entities."""
    result = formatted(text, mode)
    return result.text, [(e["type"], e["offset"], e["length"]) for e in result.entities]


def test_html_offsets_count_utf16_units() -> None:
    """An emoji outside the basic plane is two units, a Kazakh letter one."""
    assert spans("😀<b>Сәлем</b> <i>қ</i>", "HTML") == ("😀Сәлем қ", [("bold", 2, 5), ("italic", 8, 1)])


def test_html_tags_nest_and_references_are_decoded() -> None:
    """Outer entities come first; only the four named references are known."""
    text, found = spans("<b>a<u>&lt;&amp;&#x41;&laquo;</u></b>", "html")
    assert text == "a<&A&laquo;"
    assert found == [("bold", 0, 11), ("underline", 1, 10)]


def test_html_code_blocks_keep_their_language() -> None:
    """A pre around a code with a class is one entity."""
    result = formatted('<pre><code class="language-python">x = 1</code></pre>', "HTML")
    assert result.entities == [{"type": "pre", "offset": 0, "length": 5, "language": "python"}]


def test_html_links_spoilers_and_quotes() -> None:
    """Attributes are read with either quote; an expandable quote needs no value."""
    result = formatted(
        "<a href='https://e.kz/?a=1&amp;b=2'>l</a><tg-spoiler>s</tg-spoiler>"
        '<span class="tg-spoiler">s</span><blockquote expandable>q</blockquote>',
        "HTML",
    )
    assert [entity["type"] for entity in result.entities] == [
        *("text_link", "spoiler", "spoiler", "expandable_blockquote")
    ]
    assert result.entities[0]["url"] == "https://e.kz/?a=1&b=2"


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("ә<abac>", 'Unsupported start tag "abac" at byte offset 2'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("a <", "Unclosed start tag at byte offset 2"),
        ("<i>a</em   >", 'Unmatched end tag at byte offset 4, expected "</i>", found "</em>"'),
        ("</b>", "Unexpected end tag at byte offset 0"),
        ("<i>a</i   ", "Unclosed end tag at byte offset 4"),
        ("<i   =aba>", 'Empty attribute name in the tag "i" at byte offset 0'),
        ("<i aba>", 'Can\'t find end tag corresponding to start tag "i"'),
        ("<i aba  =  ", 'Unclosed start tag "i" at byte offset 0'),
        ('<i aba = "x>', "Unclosed start tag at byte offset 0"),
    ],
)
def test_broken_html_is_refused(markup: str, words: str) -> None:
    """The byte offset is that of UTF-8."""
    with pytest.raises(ApiError) as refusal:
        formatted(markup, "HTML")
    assert refusal.value.description == f"Bad Request: can't parse entities: {words}"


def test_markdown_v2_is_parsed() -> None:
    """Every mark of the mode, nested and escaped."""
    text, found = spans("*a _b_ ~c~* __d__ ||e|| `f` [g](http://e.kz) \\*h\\.", "MarkdownV2")
    assert text == "a b c d e f g *h."
    assert found == [
        *(("bold", 0, 5), ("italic", 2, 1), ("strikethrough", 4, 1), ("underline", 6, 1)),
        *(("spoiler", 8, 1), ("code", 10, 1), ("text_link", 12, 1)),
    ]
    assert spans(">a\n>b\nc", "MarkdownV2") == ("a\nb\nc", [("blockquote", 0, 4)])
    assert spans("**>a\n>b||\nc", "MarkdownV2") == ("a\nb\nc", [("expandable_blockquote", 0, 4)])
    code = formatted("```py\nx\n```", "MarkdownV2")
    assert code.entities[0] == {"type": "pre", "offset": 0, "length": 1, "language": "py"}


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("a.", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("ә*b", "Can't find end of Bold entity at byte offset 2"),
        ("_a *b _", "Can't find end of Italic entity at byte offset 6"),
        (">*b\n>ld\nbo*", "Can't find end of Bold entity at byte offset 1"),
        ("[x](e.kz", "Can't find end of a URL at byte offset 4"),
        ("`", "Can't find end of Code entity at byte offset 0"),
        ("```a", "Can't find end of Pre entity at byte offset 0"),
    ],
)
def test_broken_markdown_v2_is_refused(markup: str, words: str) -> None:
    """In Telegram's words."""
    with pytest.raises(ApiError) as refusal:
        formatted(markup, "MarkdownV2")
    assert refusal.value.description == f"Bad Request: can't parse entities: {words}"


LINKED = ("x", [("text_link", 0, 1)])
CODE = ("x", [("pre", 0, 1)])


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("[x](e.kz)", LINKED),
        ("[x](y)", ("x", [])),
        ("[x]()", ("x", [])),
        ("[x]", ("x", [])),
        ("[x] y", ("x y", [])),
        ("```\nx```", CODE),
        ("a```\n\nx```y", ("a\nxy", [("pre", 1, 2)])),
        ("```b x```", CODE),
        ("``````y", ("y", [])),
    ],
)
def test_links_and_code_end_as_telegram_ends_them(markup: str, expected: tuple[str, object]) -> None:
    """What is no link is its words alone; one line end after the marks of code is dropped."""
    assert spans(markup, "MarkdownV2") == expected


def test_the_word_behind_the_marks_of_code_is_its_language() -> None:
    """When a blank follows it, be it a line end or not."""
    for markup in ("```b c```", "```b\nc```"):
        assert formatted(markup, "MarkdownV2").entities[0]["language"] == "b"
    assert "language" not in formatted("```c```", "MarkdownV2").entities[0]


def test_words_in_brackets_that_are_an_address_lead_there() -> None:
    """As links do; a scheme and a host are written small."""
    assert formatted("[e\\.kz]", "MarkdownV2").entities[0]["url"] == "http://e.kz/"
    assert formatted("[x](HTTPS://E\\.KZ/Қ)", "MarkdownV2").entities[0]["url"] == "https://e.kz/Қ"


def test_quotes_are_separated_by_an_empty_bold_and_expanded_by_two_bars() -> None:
    """As in the documentation of the mode; a spoiler at the end of a quote is none of it."""
    two = spans(">a\n**>b\n>c||", "MarkdownV2")
    assert two == ("a\nb\nc", [("blockquote", 0, 2), ("expandable_blockquote", 2, 3)])
    assert spans("**>a\nb", "MarkdownV2") == ("a\nb", [("blockquote", 0, 2)])
    assert spans(">||a||\nb", "MarkdownV2") == ("a\nb", [("blockquote", 0, 2), ("spoiler", 0, 1)])


def test_given_entities_are_checked_against_the_text() -> None:
    """Offsets outside the text or inside a character are refused; commands are found anew."""
    cases = {
        (9, 1): "entity begins after the end of the text at UTF-16 offset 9",
        (0, 9): "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 9",
        (1, 2): "entity begins in a middle of a UTF-16 symbol at UTF-16 offset 1",
    }
    for (offset, length), words in cases.items():
        with pytest.raises(ApiError) as refusal:
            formatted("😀ab", None, [{"type": "bold", "offset": offset, "length": length}])
        assert refusal.value.description == f"Bad Request: {words}"
    with pytest.raises(ApiError, match="Unsupported type specified"):
        formatted("x", None, [{"type": "odd", "offset": 0, "length": 1}])
    kept = formatted("/go x", None, [{"type": "bot_command", "offset": 0, "length": 1}])
    assert kept.entities == [{"type": "bot_command", "offset": 0, "length": 3}]


def test_telegram_finds_commands_links_and_addresses_by_itself() -> None:
    """But not inside code or links, and a slash within a word is no command."""
    text = "/start@kuager_bot and/or me@e.kz @kuager https://bureau.kz/a?b=1, t.me/x #сот"
    found = [(e["type"], text[e["offset"] : e["offset"] + e["length"]]) for e in formatted(text).entities]
    assert found == [
        ("bot_command", "/start@kuager_bot"),
        ("email", "me@e.kz"),
        ("mention", "@kuager"),
        ("url", "https://bureau.kz/a?b=1"),
        ("url", "t.me/x"),
        ("hashtag", "#сот"),
    ]
    assert [e["type"] for e in formatted("<code>/start</code> /next", "HTML").entities] == [
        "code",
        "bot_command",
    ]


def test_ends_are_trimmed_with_the_entities() -> None:
    """Offsets move with what was cut off, and an entity of blanks alone is gone."""
    assert spans(" \n<b> a </b> <i> </i>\n", "HTML") == ("a", [("bold", 0, 1)])
