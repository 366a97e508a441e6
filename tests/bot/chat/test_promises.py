"""What the bot promises to reporters is what it does: deleting, keeping, writing back. A person in danger acts on it."""

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app import retention
from bot.chat.buttons import Act, Tap, encode
from bot.form.events import Cancel, Event, Pick
from bot.reports.receipts import service as receipts_service
from bot.reports.states import Status
from bot.safety.offline import new_identity, recipient_of
from bot.store import archive_keys, drafting, sent_messages
from bot.store.sent_messages import MESSAGE_HOURS
from bot.store.unit import HOURS_A_DAY
from bot.transport.call import Call
from db.models import Base, DraftRow, Report, WayBack
from tests.bench import Bench, count
from tests.bot.chat.chats import TEXTS, Chats, buttons
from tests.bot.reports.talking import begun, text
from tests.in_the_clear import LANGUAGES, TOLD, UNTOLD

ME = 5
TIMES = {
    "draft_hours": 61, "report_days": 211, "approved_days": 97, "rejected_days": 23, "talk_days": 31,
    "reply_hours": 7,
}  # fmt: skip


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats under an operator's own times."""
    bench.settings = bench.settings.model_copy(update=TIMES)
    return Chats(bench)


async def press(chats: Chats, event: Event) -> list[Call]:
    """A tap on a button of the open form."""
    async with chats.bench.read() as unit:
        hashed = unit.safe.pseudonyms.chat(ME)
        row = (await drafting.load(unit, [hashed]))[hashed].row
        data = encode(Tap(row.id[:4], row.step, event))
    return await chats.tap_data(ME, data)


async def note(chats: Chats, message_id: int) -> None:
    """A message stands in the chat."""
    async with chats.bench.write() as unit:
        sent_messages.note(unit, unit.safe.pseudonyms.chat(ME), message_id)


def said(calls: list[Call]) -> str:
    """What the bot says in the last message."""
    return str([call.params["text"] for call in calls if call.method == "sendMessage"][-1])


async def privacy(chats: Chats) -> str:
    """What /privacy says, and what its button says in the place of it."""
    calls = [*await chats.say(ME, "/privacy"), *await chats.tap(ME, Act("privacy"))]
    return "\n".join(
        str(call.params["text"]) for call in calls if call.method in {"sendMessage", "editMessageText"}
    )


def deleted(calls: list[Call]) -> set[int]:
    """The messages that the bot asks Telegram to delete."""
    return {number for call in calls for number in call.doomed}


def older(language: str) -> str:
    """What the bot cannot delete any more, and how the person can: with the operator's own time."""
    text = TEXTS.text(language, "reporter.older", {"hours": MESSAGE_HOURS})
    assert str(MESSAGE_HOURS) in text
    return text


async def aged(chats: Chats) -> None:
    """A message that is just as old as the bot can still delete, and an older one."""
    await note(chats, 9001)
    chats.bench.later(1)
    await note(chats, 9002)
    chats.bench.later(MESSAGE_HOURS)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_whoever_stops_is_told_what_is_left_to_delete(chats: Chats, language: str) -> None:
    """The bot deletes whatever is not older than it says; the answers are gone."""
    await chats.tap(ME, Act("begin", language))
    await press(chats, Pick(0))
    await aged(chats)
    calls = await press(chats, Cancel(sure=True))
    assert {9001, 9002} & deleted(calls) == {9002}
    assert said(calls) == "\n\n".join([TEXTS.text(language, "reporter.panic"), older(language)])
    async with chats.bench.read() as unit:
        assert await drafting.rows_of(unit, [unit.safe.pseudonyms.chat(ME)]) == []


async def test_whoever_clears_the_chat_is_told_what_is_left_to_delete(chats: Chats) -> None:
    """The same limit, in the note that the tap brings up."""
    await aged(chats)
    calls = await chats.tap(ME, Act("clear"))
    assert {9001, 9002} & deleted(calls) == {9002}
    (noted,) = [call.params["text"] for call in calls if call.method == "answerCallbackQuery"]
    assert noted == TEXTS.text("en", "reporter.cleared", {"hours": MESSAGE_HOURS})
    assert str(MESSAGE_HOURS) in noted


@pytest.mark.parametrize("ending", ["panic", "no consent", "right part", "withdrawn"])
async def test_every_ending_tells_what_is_left_to_delete_and_how(chats: Chats, ending: str) -> None:
    """All that leave a message: what is older than Telegram lets a bot delete, and where a person can."""
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
        check = receipts_service.check_of(unit, code)
    match ending:
        case "panic":
            calls = await chats.say(ME, "/panic")
        case "no consent":
            await chats.tap(ME, Act("begin", "en"))
            calls = await press(chats, Pick(1))
        case "right part":
            question = str((await chats.tap(ME, Act("prove", check, "en")))[-1].params["text"])
            calls = await chats.reply(ME, code[-4:], question)
        case _:
            shown = await chats.say(ME, f"/withdraw {code}")
            calls = await chats.tap_data(ME, buttons(shown)[0])
    assert older("en" if ending != "withdrawn" else "ru") in said(calls)


def test_the_note_after_clearing_is_whole_on_a_phone() -> None:
    """It stands above the chat, where nothing else does; Telegram shows 200 characters of it."""
    for language in LANGUAGES:
        assert len(TEXTS.text(language, "reporter.cleared", {"hours": 47})) <= 200


async def test_privacy_names_the_times_that_the_operator_has_set(chats: Chats) -> None:
    """And they are those after which the jobs destroy; none stands in the text itself."""
    text = await privacy(chats)
    for name in ("draft_hours", "report_days", "approved_days", "rejected_days"):
        assert str(TIMES[name]) in text
    bench = chats.bench
    async with bench.write() as unit:
        kept, rejected = [(await bench.submit(unit)).report for _ in range(2)]
        rejected.status, rejected.closed_hour = Status.REJECTED, unit.hour
        await unit.session.flush()
        ids = kept.id, rejected.id
    for days, gone in (
        (TIMES["rejected_days"], [False, False]),
        (1, [False, True]),
        (TIMES["report_days"] - TIMES["rejected_days"] - 1, [False, True]),
        (1, [True, True]),
    ):
        bench.later(days * HOURS_A_DAY)
        async with bench.write() as unit:
            await retention.sweep(unit)
            found = [await unit.session.get_one(Report, one) for one in ids]
            assert [report.content is None for report in found] == gone


async def test_privacy_names_how_long_whoever_agrees_to_be_asked_is_kept(chats: Chats) -> None:
    """The days after which the way back is destroyed, those by which a question without an answer holds up its report, and the hours
    after which an open question has left the chat at the latest."""
    bench, days, hours = chats.bench, TIMES["talk_days"], TIMES["reply_hours"]
    asked = TEXTS.text("en", "reporter.privacy.asked", {"days": days, "hours": hours + 1})
    assert asked in await privacy(chats)
    assert (asked.count(f"{days} days"), f"at the latest {hours + 1} hours" in asked) == (2, True)
    talk = await begun(bench, chats=chats)
    await talk.ask("when")
    await talk.open()
    await talk.deliver()
    for later, gone in ((hours, False), (1, True)):
        bench.later(later)
        calls = await talk.sweep()
        assert any(call.is_deletion for call in calls) is gone
        async with bench.read() as unit:
            assert (await count(unit, DraftRow) == 0) is gone
    for later, kept in ((days * HOURS_A_DAY - hours - 1, 1), (HOURS_A_DAY, 0)):
        bench.later(later)
        async with bench.write() as unit:
            await retention.sweep(unit)
            assert await count(unit, WayBack) == kept
    left = TIMES["report_days"] * HOURS_A_DAY - HOURS_A_DAY
    for later, is_gone in ((left, False), (1, True)):
        bench.later(later)
        async with bench.write() as unit:
            await retention.sweep(unit)
            report = await unit.session.get_one(Report, talk.receipt.report.id)
            assert (report.content is None) is is_gone


async def test_privacy_speaks_of_sharing_and_of_a_bucket_where_there_is_one(chats: Chats) -> None:
    """Without somebody outside who could open it nothing leaves so, and nothing is said of it; nor of a service that has no files."""
    shared = TEXTS.text("en", "reporter.privacy.shared")
    assert shared not in await privacy(chats)
    bucket = TEXTS.text("en", "reporter.privacy.bucket")
    assert bucket not in await privacy(chats)
    given = {"export_recipients": ("age1",), "block_days": 77, "files_url": "s3://bucket"}
    chats.bench.settings = chats.bench.settings.model_copy(update=given)
    text = await privacy(chats)
    assert (shared in text, bucket in text, "77 days" in text) == (True, True, True)


async def test_privacy_speaks_of_answers_that_leave_where_there_is_a_form_of_ones_own(chats: Chats) -> None:
    """Its questions can be marked public, the program's are all taken over by moderators."""
    told = TEXTS.text("en", "reporter.privacy.answers")
    assert told not in await privacy(chats)
    for given in ({"form": Path("own.xlsx")}, {"form": None, "more_forms": (Path("other.xlsx"),)}):
        chats.bench.settings = chats.bench.settings.model_copy(update=given)
        assert told in await privacy(chats)


async def answer_for_the_archive(chats: Chats) -> None:
    """A recipient of the archive, which has answered its word."""
    recipient = recipient_of(new_identity())
    chats.bench.settings = chats.bench.settings.model_copy(update={"archive_recipients": (recipient,)})
    async with chats.bench.write() as unit:
        await archive_keys.answer(unit, recipient, archive_keys.word(unit, recipient))


async def test_privacy_speaks_of_the_archive_once_its_recipients_have_answered(chats: Chats) -> None:
    """Before, nothing is sealed, and nothing is promised."""
    told = TEXTS.text("en", "reporter.privacy.archive")
    recipients = {"archive_recipients": (recipient_of(new_identity()),)}
    chats.bench.settings = chats.bench.settings.model_copy(update=recipients)
    assert told not in await privacy(chats)
    await answer_for_the_archive(chats)
    assert told in await privacy(chats)


async def test_privacy_says_that_postgresql_keeps_bytes_of_what_is_deleted(chats: Chats) -> None:
    """Where the database is one; and all that can be said at once has room in one message of each language."""
    rest = TEXTS.text("en", "reporter.privacy.postgresql")
    others = {
        "export_recipients": ("age1",),
        "files_url": "s3://bucket",
        "approved_days": 30,
        "form": Path("own.xlsx"),
    }
    for url, is_said in (("sqlite+aiosqlite:///kuager.db", False), ("postgresql+asyncpg://db/kuager", True)):
        given = {**others, "database_url": url}
        chats.bench.settings = chats.bench.settings.model_copy(update=given)
        assert (rest in await privacy(chats)) is is_said
    await answer_for_the_archive(chats)
    for language in LANGUAGES:
        await chats.tap(ME, Act("begin", language))
        words = await privacy(chats)
        times = {"days": chats.bench.settings.block_days}
        for key in (
            "privacy.answers",
            "privacy.archive",
            "privacy.bucket",
            "privacy.postgresql",
            "privacy.shared",
            "privacy.blocks",
        ):
            assert TEXTS.text(language, f"reporter.{key}", times) in words


@pytest.mark.parametrize("table", TOLD, ids=lambda table: table.__tablename__)
def test_privacy_names_whatever_stands_in_the_clear(table: type[Base]) -> None:
    """Each column is told in every language, or there is a reason why it says nothing: a new column fails here until
    /privacy is changed."""
    assert set(TOLD[table]) | set(UNTOLD[table]) == set(table.__table__.columns.keys())
    for at, language in enumerate(LANGUAGES):
        times = {"hours": 1, "days": 2, "rejected_days": 3, "shown_minutes": 4}
        keys = "reporter.privacy", "reporter.privacy.asked"
        text = "".join(TEXTS.text(language, key, times) for key in keys)
        assert [name for name, words in TOLD[table].items() if words[at] not in text] == []


async def test_nobody_can_write_to_a_reporter_who_did_not_agree(chats: Chats) -> None:
    """As the form says. What leads to a chat is known by name, and of a reporter's nothing is left when the report
    is sent and the messages are too old to be deleted. A draft has an address, until then, of whoever wants one kept."""
    bench = chats.bench
    found = {(table.name, column.name) for table in Base.metadata.sorted_tables for column in table.columns}
    leading = {place for place in found if place[1] in {"chat_hash", "address"}}
    assert {table for table, name in leading if name == "address"} == {"moderators", "drafts", "ways_back"}
    async with bench.write() as unit:
        await bench.submit(unit)
        assert await count(unit, DraftRow) == 0
        hashed = unit.safe.pseudonyms.chat(7_000_000_000 + bench.chats)
        sent_messages.note(unit, hashed, 9001)
    bench.later(MESSAGE_HOURS + 1)
    async with bench.write() as unit:
        await retention.sweep(unit)
    async with bench.read() as unit:
        for table in Base.metadata.sorted_tables:
            if (table.name, "chat_hash") in leading:
                rows = await unit.session.execute(select(table).where(table.c.chat_hash == hashed))
                assert rows.all() == [], table.name


async def test_privacy_says_that_the_number_of_a_chat_is_kept_while_an_answer_is_open(chats: Chats) -> None:
    """Also of somebody who did not agree to be asked and came by the code: until the answer is sent, or a silence is over."""
    for language, kept in (
        ("kk", "Мұнда сұрақ не қосып жатқаныңыз ашық тұрғанда, чат нөмірі сонымен бірге шифрланып сақталады"),
        ("ru", "Пока здесь открыт вопрос или ваше дополнение, номер чата хранится вместе с ним зашифрованным"),
        ("en", "While a question, or something that you add, is open here, the number of the chat is kept with it, encrypted"),
    ):  # fmt: skip
        assert kept in TEXTS.text(language, "reporter.privacy.asked", {"days": 1, "hours": 1})
    talk = await begun(chats.bench, None, chats)
    await talk.ask("when")
    shown = await talk.chats.say(ME, f"/status {talk.code}")
    await talk.press(shown, text("reporter.code.read", n=1), ME)
    assert await addresses(chats.bench) == [ME]
    await talk.answer("В полдень", ME)
    assert await addresses(chats.bench) == []
    await talk.press(await talk.chats.say(ME, f"/status {talk.code}"), text("reporter.code.add"), ME)
    assert await addresses(chats.bench) == [ME]
    chats.bench.later(TIMES["reply_hours"] + 1)
    await talk.sweep()
    assert await addresses(chats.bench) == []


async def addresses(bench: Bench) -> list[int]:
    """The numbers of chats that stand with what is open there."""
    async with bench.read() as unit:
        ids = (await unit.session.scalars(select(DraftRow.id))).all()
        return list(await drafting.addresses(unit, ids))


@pytest.mark.parametrize(
    ("language", "kept", "impostors"),
    [
        (
            "kk",
            "хабарламаның өзі өшпейді",
            "Оны толық күйінде тек осы бот сұрайды, онда да командаңыздан кейін ғана",
        ),
        (
            "ru",
            "очистит чат; сообщение останется",
            "Целиком код спрашивает только этот бот, после вашей команды",
        ),
        ("en", "clears the chat, not the report", "Only this bot asks for the code, after your command"),
    ],
)
def test_the_receipt_says_what_a_reporter_would_get_wrong(language: str, kept: str, impostors: str) -> None:
    """That the report outlives the chat, and that another who asks for the code is an impostor."""
    text = TEXTS.text(language, "reporter.receipt.then", {})
    assert kept in text
    assert impostors in text


@pytest.mark.parametrize("status", Status)
async def test_whoever_asks_how_a_report_stands_is_asked_to_delete_the_chat(
    chats: Chats, status: Status
) -> None:
    """In every language and state: the question went out of the chat, the answer would stay."""
    for language in LANGUAGES:
        async with chats.bench.write() as unit:
            receipt = await chats.bench.submit(unit)
            receipt.report.status, receipt.report.language = status, language
        calls = await chats.say(ME, f"/status {receipt.code}")
        times = {"days": chats.bench.settings.rejected_days}
        words = [TEXTS.text(language, f"reporter.status.{key}", times) for key in (status, "then")]
        assert said(calls) == "\n\n".join(words)


@pytest.mark.parametrize(
    ("language", "backup", "never"),
    [
        ("kk", "сақтық көшірме", ("біржола", "қалпына")),
        ("ru", "резервной копии", ("навсегда", "восстановить")),
        ("en", "backup", ("for good", "restored")),
    ],
)
def test_whoever_withdraws_is_told_of_backups(language: str, backup: str, never: tuple[str, ...]) -> None:
    """`restore` brings back what was withdrawn since the backup: nobody is promised that it is gone everywhere."""
    asked, yes = (TEXTS.text(language, f"reporter.withdraw.{key}") for key in ("sure", "yes"))
    assert backup in asked
    assert [word for word in never if word in asked + yes] == []
