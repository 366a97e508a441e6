"""Buttons: stale ones, double taps, floods of taps, back and corrections."""

import asyncio
from contextlib import suppress
from dataclasses import replace

from bot.local_api.client import PhoneError
from tests.end_to_end.reporting import SIMPLE, Reporter, prompts, to


async def test_a_stale_button_gets_a_kind_answer_and_changes_nothing(anna: Reporter) -> None:
    """A button of a question that was answered says so; the present question stays as it was."""
    await anna.begin()
    await anna.fill(SIMPLE, until="category")
    old = prompts(anna, "category")[0]
    other = next(button for button in old.buttons if button.label == anna.choice("category", "assembly"))
    await anna.fill(SIMPLE, until="when")
    assert other.data is not None
    assert await anna.answer_to(old, other.data) == anna.word("reporter.tap.stale")
    await anna.at("when")
    await anna.fill(SIMPLE)
    assert anna.choice("category", "prosecution") in anna.phone.last.text
    assert anna.choice("category", "assembly") not in anna.phone.last.text


async def test_a_double_tap_counts_once(anna: Reporter) -> None:
    """Two taps on one button lead one step on, and the second is answered too."""
    await anna.begin()
    await anna.fill(SIMPLE, until="category")
    shown = prompts(anna, "category")[0]
    data = next(one.data for one in shown.buttons if one.label == anna.choice("category", "prosecution"))
    assert data is not None
    before = shown.changed
    answers = await asyncio.gather(anna.answer_to(shown, data), anna.answer_to(shown, data))
    assert sorted(answers) == ["", anna.word("reporter.tap.stale")]
    await anna.phone.wait(lambda bubble: anna.place_of(bubble) == "types", since=before)
    assert len(prompts(anna, "types")) == 1


async def test_a_flood_of_taps_strands_nobody(anna: Reporter) -> None:
    """Many taps at once on all buttons of a screen: the person can still answer and send."""
    await to(anna, "region")
    shown = prompts(anna, "region")[0]
    datas = [
        button.data for button in shown.buttons if button.data and button.label != anna.word("flow.cancel")
    ]
    with suppress(PhoneError):
        await asyncio.gather(*(anna.answer_to(shown, data) for data in datas * 2))
    await anna.command("/report")
    await anna.phone.wait(anna.word("reporter.resumed"))
    await anna.look()
    await anna.fill(SIMPLE)
    await anna.send()


async def test_a_deleted_question_comes_again(anna: Reporter) -> None:
    """/report shows the question that was deleted on the phone."""
    await to(anna, "region")
    await anna.phone.delete(prompts(anna, "region")[0].id)
    await anna.command("/report")
    await anna.phone.wait(anna.word("reporter.resumed"))
    await anna.at("region")
    await anna.fill(SIMPLE)
    await anna.send()


async def test_a_tap_on_a_deleted_question_is_taken(anna: Reporter) -> None:
    """A phone that has not heard of the deletion can still answer."""
    await to(anna, "region")
    shown = prompts(anna, "region")[0]
    data = next(one.data for one in shown.buttons if one.label == anna.choice("region", "KZ-10"))
    await anna.phone.delete(shown.id)
    assert data is not None
    await anna.answer_to(shown, data)
    await anna.at("consent_use")


async def test_going_back_shows_the_answer(anna: Reporter) -> None:
    """Back leads to the question before with what was answered, and the same way forward again."""
    await to(anna, "region")
    await anna.press_word("flow.back")
    shown = await anna.at("when")
    assert anna.word("flow.current", answer=anna.dated(SIMPLE.when)) in shown.text
    await anna.pass_by("flow.keep")
    await anna.at("region")


async def test_an_answer_is_corrected_from_the_review(anna: Reporter) -> None:
    """Another group of acts asks for its types, forgets those of the old one and asks what is new."""
    await anna.begin()
    await anna.fill(SIMPLE)
    await anna.go_to(anna.short("category"))
    await anna.at("category")
    await anna.press(anna.choice("category", "detention"))
    detained = replace(SIMPLE, category="detention", types=("detention.mass",), urgent="yes")
    await anna.look(lambda place: place not in {"", "category"})
    await anna.fill(detained)
    assert anna.choice("types", "detention.mass") in anna.phone.last.text
    assert anna.choice("types", "prosecution.hooliganism") not in anna.phone.last.text
    assert f"{anna.short('urgent')}: " in anna.phone.last.text
    await anna.send()
