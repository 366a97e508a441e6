"""What stays in a chat of the questions that were asked: nothing of those that were tapped, a line of the others, and the question of
now below all."""

from bot.languages import name_of
from bot.local_api.client import ShownMessage, picture
from tests.end_to_end.conftest import Machine
from tests.end_to_end.moderating import Moderator
from tests.end_to_end.people import REVIEW, Person
from tests.end_to_end.reporting import SIMPLE, Reporter, prompts, to
from tests.end_to_end.test_stories import LONG


def said(person: Person) -> list[ShownMessage]:
    """What the bot has in the chat."""
    return [bubble for bubble in person.phone.messages if not bubble.mine]


def with_buttons(person: Person) -> list[ShownMessage]:
    """Those with buttons, but for the greeting, which has those of the languages."""
    return [bubble for bubble in said(person)[1:] if bubble.buttons]


async def lines(person: Person) -> list[str]:
    """The lines that stayed of questions, once only the question of now has buttons: they come after it."""
    await person.phone.until(lambda: with_buttons(person) == [person.phone.last])
    return [bubble.text for bubble in said(person) if bubble.text.startswith("✓ ")]


def title(person: Person, name: str) -> str:
    """A question as its line has it."""
    question, mark, _ = person.label(name).splitlines()[0].partition("? ")
    return question + mark.strip()


def line_with(person: Person, name: str, answer: str) -> str:
    """The line of a question with an answer, without a colon after the question's own mark."""
    line = person.word("reporter.answered", question=title(person, name), answer=answer)
    return line.replace("?:", "?").replace(".:", ".")


async def test_a_question_that_is_answered_in_words_is_one_short_line(anna: Reporter) -> None:
    """With the answer. What was tapped is not there, and the question of now alone has buttons and stands below all else."""
    await to(anna, "region")
    found, shown = await lines(anna), said(anna)
    assert anna.place_of(anna.phone.last) == "region"
    assert found == [line_with(anna, "when", "апрель 2024")] == [bubble.text for bubble in shown[1:-1]]
    texts = " ".join(bubble.text for bubble in shown[1:])
    assert not any(title(anna, name) in texts for name in ("story", "category", "types"))


async def test_what_the_person_wrote_is_not_repeated(anna: Reporter) -> None:
    """The story stands in the person's own messages."""
    await anna.begin()
    await anna.fill(SIMPLE, until="story")
    await anna.tell("story", "Первая часть", "Вторая часть")
    assert await lines(anna) == []
    assert [b.text for b in anna.phone.messages if "Первая часть" in b.text] == ["Первая часть"]


async def test_files_are_counted_in_the_line(anna: Reporter) -> None:
    """Not named. It is there where something stands below the question."""
    await to(anna, REVIEW)
    await anna.go_to(anna.short("evidence"))
    for number in (1, 2):
        await anna.give("photo", picture(str(number)), f"{number}.png", "image/png")
        await anna.phone.wait(anna.word("flow.files", n=number))
    await anna.command("/help")
    await anna.phone.wait("/panic")
    await anna.phone.tap(anna.word("flow.done"))
    await anna.look(lambda place: place == REVIEW)
    assert line_with(anna, "evidence", anna.word("flow.files", n=2)) in await lines(anna)


async def test_after_a_change_of_language_the_lines_are_in_the_new_one(anna: Reporter) -> None:
    """The question of now comes again once, in it; what was answered before stays as it was."""
    await to(anna, "region")
    before = await lines(anna)
    await anna.command("/language")
    await anna.press(name_of("kk"))
    anna.language = "kk"
    await anna.at("region")
    assert await lines(anna) == before
    await anna.write(anna.choice("region", "KZ-75"))
    await anna.look(lambda place: place != "region")
    assert await lines(anna) == [*before, line_with(anna, "region", anna.choice("region", "KZ-75"))]


async def test_going_back_turns_the_question_into_the_one_before(anna: Reporter) -> None:
    """Of what was asked nothing is left."""
    await to(anna, "region")
    before, asked = await lines(anna), anna.phone.last
    await anna.press_word("flow.back")
    await anna.at("when")
    assert await lines(anna) == before
    assert prompts(anna, "when") == [asked]


async def test_who_does_not_stop_after_all_sees_the_question_once(anna: Reporter) -> None:
    """Neither the confirmation nor the question from before it stays."""
    await to(anna, "region")
    before = len(said(anna))
    await anna.command("/cancel")
    await anna.phone.wait(anna.word("flow.cancel.ask"))
    await anna.press_word("flow.cancel.no")
    await anna.at("region")
    assert len(said(anna)) == before
    assert not [bubble for bubble in said(anna) if anna.word("flow.cancel.ask") in bubble.text]
    assert len(prompts(anna, "region")) == 1


async def test_a_long_review_is_there_once_however_often_it_is_asked_for(anna: Reporter) -> None:
    """/report shows it anew; the parts of the copy before are gone. Words are answered without it."""
    await anna.begin()
    await anna.fill(LONG)
    parts = [bubble for bubble in said(anna) if "Как это было" in bubble.text]
    assert len(parts) > 2
    await anna.command("/report")
    await anna.look(lambda place: place == REVIEW)
    await anna.phone.until(lambda: all(part.deleted for part in parts))
    await anna.look(lambda place: place == REVIEW)
    review = anna.phone.last
    await anna.write("И вот ещё")
    await anna.phone.wait(lambda bubble: not bubble.mine and "И вот ещё" in bubble.text)
    whole = " ".join(bubble.text for bubble in said(anna))
    assert whole.count("Как это было, по порядку.") == 330
    assert with_buttons(anna) == [review]


async def test_a_review_that_is_left_to_correct_something_is_a_line(anna: Reporter) -> None:
    """All its parts are gone, and come again with the correction."""
    await anna.begin()
    await anna.fill(LONG)
    await anna.go_to(anna.short("region"))
    await anna.at("region")
    assert (await lines(anna))[-1] == anna.word(
        "reporter.answered_alone", question=anna.word("reporter.correcting")
    )
    assert not [bubble for bubble in said(anna) if "Как это было" in bubble.text]
    await anna.pick("region", "KZ-71")
    assert anna.place == REVIEW
    assert (await lines(anna))[-1] == line_with(anna, "region", anna.choice("region", "KZ-71"))
    whole = " ".join(bubble.text for bubble in said(anna))
    assert whole.count("Как это было, по порядку.") == 330
    assert with_buttons(anna) == [anna.phone.last]


async def test_questions_that_were_never_shown_leave_nothing(anna: Reporter, machine: Machine) -> None:
    """What was said while the bot was down leads on in one go, and nothing stays of the one question that was seen."""
    await to(anna, "story")
    before = await lines(anna)
    await anna.write("Всё было так")
    await anna.phone.wait("Всё было так")
    done = next(button for button in anna.phone.last.buttons if button.label == anna.word("flow.done"))
    await machine.stop()
    assert done.data is not None
    await anna.phone.tap_data(anna.phone.last.id, done.data)
    await anna.write("И ещё вот что")
    await machine.start()
    await anna.at("category")
    assert await lines(anna) == before
    assert with_buttons(anna) == [anna.phone.last]


async def test_a_moderators_edit_leaves_lines_that_cannot_be_forwarded(
    anna: Reporter, aida: Moderator
) -> None:
    """As its questions could not."""
    await anna.report(SIMPLE)
    assert await aida.next()
    await aida.begin_edit()
    await aida.tell("title", "Заголовок")
    await aida.phone.until(lambda: any(bubble.text.startswith("✓ ") for bubble in said(aida)))
    left = [bubble for bubble in said(aida) if bubble.text.startswith("✓ ")]
    assert [bubble.text for bubble in left] == [
        aida.word("reporter.answered_alone", question=title(aida, "title"))
    ]
    assert all(bubble.protected for bubble in left)
