"""Moderators ask the reporter of a report that they hold: the talk on the card, questions, contacts, the list of what waits, notices."""

from collections.abc import Sequence

import pytest

from bot.chat.buttons import Act
from bot.desk.asking import service as asking_service
from bot.desk.notices import chat as notices_chat
from bot.desk.people import service as people_service
from bot.desk.queue import chat as queue_chat
from bot.desk.queue.service import ASKED
from bot.form.answers import Chosen
from bot.form.xlsform.own_columns import with_contacts
from bot.form.xlsform.sheets import ANY
from bot.reports import approvals, claims
from bot.reports.talk import messages
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import MessageContent, Sign
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import DraftRow, Moderator, Report
from tests.bench import Bench, count
from tests.bot.chat.chats import TEXTS, Chats
from tests.bot.chat.moderating import enrol
from tests.bot.reports.talking import ME, Talk, buttons, said, text

DESK, COLLEAGUE = 5, 6
FRESH = text("moderator.age.fresh", "en")
WAITS = text("moderator.talk.waits", "en", alias="Aspan", age=FRESH)


@pytest.fixture
async def talk(bench: Bench) -> Talk:
    """A report whose reporter agreed to be asked, and a moderator at DESK who holds it."""
    chats = Chats(bench)
    await enrol(chats, DESK)
    return await another(chats)


async def another(chats: Chats, chat_id: int | None = ME, **told: Chosen) -> Talk:
    """One more report, which is held at DESK."""
    async with chats.bench.write() as unit:
        receipt = await chats.bench.submit(unit, chat_id, **told)
        (moderator, *_) = await people_service.list_moderators(unit)
        await claims.claim(unit, moderator, receipt.report)
    return Talk(chats, receipt, moderator.id)


def ref(talk: Talk) -> str:
    """The report's reference."""
    return talk.receipt.report.ref


async def card(talk: Talk, chat: int = DESK) -> str:
    """What /open shows."""
    return said(await talk.chats.say(chat, f"/open {ref(talk)}"))


async def tell(talk: Talk, told: str, *asked: int) -> None:
    """The reporter answers these questions."""
    async with talk.bench.write() as unit:
        report = await unit.session.get_one(Report, talk.receipt.report.id)
        await talk_service._tell(unit, report, MessageContent(told, hour=unit.hour), frozenset(asked))


async def notices(talk: Talk) -> dict[object, str]:
    """What the announcer owes moderators of what reporters told, by chats."""
    async with talk.bench.write() as unit:
        outbox = Outbox(unit)
        found = await approvals.take_told(unit, await approvals.told(unit))
        await notices_chat.notify_told(notices_chat.Post(talk.chats.renderer, unit, outbox), found)
        await outbox.write()
    calls = [Call.load(talk.bench.safe.ring, row) for row in outbox.rows]
    assert len({call.params["chat_id"] for call in calls}) == len(calls)
    return {call.params["chat_id"]: call.params["text"] for call in calls}


async def test_the_card_shows_the_talk_in_order_with_what_is_new_and_what_waits(talk: Talk) -> None:
    """Who said it, when, in the moderator's language; what was shown once is not new any more."""
    await talk.ask("when", own="Who <saw> it?")
    await tell(talk, "At noon", 1)
    async with talk.bench.write() as unit:
        report = await unit.session.get_one(Report, talk.receipt.report.id)
        await talk_service.sign(unit, report, Sign.URGENT)
    shown = await card(talk)
    ready = text("talk.ready.when", "en")
    lines = [ready, "Who &lt;saw&gt; it?", "At noon", text("moderator.talk.sign.urgent", "en")]
    assert sorted(lines, key=shown.index) == lines
    assert WAITS + "\nWho" in shown
    assert text("moderator.talk.moderator", "en", alias="Aspan", age=FRESH) + f"\n{ready}" in shown
    assert shown.count(text("moderator.talk.new", "en", age=FRESH)) == 2
    facts: dict[str, str | int] = {"language": "Русский", "n": talk.bench.settings.talk_days}
    assert TEXTS.text("en", "moderator.talk.reached", facts) in shown
    again = await card(talk)
    assert text("moderator.talk.new", "en", age=FRESH) not in again
    assert again.count(text("moderator.talk.reporter", "en", age=FRESH)) == 2
    report = await talk.report()
    assert (report.unread, report.untold, report.waits) == (False, False, True)


async def test_a_card_says_when_a_reporter_has_to_come_by_the_code(talk: Talk) -> None:
    """And in which language they speak; a question says the same."""
    silent = await another(talk.chats, None)
    by_code = TEXTS.text("en", "moderator.talk.by_code", {"language": "Русский"})
    assert (by_code in await card(silent), by_code in await card(talk)) == (True, False)
    for one, key in ((talk, "moderator.asked"), (silent, "moderator.asked.by_code")):
        calls = await one.chats.tap(DESK, Act("masks", ref(one), "where"))
        assert said(calls) == text(key, "en", ref=ref(one))
        assert await one.waits() == [True]


async def test_ask_offers_what_is_ready_and_own_words(talk: Talk) -> None:
    """By its button too; it claims the report. Nobody else can ask of what is held."""
    for calls in (
        await talk.chats.say(DESK, f"/ask {ref(talk)}"),
        await talk.chats.tap(DESK, Act("maskq", ref(talk))),
    ):
        ready = {f"amaskr.{ref(talk)}.{name}" for name in asking_service.READY}
        assert {*buttons(calls).values()} == ready | {f"amasko.{ref(talk)}.", "amkeep.."}
    await enrol(talk.chats, COLLEAGUE, "Teniz")
    held = text("moderator.held", "en", ref=ref(talk), alias="Aspan")
    for verb, *name in (("maskq",), ("maskr", "when"), ("masks", "when"), ("masko",)):
        assert said(await talk.chats.tap(COLLEAGUE, Act(verb, ref(talk), *name))) == held
    stale = await talk.chats.tap(DESK, Act("masks", ref(talk), "contacts"))
    assert text("reporter.tap.stale", "en") in str([call.params for call in stale])
    assert not await talk.talk()


async def test_a_ready_question_is_seen_as_its_reporter_will_read_it_before_it_is_sent(talk: Talk) -> None:
    """And in the moderator's language too; nothing is asked by that. Sent, it is asked once, however often the button is tapped."""
    shown = await talk.chats.tap(DESK, Act("maskr", ref(talk), "when"))
    facts = {"ref": ref(talk), "language": "Русский"}
    in_both = (
        text("talk.ready.when", "ru"),
        text("moderator.ask.meaning", "en", text=text("talk.ready.when", "en")),
    )
    assert said(shown) == "\n\n".join((TEXTS.text("en", "moderator.ask.preview", facts), *in_both))
    assert not await talk.talk()
    offered = buttons(shown)
    another = text("moderator.ask.another", "en")
    assert {*buttons(await talk.press(shown, another, DESK)).values()} >= {f"amaskr.{ref(talk)}.when"}
    send = text("moderator.ask.flow.send", "en")
    assert said(await talk.press(shown, send, DESK)) == text("moderator.asked", "en", ref=ref(talk))
    for data in (offered[send], f"amaskr.{ref(talk)}.when"):
        assert said(await talk.chats.tap_data(DESK, data)) == text("talk.ask.waits", "en", ref=ref(talk))
    assert [one.words.ready for one in await talk.talk()] == ["when"]
    same = await talk.chats.say(DESK, "/language")
    await talk.press(same, "Русский", DESK)
    assert (
        text("talk.ready.where", "ru")
        == said(await talk.chats.tap(DESK, Act("maskr", ref(talk), "where"))).partition("\n\n")[2]
    )


async def test_words_at_the_review_of_a_question_are_not_added_and_that_is_said(talk: Talk) -> None:
    """In a message that leaves the chat with what is shown of the report, and may not be passed on."""
    calls = await begin_own(talk)
    for key in ("flow.done", "flow.skip"):
        calls = await talk.press(calls, text(key, "en"), DESK)
    await talk.deliver(talk.chats.rows)
    (told,) = await talk.chats.say(DESK, "And why?")
    facts = {
        "text": "And why?",
        "send": text("moderator.ask.flow.send", "en"),
        "edit": text("flow.edit", "en"),
    }
    assert told.params["text"] == text("moderator.ask.unadded", "en", **facts)
    assert told.params["protect_content"]
    assert talk.chats.rows[-1].report_id == talk.receipt.report.id
    await talk.press(calls, text("moderator.ask.flow.send", "en"), DESK)
    assert [one.words.text for one in await talk.talk()] == ["Who saw it?"]


async def begin_own(talk: Talk, own: str = "Who saw it?") -> Sequence[Call]:
    """A question in own words, not sent yet."""
    await talk.chats.tap(DESK, Act("masko", ref(talk)))
    return await talk.chats.say(DESK, own)


async def send_own(talk: Talk, calls: Sequence[Call]) -> Sequence[Call]:
    """On to its end."""
    for key in ("flow.done", "flow.skip", "moderator.ask.flow.send"):
        calls = await talk.press(calls, text(key, "en"), DESK)
    return calls


async def test_a_question_in_own_words_is_a_form_that_is_sent_once(talk: Talk) -> None:
    """Its buttons speak of a question; nothing is asked of nobody, and dropped it is gone."""
    calls = await begin_own(talk)
    assert text("moderator.ask.flow.cancel", "en") in buttons(calls)
    await talk.chats.say(DESK, "/cancel")
    dropped = await talk.chats.say(DESK, text("moderator.ask.flow.cancel.sure", "en"))
    assert said(dropped) == text("moderator.ask.dropped", "en")
    assert not await talk.talk()
    calls = await send_own(talk, await begin_own(talk))
    assert said(calls) == text("moderator.asked", "en", ref=ref(talk))
    (asked,) = await talk.talk()
    assert (asked.words.text, asked.words.alias, asked.from_reporter) == ("Who saw it?", "Aspan", False)
    async with talk.bench.read() as unit:
        assert await count(unit, DraftRow) == 0


async def test_a_copy_of_the_prompt_from_before_a_question_was_written_does_not_empty_it(talk: Talk) -> None:
    """The bot was killed after its prompt, so that it came twice, and one copy still offers to skip."""
    first = await talk.chats.tap(DESK, Act("masko", ref(talk)))
    await talk.chats.say(DESK, "Who saw it?")
    again = await talk.press(first, text("flow.skip", "en"), DESK)
    assert text("flow.gone", "en") in said(again)
    await send_own(talk, again)
    assert [one.words.text for one in await talk.talk()] == ["Who saw it?"]


async def test_a_question_that_leads_its_reporter_out_is_not_sent(talk: Talk) -> None:
    """It stays open and says what must go."""
    refused = await send_own(
        talk, await begin_own(talk, "Look at https://evil.example/p, or write to t.me/x")
    )
    assert "https://evil.example/p; t.me/x" in said(refused)
    assert not await talk.talk()
    async with talk.bench.read() as unit:
        assert await count(unit, DraftRow) == 1


async def test_a_form_that_is_open_is_not_lost_to_a_question_nor_a_question_to_an_edit(talk: Talk) -> None:
    """Each says what is open; a ready question needs no form."""
    await begin_own(talk)
    assert said(await talk.chats.say(DESK, f"/edit {ref(talk)}")) == text(
        "moderator.edit.question_open", "en"
    )
    other = await another(talk.chats)
    refused = await talk.chats.tap(DESK, Act("masko", ref(other)))
    assert text("talk.ask.other_open", "en") in str([call.params for call in refused])
    await talk.chats.tap(DESK, Act("masks", ref(other), "when"))
    assert await other.waits() == [True]
    assert "Who saw it?" in said(await talk.chats.tap(DESK, Act("masko", ref(talk))))
    await send_own(talk, await talk.chats.tap(DESK, Act("masko", ref(talk))))
    assert [one.words.text for one in await talk.talk()] == ["Who saw it?"]


async def test_a_question_that_is_being_written_goes_when_the_report_passes_on(talk: Talk) -> None:
    """What was asked stays, under the alias of whoever asked."""
    await talk.ask("when")
    await begin_own(talk)
    await enrol(talk.chats, COLLEAGUE, "Teniz")
    await talk.chats.say(DESK, f"/release {ref(talk)}")
    shown = await card(talk, COLLEAGUE)
    assert WAITS in shown
    assert "Who saw it?" not in shown
    async with talk.bench.read() as unit:
        assert await count(unit, DraftRow) == 0


async def test_a_reporter_is_asked_only_so_much(talk: Talk) -> None:
    """At one time, and within a day; the next day goes on."""
    for name in asking_service.READY[: asking_service.MOST_OPEN]:
        await talk.chats.tap(DESK, Act("masks", ref(talk), name))
    much = text("talk.ask.enough_open", "en", ref=ref(talk), n=asking_service.MOST_OPEN)
    for act in (Act("masks", ref(talk), "safe"), Act("masko", ref(talk))):
        assert said(await talk.chats.tap(DESK, act)) == much
    for number in range(asking_service.MOST_OPEN + 1, asking_service.MOST_A_DAY + 1):
        await tell(talk, "All of it", *range(1, 3 * number))
        await talk.chats.tap(DESK, Act("masks", ref(talk), "when"))
    await tell(talk, "All of it", *range(1, 99))
    much = text("talk.ask.enough_today", "en", ref=ref(talk), n=asking_service.MOST_A_DAY)
    assert said(await talk.chats.tap(DESK, Act("masks", ref(talk), "safe"))) == much
    talk.bench.later(24)
    assert text("moderator.asked", "en", ref=ref(talk)) == said(
        await talk.chats.tap(DESK, Act("masks", ref(talk), "safe"))
    )


async def test_contacts_go_out_from_the_notice_of_an_urgent_report_once(talk: Talk) -> None:
    """To a reporter who can be reached, whoever holds it, where the operator has set any; it asks nothing."""
    bench = talk.bench
    urgent = Chosen(("yes",))
    reached, silent = await another(talk.chats, urgent=urgent), await another(talk.chats, None, urgent=urgent)
    assert [data for data in buttons(await talk.chats.announce()).values() if "mcontacts" in data] == []
    assert text("reporter.tap.stale", "en") in str(
        [call.params for call in await talk.chats.tap(DESK, Act("mcontacts", ref(reached)))]
    )
    helped = with_contacts(bench.forms["report"], {"lawyer": {ANY: "+7 700"}})
    bench.forms = {**bench.forms, "report": helped}
    third = await another(talk.chats, urgent=urgent)
    offered = [data for data in buttons(await talk.chats.announce()).values() if "mcontacts" in data]
    assert offered == [f"amcontacts.{ref(third)}."]
    await enrol(talk.chats, COLLEAGUE, "Teniz")
    calls = await talk.chats.tap_data(COLLEAGUE, offered[0])
    assert said(calls) == text("moderator.contacts.sent", "en", ref=ref(third))
    again = await talk.chats.tap_data(DESK, offered[0])
    assert text("talk.contacts.sent", "en", ref=ref(third)) in str([call.params for call in again])
    no_way = await talk.chats.tap(DESK, Act("mcontacts", ref(silent)))
    assert text("talk.no_way", "en", ref=ref(silent)) in str([call.params for call in no_way])
    assert (await third.waits(), (await third.report()).waits) == ([True], False)  # until they were seen
    assert text("moderator.talk.contacts.unseen", "en") in await card(third)


async def test_the_queue_lists_what_waits_for_an_answer_page_by_page(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds it; there and back. Each report says whether it was asked, or has an answer that nobody has read."""
    monkeypatch.setattr(queue_chat, "QUEUE_PAGE", 2)
    assert text("moderator.queue.to_asked", "en", n=1) not in buttons(await talk.chats.say(DESK, "/queue"))
    talks = [talk, *[await another(talk.chats) for _ in range(2)]]
    for one in talks:
        await one.ask("when")
    calls = await talk.chats.say(DESK, "/queue")
    calls = await talk.press(calls, text("moderator.queue.to_asked", "en", n=3), DESK)
    assert text("moderator.queue.asked", "en", n=3) in said(calls)
    assert (
        said(calls)
        .partition(text("moderator.queue.held", "en", refs="").strip(" .…"))[0]
        .count(text("moderator.queue.waits", "en"))
        == 2
    )
    rows = [row for call in calls for row in call.params.get("reply_markup", {}).get("inline_keyboard", [])]
    labels = [button["text"] for row in rows for button in row]
    assert len(labels) == len(set(labels)), "what is held and waits is opened by one button"
    turned = await talk.press(calls, text("moderator.queue.more", "en"), DESK)
    back = await talk.press(turned, text("moderator.queue.back", "en"), DESK)
    first, second = (
        {
            one
            for one in map(ref, talks)
            if any(line.startswith(f"{one} ·") for line in said(page).splitlines())
        }
        for page in (back, turned)
    )
    assert (len(first), len(second), first | second) == (2, 1, {*map(ref, talks)})
    for one in talks:
        await tell(one, "Yes", 1)
    emptied = await talk.chats.tap(DESK, Act("mlist", str(ASKED)))
    assert text("moderator.queue.none_asked", "en") in said(emptied)
    assert f"{ref(talk)} {text('moderator.queue.unread', 'en')}" in said(emptied)
    await talk.chats.say(DESK, f"/release {ref(talk)}")
    every = await talk.press(emptied, text("moderator.queue.all", "en"), DESK)
    assert f"{ref(talk)} ·" in said(every)
    assert text("moderator.queue.unread", "en") in said(every)


async def test_what_a_reporter_told_is_told_to_whoever_holds_the_report_else_to_all(talk: Talk) -> None:
    """Once, without a word of it; an urgent one says so. Whoever has seen it hears nothing, nor does one who was revoked."""
    await enrol(talk.chats, COLLEAGUE, "Teniz")
    told = text("moderator.notice.told", "en", ref=ref(talk))
    await tell(talk, "At noon")
    assert await notices(talk) == {DESK: told}
    assert await notices(talk) == {}
    await tell(talk, "And later")
    await card(talk)
    assert await notices(talk) == {}
    talk.bench.later(talk.bench.settings.claim_hours)
    async with talk.bench.write() as unit:
        report = await unit.session.get_one(Report, talk.receipt.report.id)
        await talk_service.sign(unit, report, Sign.URGENT)
    urgent = text("moderator.notice.told_urgent", "en", ref=ref(talk))
    assert await notices(talk) == dict.fromkeys((DESK, COLLEAGUE), urgent)
    async with talk.bench.write() as unit:
        await people_service.revoke(unit, "Aspan")
    await tell(talk, "Nobody")
    assert await notices(talk) == {COLLEAGUE: urgent}


async def test_whoever_was_revoked_asks_nothing(talk: Talk) -> None:
    """What they were writing is destroyed; their buttons do nothing any more."""
    calls = await begin_own(talk)
    async with talk.bench.write() as unit:
        await people_service.revoke(unit, "Aspan")
        assert await count(unit, DraftRow) == 0
    for data in (
        buttons(calls)[text("flow.done", "en")],
        f"amaskr.{ref(talk)}.when",
        f"amasks.{ref(talk)}.when",
        f"amcontacts.{ref(talk)}.",
    ):
        assert ref(talk) not in said(await talk.chats.tap_data(DESK, data))
    async with talk.bench.read() as unit:
        report = await unit.session.get_one(Report, talk.receipt.report.id)
        assert not await messages.said(unit, report)
        assert not (await unit.session.get_one(Moderator, talk.moderator_id)).active
