"""Files and all else that is no text: taken where it belongs, refused where it may do harm."""

from bot.local_api.client import picture
from tests.end_to_end.people import labels_on
from tests.end_to_end.reporting import SIMPLE, Reporter, prompts, to


async def test_an_album_gets_one_answer(anna: Reporter) -> None:
    """Five photos at once: all are taken, and one message asks for more."""
    await to(anna, "story")
    photos = [(picture(f"{number}"), f"{number}.png", "image/png") for number in range(5)]
    await anna.phone.send_album("photo", photos)
    five = anna.word("flow.files", n=5)
    await anna.phone.wait(lambda bubble: five in bubble.text)
    await anna.phone.until(lambda: len(prompts(anna, "story")) == 1)
    await anna.press_word("flow.done")
    await anna.at("category")


async def test_a_file_can_be_taken_away_again(anna: Reporter) -> None:
    """Each file has a button that removes it."""
    await to(anna, "story")
    for number, name in enumerate(("one.pdf", "two.pdf"), 1):
        await anna.give("document", name.encode(), name, "application/pdf")
        await anna.phone.wait(anna.word("flow.files", n=number))
    await anna.press_word("flow.file.remove_named", number=1, name="one.pdf")
    left = await anna.phone.wait(anna.word("flow.file.removed"))
    assert anna.word("flow.files", n=1) in left.text
    assert anna.word("flow.file.remove_named", number=1, name="two.pdf") in labels_on(left)


async def test_a_photo_with_words_is_story_and_evidence(anna: Reporter) -> None:
    """The words are the story, the photo stands in the review."""
    await to(anna, "story")
    await anna.phone.send_file("photo", picture("now"), "now.png", "image/png", caption="Вот это фото")
    await anna.phone.wait("Вот это фото")
    await anna.press_word("flow.done")
    await anna.at("category")
    await anna.fill(SIMPLE)
    assert anna.word("flow.files", n=1) in anna.phone.last.text
    assert "Вот это фото" in anna.phone.last.text


async def test_more_files_than_allowed_are_refused(anna: Reporter) -> None:
    """The eleventh file is not taken, and the person is told."""
    await to(anna, "story")
    photos = [(picture(f"{number}"), f"{number}.png", "image/png") for number in range(10)]
    await anna.phone.send_album("photo", photos)
    await anna.phone.wait(anna.word("flow.files", n=10))
    await anna.give("photo", picture("last"), "last.png", "image/png")
    shown = await anna.phone.wait(anna.word("flow.file.full", n=10))
    assert anna.word("flow.files", n=10) in shown.text


async def test_what_may_endanger_somebody_is_refused_and_deleted(anna: Reporter) -> None:
    """A contact, a place that was not asked for, a live location: not taken, deleted from the chat, and the
    question stays the last message."""
    await to(anna, "story")
    for kind, fields, key in (
        ("contact", {}, "dangerous"),
        ("location", {}, "dangerous"),
        ("location", {"live_period": 600}, "live"),
        ("venue", {}, "dangerous"),
    ):
        sent = await anna.phone.send(kind, **fields)
        await anna.phone.wait(anna.word(f"reporter.refused.{key}"))
        await anna.look(lambda place: place == "story")
        await anna.phone.until(lambda sent=sent: sent.deleted)  # type: ignore[misc]
    for kind in ("sticker", "dice"):
        await anna.phone.send(kind)
        await anna.phone.wait(anna.word("reporter.refused.kind"))
        await anna.look(lambda place: place == "story")
    assert len(prompts(anna, "story")) == 1
    assert anna.place_of(anna.phone.last) == "story"
