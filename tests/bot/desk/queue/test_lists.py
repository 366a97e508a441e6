"""Lists in a moderator's chat: what a row tells, filters by buttons with counts, /mine and /approved."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.chat.buttons import Act
from bot.desk.decisions import incidents
from bot.desk.decisions import service as decisions_service
from bot.desk.people import service as people_service
from bot.desk.queue import chat as queue_chat
from bot.desk.queue import found as found_screens
from bot.desk.queue import searching
from bot.desk.queue.found import Search
from bot.form.answers import Chosen, FileKind, Precision, When
from bot.reports import claims, withdrawal
from bot.store import files
from bot.transport.call import Call
from db.models import AuditEntry, File
from tests.bench import approve_proposal, text
from tests.bot.chat.chats import Chats, words
from tests.bot.chat.moderating import STORY, enrol, report

ME, OTHER = 5, 6


def labels(calls: list[Call]) -> list[str]:
    """What stands on the buttons."""
    return [str(one["text"]) for one in _keyboard(calls)]


def _keyboard(calls: list[Call]) -> list[dict[str, Any]]:
    rows = [row for call in calls for row in call.params.get("reply_markup", {}).get("inline_keyboard", ())]
    return [one for row in rows for one in row]


async def press(chats: Chats, calls: list[Call], label: str, chat: int = ME) -> list[Call]:
    """Tap the button with this label."""
    (data,) = {one["callback_data"] for one in _keyboard(calls) if one["text"] == label}
    return await chats.tap_data(chat, data)


async def test_a_row_tells_where_when_how_many_files_and_in_which_language(chats: Chats) -> None:
    """And no word of the story; what is held says by whom, what is urgent is marked."""
    ref = await report(chats, urgent=Chosen(("yes",)), when=When(Precision.MONTH, "2026-02"))
    await enrol(chats, ME)
    async with chats.bench.write() as unit:
        found = await claims.find(unit, ref)
        for number in range(3):
            facts = {"attempts": 0, "hour": 1, "kind": FileKind.PHOTO, "meta": b"", "status": files.PENDING}
            unit.session.add(File(id=f"{number:032}", data_key_id=found.data_key_id, **facts))
    chats.bench.later(5)
    said = words(await chats.say(ME, "/queue"))
    assert (
        f"🔴 {ref} · Detained or arrested\nAlmaty · February 2026 · 📎\xa03 · Русский · 🕒\xa05\xa0hours"
        in said
    )
    assert STORY not in said
    await chats.say(ME, f"/open {ref}")
    calls = await chats.say(ME, "/queue")
    calls = await press(chats, calls, "🔎 Filter")
    calls = await press(chats, calls, "📋 State")
    held = await press(chats, calls, "In work · 1")
    assert "🕒\xa05\xa0hours · 👤\xa0Aspan" in words(held)
    assert [call.method for call in held if call.method != "answerCallbackQuery"] == ["editMessageText"]


async def test_the_queue_is_narrowed_down_by_buttons_that_tell_how_many_there_would_be(chats: Chats) -> None:
    """Three taps for a category, two for what is urgent; a filter is added to the one before, and taken back."""
    refs = [
        await report(chats, category=Chosen((category,)), region=Chosen((region,)), urgent=Chosen((urgent,)))
        for category, region, urgent in (
            ("detention", "KZ-75", "no"),
            ("detention", "KZ-71", "yes"),
            ("violence", "KZ-75", "no"),
            ("violence", "KZ-75", "yes"),
        )
    ]
    await enrol(chats, ME)
    menu = await press(chats, await chats.say(ME, "/queue"), "🔎 Filter")
    assert {"📂 Category", "📍 Region", "🔴 Urgent · 2", "⏳ Asked · 0"} <= set(labels(menu))
    choices = await press(chats, menu, "📂 Category")
    assert {"Detained or arrested · 2", "Violence, torture, death · 2"} <= set(labels(choices))
    assert not [one for one in labels(choices) if one.endswith("· 0")]
    shown = await press(chats, choices, "Violence, torture, death · 2")
    assert "Nobody’s · Violence, torture, death: 2" in words(shown)
    assert [ref for ref in refs if ref in words(shown)] == refs[2:]
    menu = await press(chats, shown, "🔎 Filter")
    assert {"🔴 Urgent · 1", "✖️ Reset"} <= set(labels(menu))
    shown = await press(chats, menu, "🔴 Urgent · 1")
    assert [ref for ref in refs if ref in words(shown)] == refs[3:]
    menu = await press(chats, shown, "🔎 Filter")
    assert "✓ 🔴 Urgent" in labels(menu)
    region = await press(chats, menu, "📍 Region")
    assert [one for one in labels(region) if "·" in one] == ["Almaty · 1"]
    shown = await press(chats, region, "Almaty · 1")
    assert [ref for ref in refs if ref in words(shown)] == refs[3:]
    whole = await press(chats, shown, "◀️ The whole queue")
    assert {ref for ref in refs if ref in words(whole)} == {*refs}
    older = await press(chats, await press(chats, whole, "🔎 Filter"), "🕒 Age")
    assert [one for one in labels(older) if "older" in one] == []
    chats.bench.later(25)
    older = await press(chats, await press(chats, whole, "🔎 Filter"), "🕒 Age")
    assert [one for one in labels(older) if "older" in one] == ["older than 1 day · 4"]


async def test_a_row_names_the_incident_and_says_what_is_set_aside(chats: Chats) -> None:
    """The incident of each by one statement; what is set aside has a list of its own, and stands in that of what was asked."""
    refs = [await report(chats) for _ in range(3)]
    await enrol(chats, ME)
    async with chats.bench.write() as unit:
        moderator = (await people_service.list_moderators(unit))[0]
        first, second, third = [await claims.find(unit, ref) for ref in refs]
        await claims.claim(unit, moderator, first)
        incident = await incidents.join(unit, moderator, first, second.ref)
        await claims.release(unit, moderator, first)
        await claims.claim(unit, moderator, third)
        third.waits = True
        await decisions_service.set_aside(unit, moderator, third)
    queue = words(await chats.say(ME, "/queue"))
    assert queue.count(f" · 🔗\xa0{incident.ref}") == 2
    assert third.ref not in queue
    menu = await press(chats, await press(chats, await chats.say(ME, "/queue"), "🔎 Filter"), "📋 State")
    aside = words(await press(chats, menu, "Set aside · 1"))
    assert f"Set aside: 1\n\n{third.ref} · " in aside
    assert "🕒\xa0less than an hour · ⏸ set aside · ⏳ asked" in aside
    assert not [ref for ref in refs[:2] if ref in aside]


async def test_whoever_holds_reports_finds_them_and_what_was_approved(chats: Chats) -> None:
    """/mine is one's own alone; /approved has the newest first."""
    refs = [await report(chats) for _ in range(4)]
    for chat, alias in ((ME, "Aspan"), (OTHER, "Boran")):
        await enrol(chats, chat, alias)
    assert "no such reports" in words(await chats.say(ME, "/approved"))
    for chat, ref in ((ME, refs[0]), (OTHER, refs[1])):
        await chats.say(chat, f"/open {ref}")
    mine = words(await chats.say(ME, "/mine"))
    assert (refs[0] in mine, refs[1] in mine, "Mine: 1" in mine) == (True, False, True)
    for ref in refs[2:]:
        chats.bench.later(3)
        async with chats.bench.write() as unit:
            moderator = (await people_service.list_moderators(unit))[0]
            found = await claims.find(unit, ref)
            await chats.bench.propose(unit, moderator, found)
            await approve_proposal(unit, moderator, found)
    chats.bench.later(2)
    said = words(await chats.say(ME, "/approved"))
    assert said.index(refs[3]) < said.index(refs[2])
    assert "✅\xa02\xa0hours" in said
    assert "✅\xa05\xa0hours" in said


async def test_a_button_that_leads_nowhere_says_so(chats: Chats, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forged filter, one of a choice that is gone, a page that is gone."""
    monkeypatch.setattr(queue_chat, "QUEUE_PAGE", 2)
    refs = []
    for _ in range(3):
        refs.append(await report(chats))
        chats.bench.later(1)
    await enrol(chats, ME)
    for forged in (Act("mlist", "?"), Act("mlist", "wCzzzz"), Act("mfilt", "w", "?"), Act("mfilt", "")):
        (call,) = await chats.tap(ME, forged)
        assert (call.method, call.params["show_alert"]) == ("answerCallbackQuery", True)
    calls = await chats.say(ME, "/queue")
    (turn,) = [one["callback_data"] for one in _keyboard(calls) if one["text"] == "More ▶️"]
    await chats.say(ME, f"/open {refs[2]}")
    answer, shown = await chats.tap_data(ME, turn)
    assert "has changed" in answer.params["text"]
    assert [ref for ref in refs if f"{ref} ·" in words([shown])] == refs[:2]


async def found(chats: Chats, calls: list[Call]) -> list[Call]:
    """What is owed for a search, made as the sender makes it."""
    (owed,) = [call for call in calls if "text" in call.attach]
    kind, _, spec = owed.attach["text"].partition(":")
    assert kind == "search"
    made = await Search(chats.bench.read, chats.renderer)(spec)
    return [Call(owed.method, {**owed.params, **made})]


async def told(chats: Chats, story: str, **more: Any) -> str:
    """A report with this story; its reference."""
    async with chats.bench.write() as unit:
        return (await chats.bench.submit(unit, story=text(story), **more)).report.ref


async def below(chats: Chats, calls: list[Call], label: str) -> list[Call]:
    """The button with this label is tapped, of the message whose text Telegram brings back with it."""
    (data,) = {one["callback_data"] for one in _keyboard(calls) if one["text"] == label}
    tapped = chats.tapped(ME, data)
    shown = [call.params["text"] for call in calls if call.method != "answerCallbackQuery"]
    tapped["callback_query"]["message"]["text"] = shown[-1]
    return await chats.batch(tapped)


async def test_words_of_the_story_are_found_whoever_holds_the_report(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In any case, without the letters of a language, as parts of words, all of them in one story; narrowed down by the filter, which
    keeps the words; further from where a page ended. Nothing of a story is said, and the log has no word."""
    monkeypatch.setattr(found_screens, "MOST_SHOWN", 2)
    refs = [
        await told(chats, "Адамдарды Қала әкімдігінің алаңында ұстады"),
        await told(chats, "Людей задержали у акимата на площади", region=Chosen(("KZ-71",))),
        await told(chats, "Suspended article about a flood"),
        await told(chats, "На площади у АКИМАТА разогнали"),
        await told(chats, "У акимата на площадях стояли"),
    ]
    for chat, alias in ((ME, "Aspan"), (OTHER, "Boran")):
        await enrol(chats, chat, alias)
    await chats.say(OTHER, f"/open {refs[3]}")
    first = await found(chats, await chats.say(ME, "/search  акимат   ПЛОЩАД"))
    assert words(first).startswith("🔤 акимат ПЛОЩАД\n\nAll")
    asked = await below(chats, first, "Look further ▶️")
    assert {call.method for call in asked if "text" in call.attach} == {"editMessageText"}
    second = await found(chats, asked)
    shown = [ref for ref in refs for page in (first, second) if f"{ref} ·" in words(page)]
    assert sorted(shown) == sorted([refs[1], refs[3], refs[4]])
    assert "👤\xa0Boran" in words([*first, *second])
    assert "разогнали" not in words([*first, *second])
    kazakh = await found(chats, await chats.say(ME, "/search акимдиг қала"))
    assert [ref for ref in refs if ref in words(kazakh)] == refs[:1]
    menu = await below(chats, first, "🔎 Filter")
    assert words(menu).strip().startswith("🔤 акимат ПЛОЩАД\n\n")
    regions = await below(chats, menu, "📍 Region")
    narrowed = await found(chats, await below(chats, regions, "Astana · 1"))
    assert [ref for ref in refs if ref in words(narrowed)] == [refs[1]]
    nothing = await found(chats, await chats.say(ME, "/search небывалое"))
    assert words(nothing).endswith("Nothing was found. 5 stories were looked through.")
    async with chats.bench.read() as unit:
        entries = await unit.session.scalars(
            select(AuditEntry).order_by(AuditEntry.id).where(AuditEntry.act == "search")
        )
        assert {(one.actor, one.subject, one.detail.partition(" ")[0]) for one in entries} == {
            ("Aspan", "", "words")
        }


async def test_what_is_no_word_is_searched_for_otherwise(chats: Chats) -> None:
    """A reference, days, nothing at all, too little; a reply to the question for words; a tap of a message that says no words."""
    march = await report(chats, when=When(Precision.DAY, "2026-03-08", "2026-03-08"))
    april = await report(chats, when=When(Precision.MONTH, "2026-04"))
    await enrol(chats, ME)
    assert f"{march} · Detained" in words(await chats.say(ME, f"/search {march.lower()}"))
    for typed, expected in (
        ("2026-03", {march}),
        ("08.03.2026", {march}),
        ("2026", {march, april}),
        ("2026-04-01 2026-03-08", {march, april}),
        ("2026-04-02 2026-05-01", set[str]()),
    ):
        said = words(await chats.say(ME, f"/search {typed}"))
        assert {ref for ref in (march, april) if ref in said} == expected, typed
    menu = await chats.say(ME, "/search")
    assert "All: 2" in words(menu)
    asked = await press(chats, menu, "🔤 By words")
    (question,) = [call.params["text"] for call in asked if call.method == "sendMessage"]
    made = await found(chats, await chats.reply(ME, "people HELD", question))
    assert {ref for ref in (march, april) if ref in words(made)} == {march, april}
    assert "/search akimat" in words(await chats.say(ME, "/search ?!"))
    (stale,) = await chats.tap(ME, Act("mseek", "x"))
    assert stale.params["show_alert"]


async def test_tags_and_grades_are_found_in_the_newest_public_version(chats: Chats) -> None:
    """Whatever became of it and whoever holds it, alone or with words; a version that was replaced is not looked at. The log says what kind
    was searched for."""
    refs = [await told(chats, "akimat"), await told(chats, "court"), await told(chats, "akimat")]
    await enrol(chats, ME)
    floods, replaced = text("floods_2024, Қаңтар"), text("other")
    async with chats.bench.write() as unit:
        moderator = (await people_service.list_moderators(unit))[0]
        first, second, _ = [await claims.find(unit, ref) for ref in refs]
        for one in (first, second):
            await claims.claim(unit, moderator, one)
        await chats.bench.propose(unit, moderator, first, tags=floods, reliability=Chosen(("R1",)))
        await approve_proposal(unit, moderator, first)
        await chats.bench.propose(unit, moderator, second, tags=floods, credibility=Chosen(("C3",)))
        await chats.bench.propose(unit, moderator, second, tags=replaced, reliability=Chosen(("R1",)))
    for typed, expected in (
        ("#FLOODS_2024", [0]),
        ("#кантар", [0]),
        ("#floods", []),
        ("R1", [0, 1]),
        ("С3", [1]),  # with a Cyrillic letter; an edit begins from the version before
        ("court r1", [1]),
        ("#other R1 court", [1]),
        ("#floods_2024 court", []),
    ):
        shown = words(await found(chats, await chats.say(ME, f"/search {typed}")))
        assert [place for place, ref in enumerate(refs) if ref in shown] == expected, typed
        assert ("stories were" in shown or "story was" in shown) == ("court" in typed), typed
    assert "2 records were looked through." in words(await found(chats, await chats.say(ME, "/search R1")))
    menu = await press(chats, await chats.say(ME, "/search"), "⭐ By assessment")
    tapped = await found(chats, await press(chats, menu, "Highly reliable"))
    assert [ref for ref in refs if ref in words(tapped)] == refs[:2]
    (stale,) = await chats.tap(ME, Act("mgrade", "R9"))
    assert stale.method == "answerCallbackQuery"
    async with chats.bench.read() as unit:
        kept = await unit.session.scalars(
            select(AuditEntry.detail).order_by(AuditEntry.id).where(AuditEntry.act == "search")
        )
        assert {one.split()[0] for one in kept} == {
            "tags",
            "grades",
            "words+grades",
            "words+tags+grades",
            "words+tags",
        }


async def test_a_moderator_searches_so_often_within_a_day(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others still can, and so can they a day later; lists cost nothing of it."""
    monkeypatch.setattr(searching, "MOST_A_DAY", 2)
    await report(chats)
    for chat, alias in ((ME, "Aspan"), (OTHER, "Boran")):
        await enrol(chats, chat, alias)
    for typed in ("akimat", "#tag"):
        await found(chats, await chats.say(ME, f"/search {typed}"))
    assert "2 times within a day" in words(await chats.say(ME, "/search R1"))
    assert "In the queue: 1" in words(await chats.say(ME, "/queue"))
    await found(chats, await chats.say(OTHER, "/search akimat"))
    chats.bench.later(24)
    await found(chats, await chats.say(ME, "/search akimat"))


async def test_a_search_opens_no_more_than_it_may_at_a_time(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it says how many it has opened and goes on when it is asked to. What was destroyed is passed over."""
    monkeypatch.setattr(found_screens, "MOST_OPENED", 2)
    monkeypatch.setattr(searching, "AT_ONCE", 1)
    oldest = await told(chats, "a flood")
    for _ in range(3):
        chats.bench.later(1)
        await report(chats)
    async with chats.bench.write() as unit:
        gone = await chats.bench.submit(unit)
        await withdrawal.withdraw(unit, gone.report)
    await enrol(chats, ME)
    first = await found(chats, await chats.say(ME, "/search flood"))
    assert words(first).endswith("2 stories were looked through.")
    second = await found(chats, await below(chats, first, "Look further ▶️"))
    assert oldest in words(second)
