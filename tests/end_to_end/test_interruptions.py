"""The bot is stopped, blocked, held up, taken into a group: nobody loses a word or is stuck."""

import aiohttp

from bot.local_api.client import picture
from bot.local_api.server import LocalBotApi
from tests.end_to_end.conftest import Machine, MakeReporter
from tests.end_to_end.reporting import SIMPLE, Reporter, prompts, to


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
    await anna.at("category")
    await anna.fill(SIMPLE)
    code = await anna.send()
    await machine.stop()
    await machine.start()
    await anna.command(f"/status {code}")
    await anna.phone.wait(anna.word("reporter.status.new"))


async def test_a_draft_before_consent_is_resumed_after_a_restart(anna: Reporter, machine: Machine) -> None:
    """Not even a place in the form is forgotten."""
    await anna.begin()
    await machine.stop()
    await machine.start()
    await anna.command("/start")
    await anna.phone.wait(anna.word("reporter.resumed"))
    await anna.at("consent_store")
    await anna.fill(SIMPLE)
    await anna.send()


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
    await anna.at("category")
    await anna.fill(SIMPLE)
    assert anna.word("flow.files", n=1) in anna.phone.last.text


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
