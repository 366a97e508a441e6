"""The messages that ask a question: which they are, and what is kept of them."""

import json
from dataclasses import replace

from bot.chat.prompt import PROMPT, Prompt, keep_prompt, read_prompt, record_prompts
from bot.store import drafting
from bot.store.drafting import OpenDraft
from bot.store.unit import REPORT_FORM, UnitOfWork
from bot.transport.call import Call, Delivered, QueuedRow
from bot.transport.outbox import Outbox
from tests.bench import Bench

NOW = 1_800_000_000


async def opened(bench: Bench, unit: UnitOfWork) -> OpenDraft:
    """A draft at its first question."""
    filling = await drafting.start(unit, bench.new_chat()[1], REPORT_FORM, "ru")
    drafting.save(unit, filling)
    await unit.session.flush()
    return filling


def shown(
    unit: UnitOfWork, filling: OpenDraft, number: int, *, step: int | None, doubtful: bool = False
) -> Delivered:
    """A prompt of a step that was delivered as this message. Without a step it is another message."""
    row = QueuedRow(number, filling.row.chat_hash, 1, b"", step, None, unit.hour, 0)
    row.payload = Call("sendMessage", {"chat_id": 5, "text": "?"}).dump(unit.safe.ring, row)
    return Delivered(row, (number,), doubtful)


def edited(unit: UnitOfWork, filling: OpenDraft, number: int, *, step: int, at: int) -> Delivered:
    """A prompt of a step into which this message was edited at this time."""
    row = QueuedRow(100 + at, filling.row.chat_hash, 1, b"", step, None, unit.hour, 0)
    call = Call("editMessageText", {"chat_id": 5, "message_id": number, "text": "?"})
    row.payload = call.dump(unit.safe.ring, row)
    return Delivered(row, (number,), edited_at=at)


async def test_all_messages_that_ask_a_question_are_known(bench: Bench) -> None:
    """Whether they are delivered in one batch or in several; the first was seen first."""
    async with bench.write() as unit:
        filling = await opened(bench, unit)
        step = filling.draft.step
        for numbers in ((11, 12), (13,)):
            prompts = [shown(unit, filling, number, step=step) for number in numbers]
            record_prompts(unit, Outbox(unit), prompts, [filling.row])
        prompt = read_prompt(unit, filling.row)
        assert prompt == Prompt(step, 11, (11, 12, 13), floor=11, last_id=13)
        assert prompt.message_ids[-1] == 13


async def test_of_a_prompt_in_doubt_only_what_came_after_its_known_message_is_certain(bench: Bench) -> None:
    """It may have been shown before, under an id that nobody knows; also when it is replaced before that is."""
    async with bench.write() as unit:
        filling = await opened(bench, unit)
        step = filling.draft.step
        keep_prompt(unit, filling.row, Prompt(step - 1, 3, floor=3).followed(step, 5))
        replaced = replace(shown(unit, filling, 8, step=step, doubtful=True), message_ids=())
        for done in (replaced, shown(unit, filling, 11, step=step), shown(unit, filling, 12, step=step)):
            record_prompts(unit, Outbox(unit), [done], [filling.row])
        prompt = read_prompt(unit, filling.row)
        assert prompt is not None
        sights = {number: prompt.in_sight(number, NOW) for number in (2, 5, 6, 10, 12)}
        assert sights == {2: (), 5: (step - 1,), 6: (step, step - 1), 10: (step, step - 1), 12: (step,)}


def test_a_prompt_that_is_asked_anew_stays_in_doubt() -> None:
    """What was tried before may have been seen; what was not tried cannot."""
    asked = Prompt(3, 7, floor=7).followed(4, 9)
    assert asked.in_sight(12, NOW) == (3,)
    assert asked.again() == asked
    assert replace(asked, unseen=False).again().in_sight(12, NOW) == (4, 3)
    assert asked.followed(5, 10).in_sight(12, NOW) == (4, 3)


def test_the_steps_before_are_remembered_but_not_for_ever() -> None:
    """A message that comes late by several taps finds its own."""
    prompt = Prompt(0, 1, floor=1)
    for step in range(1, 30):
        prompt = replace(prompt.followed(step, 10 * step), first_id=10 * step + 1, floor=10 * step + 1)
    assert prompt.in_sight(275, NOW) == (27,)
    assert prompt.in_sight(15, NOW) == ()
    assert len(prompt.earlier) < 20


async def test_a_prompt_that_was_overtaken_is_deleted(bench: Bench) -> None:
    """It reached the chat after its question had been answered: it is not taken for what is asked now."""
    async with bench.write() as unit:
        filling = await opened(bench, unit)
        step, outbox = filling.draft.step, Outbox(unit)
        late = [shown(unit, filling, 11, step=step - 1), shown(unit, filling, 12, step=step)]
        record_prompts(unit, outbox, late, [filling.row])
        assert read_prompt(unit, filling.row) == Prompt(step, 12, (12,), floor=12, last_id=12)
        (call,) = [Call.load(unit.safe.ring, row) for row in outbox.rows]
        assert (call.method, call.params) == ("deleteMessage", {"chat_id": 5, "message_id": 11})


async def test_what_is_kept_of_a_prompt_is_sealed_and_comes_back(bench: Bench) -> None:
    """With its messages, or without any."""
    async with bench.write() as unit:
        filling = await opened(bench, unit)
        known = Prompt(4, 11, (11, 12), floor=9, doubtful=True, earlier=((3, 5, None, 9),))
        for prompt in (known, Prompt(4, 11), Prompt(4), Prompt(4, edited_at=7, last_id=12)):
            keep_prompt(unit, filling.row, prompt)
            assert read_prompt(unit, filling.row) == prompt
            assert b'"s"' not in (filling.row.prompt or b"")


async def test_a_prompt_that_an_earlier_version_kept_is_read(bench: Bench) -> None:
    """It knew the last message alone."""
    async with bench.write() as unit:
        filling = await opened(bench, unit)
        plain = json.dumps({"s": 4, "f": 11, "m": 12}).encode()
        filling.row.prompt = unit.safe.ring.seal(plain, f"{PROMPT}:{filling.row.id}")
        assert read_prompt(unit, filling.row) == Prompt(4, 11, (12,), floor=11)
        plain = json.dumps({"s": 4, "f": None, "p": [12]}).encode()  # of a delivery in doubt
        filling.row.prompt = unit.safe.ring.seal(plain, f"{PROMPT}:{filling.row.id}")
        assert read_prompt(unit, filling.row) == Prompt(4, 12, (12,), doubtful=True)
        plain = json.dumps(
            {"s": 4, "f": 11, "p": [11], "o": 11, "d": False, "e": [[3, 5, 6]], "b": []}
        ).encode()
        filling.row.prompt = unit.safe.ring.seal(plain, f"{PROMPT}:{filling.row.id}")
        earlier = ((3, 5, 6, None),)
        assert read_prompt(unit, filling.row) == Prompt(4, 11, (11,), floor=11, earlier=earlier)


def test_of_a_question_that_an_edit_shows_the_time_says_what_was_in_sight() -> None:
    """Its message is older than what was written under the question before. In the second of the edit, and while the time is
    unknown, it may be either."""
    before = Prompt(3, 7, (7,), floor=7)
    asked = replace(before.followed(4, 7), message_ids=(7,))
    assert asked.in_sight(9, NOW) == (3,)
    unknown = replace(asked, unseen=False)
    assert unknown.in_sight(9, NOW) == (4, 3)
    shown = replace(unknown, edited_at=NOW)
    assert [shown.in_sight(9, NOW + ahead) for ahead in (-1, 0, 1)] == [(3,), (4, 3), (4,)]
    later = replace(shown.followed(5, 7), unseen=False, message_ids=(7,), edited_at=NOW + 10)
    assert [later.in_sight(9, NOW + ahead) for ahead in (-1, 0, 5, 10, 11)] == [
        (3,),
        (4, 3),
        (4,),
        (5, 4),
        (5,),
    ]
    assert later.in_sight(7, NOW + 11) == ()
    again = replace(later.again(), first_id=12, message_ids=(12,))
    assert [again.in_sight(number, NOW + 11) for number in (9, 13)] == [(5,), (5,)]


async def test_an_edit_that_shows_a_question_leaves_its_time_and_not_its_id(bench: Bench) -> None:
    """Also when the question is then asked again below, in a message of its own."""
    async with bench.write() as unit:
        filling = await opened(bench, unit)
        step = filling.draft.step
        expected = replace(Prompt(step - 1, 3, (3,), floor=3).followed(step, 3), message_ids=(3,))
        keep_prompt(unit, filling.row, expected)
        record_prompts(unit, Outbox(unit), [edited(unit, filling, 3, step=step, at=NOW)], [filling.row])
        known = replace(expected, unseen=False, edited_at=NOW, last_id=3)
        assert read_prompt(unit, filling.row) == known
        record_prompts(unit, Outbox(unit), [shown(unit, filling, 9, step=step)], [filling.row])
        assert read_prompt(unit, filling.row) == replace(known, first_id=9, message_ids=(3, 9), last_id=9)


async def test_an_edit_that_was_overtaken_deletes_nothing(bench: Bench) -> None:
    """Its message shows what came after it."""
    async with bench.write() as unit:
        filling, outbox = await opened(bench, unit), Outbox(unit)
        late = edited(unit, filling, 3, step=filling.draft.step - 1, at=NOW)
        record_prompts(unit, outbox, [late], [filling.row])
        assert outbox.rows == []


async def test_it_is_known_that_another_message_stands_below_the_question(bench: Bench) -> None:
    async with bench.write() as unit:
        filling = await opened(bench, unit)
        step = filling.draft.step
        for done in (shown(unit, filling, 11, step=step), shown(unit, filling, 12, step=None)):
            record_prompts(unit, Outbox(unit), [done], [filling.row])
        assert read_prompt(unit, filling.row) == Prompt(step, 11, (11,), floor=11, last_id=12)


async def test_a_copy_of_the_version_before_reads_what_is_kept_of_a_prompt(bench: Bench) -> None:
    """Without a migration copies are restarted one by one (operators' guide), so that both versions answer one chat. The one before
    takes each earlier step apart into three values, and sets an update aside whose prompt it cannot read."""
    async with bench.write() as unit:
        filling = await drafting.start(unit, bench.new_chat()[1], REPORT_FORM, "ru")
        drafting.save(unit, filling)
        prompt = replace(Prompt(3, 7, (7,), floor=7).followed(4, 7), message_ids=(7,))
        keep_prompt(unit, filling.row, prompt)
        assert filling.row.prompt is not None
        plain = json.loads(unit.safe.ring.unseal(filling.row.prompt, f"{PROMPT}:{filling.row.id}"))
        assert tuple((step, low, high) for step, low, high in plain.get("e", ())) == ((3, 7, 7),)
