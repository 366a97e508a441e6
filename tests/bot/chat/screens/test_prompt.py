"""The messages that ask a question: which they are, and what is kept of them."""

import json

from bot.chat.screens.prompt import PROMPT, Prompt, keep_prompt, read_prompt, record_prompts
from bot.chat.transport.sending.call import Call, OwedRow
from bot.chat.transport.sending.delivered import Delivered
from bot.chat.transport.sending.outbox import Outbox
from bot.services.reports.drafts import drafting
from bot.services.reports.drafts.drafting import OpenDraft
from bot.services.unit import REPORT_FORM, Unit
from tests.bench import Bench


async def opened(bench: Bench, unit: Unit) -> OpenDraft:
    """A draft at its first question."""
    filling = await drafting.start(unit, bench.new_chat()[1], REPORT_FORM, "ru")
    drafting.save(unit, filling)
    await unit.session.flush()
    return filling


def shown(unit: Unit, filling: OpenDraft, number: int, *, step: int, doubtful: bool = False) -> Delivered:
    """A prompt of a step that was delivered as this message."""
    row = OwedRow(number, filling.row.chat_hash, 1, b"", step, None, unit.hour, 0)
    row.payload = Call("sendMessage", {"chat_id": 5, "text": "?"}).dump(unit.safe.ring, row)
    return Delivered(row, (number,), doubtful)


async def test_all_messages_that_ask_a_question_are_known(bench: Bench) -> None:
    """Whether they are delivered in one batch or in several; the first was seen first."""
    async with bench.write() as unit:
        filling = await opened(bench, unit)
        step = filling.draft.step
        for numbers in ((11, 12), (13,)):
            prompts = [shown(unit, filling, number, step=step) for number in numbers]
            record_prompts(unit, Outbox(unit), prompts, [filling.row])
        prompt = read_prompt(unit, filling.row)
        assert prompt == Prompt(step, 11, (11, 12, 13))
        assert prompt.message_id == 13


async def test_a_prompt_in_doubt_has_no_first_message(bench: Bench) -> None:
    """It may have been shown before, by an id that nobody knows."""
    async with bench.write() as unit:
        filling = await opened(bench, unit)
        doubtful = shown(unit, filling, 11, step=filling.draft.step, doubtful=True)
        record_prompts(unit, Outbox(unit), [doubtful], [filling.row])
        prompt = read_prompt(unit, filling.row)
        assert prompt is not None
        assert not prompt.came_before(1)


async def test_a_prompt_that_was_overtaken_is_deleted(bench: Bench) -> None:
    """It reached the chat after its question had been answered: it is not taken for what is asked now."""
    async with bench.write() as unit:
        filling = await opened(bench, unit)
        step, outbox = filling.draft.step, Outbox(unit)
        late = [shown(unit, filling, 11, step=step - 1), shown(unit, filling, 12, step=step)]
        record_prompts(unit, outbox, late, [filling.row])
        assert read_prompt(unit, filling.row) == Prompt(step, 12, (12,))
        (call,) = [Call.load(unit.safe.ring, row) for row in outbox.rows]
        assert (call.method, call.params) == ("deleteMessage", {"chat_id": 5, "message_id": 11})


async def test_what_is_kept_of_a_prompt_is_sealed_and_comes_back(bench: Bench) -> None:
    """With its messages, or without any."""
    async with bench.write() as unit:
        filling = await opened(bench, unit)
        for prompt in (Prompt(4, 11, (11, 12)), Prompt(4, 11), Prompt(4)):
            keep_prompt(unit, filling.row, prompt)
            assert read_prompt(unit, filling.row) == prompt
            assert b'"s"' not in (filling.row.prompt or b"")


async def test_a_prompt_that_an_earlier_version_kept_is_read(bench: Bench) -> None:
    """It knew the last message alone."""
    async with bench.write() as unit:
        filling = await opened(bench, unit)
        plain = json.dumps({"s": 4, "f": 11, "m": 12}).encode()
        filling.row.prompt = unit.safe.ring.seal(plain, f"{PROMPT}:{filling.row.id}")
        assert read_prompt(unit, filling.row) == Prompt(4, 11, (12,))
