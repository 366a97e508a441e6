"""Links that stand behind words, and where a forward came from: they are a part of what was told, and people are not."""

from typing import Any

import pytest

from bot.chat.buttons import Act
from bot.form.answers import Answer, Chosen, Files, Written
from bot.form.kinds.text import longest
from bot.store import drafting
from tests.bench import Bench, text
from tests.bot.chat.chats import Chats
from tests.bot.chat.moderating import enrol, report
from tests.bot.chat.test_editing_messages import ME, at, at_a_line, edited, opened, photo, sent

URL = "https://example.org/news/12?utm_source=tg"
CHANNEL = {"id": -1001, "type": "channel", "title": "News", "username": "kz_news"}
OF_CHANNEL = {"type": "channel", "date": 1, "chat": CHANNEL, "message_id": 77, "author_signature": "Aidar"}
PERSON = {"id": 77_123, "is_bot": False, "first_name": "Aidar", "username": "aidar_k"}


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats on both databases."""
    return Chats(bench)


def link(url: str = URL, offset: int = 0, length: int = 4) -> dict[str, Any]:
    """An entity of words that are a link."""
    return {"type": "text_link", "offset": offset, "length": length, "url": url}


async def answered(chats: Chats, path: str, answer: Answer) -> None:
    """A question was answered before."""
    async with chats.bench.write() as unit:
        hashed = unit.safe.pseudonyms.chat(ME)
        open_draft = (await drafting.load(unit, [hashed]))[hashed]
        open_draft.draft = open_draft.draft.changed(answers={**open_draft.draft.answers, path: answer})
        drafting.save(unit, open_draft)


async def told(chats: Chats, typed: str, **fields: Any) -> str:
    """What a story holds after a message of these words."""
    path = await at(chats, "text")
    update = chats.written(ME, typed)
    update["message"] |= fields
    await chats.batch(update)
    return await words_at(chats, path)


async def words_at(chats: Chats, path: str) -> str:
    """The words of an answer."""
    answer = (await opened(chats)).draft.answers[path]
    assert isinstance(answer, Written)
    return answer.text


async def test_the_address_behind_words_is_told_with_them(chats: Chats) -> None:
    """Whatever symbols stand before: it is taken whole. One that the words show is told once."""
    assert await told(chats, "🟥🟥 Here it is", entities=[link(offset=5)]) == f"🟥🟥 Here it is\n{URL}"


@pytest.mark.parametrize("url", ["https://example.org/a", "http://example.org/a/", "https://EXAMPLE.org/a"])
async def test_an_address_that_the_words_show_is_told_once(chats: Chats, url: str) -> None:
    """With or without a scheme and the slash that Telegram puts behind it."""
    assert await told(chats, "See example.org/a", entities=[link(url)]) == "See example.org/a"


@pytest.mark.parametrize(
    "url", ["tg://user?id=77123", "mailto:a@example.org", "javascript:alert(1)", "https://"]
)
async def test_what_leads_to_a_person_or_nowhere_is_not_taken(chats: Chats, url: str) -> None:
    """Links of apps to people among it."""
    assert await told(chats, "Here it is", entities=[link(url)]) == "Here it is"


async def test_a_person_who_is_mentioned_by_words_is_not_taken(chats: Chats) -> None:
    """Telegram tells bots who it is."""
    mention = {"type": "text_mention", "offset": 0, "length": 4, "user": PERSON}
    assert await told(chats, "Here it is", entities=[mention]) == "Here it is"


async def test_the_address_of_a_public_channels_post_is_told_with_it(chats: Chats) -> None:
    """And not who signed it."""
    assert await told(chats, "Three were held.", forward_origin=OF_CHANNEL) == (
        "Three were held.\nhttps://t.me/kz_news/77"
    )


@pytest.mark.parametrize(
    "origin",
    [
        {"type": "user", "date": 1, "sender_user": PERSON},
        {"type": "hidden_user", "date": 1, "sender_user_name": "Aidar K"},
        {"type": "chat", "date": 1, "sender_chat": {**CHANNEL, "type": "supergroup"}},
        {**OF_CHANNEL, "chat": {"id": -1001, "type": "channel", "title": "Private"}},
        {**OF_CHANNEL, "chat": {**CHANNEL, "type": "supergroup"}},
        {**OF_CHANNEL, "chat": {**CHANNEL, "username": "a b/../c"}},
    ],
)
async def test_of_people_and_private_chats_nothing_is_taken(chats: Chats, origin: dict[str, Any]) -> None:
    """Whoever it was forwarded from: the words alone are kept."""
    assert await told(chats, "Three were held.", forward_origin=origin) == "Three were held."


async def test_links_stay_within_the_length_of_an_answer(chats: Chats) -> None:
    """The words come first: nobody is refused for what they do not see."""
    path = await at(chats, "text")
    question = (await opened(chats)).form.question_at(path)
    assert question is not None
    before = "x" * (longest(question) - len("\nHere it is"))
    await answered(chats, path, text(before))
    update = chats.written(ME, "Here it is")
    update["message"]["entities"] = [link()]
    await chats.batch(update)
    answer = (await opened(chats)).draft.answers[path]
    assert isinstance(answer, Written)
    assert answer.text == f"{before}\nHere it is"


async def test_a_choice_is_told_by_its_words_alone(chats: Chats) -> None:
    """A link behind the words of a button does not make them another answer."""
    await chats.tap(ME, Act("begin", "en"))
    asked = (await opened(chats)).draft.position
    update = chats.written(ME, "Yes")
    update["message"]["entities"] = [link(length=3)]
    await chats.batch(update)
    assert (await opened(chats)).draft.position != asked


async def test_links_behind_a_caption_stay_with_the_file(chats: Chats) -> None:
    """So does the address of the post that it was forwarded from, with a caption or without."""
    await at(chats, "file")
    await chats.batch(sent(chats, photo=photo("a"), caption="Here it is", caption_entities=[link()]))
    await chats.batch(sent(chats, photo=photo("b"), forward_origin=OF_CHANNEL))
    found = [one for one in (await opened(chats)).draft.answers.values() if isinstance(one, Files)]
    assert [one.caption for one in found[0].files] == [f"Here it is\n{URL}", "https://t.me/kz_news/77"]


async def test_an_edit_keeps_the_links_behind_the_words(chats: Chats) -> None:
    """And what changes nothing of them is passed over."""
    path = await at(chats, "text")
    first = chats.written(ME, "Here it is")
    first["message"]["entities"] = [link()]
    await chats.batch(first)
    assert await chats.batch(edited(first, text="Here it is")) == []
    await chats.batch(edited(first, text="Here it was"))
    assert f"Here it was\\n{URL}" in repr((await opened(chats)).draft.answers[path])


async def test_no_correction_is_refused_for_a_link_that_nobody_typed(chats: Chats) -> None:
    """A link that had no room at first has none later either: a change of nothing is passed over, and a typo is corrected. Once there is
    room it is told."""
    path = await at_a_line(chats, has_place=True)
    url = "https://example.org/".ljust(80, "n")
    first = chats.written(ME, "Artcle 274. ".ljust(150, "x"))
    first["message"]["entities"] = [link(url)]
    await chats.batch(first)
    assert await words_at(chats, path) == "Artcle 274. ".ljust(150, "x")
    assert await chats.batch(edited(first, text="Artcle 274. ".ljust(150, "x"))) == []
    await chats.batch(edited(first, text="Article 274. ".ljust(150, "x")))
    assert await words_at(chats, path) == "Article 274. ".ljust(150, "x")
    await chats.batch(edited(first, text="Article 274."))
    assert await words_at(chats, path) == f"Article 274.\n{url}"


async def test_the_other_parts_of_an_answer_leave_an_edited_one_its_room(chats: Chats) -> None:
    """Beside a story that is almost full the words alone are corrected."""
    path = await at(chats, "text")
    question = (await opened(chats)).form.question_at(path)
    assert question is not None
    before = "x" * (longest(question) - len("\nHere it was"))
    await answered(chats, path, text(before))
    first = chats.written(ME, "Here it is")
    first["message"]["entities"] = [link()]
    await chats.batch(first)
    await chats.batch(edited(first, text="Here it was"))
    assert await words_at(chats, path) == f"{before}\nHere it was"


async def test_hidden_links_are_answers_where_links_are_asked_for(chats: Chats) -> None:
    """Beside files the words go to the story and the addresses to the links, where the form asks for them."""
    await at(chats, "file")
    (depth,) = [one.path for one in (await opened(chats)).form.questions if one.name == "depth"]
    await answered(chats, depth, Chosen(("full",)))
    update = chats.written(ME, "Here it is")
    update["message"]["entities"] = [link()]
    await chats.batch(update)
    answers = (await opened(chats)).draft.answers
    texts = {path.rpartition("/")[2]: one.text for path, one in answers.items() if isinstance(one, Written)}
    assert texts == {"links": URL, "story": f"Here it is\n{URL}"}


async def test_what_moderators_write_is_published_as_they_read_it(chats: Chats) -> None:
    """Nothing that stands behind pasted words or a forwarded post is added, when they are first written and when they are edited."""
    name = await report(chats)
    await enrol(chats, ME)
    await chats.say(ME, f"/edit {name}")
    path = (await opened(chats)).draft.position
    first = chats.written(ME, "Here it is")
    first["message"] |= {"entities": [link()], "forward_origin": OF_CHANNEL}
    await chats.batch(first)
    assert await words_at(chats, path) == "Here it is"
    await chats.batch(edited(first, text="Here it was", entities=[link()]))
    assert await words_at(chats, path) == "Here it was"
