"""A day of reporters: all that people do with a chat beside answering well."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import aiohttp
import pytest

from bot.demo.bubbles import Bubble
from bot.demo.client import picture
from bot.demo.line import PhoneError
from bot.demo.server import LocalBotApi
from tests.end_to_end.conftest import Machine, MakeReporter
from tests.end_to_end.moderating import Moderator
from tests.end_to_end.people import Dated, labels_on
from tests.end_to_end.reporting import NAMES, SIMPLE, Reporter

LANGUAGES = ("kk", "ru", "en")
LONG = replace(
    SIMPLE, story=tuple(f"Часть {part}. " + "Как это было, по порядку. " * 110 for part in range(3))
)


async def to(reporter: Reporter, place: str) -> None:
    """A report as far as this question."""
    await reporter.begin()
    await reporter.fill(SIMPLE, until=place)


def prompts(reporter: Reporter, place: str) -> list[Bubble]:
    """The messages in the chat that ask this question and can be answered by buttons."""
    return [
        bubble for bubble in reporter.phone.messages if not bubble.mine and reporter.place_of(bubble) == place
    ]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_everything_is_in_the_chosen_language(reporter: MakeReporter, language: str) -> None:
    """The commands answer and are listed in the language of the buttons; the report begins in it."""
    one = await reporter(1001, language)
    await one.begin()
    await one.command("/help")
    await one.phone.wait(one.word("reporter.help"))
    await one.command("/privacy")
    await one.phone.wait(one.word("reporter.privacy", hours=72))
    await one.command("/nonsense")
    await one.phone.wait(one.word("reporter.unknown_command"))
    listed = {command["command"]: command["description"] for command in await one.phone.commands()}
    assert listed["report"] == one.word("command.report")
    assert list(listed) == ["report", "language", "cancel", "status", "withdraw", "privacy", "help"]


async def test_a_change_of_language_asks_the_same_question_in_it(anna: Reporter) -> None:
    """/language in the middle: the question at hand comes in the other language, answers stay."""
    await to(anna, "region")
    await anna.command("/language")
    await anna.press(NAMES["kk"])
    anna.language = "kk"
    await anna.look(lambda place: place == "region")
    await anna.fill(SIMPLE)
    assert anna.phone.last.text.startswith(anna.word("flow.review"))
    assert anna.choice("types", "prosecution.hooliganism") in anna.phone.last.text


async def test_words_before_any_command_are_greeted_and_not_kept(anna: Reporter) -> None:
    """A first hello is answered with what can be done here."""
    await anna.write("Здравствуйте, меня задержали")
    await anna.phone.wait(anna.word("reporter.hello"))


async def test_without_consent_nothing_is_kept(anna: Reporter, machine: Machine) -> None:
    """Saying no ends it; a file that came before the consent is not kept either."""
    await anna.begin()
    await anna.pass_by("flow.next")
    await anna.give("photo", picture("early"), "early.png", "image/png")
    await anna.phone.wait(anna.word("reporter.file.before_consent"))
    await anna.at("consent_store")
    await anna.press(anna.choice("consent_store", "no"))
    await anna.phone.wait(anna.word("reporter.no_consent"))
    await machine.stop()
    assert not stored_files(machine)
    await machine.start()
    await anna.give("photo", picture("late"), "late.png", "image/png")
    await anna.phone.wait(anna.word("reporter.file.no_draft"))


def stored_files(machine: Machine) -> list[str]:
    """The names of all files in the store."""
    return [path.name for path in machine.settings.files_dir.rglob("*") if path.is_file()]


async def test_stopping_wipes_both_sides_of_the_chat_and_all_files(anna: Reporter, machine: Machine) -> None:
    """/cancel asks, then deletes every message of this chat and everything that was kept."""
    await to(anna, "evidence")
    await anna.give("photo", picture("evidence"), "evidence.png", "image/png")
    await anna.phone.wait(anna.word("flow.files", n=1))
    await anna.command("/cancel")
    await anna.press_word("flow.cancel.no")
    await anna.at("evidence")
    await anna.command("/cancel")
    await anna.press_word("flow.cancel.sure")
    await anna.phone.wait(anna.word("reporter.wiped"))
    await anna.phone.until(lambda: len(anna.phone.messages) == 1)
    assert anna.phone.messages[0].text == anna.word("reporter.wiped")
    await anna.command("/cancel")
    await anna.phone.wait(anna.word("reporter.nothing_to_cancel"))
    await machine.stop()
    await machine.start()
    await anna.command("/help")
    await anna.phone.wait(anna.word("reporter.help"))
    await machine.stop()
    assert not stored_files(machine)
    await machine.start()


async def test_the_receipts_button_clears_the_chat(anna: Reporter) -> None:
    """Once the code is written down nothing of the report stays on the phone."""
    await anna.report(SIMPLE)
    await anna.press_word("reporter.clear")
    await anna.phone.until(lambda: not anna.phone.messages)
    assert anna.phone.callback_answers[-1]["text"] == anna.word("reporter.cleared")


async def test_a_code_tells_how_a_report_stands_and_does_not_stay_in_the_chat(anna: Reporter) -> None:
    """/status with the code, or the code alone in small letters; the message with it is deleted."""
    code = await anna.report(SIMPLE)
    for typed in (f"/status {code}", f"/status {code.replace('-', ' ')}", code.lower()):
        await anna.command(typed)
        await anna.phone.wait(anna.word("reporter.status.new"))
        await anna.phone.until(lambda typed=typed: typed not in [b.text for b in anna.phone.messages])  # type: ignore[misc]
    await anna.command("/status")
    await anna.phone.wait(anna.word("reporter.status.how"))
    await anna.command("/status ABCD")
    await anna.phone.wait(anna.word("receipt.not_a_code"))
    wrong = f"{code[:-1]}{'0' if code[-1] != '0' else '1'}"
    await anna.command(f"/status {wrong}")
    await anna.phone.wait(lambda b: b.text in {anna.word("receipt.unknown"), anna.word("receipt.not_a_code")})


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
    answers = await asyncio.gather(anna.answer_to(shown, data), anna.answer_to(shown, data))
    assert sorted(answers) == ["", anna.word("reporter.tap.stale")]
    await anna.phone.wait(lambda bubble: anna.place_of(bubble) == "types", since=shown.changed)
    assert len(prompts(anna, "types")) == 1


async def test_what_may_endanger_somebody_is_refused_and_deleted(anna: Reporter) -> None:
    """A contact, a place, a live location: not taken, deleted from the chat, and the question stays."""
    await to(anna, "story")
    for kind, fields in (("contact", {}), ("location", {"live_period": 600}), ("venue", {})):
        sent = await anna.phone.send(kind, **fields)
        await anna.phone.wait(anna.word("reporter.refused.dangerous"))
        await anna.look(lambda place: place == "story")
        await anna.phone.until(lambda sent=sent: sent.deleted)  # type: ignore[misc]
    for kind in ("sticker", "dice"):
        await anna.phone.send(kind)
        await anna.phone.wait(anna.word("reporter.refused.kind"))
        await anna.look(lambda place: place == "story")
    assert len(prompts(anna, "story")) == 1


async def test_a_forwarded_text_goes_on_with_the_story(anna: Reporter) -> None:
    """Somebody else's words can be part of a story; whose they were is shown nowhere."""
    await to(anna, "story")
    await anna.phone.forward("Пост, за который оштрафовали", author="Аноним Анонимов")
    await anna.phone.wait("Пост, за который оштрафовали")
    await anna.press_word("flow.done")
    await anna.at("when")
    await anna.fill(SIMPLE)
    assert "Пост, за который оштрафовали" in anna.phone.last.text
    assert "Аноним" not in anna.phone.last.text


async def test_an_album_gets_one_answer(anna: Reporter) -> None:
    """Five photos at once: all are taken, and one message asks for more."""
    await to(anna, "evidence")
    photos = [(picture(f"{number}"), f"{number}.png", "image/png") for number in range(5)]
    await anna.phone.send_album("photo", photos)
    five = anna.word("flow.files", n=5)
    await anna.phone.wait(lambda bubble: five in bubble.text)
    await anna.phone.until(lambda: len(prompts(anna, "evidence")) == 1)
    await anna.press_word("flow.done")
    await anna.at("consent_use")


async def test_a_file_can_be_taken_away_again(anna: Reporter) -> None:
    """Each file has a button that removes it."""
    await to(anna, "evidence")
    for number, name in enumerate(("one.pdf", "two.pdf"), 1):
        await anna.give("document", name.encode(), name, "application/pdf")
        await anna.phone.wait(anna.word("flow.files", n=number))
    await anna.press_word("flow.file.remove_named", number=1, name="one.pdf")
    left = await anna.phone.wait(anna.word("flow.file.removed"))
    assert anna.word("flow.files", n=1) in left.text
    assert anna.word("flow.file.remove_named", number=1, name="two.pdf") in labels_on(left)


async def test_an_edited_message_changes_the_answer(anna: Reporter) -> None:
    """A part of the story that is edited in the chat is edited in the report, before Done and after it."""
    await to(anna, "story")
    first = await anna.write("Задержали Петра")
    await anna.phone.wait("Задержали Петра")
    await anna.phone.edit(first.id, "Задержали человека")
    await anna.phone.wait(lambda shown: anna.word("flow.text.changed") in shown.text)
    await anna.press_word("flow.done")
    await anna.at("when")
    await anna.phone.edit(first.id, "Задержали журналиста")
    await anna.at("when")
    await anna.fill(SIMPLE)
    assert "Задержали журналиста" in anna.phone.last.text
    assert "Петра" not in anna.phone.last.text


async def test_a_voice_message_is_a_story(anna: Reporter) -> None:
    """Whoever does not write can speak."""
    await to(anna, "story")
    await anna.give("voice", b"OggS voice", "voice.ogg", "audio/ogg")
    await anna.phone.wait(anna.word("flow.voices", n=1))
    await anna.press_word("flow.done")
    await anna.at("when")
    await anna.fill(SIMPLE)
    assert anna.word("flow.voices", n=1) in anna.phone.last.text
    await anna.send()


async def test_in_a_group_the_bot_says_one_line_and_leaves(anna: Reporter) -> None:
    """Nothing is asked where others read along."""
    group = await anna.phone.make_group("Митинг")
    line = anna.word("reporter.no_groups")
    await anna.phone.until(
        lambda: [b.text for b in anna.phone.messages_in(group) if not b.mine and b.text] == [line]
    )
    await anna.command("/help")
    await anna.phone.wait(anna.word("reporter.help"))
    said = [bubble.text for bubble in anna.phone.messages_in(group) if not bubble.mine and bubble.text]
    assert said == [line]


async def test_who_blocks_the_bot_holds_nobody_up(anna: Reporter, reporter: MakeReporter) -> None:
    """While one person has blocked the bot another files; unblocked, the first goes on where it was."""
    await to(anna, "story")
    await anna.write("Начало рассказа")
    await anna.phone.block()
    other = await reporter(1002, "en")
    await other.report(SIMPLE)
    await anna.phone.unblock()
    await anna.command("/report")
    await anna.phone.wait(anna.word("reporter.resumed"))
    assert "Начало рассказа" in (await anna.at("story")).text


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
    await anna.at("evidence")


async def test_a_draft_is_resumed_after_a_restart(anna: Reporter, machine: Machine) -> None:
    """Stopped in the middle of a story and started on the same folder, the bot goes on with it; what was
    written meanwhile is not lost."""
    await to(anna, "story")
    await anna.write("До остановки")
    await anna.phone.wait("До остановки")
    await machine.stop()
    await anna.write("Во время остановки")
    await machine.start()
    shown = await anna.phone.wait("Во время остановки")
    assert "До остановки" in shown.text
    await anna.press_word("flow.done")
    await anna.at("when")
    await anna.fill(SIMPLE)
    code = await anna.send()
    await machine.stop()
    await machine.start()
    await anna.command(f"/status {code}")
    await anna.phone.wait(anna.word("reporter.status.new"))


async def test_a_draft_before_consent_is_resumed_after_a_restart(anna: Reporter, machine: Machine) -> None:
    """Not even a place in the form is forgotten."""
    await anna.begin()
    await anna.pass_by("flow.next")
    await machine.stop()
    await machine.start()
    await anna.command("/start")
    await anna.phone.wait(anna.word("reporter.resumed"))
    await anna.at("consent_store")
    await anna.fill(SIMPLE)
    await anna.send()


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


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("shymkent", "KZ-79"),
        ("шығыс қазақстан", "KZ-63"),
        ("Восточно-Казахстанская", "KZ-63"),
        ("abroad", "XX-ABROAD"),
    ],
)
async def test_a_place_is_found_in_any_language(anna: Reporter, typed: str, code: str) -> None:
    """Part of a name in another language than the chat's is enough."""
    await to(anna, "region")
    await anna.write(typed)
    label = anna.choice("region", code)
    found = await anna.phone.wait(
        lambda shown: label in labels_on(shown) or anna.place_of(shown) == "evidence"
    )
    if anna.place_of(found) == "region":
        await anna.press(label)
    await anna.at("evidence")
    await anna.fill(SIMPLE)
    assert label in anna.phone.last.text


async def test_an_unknown_place_is_shown_again_to_be_corrected(anna: Reporter) -> None:
    """What is not in the list is not lost: it stands in the question that comes again."""
    await to(anna, "region")
    await anna.write("Атлантида")
    shown = await anna.phone.wait(anna.word("flow.search.none"))
    assert anna.word("flow.kept", text="Атлантида") in shown.text


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
    await anna.at("when")
    await anna.fill(SIMPLE)
    whole = "".join(bubble.text for bubble in anna.phone.messages if not bubble.mine)
    assert "г" * 1000 in whole
    assert "в" * 800 not in whole


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
    await anna.press_word("flow.edit")
    await anna.press(anna.label("category"))
    await anna.at("category")
    await anna.press(anna.choice("category", "detention"))
    detained = replace(SIMPLE, category="detention", types=("detention.mass",), urgent="yes")
    await anna.look(lambda place: place not in {"", "category"})
    await anna.fill(detained)
    assert anna.choice("types", "detention.mass") in anna.phone.last.text
    assert anna.choice("types", "prosecution.hooliganism") not in anna.phone.last.text
    assert anna.label("urgent") in anna.phone.last.text
    await anna.send()


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


async def test_a_date_that_no_calendar_has_is_asked_again(anna: Reporter) -> None:
    """The words stay in sight and the next try is taken."""
    await to(anna, "when")
    await anna.write("31 апреля")
    shown = await anna.phone.wait(anna.word("flow.kept", text="31 апреля"))
    assert anna.place_of(shown) == "when"
    await anna.date("when", Dated("2024-03-08", "2024-03-08"), typed=True)
    await anna.fill(SIMPLE)
    assert "08.03.2024" in anna.phone.last.text


async def test_a_hurried_person_loses_no_words(anna: Reporter) -> None:
    """Messages sent one after another without waiting for answers are all in the story, in their order."""
    await to(anna, "story")
    parts = [f"Сообщение {number}." for number in range(8)]
    for part in parts:
        await anna.write(part)
    await anna.phone.wait(lambda shown: "\n".join(parts) in shown.text)
    await anna.phone.until(lambda: len(prompts(anna, "story")) == 1)
    await anna.press_word("flow.done")
    await anna.at("when")


async def test_pictures_in_the_words_do_not_make_a_message_too_long(anna: Reporter) -> None:
    """Telegram counts an emoji twice: a review of emoji comes in parts, and all of it comes."""
    await to(anna, "story")
    for picture_ in ("🚓", "👮", "🏛"):
        await anna.write(picture_ * 2000)
        await anna.phone.wait(lambda shown, picture_=picture_: "🚓" in shown.text)  # type: ignore[misc]
    await anna.press_word("flow.done")
    await anna.at("when")
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
    await anna.at("when")
    await anna.fill(SIMPLE)
    whole = " ".join(bubble.text for bubble in anna.phone.messages if not bubble.mine)
    assert whole.count("<b>Полиция</b> & «суд» <script> &amp;") >= 90
    await anna.send()


async def test_files_sent_too_early_are_kept_for_their_question(anna: Reporter) -> None:
    """A photo with words, sent while the story is asked, is evidence; its words are story."""
    await to(anna, "story")
    await anna.phone.send_file("photo", picture("now"), "now.png", "image/png", caption="Вот это фото")
    await anna.phone.wait("Вот это фото")
    await anna.press_word("flow.done")
    await anna.at("when")
    await anna.fill(SIMPLE, until="evidence")
    assert anna.word("flow.files", n=1) in anna.phone.last.text


async def test_more_files_than_allowed_are_refused(anna: Reporter) -> None:
    """The eleventh file is not taken, and the person is told."""
    await to(anna, "evidence")
    photos = [(picture(f"{number}"), f"{number}.png", "image/png") for number in range(10)]
    await anna.phone.send_album("photo", photos)
    await anna.phone.wait(anna.word("flow.files", n=10))
    await anna.give("photo", picture("last"), "last.png", "image/png")
    shown = await anna.phone.wait(anna.word("flow.file.full", n=10))
    assert anna.word("flow.files", n=10) in shown.text


async def test_commands_are_known_however_they_are_typed(anna: Reporter) -> None:
    """Capitals, the bot's name, spaces behind."""
    for typed in ("/HELP", "/help@kuager_demo_bot", "/help  "):
        await anna.command(typed)
        await anna.phone.wait(anna.word("reporter.help"))


async def test_sending_twice_sends_once(anna: Reporter, aida: Moderator) -> None:
    """Two taps on Send make one report with one code; later taps are told that it is done."""
    await anna.begin()
    await anna.fill(SIMPLE)
    review = anna.phone.last
    data = next(button.data for button in review.buttons if button.label == anna.word("flow.send"))
    assert data is not None
    answers = await asyncio.gather(anna.answer_to(review, data), anna.answer_to(review, data))
    assert sorted(answers) == sorted(["", anna.word("reporter.tap.no_draft")])
    receipts = [bubble for bubble in anna.phone.messages if anna.word("reporter.clear") in labels_on(bubble)]
    assert len(receipts) == 1
    await aida.command("/queue")
    await aida.phone.wait(
        aida.word("moderator.queue.counts", new=1, claimed=0, approved=0, rejected=0, withdrawn=0)
    )


async def test_telegrams_limit_holds_up_one_chat_alone(
    anna: Reporter, reporter: MakeReporter, api: LocalBotApi
) -> None:
    """While Telegram refuses messages to one chat for a time, another is answered; then the first is, too."""
    other = await reporter(1002, "en")
    limit = {"method": "sendMessage", "chat_id": 1001, "retry_after": 2}
    async with aiohttp.ClientSession() as http, http.post(f"{api.url}/control/failures", json=limit) as set_:
        assert set_.status == 200
    await anna.command("/help")
    await other.command("/help")
    await other.phone.wait(other.word("reporter.help"))
    assert not [bubble for bubble in anna.phone.messages if not bubble.mine]
    await anna.phone.wait(anna.word("reporter.help"))


async def test_all_that_was_said_while_the_bot_was_down_counts(anna: Reporter, machine: Machine) -> None:
    """Parts of a story, an edited part, a photo: read at once, in their order, with one answer."""
    await to(anna, "story")
    await machine.stop()
    first = await anna.write("Первая часть")
    await anna.write("Вторая часть")
    await anna.give("photo", picture("down"), "down.png", "image/png")
    await anna.phone.edit(first.id, "Первая часть, исправленная")
    await anna.write("Третья часть")
    await machine.start()
    words = "Первая часть, исправленная\nВторая часть\nТретья часть"
    await anna.phone.wait(lambda shown: words in shown.text)
    assert len(prompts(anna, "story")) == 1
    await anna.press_word("flow.done")
    await anna.at("when")
    await anna.fill(SIMPLE, until="evidence")
    assert anna.word("flow.files", n=1) in anna.phone.last.text
