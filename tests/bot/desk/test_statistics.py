"""/stats: owed by the batch, counted and painted when it is sent."""

import io
import re
from dataclasses import replace

import pytest
from PIL import Image
from sqlalchemy import select

from bot.app.wiring import made_when_sent
from bot.chat.buttons import Act
from bot.desk.statistics import PICTURES
from bot.form.answers import Chosen
from bot.publish.statistics import PeriodLength
from bot.transport.call import Call, Opened, opened_by
from db.models import AuditEntry
from tests.bench import statements
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import enrol, report

MODERATOR, REPORTER = 5, 6


async def opened(chats: Chats, call: Call) -> dict[str, Opened]:
    """What a call carries, as the sender opens it."""
    return await opened_by(made_when_sent(chats.bench.read, chats.bench.write, chats.renderer), call.attach)


async def test_figures_come_in_words_and_lead_to_pictures(chats: Chats) -> None:
    """How many there were and what became of them, where and of what, how long they wait; of the last weeks or months."""
    await enrol(chats, MODERATOR)
    for told in ({"urgent": Chosen(("yes",))}, {}, {"region": Chosen(("XX-UNKNOWN",))}):
        await report(chats, **told)
    chats.bench.later(50)
    (call,) = await chats.say(MODERATOR, "/stats")
    said = await opened(chats, call)
    text = str(said["text"])
    assert "The last 12 weeks (07.09.2026 – today)" in text
    assert "Reports: 3\nundecided 3 · approved 0 · rejected 0" in text
    waiting = "Waiting for a decision: 3 (in the queue 3, in work 0), set aside: 0."
    assert f"Undecided now: 3. {waiting} Urgent: 1. The oldest: 2\xa0days." in text
    assert "Detained or arrested: 3" in text
    assert "Almaty: 2\nUnknown: 1" in text
    assert "Decided" not in text
    assert (call.params["protect_content"], call.guarded) == (True, True)
    assert buttons([call]) == [*(f"ampicture.weeks.{name}" for name in (*PICTURES, "all")), "amstats.months."]
    call, *_ = await chats.tap(MODERATOR, Act("mstats", "months"))
    assert "The last 12 months (01.12.2025 – today)" in str((await opened(chats, call))["text"])


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
async def test_every_picture_is_painted_in_the_moderators_language(chats: Chats, language: str) -> None:
    """Protected, with a caption, of a phone's width, and other words give another picture."""
    await enrol(chats, MODERATOR)
    await report(chats)
    await chats.tap(MODERATOR, Act("language", language))
    calls = [call for call in await chats.tap(MODERATOR, Act("mpicture", "weeks", "all")) if call.attach]
    assert [call.attach["photo"] for call in calls] == [
        f"picture:weeks:{name}:{language}" for name in PICTURES
    ]
    for call in calls:
        assert (call.method, call.params["protect_content"]) == ("sendPhoto", True)
        assert call.otherwise
        made = await opened(chats, call)
        found, caption = made["photo"], str(made["caption"])
        title = f"moderator.stats.chart.{call.attach['photo'].split(':')[2]}"
        assert caption.startswith(TEXTS.text(language, title) + "\n")
        assert len(caption.encode("utf-16-le")) // 2 <= 1024
        assert re.search(r": [01]\b", caption)
        assert isinstance(found, tuple)
        name, png, mime = found
        image = Image.open(io.BytesIO(png))
        assert (name.endswith(".png"), mime, image.format, image.width) == (True, "image/png", "PNG", 1080)
        assert 800 < image.height < 1400
    other = replace(calls[0], attach={"photo": calls[0].attach["photo"].replace("weeks", "months")})
    assert await opened(chats, other) != await opened(chats, calls[0])


async def test_what_is_asked_of_statistics_stands_in_the_log(chats: Chats) -> None:
    """Who looked at which figures and pictures; what nobody offered is refused and is not."""
    await enrol(chats, MODERATOR)
    await chats.say(MODERATOR, "/stats Months")
    await chats.tap(MODERATOR, Act("mpicture", "weeks", "regions"))
    assert "/stats weeks" in words(await chats.say(MODERATOR, "/stats of yesterday"))
    await chats.tap(MODERATOR, Act("mpicture", "weeks", "faces"))
    await chats.tap(MODERATOR, Act("mpicture", "days", "regions"))
    async with chats.bench.read() as unit:
        entries = await unit.session.execute(
            select(AuditEntry.actor, AuditEntry.detail)
            .where(AuditEntry.act == "stats")
            .order_by(AuditEntry.id)
        )
    assert entries.all() == [("Aspan", "months"), ("Aspan", "weeks regions")]


async def test_nobody_else_hears_of_statistics(chats: Chats) -> None:
    """For reporters there is no such command and no such button."""
    assert not [call for call in await chats.say(REPORTER, "/stats") if call.attach]
    assert not [
        call for call in await chats.tap(REPORTER, Act("mpicture", "weeks", "regions")) if call.attach
    ]


async def test_the_batch_counts_nothing(chats: Chats) -> None:
    """However many reports there are: what is asked of them is asked when the answer is sent."""
    await enrol(chats, MODERATOR)
    async with chats.bench.read() as unit, statements(unit) as seen:
        await chats.say(MODERATOR, "/stats")
        await chats.tap(MODERATOR, Act("mpicture", PeriodLength.WEEKS, "all"))
    assert [one for one in seen if "FROM reports" in one] == []
