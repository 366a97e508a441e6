"""/country_update: three taps or one line, owed by the batch, made when it is sent."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.chat.moderation import country_updates
from bot.chat.moderation.country_updates import months_of
from bot.chat.moderation.made_when_sent import made_when_sent
from bot.chat.screens.callback import Act
from bot.chat.transport.sending.attachments import Attachments, LostError, Opened
from bot.chat.transport.sending.call import Call
from bot.form.answers import Precision, When
from db.models import AuditEntry
from tests.bench import Bench, approve_proposal, text
from tests.bot.chat.chats import TEXTS, Chats
from tests.bot.chat.moderation.test_moderation import buttons, enrol, words

ADMIN, MODERATOR, REPORTER = 5, 6, 7


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats on both databases."""
    return Chats(bench)


async def opened(chats: Chats, call: Call) -> dict[str, Opened]:
    """What a call carries, as the sender opens it."""
    return await Attachments(made_when_sent(chats.bench.read, chats.bench.write, chats.renderer)).load(
        call.attach
    )


async def publish(bench: Bench) -> None:
    """A record of March 2026, approved."""
    async with bench.write() as unit:
        report, moderator = (
            (await bench.submit(unit)).report,
            await bench.moderator(unit, "Bota", language="en"),
        )
        when = When(Precision.DAY, "2026-03-08", "2026-03-08")
        await bench.propose(unit, moderator, report, when=when, title=text("A march refused"))
        await approve_proposal(unit, moderator, report)


async def audited(chats: Chats) -> list[tuple[str, str]]:
    """Who asked for which update."""
    act = AuditEntry.act == "country_update"
    query = select(AuditEntry.actor, AuditEntry.detail).where(act).order_by(AuditEntry.id)
    async with chats.bench.read() as unit:
        return [(actor, detail) for actor, detail in await unit.session.execute(query)]


async def test_three_taps_make_a_document(chats: Chats) -> None:
    """Months, a language, a format: then the file is owed, its caption says how long it stays, and the log who asked."""
    await enrol(chats, ADMIN, role="admin")
    await publish(chats.bench)
    asked = await chats.say(ADMIN, "/country_update")
    assert buttons(asked) == [
        "amupdate.2026-10.2026-10", "amupdate.2026-08.2026-10", "amupdate.2025-11.2026-10", "amupdate.2026-01.2026-11",
        "amupdate.2025-01.2025-12",
    ]  # fmt: skip
    languages = await chats.tap_data(ADMIN, buttons(asked)[3])
    assert "2026-01 – 2026-11" in words(languages)
    assert buttons(languages) == [f"amupdatein.2026-01_2026-11.{one}" for one in ("kk", "ru", "en")]
    formats = await chats.tap_data(ADMIN, buttons(languages)[2])
    assert buttons(formats) == [f"amupdateas.2026-01_2026-11_en.{one}" for one in ("docx", "html", "md")]
    (call,) = [call for call in await chats.tap_data(ADMIN, buttons(formats)[2]) if call.attach]
    assert (call.method, call.guarded) == ("sendDocument", True)
    assert "10 min" in call.params["caption"]
    document = (await opened(chats, call))["document"]
    assert isinstance(document, tuple)
    name, content, mime = document
    assert (name, mime) == ("country-update_2026-01_2026-11_en.md", "text/markdown")
    assert "**A march refused" in content.decode()
    assert await audited(chats) == [("Aspan", "2026-01:2026-11:en:md")]


@pytest.mark.parametrize("format_", ["docx", "html"])
async def test_a_line_makes_one_too(chats: Chats, format_: str) -> None:
    """In the language that it names, whatever the administrator's."""
    await enrol(chats, ADMIN, role="admin")
    await publish(chats.bench)
    (call,) = await chats.say(ADMIN, f"/country_update 2026-03 2026-03 kk {format_}")
    document = (await opened(chats, call))["document"]
    assert isinstance(document, tuple)
    name, content, _ = document
    assert name == f"country-update_2026-03_2026-03_kk.{format_}"
    assert content.startswith(b"PK" if format_ == "docx" else b"<!doctype html>")


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
    (call,) = await chats.say(ADMIN, "/country_update 2026-03 2026-03 en md")
    before = await opened(chats, call)
    await publish(chats.bench)
    assert "A march refused" not in repr(before)
    assert "A march refused" in repr(await opened(chats, call))


async def test_too_many_are_left_to_the_server(chats: Chats, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a chat's file can take."""
    monkeypatch.setattr(country_updates, "MOST_EXPORTED", 0)
    await enrol(chats, ADMIN, role="admin")
    await publish(chats.bench)
    said = await chats.say(ADMIN, "/country_update 2026-01 2026-02 ru md")
    assert "docs/country-update.md" in words(said)
    assert not [call for call in said if call.attach]


async def test_a_document_of_too_many_records_is_told_in_words(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sender would be busy with it for long, while others wait."""
    monkeypatch.setattr(country_updates, "MOST_TOLD", 0)
    await enrol(chats, ADMIN, role="admin")
    await publish(chats.bench)
    (call,) = await chats.say(ADMIN, "/country_update 2026-03 2026-03 ru md")
    assert call.otherwise
    with pytest.raises(LostError, match="1 records are too many"):
        await opened(chats, call)


async def test_a_broken_template_is_told_in_words(chats: Chats, tmp_path: Path) -> None:
    """In place of the file; formats without a template are made as ever."""
    (tmp_path / "broken.docx").write_bytes(b"no Word file")
    own = {"update_template": tmp_path / "broken.docx"}
    chats.bench.settings = chats.bench.settings.model_copy(update=own)
    await enrol(chats, ADMIN, role="admin")
    (word,) = await chats.say(ADMIN, "/country_update 2026-01 2026-02 ru docx")
    assert "python -m bot check" in word.otherwise
    with pytest.raises(LostError, match="KUAGER_UPDATE_TEMPLATE is wrong: BadZipFile"):
        await opened(chats, word)
    (page,) = await chats.say(ADMIN, "/country_update 2026-01 2026-02 ru html")
    assert await opened(chats, page)


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
