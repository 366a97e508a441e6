"""The queue and claims: who hears of a report, who reads it, in which order."""

import asyncio
from collections.abc import Callable

from bot.local_api.client import ShownMessage, picture
from bot.safety.cleaning.cleaner import type_of
from tests.bot.safety.cleaning.planted import WORD
from tests.bot.safety.cleaning.recorded import recording
from tests.end_to_end.conftest import MakeReporter
from tests.end_to_end.moderating import Moderator, notice, refs_in
from tests.end_to_end.people import labels_on
from tests.end_to_end.reporting import SIMPLE, URGENT, Reporter

FIRST_GROUP = {"ru": "Задержание или арест", "kk": "Ұстау немесе қамау"}
"""The label of `detention` for reporters."""


async def test_notices_say_how_urgent_but_no_content(
    anna: Reporter, aida: Moderator, dana: Moderator
) -> None:
    """Every moderator hears of a new report in their own language, without a word of the story, nor what it is about: a notice stays until it was seen."""
    await anna.report(URGENT)
    for one in (aida, dana):
        ref = await notice(one, "moderator.notice.urgent")
        assert one.word("moderator.notice.urgent", ref=ref) == one.phone.last.text
        told = URGENT.story[0], FIRST_GROUP[one.language]
        assert not [bubble for bubble in one.phone.messages for words in told if words in bubble.text]


async def test_the_queue_has_urgent_reports_first(anna: Reporter, aida: Moderator, dana: Moderator) -> None:
    """/queue and /next put an urgent report before older ones; what is held stands apart."""
    refs = []
    for told in (SIMPLE, URGENT):
        await anna.report(told)
        refs.append(
            await notice(aida, "moderator.notice.urgent" if told.urgent == "yes" else "moderator.notice.new")
        )
    calm, urgent = refs
    await aida.command("/queue")
    shown = await aida.phone.wait(aida.word("moderator.queue.counts", new=2, claimed=0))
    assert refs_in(shown.text) == [urgent, calm]
    assert labels_on(shown) == [urgent, calm, aida.word("moderator.filter.button")]
    assert await aida.next()
    assert aida.ref == urgent
    await dana.command("/queue")
    shown = await dana.phone.wait(dana.word("moderator.queue.counts", new=1, claimed=1))
    assert refs_in(shown.text) == [calm]
    await aida.command("/queue")
    await aida.phone.wait(aida.word("moderator.queue.held", refs=f"/open_{urgent}"))
    assert await dana.next()
    assert dana.ref == calm
    assert await dana.next() is None


async def test_a_long_queue_has_pages(aida: Moderator, reporter: MakeReporter) -> None:
    """Six reports a page; the buttons turn it. Without a number a command means the only report held."""
    people = await asyncio.gather(*(reporter(1100 + number, "ru") for number in range(10)))
    await asyncio.gather(*(one.report(SIMPLE) for one in people))
    await aida.command("/queue")
    first = await aida.phone.wait(lambda b: aida.word("moderator.queue.more") in labels_on(b))
    seen = refs_in(first.text)
    await aida.press_word("moderator.queue.more")
    second = await aida.phone.wait(lambda b: aida.word("moderator.queue.back") in labels_on(b))
    assert (len(seen), len(refs_in(second.text)), len({*seen, *refs_in(second.text)})) == (6, 4, 10)
    assert await aida.next()
    assert aida.ref == seen[0]
    await aida.command("/release")
    await aida.phone.wait(aida.word("moderator.released", ref=aida.ref))
    await aida.command("/release")
    await aida.phone.wait(aida.word("moderator.which"))


async def test_words_are_found_in_stories_that_nobody_holds(anna: Reporter, aida: Moderator) -> None:
    """The stories are opened by the bot, and only what holds the words is told; the filter keeps them."""
    await anna.report(SIMPLE)
    ref = await notice(aida, "moderator.notice.new")
    word = max(SIMPLE.story[0].split(), key=len)
    await aida.command(f"/search {word}")
    shown = await aida.phone.wait(f"🔤 {word}")
    assert (refs_in(shown.text), SIMPLE.story[0] in shown.text) == ([ref], False)
    await aida.press_word("moderator.filter.button")
    await aida.phone.wait(aida.word("moderator.filter.ask"))
    await aida.press_word("moderator.filter.of.scope")
    await aida.phone.wait(aida.word("moderator.filter.ask.scope"))
    await aida.press(f"{aida.word('moderator.scope.waiting')} · 1")
    shown = await aida.phone.wait(aida.word("moderator.search.opened", n=1))
    assert refs_in(shown.text) == [ref]
    await aida.command("/search небывалое")
    await aida.phone.wait(
        aida.word("moderator.search.nothing", opened=aida.word("moderator.search.opened", n=1))
    )


def _either(words: str, label: str) -> Callable[[ShownMessage], bool]:
    return lambda bubble: words in bubble.text or label in labels_on(bubble)


async def test_a_report_is_read_by_one_moderator_at_a_time(
    anna: Reporter, aida: Moderator, dana: Moderator
) -> None:
    """Who comes second is told who holds it and sees nothing; released, it is free again."""
    await anna.report(SIMPLE)
    ref = await notice(aida, "moderator.notice.new")
    assert SIMPLE.story[0] in (await aida.open(ref) or "")
    for command in ("open", "edit", "approve", "reject"):
        await dana.command(f"/{command} {ref}")
        await dana.phone.wait(dana.word("moderator.held", ref=ref, alias="Aida"))
    assert not [bubble for bubble in dana.phone.messages if SIMPLE.story[0] in bubble.text]
    await aida.press_word("moderator.release")
    await aida.phone.wait(aida.word("moderator.released", ref=ref))
    assert SIMPLE.story[0] in (await dana.open(ref.lower()) or "")
    await aida.command("/open RZZZZZ")
    await aida.phone.wait(aida.word("moderator.unknown_ref", ref="RZZZZZ"))


async def test_of_two_moderators_who_open_at_once_one_reads(
    anna: Reporter, aida: Moderator, dana: Moderator
) -> None:
    """The claim belongs to one of them; the other is told to whom."""
    await anna.report(SIMPLE)
    ref = await notice(aida, "moderator.notice.new")
    both = (aida, dana)
    await asyncio.gather(*(one.command(f"/open {ref}") for one in both))
    held = [
        one.word("moderator.held", ref=ref, alias=alias)
        for one, alias in zip(both, ("Dana", "Aida"), strict=True)
    ]
    for one, refusal in zip(both, held, strict=True):
        await one.phone.wait(_either(refusal, one.word("moderator.reject")))
    reading = [SIMPLE.story[0] in "".join(b.text for b in one.phone.messages) for one in both]
    assert sorted(reading) == [False, True]


async def test_what_is_shown_of_a_report_cannot_be_forwarded(anna: Reporter, aida: Moderator) -> None:
    """Story, facts, pictures, documents and voices come protected; of what can be cleaned the clean copy, the rest as it came."""
    voice = recording("ogg", "", "libopus")
    await anna.begin()
    await anna.fill(SIMPLE, until="story")
    await anna.give("voice", voice, "voice.ogg", "audio/ogg")
    await anna.phone.wait(anna.word("flow.voices", n=1))
    await anna.give_files(("photo.png", "order.pdf"))
    await anna.press_word("flow.done")
    await anna.at("category")
    await anna.fill(SIMPLE)
    await anna.send()
    ref, pending = await notice(aida, "moderator.notice.new"), aida.word("moderator.file.state.pending")
    # Files are fetched after the report came; a moderator who is too early looks again.
    while pending in (await aida.open(ref) or ""):
        continue
    files = await aida.see_files()
    came = {bubble.files[0]["kind"]: await aida.phone.download(bubble) for bubble in files}
    assert came.keys() == {"voice", "photo", "document"}
    assert came["document"] == b"order.pdf"
    for cleaned, original in ((came["voice"], voice), (came["photo"], picture("photo.png"))):
        assert type_of(cleaned) == type_of(original) is not None
        assert cleaned != original
    assert WORD.encode() in voice
    assert b"photo.png" in picture("photo.png")
    assert not [content for content in came.values() if WORD.encode() in content or b"photo.png" in content]
    assert all(bubble.protected for bubble in aida.shown)
    await aida.begin_edit()
    assert aida.phone.last.protected


async def test_a_rejected_report_tells_the_reporter_and_can_be_reopened(
    anna: Reporter, aida: Moderator, dana: Moderator
) -> None:
    """/reject asks for a reason; the reporter's code says so; another moderator can open it anew."""
    code = await anna.report(SIMPLE)
    assert await aida.next()
    await aida.reject("not_in_scope")
    await anna.command(f"/status {code}")
    await anna.phone.wait(anna.word("reporter.status.rejected", days=30))
    await dana.command(f"/open {aida.ref}")
    await dana.phone.wait(dana.word("state.is_rejected"))
    await dana.press_word("moderator.reopen")
    await dana.phone.wait(SIMPLE.story[0])
    await anna.command(f"/status {code}")
    await anna.phone.wait(anna.word("reporter.status.claimed"))
