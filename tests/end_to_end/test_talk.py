"""Moderators ask and reporters answer, over HTTP: what each is shown, and that nobody else is, whatever happens in the middle."""

from dataclasses import replace

from sqlalchemy import select

from bot.app import retention
from bot.desk.people import service as people_service
from bot.reports.talk import messages
from bot.store.unit import HOURS_A_DAY
from db.models import DraftRow, Report, TalkMessage, WayBack
from tests.bench import count
from tests.end_to_end.conftest import Machine, People
from tests.end_to_end.moderating import VERSION, Moderator
from tests.end_to_end.reporting import SIMPLE, URGENT, Reporter
from tests.end_to_end.talking import (
    alone,
    ask,
    begin_question,
    card,
    notices,
    open_question,
    read_by_code,
    seen_in,
    send_answer,
    send_question,
    speak,
    word,
    write_answer,
)

ASKS = replace(SIMPLE, asks=True)
SHOWN = ["voice", "photo", "photo", "document"]
"""The kinds of the files of the question, and of the answer."""


async def test_what_is_asked_by_text_voice_album_and_file_is_answered_so(
    anna: Reporter, aida: Moderator
) -> None:
    """By whoever the report's code shows to be the reporter; neither chat shows who the other is, and the reporter's shows nothing
    once it is sent."""
    await anna.report(ASKS)
    assert await aida.next()
    assert await ask(aida, aida.ref, "when") == "moderator.asked"
    await begin_question(aida, aida.ref, "Кто это <видел>?")
    await speak(aida)
    await send_question(aida, aida.ref, album=2, papers=1)
    await open_question(anna, word(anna, "talk.ready.when"), "Кто это <видел>?")
    while shown_files(anna)[-len(SHOWN) :] != SHOWN:
        await anna.command("/report")  # as the chat says while files are being cleaned
        await anna.phone.wait(lambda shown: bool(shown.buttons))
    await anna.phone.until(lambda: shown_files(anna) == SHOWN)
    await write_answer(anna, "Около полудня", "Двое соседей")
    await speak(anna)
    await send_answer(anna, album=2, papers=1)
    await notices(aida, "moderator.notice.told", aida.ref)
    shown = await card(aida, aida.ref)
    assert "Около полудня\nДвое соседей" in shown
    assert word(aida, "moderator.talk.new", age=word(aida, "moderator.age.fresh")) in shown
    assert (
        shown.index(word(aida, "talk.ready.when")) < shown.index("Кто это <видел>?") < shown.index("полудня")
    )
    while word(aida, "moderator.file.state.pending") in await card(aida, aida.ref):
        continue  # files are fetched after the answer came
    kinds = [file["kind"] for one in await aida.see_files() for file in one.files]
    assert sorted(kinds) == sorted([*SHOWN, *SHOWN])
    first = kinds.index("photo")
    assert kinds[first : first + 4] == ["photo"] * 4, "photos together, as an album"
    read = await card(aida, aida.ref)
    assert word(aida, "moderator.talk.reporter", age=word(aida, "moderator.age.fresh")) in read
    told = "\n".join(seen_in(anna))
    assert [one in told for one in ("Aida", aida.ref)] == [False, False]
    assert "1001" not in "\n".join(seen_in(aida))


def shown_files(anna: Reporter) -> list[str]:
    """The kinds of the files that stand in the chat from the bot."""
    return [file["kind"] for one in anna.phone.messages if not one.mine for file in one.files]


async def test_consent_is_given_by_the_code_and_taken_back_in_the_middle(
    people: People, aida: Moderator, machine: Machine
) -> None:
    """Without it a question waits for the code; with it a notice comes; taken back, the address is gone at once and none does."""
    ayan = await people.reporter(1002, "kk")
    await ayan.report(SIMPLE)
    assert await aida.next()
    assert word(aida, "moderator.talk.by_code", language="Қазақша") in await card(aida, aida.ref)
    assert await ask(aida, aida.ref, "where") == "moderator.asked.by_code"
    await read_by_code(ayan, ayan.code, word(ayan, "talk.ready.where"))
    await write_answer(ayan, "Алаңда")
    await send_answer(ayan)
    await ayan.command(f"/status {ayan.code}")
    await ayan.press(word(ayan, "reporter.code.let"))
    await ayan.press(word(ayan, "reporter.code.let.yes"))
    await ayan.phone.wait(word(ayan, "reporter.code.let.done"))
    assert await ask(aida, aida.ref, "how_many") == "moderator.asked"
    await open_question(ayan, word(ayan, "talk.ready.how_many"))
    await write_answer(ayan, "Бес адам")
    await ayan.press(word(ayan, "reporter.question.never"))
    await ayan.press(word(ayan, "reporter.talk.never.yes"))
    await alone(ayan, word(ayan, "reporter.talk.never.done"))
    async with machine.bot.work.read() as unit:
        assert (await count(unit, WayBack), await count(unit, DraftRow)) == (0, 0)
    assert await ask(aida, aida.ref, "publish") == "moderator.asked.by_code"
    shown = await card(aida, aida.ref)
    assert "Алаңда" in shown
    assert "Бес адам" not in shown
    assert word(aida, "moderator.talk.sign.no_more") in shown
    await alone(ayan, word(ayan, "reporter.talk.never.done"))


async def test_whoever_lost_the_phone_answers_from_another_and_the_old_one_shows_nothing_new(
    people: People, aida: Moderator
) -> None:
    """Two questions cross the answer: the one that was shown is answered, the other waits. Then the new phone blocks the bot."""
    old, new = await people.reporter(1003, "en"), await people.reporter(1004, "en")
    await old.report(ASKS)
    assert await aida.next()
    ref = aida.ref
    await ask(aida, ref, "evidence")
    await open_question(old, word(old, "talk.ready.evidence"))
    await write_answer(old, "A secret thought")
    await read_by_code(new, old.code, word(new, "talk.ready.evidence"))
    assert any(word(new, "reporter.code.moved") in one for one in seen_in(new))
    assert await ask(aida, ref, "safe") == "moderator.asked.by_code"
    await old.command("/report")
    await old.phone.wait()
    assert not any(word(old, "talk.ready.safe") in one for one in seen_in(old))
    await write_answer(new, "A video")
    await send_answer(new)
    await notices(aida, "moderator.notice.told", ref)
    shown = await card(aida, ref)
    assert ("A video" in shown, "A secret thought" in shown) == (True, False)
    await new.command(f"/status {old.code}")
    await new.phone.wait(word(new, "reporter.code.asked", n=1))
    await new.press(word(new, "reporter.code.let"))
    await new.press(word(new, "reporter.code.let.yes"))
    await new.phone.wait(word(new, "reporter.code.let.done"))
    await new.phone.block()
    await notices(aida, "moderator.notice.told", ref)
    assert word(aida, "moderator.talk.sign.lost") in await card(aida, ref)
    assert await ask(aida, ref, "when") == "moderator.asked.by_code"


async def test_a_talk_stays_with_the_report_when_its_moderator_does_not(
    anna: Reporter, aida: Moderator, dana: Moderator, machine: Machine
) -> None:
    """One who is revoked while they write asks nothing, and hears nothing any more; a colleague reads what was said and is told of the
    answer. Whoever needs help at once is told whom to turn to from the notice itself."""
    await anna.report(replace(URGENT, asks=True))
    await dana.phone.wait(
        lambda shown: word(dana, "moderator.contacts") in shown.text or bool(shown.buttons), since=0
    )
    await dana.phone.tap(word(dana, "moderator.contacts"))
    await dana.phone.wait(lambda shown: "R" in shown.text)
    assert await aida.next()
    ref = aida.ref
    await ask(aida, ref, "when")
    await begin_question(aida, ref, "Недосказанное")
    await open_question(anna, word(anna, "talk.ready.when"), word(anna, "reporter.question.contacts"))
    async with machine.bot.work.write() as unit:
        await people_service.revoke(unit, "Aida")
    await aida.press(word(aida, "flow.done"))
    assert word(dana, "talk.ready.when") in await card(dana, ref)
    before = len(seen_in(aida))
    await write_answer(anna, "Утром")
    await send_answer(anna)
    await notices(dana, "moderator.notice.told_urgent", ref)
    assert "Утром" in await card(dana, ref)
    assert not [one for one in seen_in(aida)[before:] if ref in one or "Утром" in one]
    assert not [one for one in seen_in(anna) if "Недосказанное" in one]


async def test_an_answer_to_a_report_that_was_decided_is_kept_and_to_one_that_is_gone_is_not(
    anna: Reporter, people: People, aida: Moderator, machine: Machine
) -> None:
    """Approved in the middle; withdrawn from elsewhere in the middle; expired in the middle: then the chat is empty within seconds."""
    await anna.report(ASKS)
    assert await aida.next()
    ref = aida.ref
    await ask(aida, ref, "publish")
    await open_question(anna, word(anna, "talk.ready.publish"))
    await aida.command(f"/edit {ref}")
    await aida.write_missing(VERSION)
    await aida._write_version(VERSION)
    await aida.preview()
    await aida.confirm()
    await write_answer(anna, "Да, можно")
    await send_answer(anna)
    await notices(aida, "moderator.notice.told", ref)
    await aida.command(f"/open {ref}")
    await aida.press(word(aida, "moderator.reopen"))
    await aida.phone.wait("Да, можно")
    await ask(aida, ref, "when")
    await open_question(anna, word(anna, "talk.ready.when"))
    await write_answer(anna, "Вчера")
    other = await people.reporter(1005, "ru")
    await other.withdraw(anna.code)
    await machine.bot.put_away()
    await alone(anna)
    await anna.report(ASKS)
    assert await aida.next()
    await ask(aida, aida.ref, "where")
    await open_question(anna, word(anna, "talk.ready.where"))
    await write_answer(anna, "Дома")
    async with machine.bot.work.write() as unit:
        report = (await unit.session.scalars(select(Report).where(Report.ref == aida.ref))).one()
        days = unit.settings.report_days + unit.settings.talk_days
        report.submitted_hour -= days * HOURS_A_DAY + HOURS_A_DAY
        await unit.session.flush()
        await retention.sweep(unit)
    await machine.bot.put_away()
    await alone(anna)
    async with machine.bot.work.read() as unit:
        assert (await count(unit, TalkMessage), await count(unit, WayBack), await count(unit, DraftRow)) == (
            0,
            0,
            0,
        )
        kept = (await unit.session.scalars(select(Report).where(Report.data_key_id.is_not(None)))).all()
        assert [await messages.said(unit, one) for one in kept] == []
