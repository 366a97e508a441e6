"""The moderators' side of the chat: commands and buttons, processed as the bot processes them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest
from sqlalchemy import select

from bot.chat.handlers import ACTS, MENU, Permission
from bot.chat.moderation.exports import owing
from bot.chat.screens.callback import Act
from bot.chat.transport.sending.call import Call
from bot.chat.transport.sending.delivered import Drained
from bot.form.answers import Answer, Chosen, FileKind, FileRef, Files
from bot.form.draft import REVIEW
from bot.form.model import Choice, Form
from bot.safety.cleaning import cleaner
from bot.safety.cleaning.cleaner import Cleaned, Refused
from bot.safety.cleaning.refusal import Reason
from bot.services import sent_messages, vault
from bot.services.desk import claims
from bot.services.desk.people import team
from bot.services.reports import drafting, files
from bot.services.reports.states import Status
from bot.services.unit import REPORT_FORM, Unit
from db.models import AuditEntry, DraftRow, File, Report
from tests.bench import TOLD, Bench, approve_proposal, count, statements, text
from tests.bot.chat.chats import TEXTS, Chats
from tests.bot.safety.cleaning import planted

STORY = "Three people were held"


def words(calls: list[Call], chat: int | None = None) -> str:
    """All that is said, to one chat or to anybody."""
    wanted = [call.params for call in calls if chat is None or call.params.get("chat_id") == chat]
    return "\n".join(str(params.get("text") or params.get("caption") or "") for params in wanted)


def buttons(calls: list[Call]) -> list[str]:
    """The data of all buttons."""
    found = json.dumps([call.params.get("reply_markup", {}) for call in calls])
    return [part.split('"')[0] for part in found.split('"callback_data": "')[1:]]


def confirmation(calls: list[Call], ref: str) -> str:
    """The data of the button under a preview that approves what it showed."""
    (found,) = [data for data in buttons(calls) if data.startswith(f"amapprove.{ref}.")]
    return found


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats on both databases."""
    return Chats(bench)


async def enrol(chats: Chats, chat: int, alias: str = "Aspan", role: str = "moderator") -> None:
    """Somebody becomes a moderator by the link and an alias."""
    async with chats.bench.write() as unit:
        token = await team.invite(unit, role)
    await chats.say(chat, f"/start {token}")
    await chats.say(chat, alias)


async def report(chats: Chats, **told: Any) -> str:
    """A report that was sent; its reference."""
    async with chats.bench.write() as unit:
        return (await chats.bench.submit(unit, story=text(STORY), **told)).report.ref


async def status(unit: Unit, ref: str) -> str:
    """Where a report stands."""
    return (await claims.look_up(unit, ref)).status


async def test_a_link_and_an_alias_make_a_moderator(chats: Chats) -> None:
    """A bad alias is asked for again; the commands are shown in the chat's own menu."""
    async with chats.bench.write() as unit:
        token = await team.invite(unit, "admin")
    assert "alias" in words(await chats.say(5, f"/start {token}"))
    assert "will not do" in words(await chats.say(5, "@aspan"))
    calls = await chats.say(5, "Aspan")
    assert "Your alias: Aspan" in words(calls)
    (menu,) = [call.params for call in calls if call.method == "setMyCommands"]
    assert menu["scope"] == {"type": "chat", "chat_id": 5}
    assert {"queue", "approve", "report"} <= {entry["command"] for entry in menu["commands"]}
    assert "administrator" in words(await chats.say(5, "/moderators"))


async def test_for_anybody_else_the_commands_do_not_exist(chats: Chats) -> None:
    """Neither by command nor by a forged button is anything told or changed."""
    ref = await report(chats)
    unknown = words(await chats.say(6, "/nonsense"))
    for command in MENU.moderators:
        assert words(await chats.say(6, f"/{command} {ref}")) == unknown
    for verb in (verb for verb, command in ACTS.items() if command.permission is not Permission.ANYBODY):
        calls = await chats.tap(6, Act(verb, ref, "1"))
        assert ref not in words(calls)
    async with chats.bench.read() as unit:
        assert await status(unit, ref) == Status.NEW


async def test_a_revoked_moderator_is_anybody(chats: Chats) -> None:
    """From that moment."""
    ref = await report(chats)
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        await team.revoke(unit, "Aspan")
    assert ref not in words(await chats.say(5, "/queue"))
    assert STORY not in words(await chats.say(5, f"/open {ref}"))


async def test_the_queue_shows_no_content_and_opens_by_buttons(chats: Chats) -> None:
    """Reference, category, place, day and language; a button a report."""
    refs = [await report(chats, urgent=Chosen((urgent,))) for urgent in ("no", "yes")]
    await enrol(chats, 5)
    calls = await chats.say(5, "/queue")
    said = words(calls)
    assert said.index(refs[1]) < said.index(refs[0])
    assert "Detained or arrested" in said
    assert STORY not in said
    assert "Almaty · 08.03.2024 · Русский · 🕒\xa0less than an hour" in said
    assert set(buttons(calls)) == {"amfilt.w.", *(f"amopen.{ref}." for ref in refs)}


async def test_an_opened_report_cannot_be_forwarded_and_goes_when_it_is_withdrawn(chats: Chats) -> None:
    """Everything that shows it is protected and carries its id; of its files the card tells the state alone."""
    ref = FileRef("f" * 32, FileKind.VOICE, "voice.ogg")
    later = FileRef("e" * 32, FileKind.PHOTO, "photo.jpg")
    name = await report(chats, evidence=Files((ref, later)))
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        found = await claims.find(unit, name)
        assert found.data_key_id is not None
        await add_file(unit, found, ref, cleaner.clean(planted.jpeg()))
        facts = {"data_key_id": found.data_key_id, "attempts": 0, "meta": b"", "hour": 1}
        unit.session.add(File(id=later.id, status="pending", kind="photo", **facts))
    calls = await chats.say(5, f"/open {name.lower()}")
    assert STORY in words(calls)
    assert "File 1 · voice message: clean copy ready" in words(calls)
    assert "File 2 · photo: not fetched yet" in words(calls)
    shown = [call for call in calls if call.method != "answerCallbackQuery"]
    assert all(call.params["protect_content"] for call in shown)
    assert {row.report_id for row in chats.rows} == {found.id}
    assert not [call for call in calls if call.attach]
    assert [one for one in buttons(calls) if one.startswith("amfile")] == [f"amfiles.{name}.voice"]


async def add_file(
    unit: Unit, report: Report, ref: FileRef, cleaning: Cleaned | Refused, recipients: tuple[str, ...] = ()
) -> None:
    """A file of the report that is in the store."""
    assert report.data_key_id is not None
    await vault.open_keys(unit, [report.data_key_id])
    sealed = files.seal_file(unit.keys[report.data_key_id], ref.id, b"as it came", cleaning, recipients, 7)
    meta = {"name": ref.name, "mime": "", "custody": sealed.custody.to_json()}
    sealed_meta = vault.seal(unit, report.data_key_id, meta, f"files.meta:{ref.id}")
    status = files.STORED if sealed.copy is None else files.CLEANED
    facts = {"attempts": 0, "hour": 1, "kind": ref.kind, "meta": sealed_meta}
    unit.session.add(File(id=ref.id, data_key_id=report.data_key_id, status=status, **facts))


PICTURE = FileRef("a" * 32, FileKind.PHOTO, "Aidar.jpg", "on the square")


async def report_with_file(
    chats: Chats, cleaning: Cleaned | Refused, recipients: tuple[str, ...] = ()
) -> str:
    """The reference of a report with one file, which moderator 5 may open."""
    name = await report(chats, evidence=Files((PICTURE,)))
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        await add_file(unit, await claims.find(unit, name), PICTURE, cleaning, recipients)
    await chats.say(5, f"/open {name}")
    return name


async def audited(chats: Chats) -> list[tuple[str, str, str]]:
    """Who was shown which file."""
    async with chats.bench.read() as unit:
        entries = (await unit.session.scalars(select(AuditEntry).where(AuditEntry.act == "file"))).all()
        return [(entry.actor, entry.subject, entry.detail) for entry in entries]


async def test_a_clean_copy_comes_on_a_tap_after_a_warning_and_stands_in_the_log(chats: Chats) -> None:
    """The warning tells the custody; the copy is protected, named after the report, and goes with it."""
    copy = cleaner.clean(planted.jpeg())
    assert isinstance(copy, Cleaned)
    name = await report_with_file(chats, copy)
    warning = await chats.tap(5, Act("mfile", name, "1"))
    said = words(warning)
    assert "all that can be seen and heard is still there" in said
    assert f"Copy: JPEG, {len(copy.content)} bytes\nSHA-256 {copy.sha256}" in said
    assert await audited(chats) == []
    calls = await chats.tap(5, Act("mfileshow", name, "1"))
    (photo,) = [call for call in calls if call.attach]
    assert (photo.method, photo.attach) == ("sendPhoto", {"photo": f"copy:{PICTURE.id}:{name}-1"})
    more = [[{"text": "📎 1", "callback_data": f"amfile.{name}.1"}]]
    assert photo.params == {
        "chat_id": 5,
        "caption": f"{name} · 1\non the square",
        "protect_content": True,
        "reply_markup": {"inline_keyboard": more},
    }
    async with chats.bench.read() as unit:
        shown = {row.report_id for row in chats.rows if row.report_id is not None}
        assert shown == {(await claims.look_up(unit, name)).id}
    assert await audited(chats) == [("Aspan", name, "copy 1")]
    assert "Aidar" not in said + str(calls)


async def test_what_could_not_be_cleaned_is_shown_only_after_a_stronger_warning(chats: Chats) -> None:
    """As a document, never as a picture that opens by itself; a forged tap gets no copy."""
    name = await report_with_file(chats, Refused(Reason.BROKEN))
    warning = await chats.tap(5, Act("mfile", name, "1"))
    assert "Not cleaned: the file is damaged or incomplete" in words(warning)
    assert "can damage your device" in words(warning)
    assert f"amfileshow.{name}.1" not in buttons(warning)
    forged = await chats.tap(5, Act("mfileshow", name, "1"))
    assert not [call for call in forged if call.attach]
    calls = await chats.tap(5, Act("mfileraw", name, "1"))
    (document,) = [call for call in calls if call.attach]
    assert (document.method, document.attach) == (
        "sendDocument",
        {"document": f"original:{PICTURE.id}:{name}-1"},
    )
    assert await audited(chats) == [("Aspan", name, "original 1")]


async def test_an_original_that_is_sealed_away_is_not_offered(chats: Chats) -> None:
    """It is said who can open it; a forged tap gets nothing."""
    recipient = str(pyrage.x25519.Identity.generate().to_public())
    name = await report_with_file(chats, Refused(Reason.TYPE), (recipient,))
    warning = await chats.tap(5, Act("mfile", name, "1"))
    assert "The server cannot open the original either" in words(warning)
    assert buttons(warning) == []
    forged = await chats.tap(5, Act("mfileraw", name, "1"))
    assert not [call for call in forged if call.attach]
    assert await audited(chats) == []


async def test_a_cleaned_files_original_is_never_shown(chats: Chats) -> None:
    """Not even to whoever forges the tap, nor a file that the report does not have."""
    name = await report_with_file(chats, cleaner.clean(planted.jpeg()))
    for forged in (Act("mfileraw", name, "1"), Act("mfile", name, "2"), Act("mfileshow", name, "x")):
        assert not [call for call in await chats.tap(5, forged) if call.attach]


async def test_a_file_is_shown_to_whoever_holds_the_report_alone(chats: Chats) -> None:
    """Another moderator is told who holds it."""
    name = await report_with_file(chats, cleaner.clean(planted.jpeg()))
    await enrol(chats, 6, "Boran")
    calls = await chats.tap(6, Act("mfileshow", name, "1"))
    assert not [call for call in calls if call.attach]
    assert "Aspan" in words(calls)


async def test_a_report_goes_from_the_queue_to_an_approved_export(chats: Chats) -> None:
    """By commands, taps and texts alone: next, edit, title, summary, preview, confirm, export."""
    name = await report(chats)
    await enrol(chats, 5)
    assert STORY in words(await chats.say(5, "/next"))
    assert "nothing to approve" in words(await chats.say(5, "/approve"))
    await chats.say(5, f"/edit {name}")
    assert "Public title" in words(await send(chats, 5))
    await chats.say(5, "People held in Almaty")
    assert "Public summary" in words(await send(chats, 5))
    await chats.say(5, "Three people were held")
    await chats.say(5, "for an hour.")
    await press(chats, 5, "ne")
    calls = await send(chats, 5)
    assert f"amedit.{name}." in buttons(calls)
    calls = await chats.say(5, f"/approve {name}")
    assert "<b>title</b>: People held in Almaty" in words(calls)
    assert "<b>region</b>: Almaty · KZ-75" in words(calls)
    assert "this record will be in exports" in words(calls)
    assert "no longer the latest" in words(await chats.tap(5, Act("mapprove", name, "7")))
    assert "is approved" in words(await chats.tap_data(5, confirmation(calls, name)))
    assert "already approved" in words(await chats.tap_data(5, confirmation(calls, name)))
    document, beside = [call for call in await chats.say(5, "/export csv") if call.method == "sendDocument"]
    assert document.attach == {"document": "export:1:0:1:csv::", "caption": "exportpart:1:0:en"}
    assert beside.attach == {"document": "manifest:1"}


async def test_approval_is_offered_once_there_is_something_to_approve(chats: Chats, bench: Bench) -> None:
    """A report without a proposed version has no button that could only be refused."""
    name = await report(chats)
    await enrol(chats, 5)
    opened = buttons(await chats.say(5, f"/open {name}"))
    assert [
        data
        for data in opened
        if data.startswith(("amcard.", "amedit.", "amaskq.", "amask.", "amrelease.", "ammore."))
    ] == opened
    async with bench.write() as unit:
        (moderator,) = await team.list_moderators(unit)
        await bench.propose(unit, moderator, await claims.find(unit, name))
    assert f"ampreview.{name}." in buttons(await chats.say(5, f"/open {name}"))


async def press(chats: Chats, chat: int, code: str, *values: str) -> list[Call]:
    """Tap a button of the form's present screen."""
    async with chats.bench.read() as unit:
        hashed = unit.safe.pseudonyms.chat(chat)
        filling = (await drafting.load(unit, [hashed]))[hashed]
    data = ".".join((f"f{filling.row.id[:4]}", str(filling.draft.step), code, *values))
    return await chats.tap_data(chat, data)


async def send(chats: Chats, chat: int) -> list[Call]:
    """Tap the last button of a form."""
    return await press(chats, chat, "su")


def told(form: Form, answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Answers by role as those of a short report."""
    given: dict[str, Answer] = {form.by_role[role].path: answer for role, answer in answers.items()}
    short = Chosen(("short",))
    return given | {question.path: short for question in form.questions if question.name == "depth"}


async def test_a_moderator_reads_what_was_told_and_not_how_it_was_asked(chats: Chats) -> None:
    """That it may be kept holds for every report; how long it was to be is no fact. What use is agreed to is one."""
    await report(chats)
    await enrol(chats, 5)
    shown = words(await chats.say(5, "/next"))
    form = chats.bench.forms["report"]
    labels = {question.name: question.label["en"] for question in form.questions}
    assert "<b>May be used</b>: " in shown
    assert f"<b>Story</b>\n{STORY}" in shown
    assert labels["consent_store"].partition("?")[0] not in shown
    assert labels["depth"] not in shown


@pytest.mark.parametrize("consent", ["statistics_only", "share_trusted"])
async def test_the_preview_says_what_consent_makes_of_it(chats: Chats, consent: str) -> None:
    """Before anything is approved."""
    name = await report(chats, consent_use=Chosen((consent,)))
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        found = await claims.find(unit, name)
        me = (await team.list_moderators(unit))[0]
        await chats.bench.propose(unit, me, found)
    calls = await chats.say(5, "/approve")
    assert TEXTS.text("en", f"moderator.use.{consent}", {}) in words(calls)
    assert "is approved" in words(await chats.tap_data(5, confirmation(calls, name)))


async def test_a_file_that_telegram_would_not_take_is_not_begun(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moderator is told how to ask for less."""
    monkeypatch.setattr(owing, "MOST_EXPORTED", 0)
    name = await report(chats)
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        me = (await team.list_moderators(unit))[0]
        await chats.bench.propose(unit, me, await claims.find(unit, name))
    calls = await chats.say(5, f"/approve {name}")
    await chats.tap_data(5, confirmation(calls, name))
    calls = await chats.say(5, "/export csv")
    assert "Too many rows for one file: more than 0." in words(calls)
    assert not [call for call in calls if call.attach]


async def test_a_report_is_rejected_by_a_reason(chats: Chats) -> None:
    """The open edit ends with it; a closed report is opened only by reopening it."""
    name = await report(chats)
    await enrol(chats, 5)
    await chats.say(5, f"/edit {name}")
    calls = await chats.say(5, "/reject")
    assert f"amreject.{name}.harmful" in buttons(calls)
    assert "is rejected" in words(await chats.tap(5, Act("mreject", name, "harmful")))
    async with chats.bench.read() as unit:
        assert await count(unit, DraftRow) == 0
    calls = await chats.say(5, f"/open {name}")
    assert STORY not in words(calls)
    assert f"amreopen.{name}." in buttons(calls)
    assert STORY in words(await chats.tap(5, Act("mreopen", name)))


async def test_another_moderator_is_told_who_holds_a_report(chats: Chats) -> None:
    """And sees nothing of it; an administrator may release it, and whoever held it is told."""
    name = await report(chats)
    await enrol(chats, 5)
    await enrol(chats, 6, "Teniz")
    await enrol(chats, 7, "Tau", "admin")
    await chats.say(5, f"/open {name}")
    for command in ("open", "edit", "approve", "reject", "release"):
        assert words(await chats.say(6, f"/{command} {name}")) == f"Aspan is working on report {name}."
    released = await chats.say(7, f"/release {name}")
    assert "back in the queue" in words(released, 7)
    assert words(released, 5).strip() == f"Tau has given {name} back to the queue. You no longer hold it."
    assert words(released, 6) == ""
    await chats.say(7, f"/open {name}")
    assert words(await chats.say(7, f"/release {name}"), 5) == ""


async def test_a_moderator_may_report_but_has_one_form_at_a_time(chats: Chats) -> None:
    """An open report must be ended before an edit, an open edit before another."""
    names = [await report(chats) for _ in range(2)]
    await enrol(chats, 5)
    await chats.tap(5, Act("begin", "en"))
    assert "A report of your own is open" in words(await chats.say(5, f"/edit {names[0]}"))
    await press(chats, 5, "ca", "1")
    await chats.say(5, f"/edit {names[0]}")
    assert f"You are editing report {names[0]}" in words(await chats.say(5, f"/edit {names[1]}"))
    assert "is not finished" in words(await chats.say(5, f"/approve {names[0]}"))


async def test_without_a_reference_the_only_held_report_is_meant(chats: Chats) -> None:
    """With none or several the bot asks which."""
    await enrol(chats, 5)
    for _ in range(2):
        await report(chats)
    assert "Which report?" in words(await chats.say(5, "/release"))
    await chats.say(5, "/next")
    assert "back in the queue" in words(await chats.say(5, "/release"))
    for _ in range(2):
        await chats.say(5, "/next")
    assert "Which report?" in words(await chats.say(5, "/release"))
    assert "queue is empty" in words(await chats.say(5, "/next"))


async def test_a_reference_stuck_to_its_command_moves_no_other_report(chats: Chats) -> None:
    """To Telegram `/release,R7K2Q9` is the command alone, which would mean the only held report."""
    await enrol(chats, 5)
    await report(chats)
    await chats.say(5, "/next")
    assert "back in the queue" not in words(await chats.say(5, "/release,R7K2Q9"))
    assert "back in the queue" in words(await chats.say(5, "/release"))


async def test_an_export_of_a_long_period_opens_nothing_while_everybody_waits(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a short one it says at once of which reports the consent was changed; of a long one the daily notice does."""
    name = await report(chats)
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        me, found = (await team.list_moderators(unit))[0], await claims.find(unit, name)
        await chats.bench.propose(unit, me, found)
        await approve_proposal(unit, me, found)
        found.consent_use = "statistics_only"
    assert f"not exported: {name}" in words(await chats.say(5, "/export csv"))
    monkeypatch.setattr(owing, "MOST_COMPARED", 0)
    async with chats.bench.write() as unit, statements(unit) as seen:
        await chats.processor.process(
            unit, [{"update_id": 9_999, **chats.written(5, "/export csv")}], Drained()
        )
    assert not [one for one in seen if "public_versions.content" in one]


async def test_export_is_asked_for_by_buttons_or_words(chats: Chats) -> None:
    """Wrong words are answered with an example."""
    await enrol(chats, 5)
    calls = await chats.say(5, "/export")
    assert "amexset.jsonl~." in buttons(calls)
    assert "/export csv 2024-01-01" in words(await chats.say(5, "/export csv soon"))
    assert "no export format “xml”. There are: xlsx, excel-csv, csv, jsonl" in words(
        await chats.say(5, "/export xml")
    )
    assert "No approved report" in words(await chats.tap(5, Act("mexport", "csv", "last")))


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


async def test_an_edited_prompt_of_a_moderators_form_is_a_protected_prompt(chats: Chats) -> None:
    """Should its message be gone, what is sent in its place cannot be forwarded either."""
    name = await report(chats)
    await enrol(chats, 5)
    await chats.say(5, f"/edit {name}")
    calls = await press(chats, 5, "sh")
    assert [call.protect for call in calls if call.method == "editMessageText"] == [True], calls


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


def wordy(form: Form) -> Form:
    """The form with one category, whose label is half a message."""

    def worded(node: Any) -> Any:
        if hasattr(node, "children"):
            return replace(node, children=tuple(worded(child) for child in node.children))
        long = (Choice("long", {"en": "x" * 2000}),)
        return replace(node, choices=long) if node.role == "category" else node

    return replace(form, children=tuple(worded(node) for node in form.children))


async def test_a_moderator_who_holds_many_reports_sees_the_queue(chats: Chats) -> None:
    """The first ten are named, the others are counted, and a button leads to them all; labels are cut: it fits a message."""
    chats.bench.forms = {**chats.bench.forms, "report": wordy(chats.bench.forms["report"])}
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        me = (await team.list_moderators(unit))[0]
        facts: dict[str, Any] = {
            "form": "f",
            "form_version": "1",
            "language": "en",
            "submitted_hour": 1,
            "urgent": False,
        }
        for number in range(130):
            held = {"moderator_id": me.id, "claimed_until_hour": unit.hour + 9} if number < 120 else {}
            name = f"R{number:05}"
            status = "claimed" if held else "new"
            facts |= {"id": name, "ref": name, "status": status, "category": "long"}
            unit.session.add(Report(**facts | held))
    calls = await chats.say(5, "/queue")
    assert "and 110 more" in words(calls)
    assert len(words(calls)) < 3900
    assert sum(name.startswith("amopen.") for name in buttons(calls)) == 8
    assert "Mine: 99+" in words(
        await chats.tap_data(5, next(one for one in buttons(calls) if one == "amlist.m."))
    )


async def test_a_reporters_own_words_are_confirmed_by_a_tap_or_left_out(chats: Chats) -> None:
    """On a screen of their own, before the preview, which then has them or says how many it lacks."""
    full = {"depth": Chosen(("full",)), "region": Chosen(("KZ-39",)), "locality": text("Karasu <aul>")}
    name = await report(chats, **full)
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        me = (await team.list_moderators(unit))[0]
        await chats.bench.propose(unit, me, await claims.find(unit, name))
    calls = await chats.say(5, f"/approve {name}")
    assert "Karasu &lt;aul&gt;" in words(calls)
    assert "mapprove" not in str(buttons(calls))
    assert all(call.params["protect_content"] for call in calls)
    (yes,) = [data for data in buttons(calls) if data.startswith(f"amwords.{name}.0-")]
    (no,) = [data for data in buttons(calls) if data.startswith(f"amleave.{name}.1")]
    without = await chats.tap_data(5, no)
    assert ("Karasu" in words(without), "not confirmed and stay out" in words(without)) == (False, True)
    shown = await chats.tap_data(5, yes)
    assert ("Karasu" in words(shown), "not confirmed and stay out" in words(shown)) == (True, False)
    assert "no longer the latest" in words(await chats.tap_data(5, confirmation(without, name)))
    assert "no longer the latest" in words(await chats.tap_data(5, yes))
    assert "is approved" in words(await chats.tap_data(5, confirmation(shown, name)))


async def test_links_are_published_without_what_tells_who_shared_them(chats: Chats) -> None:
    """In every public text; the report keeps them as they were sent, and links that could still tell are named."""
    shared = "https://www.instagram.com/p/C4x/?igsh=MWg5MHlodmdvZzJiMg%3D%3D"
    short = "https://vm.tiktok.com/ZM8abc/"
    name = await report(chats, depth=Chosen(("full",)), links=text(f"{shared} {short}"))
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        me = (await team.list_moderators(unit))[0]
        summary = text("Filmed: https://youtu.be/dQw4?si=ILWB&t=42.")
        await chats.bench.propose(unit, me, await claims.find(unit, name), summary=summary)
    assert "igsh" in words(await chats.say(5, f"/open {name}"))
    calls = await chats.say(5, f"/approve {name}")
    assert "igsh" not in words(calls)
    (yes,) = [data for data in buttons(calls) if data.startswith("amwords.")]
    calls = await chats.tap_data(5, yes)
    assert "https://www.instagram.com/p/C4x/; " in words(calls)
    assert "Filmed: https://youtu.be/dQw4?t=42." in words(calls)
    (warned,) = [call for call in calls if "could tell who shared" in str(call.params.get("text"))]
    assert short in warned.params["text"]
    assert "instagram" not in warned.params["text"]
