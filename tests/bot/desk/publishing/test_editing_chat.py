"""/edit: the review form in a moderator's chat."""

from bot.chat.buttons import Act
from bot.form.flow.outline import line_number
from tests.bench import text
from tests.bot.chat.chats import Chats, words
from tests.bot.chat.moderating import STORY, enrol, press, report


async def test_a_moderator_may_report_but_has_one_form_at_a_time(chats: Chats) -> None:
    """An open report must be ended before an edit, an open edit before another."""
    names = [await report(chats) for _ in range(2)]
    await enrol(chats, 5)
    await chats.tap(5, Act("begin", "en"))
    assert "A report of your own is open" in words(await chats.say(5, f"/edit {names[0]}"))
    await press(chats, 5, "ca", "1")
    await chats.say(5, f"/edit {names[0]}")
    assert f"You are editing report {names[0]}" in words(await chats.say(5, f"/edit {names[1]}"))
    assert "is not finished" in words(await chats.say(5, f"/approve {names[0]}"))


async def test_an_edited_prompt_of_a_moderators_form_is_a_protected_prompt(chats: Chats) -> None:
    """Should its message be gone, what is sent in its place cannot be forwarded either."""
    name = await report(chats)
    await enrol(chats, 5)
    await chats.say(5, f"/edit {name}")
    calls = await press(chats, 5, "sh")
    assert [call.protect for call in calls if call.method == "editMessageText"] == [True], calls


async def test_the_story_stands_where_the_public_text_is_asked(chats: Chats) -> None:
    """No moderator scrolls back to the card for it; once told, the title stands alone."""
    name = await report(chats)
    await enrol(chats, 5)
    assert STORY in words(await chats.say(5, f"/edit {name}"))
    assert STORY in words(await chats.say(5, "People held"))
    review = words(await chats.say(5, "Held for an hour"))
    assert review.count(STORY) == 1
    assert f"said: {STORY}\n→ published: Held for an hour" in review


async def test_the_review_has_no_blank_lines_and_says_what_the_reporter_said_otherwise(chats: Chats) -> None:
    """With the number of the line beside both."""
    name = await report(chats)
    await enrol(chats, 5)
    for typed in (f"/edit {name}", "People held", "Held for an hour"):
        calls = await chats.say(5, typed)
    assert "—" not in words(calls)
    number = line_number(chats.bench.forms["review"], "/review/region")
    assert "<b>Region or city</b>" in words(await chats.say(5, number))
    review = words(await chats.say(5, "Astana"))
    assert f"{number}. <b>Region or city</b>\nsaid: Almaty\n→ published: Astana" in review


async def test_a_name_is_said_beside_nothing(chats: Chats) -> None:
    """No chat shows sealed answers."""
    name = await report(chats, affected_name=text("Aigerim SECRET"))
    await enrol(chats, 5)
    shown = [words(await chats.say(5, one)) for one in (f"/edit {name}", "People held", "Held for an hour")]
    assert "SECRET" not in "".join(shown)
