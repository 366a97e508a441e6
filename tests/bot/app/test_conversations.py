"""A form's conversation, batch by batch, without a network."""

from collections.abc import Sequence

import pytest

from bot.chat.buttons import Act, Tap, encode
from bot.chat.renderer import RenderedMessage, Renderer
from bot.form.events import Event, Next, Pick, Toggle
from bot.form.screen import Screen
from bot.store import drafting
from bot.store.drafting import OpenDraft
from bot.transport.call import Call, Delivered, DeliverySnapshot
from tests.bench import Bench
from tests.bot.chat.chats import TEXTS, Chats

ME = 5


class CountingRenderer(Renderer):
    """Counts the screens that it renders."""

    rendered = 0

    def screen(self, language: str, screen: Screen, draft: str, step: int) -> list[RenderedMessage]:
        self.rendered += 1
        return super().screen(language, screen, draft, step)


@pytest.fixture
def renderer() -> CountingRenderer:
    """Counts from nothing."""
    return CountingRenderer(TEXTS)


@pytest.fixture
def chats(bench: Bench, renderer: CountingRenderer) -> Chats:
    """Chats on both databases."""
    return Chats(bench, renderer)


async def open_draft(chats: Chats) -> OpenDraft:
    """The chat's draft."""
    async with chats.bench.read() as unit:
        hashed = unit.safe.pseudonyms.chat(ME)
        return (await drafting.load(unit, [hashed]))[hashed]


async def data_of(chats: Chats, event: Event) -> str:
    """The data of a button of the present screen."""
    found = await open_draft(chats)
    return encode(Tap(found.row.id[:4], found.draft.step, event))


def delivered(chats: Chats) -> DeliverySnapshot:
    """All that the last batch owed has reached the chat."""
    return DeliverySnapshot([Delivered(row, (chats.number(),)) for row in chats.rows])


async def to_violations(chats: Chats) -> None:
    """From the language to a question of several choices, which is seen."""
    await to_story(chats)
    for event in (Next(), Pick(0)):
        await chats.tap_data(ME, await data_of(chats, event))
    await chats.batch(drained=delivered(chats))


async def to_story(chats: Chats) -> None:
    """From the language to a story that is begun."""
    await chats.tap(ME, Act("begin", "en"))
    await chats.tap_data(ME, await data_of(chats, Pick(0)))
    await chats.say(ME, "First half.")


def shown(calls: Sequence[Call], method: str) -> list[str]:
    """The texts of all calls of a method."""
    return [call.params["text"] for call in calls if call.method == method]


async def test_an_answer_is_rendered_once(chats: Chats, renderer: CountingRenderer) -> None:
    """Whether it is a new message or an edit in place."""
    await to_violations(chats)
    assert renderer.rendered == 5
    calls = await chats.tap_data(ME, await data_of(chats, Toggle(0, on=True)))
    assert len(shown(calls, "editMessageText")) == 1
    assert renderer.rendered == 6
    calls = await chats.tap_data(ME, await data_of(chats, Next()))
    assert len(shown(calls, "sendMessage")) == 1
    assert renderer.rendered == 7
    await chats.say(ME, "Yes")
    assert renderer.rendered == 8


async def test_a_tap_beside_a_text_of_the_same_batch_leaves_one_prompt(chats: Chats) -> None:
    """The text's prompt was never sent: the tap's takes its place, and says what the text's had to say."""
    await to_violations(chats)
    (alone,) = shown(await chats.say(ME, "nonsense"), "sendMessage")
    tap = chats.tapped(ME, await data_of(chats, Toggle(0, on=True)))
    calls = await chats.batch(chats.written(ME, "nonsense"), tap, drained=delivered(chats))
    (prompt,) = shown(calls, "sendMessage")
    assert shown(calls, "editMessageText") == []
    assert "☑" in str(calls[-1].params["reply_markup"])
    assert prompt.startswith(alone.partition("</i>")[0])


async def test_a_text_that_came_while_the_question_waited_unseen_continues_the_answer_before(
    chats: Chats,
) -> None:
    """What the sender knew when the batch began decides it."""
    await to_story(chats)
    await chats.tap_data(ME, await data_of(chats, Next()))
    before = (await open_draft(chats)).draft
    unseen = frozenset({(chats.bench.safe.pseudonyms.chat(ME), before.step)})
    await chats.batch(chats.written(ME, "Second half."), drained=DeliverySnapshot(unseen_prompts=unseen))
    after = (await open_draft(chats)).draft
    assert after.position == before.position
    assert "Second half." in str(after.answers)


async def test_a_moderators_command_has_the_rights_of_its_table(chats: Chats) -> None:
    """A moderator who is no administrator is told so; for anybody else the command does not exist."""
    async with chats.bench.write() as unit:
        await chats.bench.moderator(unit)
    unknown = shown(await chats.say(ME, "/nonsense"), "sendMessage")
    assert shown(await chats.say(ME, "/moderators"), "sendMessage") == unknown
    moderator = 7_000_000_000 + chats.bench.chats
    (refused,) = shown(await chats.say(moderator, "/moderators"), "sendMessage")
    assert refused == TEXTS.text("ru", "moderator.admins_only")
