"""What moderators are told of what others did: without content, each in their own language, whatever becomes of the others."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.chat.buttons import Act
from bot.form.answers import Answer, Chosen
from bot.form.draft import REVIEW
from bot.form.model import Form
from bot.store import drafting, sent_messages
from bot.store.unit import REPORT_FORM
from db.models import Report
from tests.bench import TOLD, count, text
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import STORY, enrol, send


def told(form: Form, answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Answers by role as those of a short report."""
    given: dict[str, Answer] = {form.by_role[role].path: answer for role, answer in answers.items()}
    short = Chosen(("short",))
    return given | {question.path: short for question in form.questions if question.name == "depth"}


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
async def test_a_new_report_is_told_without_content_in_each_moderators_language(
    chats: Chats, language: str
) -> None:
    """Category, urgency and reference; a button to open it; gone with the report."""
    await enrol(chats, 5)
    await chats.tap(5, Act("language", language))
    answers = {**TOLD, "story": text(STORY), "urgent": Chosen(("yes",))}
    async with chats.bench.write() as unit:
        filling = await drafting.start(unit, unit.safe.pseudonyms.chat(9), REPORT_FORM, "en")
        given = told(filling.form, answers)
        filling.draft = replace(filling.draft, answers=given, position=REVIEW)
        drafting.save(unit, filling)
    assert words(await send(chats, 9), 5) == ""
    calls = await chats.announce()
    (opened,) = [data for data in buttons(calls) if data.startswith("amopen")]
    category = {"kk": "Ұстау немесе қамау", "ru": "Задержание или арест", "en": "Detained or arrested"}
    facts = {"ref": opened.split(".")[1], "category": category[language]}
    assert words(calls, 5) == TEXTS.text(language, "moderator.notice.urgent", facts)
    assert [row.report_id is not None for row in chats.rows if row.chat_hash == hash_of(chats, 5)] == [True]


async def test_a_moderator_whose_address_does_not_open_stops_no_reporter(chats: Chats) -> None:
    """The report is sent, the others are told."""
    await enrol(chats, 5)
    chats.bench.change_ring()
    await enrol(chats, 6, "Teniz")
    async with chats.bench.write() as unit:
        filling = await drafting.start(unit, unit.safe.pseudonyms.chat(9), REPORT_FORM, "en")
        given = told(filling.form, TOLD)
        filling.draft = replace(filling.draft, answers=given, position=REVIEW)
        drafting.save(unit, filling)
    await send(chats, 9)
    calls = await chats.announce()
    assert {call.params["chat_id"] for call in calls if "amopen" in str(call.params)} == {6}
    async with chats.bench.read() as unit:
        assert await count(unit, Report) == 1


def hash_of(chats: Chats, chat: int) -> bytes:
    """The hash of a chat."""
    return chats.bench.safe.pseudonyms.chat(chat)


async def test_a_withdrawn_report_is_told_and_taken_out_of_the_moderators_chats(chats: Chats) -> None:
    """What was shown of it is deleted there, other messages stay."""
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        receipt = await chats.bench.submit(unit)
        sent_messages.note(unit, hash_of(chats, 5), 4001, receipt.report.id)
        sent_messages.note(unit, hash_of(chats, 5), 4002)
    (sure, _) = buttons(await chats.say(9, f"/withdraw {receipt.code}"))
    calls = await chats.tap_data(9, sure)
    deleted = [call.doomed for call in calls if call.is_deletion and call.params["chat_id"] == 5]
    assert deleted == [(4001,)]
    said = {"ref": receipt.report.ref}
    assert words(calls, 5).strip() == TEXTS.text("en", "moderator.notice.withdrawn", said)
