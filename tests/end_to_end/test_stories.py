"""Stories as people tell them: in parts, edited, spoken, forwarded, far too long."""

from dataclasses import replace

from tests.end_to_end.reporting import SIMPLE, Reporter, prompts, to

LONG = replace(
    SIMPLE, story=tuple(f"Часть {part}. " + "Как это было, по порядку. " * 110 for part in range(3))
)


async def test_a_forwarded_text_goes_on_with_the_story(anna: Reporter) -> None:
    """Somebody else's words can be part of a story; whose they were is shown nowhere."""
    await to(anna, "story")
    await anna.phone.forward("Пост, за который оштрафовали", author="Аноним Анонимов")
    await anna.phone.wait("Пост, за который оштрафовали")
    await anna.press_word("flow.done")
    await anna.at("category")
    await anna.fill(SIMPLE)
    assert "Пост, за который оштрафовали" in anna.phone.last.text
    assert "Аноним" not in anna.phone.last.text


async def test_an_edited_message_changes_the_answer(anna: Reporter) -> None:
    """A part of the story that is edited in the chat is edited in the report, before Done and after it."""
    await to(anna, "story")
    first = await anna.write("Задержали Петра")
    await anna.phone.wait("Задержали Петра")
    await anna.phone.edit(first.id, "Задержали человека")
    await anna.phone.wait(lambda shown: anna.word("flow.text.changed") in shown.text)
    await anna.press_word("flow.done")
    await anna.at("category")
    await anna.phone.edit(first.id, "Задержали журналиста")
    await anna.at("category")
    await anna.fill(SIMPLE)
    assert "Задержали журналиста" in anna.phone.last.text
    assert "Петра" not in anna.phone.last.text


async def test_a_voice_message_is_a_story(anna: Reporter) -> None:
    """Whoever does not write can speak."""
    await to(anna, "story")
    await anna.give("voice", b"OggS voice", "voice.ogg", "audio/ogg")
    await anna.phone.wait(anna.word("flow.voices", n=1))
    await anna.press_word("flow.done")
    await anna.at("category")
    await anna.fill(SIMPLE)
    assert anna.word("flow.voices", n=1) in anna.phone.last.text
    await anna.send()


async def test_a_hurried_person_loses_no_words(anna: Reporter) -> None:
    """Messages sent one after another without waiting for answers are all in the story, in their order."""
    await to(anna, "story")
    parts = [f"Сообщение {number}." for number in range(8)]
    for part in parts:
        await anna.write(part)
    await anna.phone.wait(lambda shown: "\n".join(parts) in shown.text)
    await anna.phone.until(lambda: len(prompts(anna, "story")) == 1)
    await anna.press_word("flow.done")
    await anna.at("category")


async def test_a_story_that_is_too_long_is_kept_to_be_shortened(anna: Reporter) -> None:
    """The part that does not fit is named and shown; its message can be edited until it fits."""
    await to(anna, "story")
    for part in ("а" * 4000, "б" * 4000):
        await anna.write(part)
        await anna.phone.wait(anna.word("flow.more_or_done"))
    last = await anna.write("в" * 3000)
    shown = await anna.phone.wait(anna.word("flow.text.too_long", n=1002, most=10000))
    assert "ввв" in shown.text
    await anna.phone.edit(last.id, "г" * 1000)
    await anna.phone.wait(lambda bubble: "г" * 10 in bubble.text or anna.place_of(bubble) == "story")
    await anna.press_word("flow.done")
    await anna.at("category")
    await anna.fill(SIMPLE)
    whole = "".join(bubble.text for bubble in anna.phone.messages if not bubble.mine)
    assert "г" * 1000 in whole
    assert "в" * 800 not in whole


async def test_a_long_review_comes_in_parts(anna: Reporter) -> None:
    """All words of a long story are in the review, and the buttons stand under its last part."""
    await anna.begin()
    await anna.fill(LONG)
    parts = [bubble for bubble in anna.phone.messages if bubble.changed > anna.phone.mark and not bubble.mine]
    parts = [bubble for bubble in parts if bubble.text]
    assert len(parts) > 2
    whole = " ".join(bubble.text for bubble in parts)
    assert all(f"Часть {part}." in whole for part in range(3))
    assert whole.count("Как это было, по порядку.") == 330
    assert [bool(bubble.buttons) for bubble in parts] == [False] * (len(parts) - 1) + [True]
    await anna.send()


async def test_pictures_in_the_words_do_not_make_a_message_too_long(anna: Reporter) -> None:
    """Telegram counts an emoji twice: a review of emoji comes in parts, and all of it comes."""
    await to(anna, "story")
    for picture_ in ("🚓", "👮", "🏛"):
        await anna.write(picture_ * 2000)
        await anna.phone.wait(lambda shown, picture_=picture_: "🚓" in shown.text)  # type: ignore[misc]
    await anna.press_word("flow.done")
    await anna.at("category")
    await anna.fill(SIMPLE)
    whole = "".join(bubble.text for bubble in anna.phone.messages if not bubble.mine)
    assert all(whole.count(picture_) >= 2000 for picture_ in ("🚓", "👮", "🏛"))
    await anna.send()


async def test_markup_in_the_words_is_shown_as_it_was_typed(anna: Reporter) -> None:
    """What looks like HTML is words, however long."""
    words = "<b>Полиция</b> & «суд» <script> &amp; " * 90
    await to(anna, "story")
    await anna.write(words)
    await anna.press_word("flow.done")
    await anna.at("category")
    await anna.fill(SIMPLE)
    whole = " ".join(bubble.text for bubble in anna.phone.messages if not bubble.mine)
    assert whole.count("<b>Полиция</b> & «суд» <script> &amp;") >= 90
    await anna.send()
