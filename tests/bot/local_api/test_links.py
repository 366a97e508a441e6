"""Links of texts: to addresses and to people."""

import pytest

from bot.local_api.access import ApiError
from bot.local_api.entities import formatted


def somebody(number: int) -> dict[str, object] | None:
    """Person 5 is known."""
    return {"id": 5, "first_name": "A"} if number == 5 else None


@pytest.mark.parametrize(
    ("mode", "markup"),
    [("HTML", '<a href="tg://user?id={}">x</a>'), ("MarkdownV2", "[x](tg://user?id={})")],
)  # fmt: skip
def test_a_link_to_a_person_mentions_them_if_they_are_known(mode: str, markup: str) -> None:
    """With who they are; a person the bot does not know is no entity."""
    mention = {"type": "text_mention", "offset": 0, "length": 1, "user": {"id": 5, "first_name": "A"}}
    assert formatted(markup.format(5), mode, find_user=somebody).entities == [mention]
    assert formatted(markup.format(6), mode, find_user=somebody).entities == []
    given = [{"type": "text_link", "offset": 0, "length": 1, "url": "tg://user?id=5"}]
    assert formatted("x", None, given, somebody).entities == [mention]
    assert formatted("x", None, [{**mention, "user": {"id": 6}}], somebody).entities == []


@pytest.mark.parametrize(
    "url", ["x", "http://localhost:8080", "https://", "ftp://e.kz", "https://a b.kz", "e.kz:0"]
)
def test_links_that_are_none_are_dropped_from_markup_and_refused_among_entities(url: str) -> None:
    """As Telegram does: a text keeps its words, a list of entities is taken at its word."""
    assert formatted(f'<a href="{url}">x</a>', "HTML").entities == []
    with pytest.raises(ApiError, match=f"Bad Request: entity URL '{url}' is invalid: "):
        formatted("x", None, [{"type": "text_link", "offset": 0, "length": 1, "url": url}])


@pytest.mark.parametrize(
    ("entity", "words"),
    [
        ({"type": "text_link"}, 'Can\'t find field "url"'),
        ({"type": "text_link", "url": []}, 'Field "url" must be of type String'),
        ({"type": "text_mention"}, 'Can\'t find field "user"'),
        ({"type": "text_mention", "user": {"id": "5"}}, 'Can\'t find field "user"'),
    ],
)
def test_an_entity_without_what_belongs_to_it_is_refused(entity: dict[str, object], words: str) -> None:
    """In Telegram's words."""
    with pytest.raises(ApiError) as refusal:
        formatted("x", None, [{**entity, "offset": 0, "length": 1}])
    assert refusal.value.description == f"Bad Request: can't parse MessageEntity: {words}"
