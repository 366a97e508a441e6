"""/audit: what administrators read of the log, and its check."""

import ast
import re
from pathlib import Path

import pytest
from sqlalchemy import delete, select

import bot
from bot.app.wiring import made_when_sent
from bot.chat.buttons import Act
from bot.desk.audit.service import ACTS
from bot.desk.people import service as people_service
from bot.publish.export.register import OtherDocument
from bot.reports.states import Move
from bot.reports.talk.messages import Sign
from bot.store import audit
from bot.transport.call import Call, opened_by
from db.models import AuditEntry
from tests.bench import Bench
from tests.bot.chat.chats import Chats, buttons, words
from tests.bot.chat.moderating import enrol, report

ADMIN, MODERATOR, REPORTER = 5, 6, 7


@pytest.fixture
async def chats(bench: Bench, tmp_path: Path) -> Chats:
    """An administrator and a moderator, on both databases, with the log's head in a file of the test's own."""
    bench.settings = bench.settings.model_copy(update={"audit_head": tmp_path / "audit.head"})
    chats = Chats(bench)
    await enrol(chats, ADMIN, "Aspan", people_service.ADMIN)
    await enrol(chats, MODERATOR, "Bota Қ")
    return chats


async def entries(bench: Bench, *acts: str) -> list[tuple[str, ...]]:
    """Actor, act, subject and detail of these acts."""
    columns = AuditEntry.actor, AuditEntry.act, AuditEntry.subject, AuditEntry.detail
    async with bench.read() as unit:
        found = await unit.session.execute(
            select(*columns).where(AuditEntry.act.in_(acts)).order_by(AuditEntry.id)
        )
        return [tuple(row) for row in found]


async def test_an_administrator_reads_who_did_what(chats: Chats) -> None:
    """The newest first, by day and hour, in words: of all, of a report, of a person, by buttons too; and stands in the log."""
    ref = await report(chats)
    chats.bench.later(26)
    await chats.say(MODERATOR, f"/open {ref}")
    await chats.tap(MODERATOR, Act("mrejectyes", ref, "spam"))
    shown = await chats.say(ADMIN, "/audit")
    text = words(shown)
    assert text.startswith("📋 The log: the last acts\n\n26.11.2026\n12:00 Bota Қ: rejected · ")
    assert (
        f"rejected · {ref} · Test or spam\n12:00 Bota Қ: claimed and opened · {ref}\n\n25.11.2026\n" in text
    )
    assert f"10:00 reporter: sent a report · {ref}" in text
    assert re.search(r"10:00 Bota Қ: became a moderator · [0-9a-f]{8} · moderator", text)
    assert shown[0].params["protect_content"]
    of_report = words(await chats.say(ADMIN, f"/audit {ref.lower()}"))
    assert of_report.startswith(f"📋 The log: {ref}\n\n")
    assert of_report.count(ref) == 4
    of_person = words(await chats.say(ADMIN, "/audit Bota Қ"))
    assert "what Bota Қ did" in of_person
    assert "reporter:" not in of_person
    choices = [
        one for one in buttons(await chats.tap(ADMIN, Act("mauditby"))) if one.startswith("amaudit.by-")
    ]
    assert len(choices) == 2
    assert "Aspan" in words(await chats.tap_data(ADMIN, choices[0]))
    looked = await entries(chats.bench, "audit")
    assert [(actor, subject) for actor, _, subject, _ in looked] == [
        ("Aspan", ""), ("Aspan", ref), ("Aspan", "Bota Қ"), ("Aspan", "Aspan"),
    ]  # fmt: skip


async def test_of_an_export_the_log_tells_format_and_days(chats: Chats) -> None:
    """As they were asked for, and of a sharing also what was shared."""
    async with chats.bench.write() as unit:
        for act, spec in (
            ("export", "csv::"),
            ("export", "jsonl:2026-01-01:"),
            ("export", "12 hxl:2026-01-01::region=KZ-75;changed=11"),
            ("share_make", "names:xlsx:2026-01-01:2026-06-30"),
        ):
            await audit.record(unit, "Aspan", act, "", spec)
    text = words(await chats.say(ADMIN, "/audit Aspan"))
    assert "exported · csv\n" in text
    assert "exported · jsonl, 2026-01-01 – …\n" in text
    assert "exported · 12 hxl, 2026-01-01 – …, region=KZ-75, changed=11\n" in text
    assert " · names xlsx, 2026-01-01 – 2026-06-30\n" in text


async def test_pages_turn_in_place(chats: Chats) -> None:
    """There and back; a button of another version is answered kindly."""
    async with chats.bench.write() as unit:
        await audit.record_all(unit, "Aspan", "claim", [(f"R{number:05}", "") for number in range(20)])
    first = await chats.say(ADMIN, "/audit")
    (older,) = [one for one in buttons(first) if one.startswith("amaudit.all.b")]
    second = await chats.tap_data(ADMIN, older)
    assert "deleteMessage" in [call.method for call in second]
    assert "R00007" in words(second)
    assert "R00008" not in words(second)
    (newer,) = [one for one in buttons(second) if one.startswith("amaudit.all.a")]
    assert "R00019" in words(await chats.tap_data(ADMIN, newer))
    for code, number in (("nonsense", ""), ("all", "bx")):
        (refused,) = await chats.tap(ADMIN, Act("maudit", code, number))
        assert refused.method == "answerCallbackQuery"


async def test_what_is_typed_wrongly_is_answered_by_how_it_is_typed(chats: Chats) -> None:
    """Also a head that is none."""
    for typed in ("R99999", "somebody", "verify 57"):
        assert "/audit verify" in words(await chats.say(ADMIN, f"/audit {typed}")), typed
    assert await entries(chats.bench, "audit", "verify") == []


async def test_the_log_is_for_administrators(chats: Chats) -> None:
    """Neither the command nor a button shows a moderator or a reporter anything of it."""
    assert "administrators" in words(await chats.say(MODERATOR, "/audit"))
    acts = (Act("maudit", "all"), Act("mauditby"), Act("mverify"))
    for chat in (MODERATOR, REPORTER):
        for act in acts:
            assert [call.method for call in await chats.tap(chat, act)] == ["answerCallbackQuery"]
    assert "📋" not in words(await chats.say(REPORTER, "/audit"))
    assert await entries(chats.bench, "audit", "verify") == []


async def checked(chats: Chats, calls: list[Call]) -> str:
    """What the check that a call owes says once it is sent."""
    (call,) = [call for call in calls if call.attach]
    opened = await opened_by(made_when_sent(chats.bench.read, chats.bench.write, chats.renderer), call.attach)
    return str(opened["text"])


async def test_a_check_finds_a_log_that_was_cut_by_what_stands_elsewhere(chats: Chats) -> None:
    """By the file beside the database, by what an administrator was told; a whole log is said to be whole."""
    await report(chats)
    async with chats.bench.read() as unit:
        await audit.update_head(unit)
        told = (await audit.head(unit)).short()
    assert "✅ The log is whole" in await checked(chats, await chats.tap(ADMIN, Act("mverify")))
    async with chats.bench.write() as unit:
        await unit.session.execute(delete(AuditEntry).where(AuditEntry.id > 3))
    found = await checked(chats, await chats.say(ADMIN, f"/audit verify {told}"))
    assert f"The file outside the database says {told}" in found
    assert f"What was told before is {told}" in found
    assert "Tell the operator at once" in found
    chats.bench.settings.audit_head_file.write_text("nonsense")
    assert "cannot be read" in await checked(chats, await chats.say(ADMIN, "/audit verify"))
    async with chats.bench.write() as unit:
        await unit.session.execute(delete(AuditEntry).where(AuditEntry.id == 2))
    assert "From entry 3 on" in await checked(chats, await chats.say(ADMIN, "/audit verify"))
    assert [entry[:2] for entry in await entries(chats.bench, "verify")] == [("Aspan", "verify")] * 3


_MOVES = {Move.REOPEN, Move.CORRECT, Move.JOIN, Move.LEAVE, Move.RELATE, "part", "file", "take"}
"""Acts that a variable has."""


def recorded() -> set[str]:
    """The acts that the program writes into the log, as far as they stand there as words."""
    found: set[str] = set()
    for path in sorted(Path(bot.__path__[0]).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"audit.record", "audit.record_all"}:
                constants = (one for one in ast.walk(node.args[2]) if isinstance(one, ast.Constant))
                found |= {str(one.value) for one in constants}
    return found


def test_every_act_has_words() -> None:
    """An act that is added has to be named for people, and none is named that nobody does."""
    assert recorded() | set(Sign) | set(OtherDocument) | {audit.TOLD_HEAD, audit.RESTART} | _MOVES == ACTS
