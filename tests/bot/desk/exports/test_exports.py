"""/export step by step: what is offered, what comes of it, and who is told when a report that left is withdrawn."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from bot.app.wiring import made_when_sent
from bot.chat.buttons import MOST_BYTES, Act, encode
from bot.desk import exports
from bot.desk.exports import PURPOSES, ExportSelection
from bot.desk.people import service as people_service
from bot.errors import Refusal
from bot.form.answers import Chosen
from bot.form.model import Privacy
from bot.publish.export import making, register
from bot.publish.export.formats import FORMATS
from bot.publish.export.register import OtherDocument
from bot.publish.export.request import ExportRequest
from bot.publish.export.selection import ExportScope
from bot.reports import withdrawal
from bot.reports.receipts.service import Receipt
from bot.store import audit
from bot.store.unit import REPORT_FORM
from bot.transport.api import Api
from bot.transport.call import Call, Delivery, GoneError, Opened, UnmadeError, opened_by, with_words
from db.models import AuditEntry, ExportRow, Report
from tests.bench import Bench, approve_proposal, text
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import enrol
from tests.bot.publish.export.columns.test_own_questions import shown_to
from tests.bot.publish.export.published import approve

MODERATOR, ADMIN, REPORTER = 5, 7, 6


async def published(chats: Chats, consent: str = "publish_no_names") -> Receipt:
    """A report that is public, by this consent."""
    async with chats.bench.write() as unit:
        receipt = await chats.bench.submit(unit, consent_use=Chosen((consent,)))
        me = (await people_service.list_moderators(unit))[0]
        await chats.bench.propose(unit, me, receipt.report)
        await approve_proposal(unit, me, receipt.report)
        return receipt


def documents(calls: list[Call]) -> list[Call]:
    """The files that are owed."""
    return [call for call in calls if call.method == "sendDocument"]


async def opened(chats: Chats, call: Call) -> dict[str, Opened]:
    """What a call carries, as the sender opens it."""
    openers = made_when_sent(chats.bench.read, chats.bench.write, chats.renderer)
    return await opened_by(openers, call.attach)


def edited(calls: list[Call]) -> Call:
    """What stands in place of the tapped message now."""
    (edit,) = [call for call in calls if call.method == "editMessageText"]
    return edit


async def test_steps_lead_to_a_file_in_one_message(chats: Chats) -> None:
    """Purpose, format, period, filters with what is chosen on their buttons, the file; each step in place of the one before. What was chosen stays on
    the way, and back."""
    await enrol(chats, MODERATOR)
    receipt = await published(chats)
    asked = buttons(await chats.say(MODERATOR, "/export"))
    offered = [purpose for purpose in PURPOSES if purpose != "answers"]
    assert asked == ["amexset.xlsx~.", *(f"amexfor.{purpose}." for purpose in offered)]
    for purpose, formats in PURPOSES.items():
        offered = buttons([edited(await chats.tap(MODERATOR, Act("mexfor", purpose)))])
        assert offered == [*(f"amexset.{name}~." for name in formats), "amexset.xlsx~.formats"]
    assert asked == buttons([edited(await chats.tap(MODERATOR, Act("mexset", "xlsx~", "formats")))])
    calls = await chats.tap(MODERATOR, Act("mexset", "jsonl~"))
    assert {"amexset.jsonl~all.", "amexset.jsonl~pastyear.", "amexset.jsonl~.formats"} <= set(buttons(calls))
    calls = await chats.tap(MODERATOR, Act("mexset", "jsonl~month"))
    assert "Approved in this period: 1" in words([edited(calls)])
    assert {"amexset.jsonl~month.R", "amexset.jsonl~month-I.", "amexport.jsonl.month"} <= set(buttons(calls))
    calls = await chats.tap(MODERATOR, Act("mexset", "jsonl~month-I", "R"))
    here = next(data for data in buttons(calls) if data in _marked("region", "KZ-75", "jsonl~month", "-I"))
    calls = await chats.tap_data(MODERATOR, here)
    assert "Almaty" in json.dumps(edited(calls).params["reply_markup"], ensure_ascii=False)
    make = next(data for data in buttons(calls) if data.startswith("amexport.jsonl.month-R"))
    calls = await chats.tap_data(MODERATOR, make)
    begun, ended = [call for call in calls if call.method == "editMessageText"]
    file, beside = documents(calls)
    assert [call for call in calls if call.method != "answerCallbackQuery"] == [begun, file, beside, ended]
    assert "Export № 1 is being made" in words([begun])
    carried = await opened(chats, file)
    document = carried["document"]
    assert isinstance(document, tuple)
    assert json.loads(document[1])["id"] == receipt.report.ref
    assert str(carried["caption"]).startswith("Export № 1, file 1. Rows in it: 1.")
    assert "protect_content" not in file.params
    about = await opened(chats, beside)
    assert str(about["caption"]).startswith("About export № 1: a manifest")
    assert manifest_in(about)["filters"] == {"region": "KZ-75", "rows": "incidents"}
    assert "✅ Export № 1. Rows: 1, files: 1." in words([with_words(ended, await opened(chats, ended))])


def manifest_in(about: Mapping[str, Any]) -> Mapping[str, Any]:
    """The manifest in a ZIP that explains an export."""
    with zipfile.ZipFile(io.BytesIO(about["document"][1])) as archive:
        (name,) = [one for one in archive.namelist() if one.endswith(".manifest.json")]
        found: Mapping[str, Any] = json.loads(archive.read(name))
        return found


async def test_a_caption_tells_what_a_recipient_has_to_know(chats: Chats) -> None:
    """In each language: marks taken out, what to delete and to replace, and how rows became alike. A file without rows
    leaves where it brings something to delete."""
    await enrol(chats, MODERATOR)
    async with chats.bench.write() as unit:
        me = (await people_service.list_moderators(unit))[0]
        written: Mapping[str, Any] = {"title": text("He\u200bld\u202e"), "region": Chosen(("KZ-75",))}
        found = [await approve(chats.bench, unit, me, written=written) for _ in range(4)]
    file, _ = documents(await chats.say(MODERATOR, "/export csv"))
    await opened(chats, file)
    assert [await about(chats, 1, language) for language in ("en", "ru", "kk")] == [
        "Invisible and direction marks taken out of the texts: 8.",
        "Из текстов убраны невидимые знаки и знаки направления письма: 8.",
        "Мәтіндерден алынған көрінбейтін және жазу бағытын өзгертетін белгілер саны: 8.",
    ]
    async with chats.bench.write() as unit:
        await withdrawal.withdraw(unit, await unit.session.get_one(Report, found[0].id))
    file, _ = documents(await chats.say(MODERATOR, "/export csv changed=last"))
    document = (await opened(chats, file))["document"]
    assert isinstance(document, tuple)
    assert document[1].count(b"\r\n") == 1
    assert [await about(chats, 2, language) for language in ("en", "ru", "kk")] == [
        "Since the export that it continues: no longer in the data — 1 (delete them, their ids are in gone.csv), replaced by a newer version — 0.",
        "С прошлого экспорта: больше нет в данных — 1 (удалите их, номера в файле gone.csv), заменены новой версией — 0.",
        "Алдыңғы экспорттан бері: енді деректерде жоқ — 1 (оларды өшіріңіз, нөмірлері gone.csv файлында), жаңа нұсқамен ауыстырылды — 0.",
    ]
    async with chats.bench.write() as unit:
        for region in ("KZ-71", "KZ-10", "KZ-11"):
            await approve(chats.bench, unit, me, written={**written, "region": Chosen((region,))})
    file, _ = documents(await chats.say(MODERATOR, "/export csv anonymous=3"))
    await opened(chats, file)
    assert (await about(chats, 3, "en")).startswith(
        "Made more general in this order: region. Rows that still tell it: region 50%,"
    )
    assert (await about(chats, 3, "ru")).startswith(
        "Обобщено в таком порядке: регион. Доля строк, где это ещё указано: регион — 50 %,"
    )
    assert (await about(chats, 3, "kk")).startswith(
        "Мына ретпен жалпыланды: өңір. Әлі көрсетілген жолдардың үлесі: өңір — 50 %,"
    )


async def test_recipients_of_records_that_are_all_withdrawn_are_told_to_delete_them(chats: Chats) -> None:
    """Though nothing is approved any more. Without a recipient, there is no file."""
    await enrol(chats, MODERATOR)
    receipt = await published(chats)
    file, _ = documents(await chats.say(MODERATOR, "/export csv"))
    await opened(chats, file)
    async with chats.bench.write() as unit:
        await withdrawal.withdraw(unit, await unit.session.get_one(Report, receipt.report.id))
    assert documents(await chats.say(MODERATOR, "/export csv")) == []
    file, _ = documents(await chats.say(MODERATOR, "/export csv changed=1"))
    await opened(chats, file)
    assert "no longer in the data — 1" in await about(chats, 3, "en")


async def about(chats: Chats, number: int, language: str) -> str:
    """Caption of the second document behind its first paragraph."""
    openers = made_when_sent(chats.bench.read, chats.bench.write, chats.renderer)
    carried = await opened_by(openers, {"caption": f"exportabout:{number}:{language}"})
    return str(carried["caption"]).partition("\n\n")[2]


async def test_a_category_is_called_as_reporters_read_it(chats: Chats) -> None:
    """A button has little room: nothing is asked of the kind, as the review does, where a group is meant as a whole."""
    await enrol(chats, MODERATOR)
    calls = await chats.tap(MODERATOR, Act("mexset", "csv~all", "C"))
    labels = [one["text"] for row in edited(calls).params["reply_markup"]["inline_keyboard"] for one in row]
    assert "Detained or arrested" in labels
    assert not [label for label in labels if "?" in label]


def _marked(facet: str, code: str, start: str, end: str) -> set[str]:
    wish = ExportSelection("x").choose(facet, code).code()
    return {f"amexset.{start}{wish}{end}."}


async def test_what_nothing_is_like_is_told_in_place_of_a_file(chats: Chats) -> None:
    """No file with a header alone; of a period in which nothing is approved it is told at once."""
    await enrol(chats, MODERATOR)
    await published(chats)
    code = ExportSelection("csv", "all", language="kk").code()
    calls = await chats.tap(MODERATOR, Act("mexport", "csv", code))
    file, beside = documents(calls)
    for call in (file, beside):
        with pytest.raises(GoneError):
            await opened(chats, call)
    ended = [call for call in calls if call.method == "editMessageText"][-1]
    assert "no approved record is like this" in words([with_words(ended, await opened(chats, ended))])
    file, _, told = await chats.say(MODERATOR, "/export csv language=kk")
    with pytest.raises(GoneError):
        await opened(chats, file)
    assert "no approved record is like this" in words([with_words(told, await opened(chats, told))])
    file, _, told = await chats.say(MODERATOR, "/export csv")
    await opened(chats, file)
    with pytest.raises(GoneError):
        await opened(chats, told)
    calls = await chats.tap(MODERATOR, Act("mexport", "csv", "pastyear"))
    assert not documents(calls)
    assert "No approved report of this period" in words([edited(calls)])


async def test_what_is_no_row_is_counted_when_the_file_is_sent(chats: Chats) -> None:
    """Beside the file, and where there is none in its place."""
    await enrol(chats, MODERATOR)
    for consent in ("share_trusted", "statistics_only", "statistics_only"):
        await published(chats, consent)
    file, _, told = await chats.say(MODERATOR, "/export csv")
    with pytest.raises(GoneError):
        await opened(chats, file)
    said = words([with_words(told, await opened(chats, told))])
    assert said == TEXTS.text("en", "moderator.export.empty", {"shared": 1, "counted": 2})
    await published(chats)
    file, *_ = await chats.say(MODERATOR, "/export csv")
    caption = str((await opened(chats, file))["caption"])
    assert caption.startswith(
        "Export № 2. Rows: 1, events: 1. Not in the file: only encrypted — 1, only counted — 2."
    )


async def test_words_take_filters(chats: Chats) -> None:
    """In any order behind the format; wrong ones are answered with an example, and the command as it is typed."""
    await enrol(chats, MODERATOR)
    await published(chats)
    file, _ = documents(await chats.say(MODERATOR, "/export csv region=KZ-75 2026-01-01 rows=incidents"))
    assert file.attach["document"] == "export:1:0:1:csv:2026-01-01::region=KZ-75;rows=incidents"
    for wrong, example in {
        "region=Moon": "region=KZ-75",
        "event=March": "event=2024-01-01..2024-03-31",
        "colour=red": "region=KZ-75",
        "changed=9": "changed=last",
    }.items():
        said = words(await chats.say(MODERATOR, f"/export csv {wrong}"))
        assert example in said
        assert "/export csv 2026-01-01" in said
    assert "event=2024" in words(await chats.say(MODERATOR, "/export csv soon"))


@pytest.mark.parametrize("code", ["week", "all-X", "all-Rzzzz", "all-Cabcd-", "all-F"])
async def test_a_button_that_never_was_is_answered(chats: Chats, code: str) -> None:
    """Nothing is made of a forged one, or of one whose choice the form no longer has."""
    await enrol(chats, MODERATOR)
    for act in (Act("mexport", "csv", code), Act("mexset", f"csv~{code}"), Act("mexport", "xml", "all")):
        calls = await chats.tap(MODERATOR, act)
        assert [call.method for call in calls] == ["answerCallbackQuery"]
        assert calls[0].params["show_alert"]


async def test_every_choice_fits_a_button_and_comes_back(bench: Bench) -> None:
    """With the longest format, and all filters at once."""
    async with bench.read() as unit:
        full = ExportSelection(
            *("csv", "pastyear", "KZ-75", "detention", "association", "kk"), by_incident=True, changed=True
        )
        assert ExportSelection.read(unit, "csv", full.code()) == full
        longest = max(FORMATS, key=len)
        assert len(encode(Act("mexset", f"{longest}~{full.code()}", "formats")).encode()) <= MOST_BYTES
        filters = full.request(unit).filters
        assert (filters.region, filters.category, filters.changed) == (("KZ-75",), ("detention",), "last")
        with pytest.raises(Refusal):
            ExportSelection.read(unit, "xml", "all")


async def test_a_long_export_is_owed_as_several_files(chats: Chats, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than its rows take as a rule; what no rows are left for is not sent. A file that is too large is told in words."""
    monkeypatch.setattr(exports, "_SURELY_ONE_FILE", 1)
    monkeypatch.setattr(exports, "MOST_ROWS_IN_CHAT", 2)
    monkeypatch.setattr(making, "MOST_ROWS_IN_CHAT", 2)
    await enrol(chats, MODERATOR)
    for _ in range(3):
        await published(chats)
    *files, _ = documents(await chats.say(MODERATOR, "/export csv"))
    assert [one.attach["document"] for one in files] == [f"export:1:{part}:3:csv::" for part in range(3)]
    captions = [str((await opened(chats, one))["caption"]) for one in files[:2]]
    assert [one.split("\n")[0] for one in captions] == [
        "Export № 1, file 1. Rows in it: 2.",
        "Export № 1, file 2. Rows in it: 1.",
    ]
    with pytest.raises(GoneError):
        await opened(chats, files[2])
    monkeypatch.setattr(making, "MOST_BYTES_IN_CHAT", 10)
    file, *_ = documents(await chats.say(MODERATOR, "/export csv"))
    with pytest.raises(UnmadeError):
        await opened(chats, file)
    openers = made_when_sent(chats.bench.read, chats.bench.write, chats.renderer)
    said, carried = await Delivery(Api("1:made-up", "http://127.0.0.1"), openers)._open(file)
    assert (said.method, carried) == ("sendMessage", {})
    assert "too large for Telegram" in words([said])


async def test_a_withdrawal_names_the_exports_to_administrators_and_to_the_reporter(chats: Chats) -> None:
    """The reporter who asks by code, and who withdraws, reads how many there are, since when, and that nobody can call them back;
    administrators which: by number, day, alias and format. Moderators who are none are not told, and nobody of a report that never left."""
    await enrol(chats, MODERATOR)
    await enrol(chats, ADMIN, "Tau", "admin")
    receipt, other = await published(chats), await published(chats)
    for word in ("csv", "jsonl"):
        file, *_ = documents(await chats.say(MODERATOR, f"/export {word}"))
        await opened(chats, file)
    shown = await chats.say(REPORTER, f"/status {receipt.code}")
    told = TEXTS.text("ru", "reporter.exported", {"number": 2, "since": "25.11.2026"})
    assert told in words(shown)
    calls = await chats.tap_data(
        REPORTER, next(data for data in buttons(shown) if data.startswith("acwithdraw."))
    )
    assert told in words(calls)
    calls = await chats.tap_data(
        REPORTER, next(data for data in buttons(calls) if data.startswith("awithdraw."))
    )
    assert told in words(calls, REPORTER)
    ref = receipt.report.ref
    assert (
        f"Report {ref} was withdrawn, and files that left hold it: 2, the first since 25.11.2026."
        in words(calls, ADMIN)
    )
    assert "№ 2 · 25.11.2026 · Aspan · JSONL\n№ 1 · 25.11.2026 · Aspan · CSV" in words(calls, ADMIN)
    assert "№ 1" not in words(calls, MODERATOR)
    async with chats.bench.write() as unit:
        new = await chats.bench.submit(unit)
    shown = await chats.say(REPORTER, f"/status {new.code}")
    assert told.split(":")[0] not in words(shown)
    file, *_ = documents(await chats.say(MODERATOR, "/export jsonl"))
    document = (await opened(chats, file))["document"]
    assert isinstance(document, tuple)
    assert json.loads(document[1])["id"] == other.report.ref


async def test_the_history_says_what_has_left_to_administrators(chats: Chats) -> None:
    """Number, day, who, what, and what came of it, the newest first, ten a page; with what was shared and documents. Who looks stands in
    the log."""
    await enrol(chats, MODERATOR)
    await enrol(chats, ADMIN, "Tau", "admin")
    assert "amexlist.." not in buttons(await chats.say(MODERATOR, "/export"))
    assert words(await chats.say(MODERATOR, "/export history")) == TEXTS.text("en", "moderator.admins_only")
    assert not [
        call for call in await chats.tap(MODERATOR, Act("mexlist")) if call.method == "editMessageText"
    ]
    shown = await chats.say(ADMIN, "/export")
    assert "amexlist.." in buttons(shown)
    assert "Nothing has been exported yet." in words(await chats.tap_data(ADMIN, "amexlist.."))
    await published(chats)
    file, *_ = documents(await chats.say(MODERATOR, "/export csv"))
    await opened(chats, file)
    async with chats.bench.write() as unit:
        await register.begin(unit, audit.SYSTEM, ExportRequest.read("jsonl"), ExportScope.NAMES)
        await register.begin_other(unit, audit.SYSTEM, OtherDocument.OPEN_DATA, "2025:5")
        what = OtherDocument.COUNTRY_UPDATE
        row = await register.begin_other(unit, "Tau", what, "2026-01:2026-06:kk:docx")
        await register.break_off(unit, row.number)
    told = words(await chats.say(ADMIN, "/export history"))
    assert told.split("\n\n")[1:] == [
        "№ 4 · 25.11.2026 · Tau · country update 2026-01 – 2026-06, kk, DOCX\nbroken off",
        "№ 3 · 25.11.2026 · bot or operator · open data of 2025\nnot finished",
        "№ 2 · 25.11.2026 · bot or operator · JSONL 🔒\nnot finished",
        "№ 1 · 25.11.2026 · Aspan · CSV\nrows: 1",
    ]
    for _ in range(8):
        await chats.say(MODERATOR, "/export csv")
    first = await chats.say(ADMIN, "/export history")
    assert buttons(first) == ["amexlist.3."]
    assert words(first).count("№") == 10
    older = await chats.tap_data(ADMIN, "amexlist.3.")
    assert buttons(older) == []
    assert [line[:3] for line in words(older).split("\n\n")[1:]] == ["№ 2", "№ 1"]
    for gone in ("amexlist.x.", "amexlist.1."):
        assert not [call for call in await chats.tap_data(ADMIN, gone) if call.method == "editMessageText"]
    async with chats.bench.read() as unit:
        entries = (
            select(AuditEntry.actor)
            .order_by(AuditEntry.id)
            .where(AuditEntry.act == "export", AuditEntry.detail == "history")
        )
        assert list(await unit.session.scalars(entries)) == ["Tau"] * 4


async def test_answers_to_a_form_are_offered_while_one_has_any_that_may_leave(chats: Chats) -> None:
    """Typed without such a form, the formats that have something to hold are named. The file notes its records as
    any other, and its manifest says which answers it holds."""
    await enrol(chats, MODERATOR)
    typed = words(await chats.say(MODERATOR, "/export answers"))
    assert (
        "There are: xlsx, excel-csv, csv, csv-tables, jsonl, geojson, datapackage, hxl, uwazi, openrosa."
        in typed
    )
    form = shown_to(Privacy.PUBLIC, chats.bench.forms[REPORT_FORM], "urgent")
    chats.bench.forms = {**chats.bench.forms, REPORT_FORM: form}
    receipt = await published(chats)
    assert "amexfor.answers." in buttons(await chats.say(MODERATOR, "/export"))
    chosen = edited(await chats.tap(MODERATOR, Act("mexfor", "answers")))
    assert buttons([chosen])[0] == "amexset.answers~."
    document, beside = documents(await chats.tap(MODERATOR, Act("mexport", "answers", "all")))
    made = (await opened(chats, document))["document"]
    assert isinstance(made, tuple)
    assert (made[0], made[2], made[1][:2]) == ("kuager.answers.zip", "application/zip", b"PK")
    manifest = manifest_in(await opened(chats, beside))
    told = {one["left_out"]: one["why"] for one in manifest["redactions"]}
    why = "only those to questions marked public, and texts that a moderator has confirmed"
    assert told["answers and words of reporters"] == why
    async with chats.bench.read() as unit:
        noted = await unit.session.scalars(select(ExportRow.report_id))
        assert list(noted) == [receipt.report.id]
