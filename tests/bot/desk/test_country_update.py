"""/country_update: three taps or one line, owed by the batch, made when it is sent."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app.wiring import made_when_sent
from bot.chat.buttons import Act
from bot.desk import country_update as country_update_chat
from bot.desk.country_update import months_of
from bot.desk.people import service as people_service
from bot.form.answers import Answer, Chosen, Precision, When
from bot.publish.export import register
from bot.reports.links import ExportState
from bot.reports.receipts.service import Receipt
from bot.transport.call import Call, GoneError, Opened, UnmadeError, opened_by, with_words
from db.models import AuditEntry
from tests.bench import Bench, approve_proposal, text
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import enrol

ADMIN, MODERATOR, REPORTER = 5, 6, 7


async def opened(chats: Chats, call: Call) -> dict[str, Opened]:
    """What a call carries, as the sender opens it."""
    return await opened_by(made_when_sent(chats.bench.read, chats.bench.write, chats.renderer), call.attach)


async def publish(bench: Bench) -> Receipt:
    """A record of March 2026, approved."""
    async with bench.write() as unit:
        receipt, moderator = await bench.submit(unit), await bench.moderator(unit, "Bota", language="en")
        report = receipt.report
        when = When(Precision.DAY, "2026-03-08", "2026-03-08")
        await bench.propose(unit, moderator, report, when=when, title=text("A march refused"))
        await approve_proposal(unit, moderator, report)
        return receipt


async def speak(chats: Chats, language: str) -> None:
    """The administrator reads another language."""
    async with chats.bench.write() as unit:
        (await people_service.list_moderators(unit))[0].language = language


async def audited(chats: Chats) -> list[tuple[str, str]]:
    """Who asked for which update."""
    act = AuditEntry.act == "country_update"
    query = select(AuditEntry.actor, AuditEntry.detail).where(act).order_by(AuditEntry.id)
    async with chats.bench.read() as unit:
        return [(actor, detail) for actor, detail in await unit.session.execute(query)]


async def test_three_taps_make_a_document(chats: Chats) -> None:
    """Months, a language, a format: then the file is owed, its caption says how long it stays, and the log who asked."""
    await enrol(chats, ADMIN, role="admin")
    receipt = await publish(chats.bench)
    asked = await chats.say(ADMIN, "/country_update")
    assert buttons(asked) == [
        "amupdate.2026-10.2026-10", "amupdate.2026-08.2026-10", "amupdate.2025-11.2026-10", "amupdate.2026-01.2026-11",
        "amupdate.2025-01.2025-12",
    ]  # fmt: skip
    languages = await chats.tap_data(ADMIN, buttons(asked)[3])
    assert "2026-01 – 2026-11" in words(languages)
    assert buttons(languages)[:-1] == [f"amupdatein.2026-01_2026-11.{one}" for one in ("kk", "ru", "en")]
    formats = await chats.tap_data(ADMIN, buttons(languages)[2])
    assert buttons(formats)[:-1] == [
        *(f"amupdateas.2026-01_2026-11_en.{one}" for one in ("docx", "html", "md")),
        "amupdatein.2026-01_2026-11.en_full",
        *(f"amupdateown.2026-01_2026-11_en.{one}" for one in ("introduction", "context", "conclusions")),
    ]
    assert [call.method for call in (*languages, *formats) if call.method != "answerCallbackQuery"] == [
        "editMessageText"
    ] * 2
    (looked,) = [call for call in await chats.tap_data(ADMIN, buttons(formats)[2]) if call.attach]
    counted = with_words(looked, await opened(chats, looked))
    assert "Without a source: 1" in words([counted])
    show, make = buttons([counted])
    (turned,) = [call for call in await chats.tap_data(ADMIN, show) if call.attach]
    listed = with_words(turned, await opened(chats, turned))
    assert f"Without a source: 1\n/open {receipt.report.ref}" in words([listed])
    assert buttons([listed]) == [make]
    assert await audited(chats) == []
    calls = await chats.tap_data(ADMIN, make)
    begun, call, ended = [call for call in calls if call.method != "answerCallbackQuery"]
    assert "Country update № 1 is being made" in words([begun])
    assert (begun.method, ended.method) == ("editMessageText", "editMessageText")
    assert "№ 1 could not be made" in words([with_words(ended, await opened(chats, ended))])
    assert (call.method, call.guarded) == ("sendDocument", True)
    assert "10 min" in call.params["caption"]
    document = (await opened(chats, call))["document"]
    assert isinstance(document, tuple)
    name, content, mime = document
    assert (name, mime) == ("country-update_2026-01_2026-11_en.md", "text/markdown")
    assert "**A march refused" in content.decode()
    assert await audited(chats) == [("Aspan", "1 2026-01:2026-11:en:md:short")]
    assert "✅ Country update № 1. Records: 1." in words([with_words(ended, await opened(chats, ended))])


@pytest.mark.parametrize(
    ("language", "counted"),
    [
        ("kk", "Адам саны көрсетілмеген: 1\nӘлі бағаланбаған: 1\nДереккөзі жоқ: 1\nБасқа тілдегі мәтіні бар: 1\nКөрінбейтін"),
        ("ru", "Не указано, сколько людей: 1\nЕщё не оценены: 1\nБез источника: 1\nЕсть тексты на другом языке: 1\nНевидимые"),
        ("en", "People without a number: 1\nNot assessed yet: 1\nWithout a source: 1\nTexts in another language: 1\nInvisible"),
    ],
    ids=["kk", "ru", "en"],
)  # fmt: skip
async def test_the_list_before_publishing_is_in_the_language_of_the_chat(
    chats: Chats, language: str, counted: str
) -> None:
    """By concern; once there is nothing to look at, the file is one tap away."""
    await enrol(chats, ADMIN, role="admin")
    await speak(chats, language)
    (looked,) = [
        call for call in await chats.tap(ADMIN, Act("mupdateas", "2026-03_2026-03_kk", "md")) if call.attach
    ]
    none = with_words(looked, await opened(chats, looked))
    assert buttons([none]) == ["amupdatemake.2026-03:2026-03:kk:md:short."]
    async with chats.bench.write() as unit:
        receipt, moderator = (
            await chats.bench.submit(unit),
            await chats.bench.moderator(unit, "Bota", language="en"),
        )
        told: dict[str, Answer | None] = {
            "title": text("A march\u200b refused"),
            "when": When(Precision.DAY, "2026-03-08", "2026-03-08"),
            "assertion": None,
            "affected[1]/affected_role": text("residents of a village"),
            "affected[1]/affected_groups": Chosen(("unknown",)),
        }
        await chats.bench.propose(unit, moderator, receipt.report, {"/review/affected": 1}, **told)
        await approve_proposal(unit, moderator, receipt.report)
    assert counted in words([with_words(looked, await opened(chats, looked))])


async def test_each_step_has_a_way_back(chats: Chats) -> None:
    """From the format to the language, from there to the months."""
    await enrol(chats, ADMIN, role="admin")
    months = buttons(await chats.say(ADMIN, "/country_update"))
    languages = buttons(await chats.tap_data(ADMIN, months[0]))
    formats = buttons(await chats.tap_data(ADMIN, languages[0]))
    assert buttons(await chats.tap_data(ADMIN, formats[-1])) == languages
    assert buttons(await chats.tap_data(ADMIN, languages[-1])) == months


@pytest.mark.parametrize("format_", ["docx", "html"])
async def test_a_line_makes_one_too(chats: Chats, format_: str) -> None:
    """In the language that it names, whatever the administrator's."""
    await enrol(chats, ADMIN, role="admin")
    await publish(chats.bench)
    call, told = await chats.say(ADMIN, f"/country_update 2026-03 2026-03 kk {format_}")
    document = (await opened(chats, call))["document"]
    assert isinstance(document, tuple)
    name, content, _ = document
    assert name == f"country-update_2026-03_2026-03_kk.{format_}"
    assert content.startswith(b"PK" if format_ == "docx" else b"<!doctype html>")
    with pytest.raises(GoneError):  # the file says it
        await opened(chats, told)


async def test_what_is_no_update_is_refused_with_its_right_form(chats: Chats) -> None:
    """By words and by buttons that nobody was shown; the log holds nothing of it."""
    await enrol(chats, ADMIN, role="admin")
    for wrong in (
        "2026-03",
        "2026-04 2026-03 ru docx",
        "2026-03 2026-04 ru pdf",
        "2026-03 2026-04 xx md",
        "march",
    ):
        said = await chats.say(ADMIN, f"/country_update {wrong}")
        assert "/country_update 2026-01 2026-06 ru docx" in words(said), wrong
    for act in (
        Act("mupdate", "?", "?"),
        Act("mupdate", "", "2026-03"),
        Act("mupdatein", "2026-03_2026-02", "ru"),
        Act("mupdateas", "2026-03_2026-03_ru", "pdf"),
        Act("mupdateas", "", ""),
    ):
        assert not [call for call in await chats.tap(ADMIN, act) if call.attach]
    assert await audited(chats) == []


async def test_nobody_but_an_administrator_makes_one(chats: Chats) -> None:
    """Neither by the command nor by a button that another one's chat has."""
    await enrol(chats, MODERATOR)
    for chat in (MODERATOR, REPORTER):
        assert not [
            call for call in await chats.say(chat, "/country_update 2026-01 2026-02 ru md") if call.attach
        ]
        assert not [
            call
            for call in await chats.tap(chat, Act("mupdateas", "2026-01_2026-02_ru", "md"))
            if call.attach
        ]
    assert words(await chats.say(MODERATOR, "/country_update")) == TEXTS.text("en", "moderator.admins_only")


async def test_it_is_made_when_it_is_sent(chats: Chats) -> None:
    """What was approved since it was asked for is in it: the batch has made nothing."""
    await enrol(chats, ADMIN, role="admin")
    call, _ = await chats.say(ADMIN, "/country_update 2026-03 2026-03 en md")
    before = await opened(chats, call)
    await publish(chats.bench)
    assert "A march refused" not in repr(before)
    assert "A march refused" in repr(await opened(chats, call))


async def test_too_many_are_left_to_the_server(chats: Chats, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a chat's file can take."""
    monkeypatch.setattr(country_update_chat, "MOST_EXPORTED", 0)
    await enrol(chats, ADMIN, role="admin")
    await publish(chats.bench)
    said = await chats.say(ADMIN, "/country_update 2026-01 2026-02 ru md")
    assert "docs/country-update.md" in words(said)
    assert not [call for call in said if call.attach]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "These months have 1 records, and a file here can take 0. Please choose fewer months"),
        (
            "ru",
            "За эти месяцы записей 1, а в файл здесь входит не больше 0. Выберите, пожалуйста, меньше месяцев",
        ),
        (
            "kk",
            "Бұл айлардағы жазбалар саны — 1, ал мұндағы файлға ең көбі 0 жазба сияды. Азырақ ай таңдаңызшы",
        ),
    ],
    ids=["en", "ru", "kk"],
)
async def test_a_document_of_too_many_records_is_told_in_words(
    chats: Chats, monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    """In the administrator's language, whatever the document's, with what to do. The sender would be busy with it for long, while others
    wait. Nothing has left, as the register knows, and nothing more is said."""
    monkeypatch.setattr(country_update_chat, "MOST_TOLD", 0)
    await enrol(chats, ADMIN, role="admin")
    await speak(chats, language)
    await publish(chats.bench)
    call, told = await chats.say(ADMIN, "/country_update 2026-03 2026-03 ru md")
    with pytest.raises(UnmadeError) as unmade:
        await opened(chats, call)
    assert str(unmade.value).replace("\N{NO-BREAK SPACE}", " ").startswith(said)
    with pytest.raises(GoneError):
        await opened(chats, told)
    async with chats.bench.read() as unit:
        assert (await register.find(unit, 1)).state == ExportState.BROKEN


async def test_a_broken_template_is_told_in_words(
    chats: Chats, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In place of the file, with what works without it; why stands in the log, for the operator. Formats without a template are made as
    ever."""
    (tmp_path / "broken.docx").write_bytes(b"no Word file")
    own = {"update_template": tmp_path / "broken.docx"}
    chats.bench.settings = chats.bench.settings.model_copy(update=own)
    await enrol(chats, ADMIN, role="admin")
    word, _ = await chats.say(ADMIN, "/country_update 2026-01 2026-02 ru docx")
    with pytest.raises(UnmadeError, match="choose the web page or plain text meanwhile"):
        await opened(chats, word)
    assert "KUAGER_UPDATE_TEMPLATE is wrong: it is no Word document" in caplog.text
    page, _ = await chats.say(ADMIN, "/country_update 2026-01 2026-02 ru html")
    assert await opened(chats, page)


async def test_a_failure_that_nobody_foresaw_is_told_too(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sender gives up what cannot be made; the words behind it say that, and what to do, with a number that the operator can look for."""

    def broken(*_: object) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.publish.country_update.service.rendered", broken)
    await enrol(chats, ADMIN, role="admin")
    await speak(chats, "kk")
    call, told = await chats.say(ADMIN, "/country_update 2026-03 2026-03 ru md")
    with pytest.raises(ZeroDivisionError):
        await opened(chats, call)
    assert "№\N{NO-BREAK SPACE}1 шолуды жасау мүмкін болмады" in words(
        [with_words(told, await opened(chats, told))]
    )


async def test_what_is_owed_by_a_version_without_numbers_can_be_asked_for_again(chats: Chats) -> None:
    """Its words say so."""
    with pytest.raises(UnmadeError):
        await opened_by(
            made_when_sent(chats.bench.read, chats.bench.write, chats.renderer),
            {"document": "update:2026-01:2026-02:ru:md"},
        )


async def test_a_withdrawal_names_the_update_that_tells_it(chats: Chats) -> None:
    """To administrators, as it names exports."""
    await enrol(chats, ADMIN, role="admin")
    receipt = await publish(chats.bench)
    call, _ = await chats.say(ADMIN, "/country_update 2026-03 2026-03 kk md")
    await opened(chats, call)
    shown = await chats.say(REPORTER, f"/withdraw {receipt.code}")
    sure = next(data for data in buttons(shown) if data.startswith("awithdraw."))
    said = words(await chats.tap_data(REPORTER, sure), ADMIN)
    assert f"Report {receipt.report.ref} was withdrawn, and files that left hold it: 1" in said
    assert "№ 1 · 25.11.2026 · Aspan · country update 2026-03 – 2026-03, kk, MD" in said


@pytest.mark.parametrize(
    ("today", "month", "quarter", "year"),
    [
        ("2026-01-31", "2025-12", "2025-10", "2025-01"),
        ("2026-03-01", "2026-02", "2025-12", "2025-03"),
        ("2026-12-31", "2026-11", "2026-09", "2025-12"),
    ],
)
def test_buttons_name_whole_months(today: str, month: str, quarter: str, year: str) -> None:
    """The last ones that are over; this year goes on until now."""
    day = date.fromisoformat(today)
    assert months_of("month", day) == (month, month)
    assert months_of("quarter", day) == (quarter, month)
    assert months_of("months12", day) == (year, month)
    assert months_of("this_year", day) == ("2026-01", today[:7])
    assert months_of("last_year", day) == ("2025-01", "2025-12")


async def test_administrators_write_an_introduction_as_a_reply(chats: Chats) -> None:
    """It stands in the update of these months and language, is shown with its months, can be left out again; names in it are told."""
    await enrol(chats, ADMIN, role="admin")
    await enrol(chats, MODERATOR)
    await publish(chats.bench)
    own = Act("mupdateown", "2026-03_2026-03_en", "introduction")
    (asked,) = [call for call in await chats.tap(ADMIN, own) if "force_reply" in str(call.params)]
    question = asked.params["text"]
    assert "introduction of the country update 2026-03 – 2026-03, en" in question
    assert (
        words(await chats.reply(ADMIN, "A hard month.\nAskhat Nurlanuly Bekov was fined.", question)).count(
            "Bekov"
        )
        == 1
    )

    async def told() -> str:
        call, _ = await chats.say(ADMIN, "/country_update 2026-03 2026-03 en md")
        content = (await opened(chats, call))["document"][1]  # type: ignore[index]
        assert isinstance(content, bytes)
        return content.decode()

    assert "## 1 Introduction\n\nA hard month.\n\nAskhat" in await told()
    shown = await chats.tap(ADMIN, own)
    assert "2026-03 – 2026-03" in words(shown)
    assert "A hard month." in words(shown)
    await chats.tap_data(ADMIN, next(one for one in buttons(shown) if one.startswith("amupdateno.")))
    assert "Introduction" not in await told()
    await chats.reply(MODERATOR, "Not mine.", question)
    assert "Not mine." not in await told()
