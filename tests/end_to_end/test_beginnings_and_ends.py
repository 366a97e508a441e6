"""How a report begins and ends: languages, consent, stopping, the receipt and its code."""

import asyncio

import pytest

from bot.languages import name_of
from bot.local_api.client import picture
from db.models import File
from tests.bench import count
from tests.end_to_end.conftest import Machine, MakeReporter
from tests.end_to_end.moderating import Moderator
from tests.end_to_end.people import labels_on
from tests.end_to_end.reporting import SIMPLE, Reporter, to

LANGUAGES = ("kk", "ru", "en")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_everything_is_in_the_chosen_language(reporter: MakeReporter, language: str) -> None:
    """The commands answer and are listed in the language of the buttons; the report begins in it."""
    one = await reporter(1001, language)
    await one.begin()
    await one.command("/help")
    await one.phone.wait(one.word("reporter.help"))
    await one.command("/privacy")
    await one.phone.wait(one.word("reporter.privacy.first", hours=72, days=365))
    await one.press_word("reporter.privacy.more")
    await one.phone.wait(one.word("reporter.privacy", hours=72, days=365, rejected_days=30, shown_minutes=60))
    await one.command("/nonsense")
    await one.phone.wait(one.word("reporter.unknown_command"))
    listed = {command["command"]: command["description"] for command in await one.phone.commands()}
    assert listed["report"] == one.word("command.report")
    assert list(listed) == ["report", "language", "cancel", "status", "withdraw", "privacy", "help", "panic"]


async def test_a_change_of_language_asks_the_same_question_in_it(anna: Reporter) -> None:
    """/language in the middle: the question at hand comes in the other language, answers stay."""
    await to(anna, "region")
    await anna.command("/language")
    await anna.press(name_of("kk"))
    anna.language = "kk"
    await anna.look(lambda place: place == "region")
    await anna.fill(SIMPLE)
    assert anna.phone.last.text.startswith(anna.word("flow.review"))
    assert anna.choice("types", "prosecution.hooliganism") in anna.phone.last.text


async def test_words_before_any_command_need_not_be_sent_again(anna: Reporter) -> None:
    """A first hello is answered with the question for consent, and stands in the story after it."""
    await anna.write("Здравствуйте, меня задержали")
    await anna.phone.wait(anna.word("reporter.held"))
    await anna.pick("consent_store", "yes")
    assert "Здравствуйте, меня задержали" in (await anna.at("story")).text


async def test_the_menus_withdrawal_asks_for_the_code(anna: Reporter) -> None:
    """Its code as a reply leads to the withdrawal, also in the middle of another report; other words do not."""
    code = await anna.report(SIMPLE)
    await to(anna, "story")
    await anna.command("/withdraw")
    asked = await anna.phone.wait(anna.word("reporter.withdraw.code"))
    await anna.phone.say("Задержали на площади.", reply_to=asked.id)
    await anna.phone.wait(lambda bubble: "площади" in bubble.text and not bubble.mine)
    await anna.phone.say(code, reply_to=asked.id)
    await anna.press_word("reporter.withdraw.yes")
    await anna.phone.wait(anna.word("reporter.withdraw.done"))
    assert code not in [bubble.text for bubble in anna.phone.messages]


async def test_commands_are_known_however_they_are_typed(anna: Reporter) -> None:
    """Capitals, the bot's name, spaces behind."""
    for typed in ("/HELP", "/help@kuager_demo_bot", "/help  "):
        await anna.command(typed)
        await anna.phone.wait(anna.word("reporter.help"))


async def test_without_consent_nothing_is_kept(anna: Reporter, machine: Machine) -> None:
    """Saying no ends it; a file that came before the consent is not kept either."""
    await anna.begin()
    await anna.give("photo", picture("early"), "early.png", "image/png")
    await anna.phone.wait(anna.word("reporter.held"))
    await anna.at("consent_store")
    await anna.press(anna.choice("consent_store", "no"))
    await anna.phone.wait(anna.word("reporter.no_consent"))
    async with machine.bot.work.read() as unit:
        assert await count(unit, File) == 0
    await machine.stop()
    assert not stored_files(machine)


async def test_stopping_wipes_both_sides_of_the_chat_and_all_files(anna: Reporter, machine: Machine) -> None:
    """/cancel asks, then deletes every message of this chat and everything that was kept."""
    await to(anna, "story")
    await anna.give("photo", picture("evidence"), "evidence.png", "image/png")
    await anna.phone.wait(anna.word("flow.files", n=1))
    await anna.command("/cancel")
    await anna.press_word("flow.cancel.no")
    await anna.at("story")
    await anna.command("/cancel")
    await anna.press_word("flow.cancel.sure")
    await anna.phone.wait(anna.word("reporter.panic"))
    await anna.phone.until(lambda: len(anna.phone.messages) == 1)
    neutral = anna.word("reporter.panic"), anna.word("reporter.older", hours=47)
    assert anna.phone.messages[0].text == "\n\n".join(neutral)
    await anna.command("/cancel")
    await anna.phone.wait(anna.word("reporter.nothing_to_cancel"))
    await machine.stop()
    await machine.start()
    await anna.command("/help")
    await anna.phone.wait(anna.word("reporter.help"))
    await machine.stop()
    assert not stored_files(machine)
    await machine.start()


def stored_files(machine: Machine) -> list[str]:
    """The names of all files in the store."""
    return [path.name for path in machine.settings.files_dir.rglob("*") if path.is_file()]


async def test_sending_twice_sends_once(anna: Reporter, aida: Moderator) -> None:
    """Two taps on Send make one report with one code; later taps are told that it is done."""
    await anna.begin()
    await anna.fill(SIMPLE)
    review = anna.phone.last
    data = next(button.data for button in review.buttons if button.label == anna.word("flow.send"))
    assert data is not None
    answers = await asyncio.gather(anna.answer_to(review, data), anna.answer_to(review, data))
    assert sorted(answers) == sorted(["", anna.word("reporter.tap.no_draft", hours=72)])
    receipts = [bubble for bubble in anna.phone.messages if anna.word("reporter.clear") in labels_on(bubble)]
    assert len(receipts) == 1
    await aida.command("/queue")
    await aida.phone.wait(aida.word("moderator.queue.counts", new=1, claimed=0))


async def test_the_receipts_button_clears_the_chat(anna: Reporter) -> None:
    """Once the code is written down nothing of the report stays on the phone."""
    await anna.report(SIMPLE)
    await anna.press_word("reporter.clear")
    await anna.phone.until(lambda: not anna.phone.messages)
    said = anna.word("reporter.cleared", hours=47)  # only after the messages are gone
    await anna.phone.until(lambda: anna.phone.callback_answers[-1]["text"] == said)


async def test_a_code_tells_how_a_report_stands_and_does_not_stay_in_the_chat(anna: Reporter) -> None:
    """/status with the code, or the code alone in small letters; the message with it is deleted."""
    code = await anna.report(SIMPLE)
    for typed in (f"/status {code}", f"/status {code.replace('-', ' ')}", code.lower()):
        await anna.command(typed)
        await anna.phone.wait(anna.word("reporter.status.new"))
        await anna.phone.until(lambda typed=typed: typed not in [b.text for b in anna.phone.messages])  # type: ignore[misc]
    await anna.command("/status")
    asked = await anna.phone.wait(anna.word("reporter.status.code"))
    await anna.phone.say(code, reply_to=asked.id)
    await anna.phone.wait(anna.word("reporter.status.new"))
    await anna.command("/status ABCD")
    await anna.phone.wait(anna.word("receipt.not_a_code"))
    wrong = f"{code[:-1]}{'0' if code[-1] != '0' else '1'}"
    await anna.command(f"/status {wrong}")
    await anna.phone.wait(lambda b: b.text in {anna.word("receipt.unknown"), anna.word("receipt.not_a_code")})


async def test_what_is_said_of_a_report_is_said_in_its_language(anna: Reporter) -> None:
    """Also where the phone's own language is another: above all what asks whether to destroy it."""
    assert anna.language != "kk"
    anna.language = "kk"
    code = await anna.report(SIMPLE)
    for words in (f"/status {code}", code):
        await anna.command(words)
        await anna.phone.wait(anna.word("reporter.status.new"))
    await anna.command(f"/withdraw {code}")
    await anna.press_word("reporter.withdraw.no")
    kept = anna.word("reporter.withdraw.kept")
    await anna.phone.until(lambda: any(one.get("text") == kept for one in anna.phone.callback_answers))
    await anna.withdraw(code)
