"""What a reporter allowed decides what leaves, from the first export on, and can be taken back."""

import asyncio
import json
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from zipfile import ZipFile

import aiohttp
import pytest

from bot.local_api.client import PhoneError
from bot.local_api.server import LocalBotApi
from tests.end_to_end.conftest import Machine, MakeModerator, MakeReporter
from tests.end_to_end.exports import read_csv, read_jsonl
from tests.end_to_end.moderating import Moderator, Public, is_export, refs_in
from tests.end_to_end.reporting import SIMPLE, Reporter

CONSENTS = ("publish_no_names", "share_trusted", "statistics_only")


def version(title: str) -> Public:
    """As little as can be approved."""
    return Public({"title": title, "summary": "Описание.", "kind": "incident"})


async def approve_next(moderator: Moderator, title: str = "Заголовок") -> str:
    """Take the next report, write a version, approve it; what the preview said of its use."""
    assert await moderator.next()
    await moderator.edit(version(title))
    await moderator.preview()
    use = moderator.phone.last.text
    await moderator.confirm()
    return use


async def test_only_a_report_that_may_be_published_becomes_a_row(
    reporter: MakeReporter, aida: Moderator
) -> None:
    """Of one report for each consent, all approved, one is exported; the others are only counted."""
    for number, consent in enumerate(CONSENTS):
        one = await reporter(1001 + number, "ru")
        await one.report(replace(SIMPLE, consent=consent))
        assert aida.word(f"moderator.use.{consent}") in await approve_next(aida, consent)
    counts = {"rows": 1, "events": 1, "shared": 1, "counted": 1, "idle": 10}
    for number, (format_, read) in enumerate((("csv", read_csv), ("jsonl", read_jsonl)), 1):
        caption = aida.word("moderator.export.caption", number=number, **counts)
        document = await aida.exported(format_)
        rows = read(await aida.phone.download(document))
        assert [row["title"] for row in rows] == ["publish_no_names"]
        assert document.text == caption


async def test_a_withdrawn_report_is_gone_from_the_next_export(
    anna: Reporter, aida: Moderator, dana: Moderator
) -> None:
    """After an approved report is withdrawn no export has it, no moderator's chat shows it, all moderators
    know, and its code is worth nothing."""
    code = await anna.report(SIMPLE)
    await approve_next(aida, "Отозванное")
    assert len(read_csv(await aida.export("csv"))) == 1
    ref, notice = aida.ref, "moderator.notice.withdrawn"

    begun = {one: one.phone.seq for one in (aida, dana)}
    await anna.withdraw(code)
    for one in (aida, dana):
        await one.phone.wait(one.word(notice, ref=ref), since=begun[one])
        assert not [shown.text for shown in one.phone.messages if "Отозванное" in shown.text]
        assert not [shown.text for shown in one.phone.messages if SIMPLE.story[0] in shown.text]
    await aida.command("/export csv")
    await aida.phone.wait(aida.word("moderator.export.empty", shared=0, counted=0))
    await aida.command(f"/open {ref}")
    await aida.phone.wait(aida.word("state.is_withdrawn"))
    for command in ("status", "withdraw"):
        await anna.command(f"/{command} {code}")
        await anna.phone.wait(anna.word("receipt.unknown"))


async def test_a_withdrawal_after_an_export_is_told_to_whoever_has_to_know(
    reporter: MakeReporter, aida: Moderator, moderator: MakeModerator
) -> None:
    """The reporter reads by code, and when withdrawing, that a file holds the record and cannot be called back; administrators which file it
    is. The next export lacks it, and what has not changed is not in one of what has."""
    erlan = await moderator(2003, "Erlan", "ru", "admin")
    anna, other = await reporter(1001, "ru"), await reporter(1002, "kk")
    code = await anna.report(SIMPLE)
    await approve_next(aida, "Отозванное")
    ref = aida.ref
    await other.report(SIMPLE)
    await approve_next(aida, "Другое")
    document = await aida.exported("csv", by_buttons=True)
    assert sorted(row["title"] for row in read_csv(await aida.phone.download(document))) == [
        "Другое",
        "Отозванное",
    ]
    await aida.phone.wait(aida.word("moderator.export.made", number=1, rows=2, files=1), since=0)
    beside = await aida.phone.wait(lambda bubble: bool(bubble.files) and not is_export(bubble), since=0)
    with ZipFile(BytesIO(await aida.phone.download(beside))) as files:
        (name,) = (one for one in files.namelist() if one.endswith("manifest.json"))
        told = json.loads(files.read(name))
    assert (told["export"], told["by"], told["rows"]) == (1, "Aida", 2)
    assert told["files"][0]["sha256"] == sha256(await aida.phone.download(document)).hexdigest()

    day = told["made"][:10]
    held = anna.word("reporter.exported", number=1, since=anna.shown_date(day))
    await anna.command(f"/status {code}")
    await anna.phone.wait(lambda bubble: held in bubble.text)
    await anna.press_word("reporter.code.withdraw")
    await anna.phone.wait(
        lambda bubble: anna.word("reporter.withdraw.sure") in bubble.text and held in bubble.text
    )
    begun = erlan.phone.seq
    await anna.press_word("reporter.withdraw.yes")
    await anna.phone.wait(
        lambda bubble: anna.word("reporter.withdraw.done") in bubble.text and held in bubble.text
    )
    shown = erlan.shown_date(day)
    line = erlan.word("moderator.notice.exported.line", number=1, day=shown, who="Aida", format="CSV")
    notice = erlan.word("moderator.notice.exported", ref=ref, number=1, since=shown, exports=line)
    await erlan.phone.wait(notice, since=begun)
    assert not [shown.text for shown in aida.phone.messages if line in shown.text]
    assert [row["title"] for row in read_csv(await aida.export("csv"))] == ["Другое"]
    await aida.command("/export csv changed=last")
    await aida.phone.wait(aida.word("moderator.export.nothing", number=3))


async def test_a_withdrawal_can_be_thought_better_of(anna: Reporter, aida: Moderator) -> None:
    """The other button keeps the report."""
    code = await anna.report(SIMPLE)
    await anna.command(f"/withdraw {code}")
    await anna.press_word("reporter.withdraw.no")
    assert await aida.next()
    await anna.command(f"/status {code}")
    await anna.phone.wait(anna.word("reporter.status.claimed"))


async def test_a_report_withdrawn_under_a_moderators_hands_takes_the_open_edit_along(
    anna: Reporter, aida: Moderator
) -> None:
    """The moderator, who is in the middle of the edit, is told, can do nothing to it any more, and goes on
    with another report."""
    code = await anna.report(SIMPLE)
    assert await aida.next()
    await aida.begin_edit()
    await aida.turn_back()
    screen = aida.phone.last
    save = next(button for button in screen.buttons if button.label == aida.word("flow.send"))
    begun = aida.phone.seq
    await anna.withdraw(code)
    await aida.phone.wait(aida.word("moderator.notice.withdrawn", ref=aida.ref), since=begun)
    assert save.data is not None
    assert await aida.answer_to(screen, save.data) == aida.word("moderator.tap.closed")
    await aida.write("Тайный заголовок")
    await aida.phone.wait(aida.word("menu.ask"))
    await anna.report(SIMPLE)
    await approve_next(aida)
    assert len(read_csv(await aida.export("csv"))) == 1


async def test_a_withdrawal_and_the_moderators_edit_in_one_batch_leave_nothing(
    anna: Reporter, aida: Moderator, machine: Machine
) -> None:
    """While the bot is down the reporter withdraws and the moderator writes; started again, it reads both at
    once: the report is gone, nobody is stuck."""
    code = await anna.report(SIMPLE)
    assert await aida.next()
    await aida.begin_edit()
    await anna.command(f"/withdraw {code}")
    await anna.phone.wait(anna.word("reporter.withdraw.sure"))
    await machine.stop()
    begun = aida.phone.seq
    await anna.press_word("reporter.withdraw.yes")
    await aida.write("Тайный заголовок")
    await machine.start()
    await anna.phone.wait(anna.word("reporter.withdraw.done"))
    await aida.phone.wait(aida.word("moderator.notice.withdrawn", ref=aida.ref), since=begun)
    assert not [shown.text for shown in aida.phone.messages if SIMPLE.story[0] in shown.text]
    await anna.report(SIMPLE)
    await approve_next(aida)


async def test_two_taps_on_the_withdrawal_withdraw_once(anna: Reporter, aida: Moderator) -> None:
    """A second tap on the same button is answered and changes nothing; moderators are told once."""
    code = await anna.report(SIMPLE)
    await anna.command(f"/withdraw {code}")
    asked = await anna.phone.wait(anna.word("reporter.withdraw.sure"))
    begun = aida.phone.seq
    data = asked.buttons[0].data or ""
    answers = len(anna.phone.callback_answers)
    await asyncio.gather(*(anna.phone.tap_data(asked.id, data, force=True) for _ in range(2)))
    await anna.phone.until(lambda: len(anna.phone.callback_answers) == answers + 2)
    notice = await aida.phone.wait(lambda bubble: "отозвано" in bubble.text, since=begun)
    told = [shown for shown in aida.phone.messages if shown.text == notice.text]
    assert len(told) == 1
    with pytest.raises(PhoneError):
        await anna.phone.tap_data(asked.id, data)


async def test_what_was_on_its_way_to_a_moderator_is_taken_back_too(
    anna: Reporter, aida: Moderator, api: LocalBotApi
) -> None:
    """A report is withdrawn while a message of it is under way: nothing of it stays in the moderator's chat."""
    code = await anna.report(SIMPLE)
    await anna.command(f"/withdraw {code}")
    await anna.phone.wait(anna.word("reporter.withdraw.sure"))
    # Telegram has delivered the message long before it says so to the bot.
    slow = {"method": "sendMessage", "chat_id": aida.phone.user_id, "delay_after": 1.5}
    async with aiohttp.ClientSession() as http, http.post(f"{api.url}/control/failures", json=slow) as done:
        assert done.status == 200
    await aida.command("/next")
    await aida.phone.wait(SIMPLE.story[0])
    ref = refs_in(aida.phone.last.text)[0]
    await anna.press_word("reporter.withdraw.yes")
    await anna.phone.wait(anna.word("reporter.withdraw.done"))
    await aida.phone.wait(aida.word("moderator.notice.withdrawn", ref=ref))
    await aida.phone.until(lambda: not any(SIMPLE.story[0] in bubble.text for bubble in aida.phone.messages))
