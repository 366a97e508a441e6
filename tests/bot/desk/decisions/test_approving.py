"""/approve: the reporter's own words first, then what would be exported, then the tap that publishes it."""

import pytest

from bot.chat.buttons import Act
from bot.desk.people import service as people_service
from bot.form.answers import Chosen, Precision, When
from bot.form.model import Privacy
from bot.reports import claims
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import Sign
from bot.store.unit import REPORT_FORM
from tests.bench import Bench, text
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import STORY, confirmation, enrol, press, report, send
from tests.bot.publish.export.columns.test_own_questions import shown_to


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
    assert "<b>Title</b>: People held in Almaty" in words(calls)
    assert "<b>Region or city</b>: Almaty\n" in words(calls)
    assert "region: KZ-75\n" in words(calls).partition("<blockquote expandable>")[2]
    assert "this record will be in exports" in words(calls)
    assert "no longer the latest" in words(await chats.tap(5, Act("mapprove", name, "7")))
    assert "is approved" in words(await chats.tap_data(5, confirmation(calls, name)))
    assert "already approved" in words(await chats.tap_data(5, confirmation(calls, name)))
    document, beside = [call for call in await chats.say(5, "/export csv") if call.method == "sendDocument"]
    assert document.attach == {"document": "export:1:0:1:csv::", "caption": "exportpart:1:0:en"}
    assert beside.attach == {"document": "manifest:1", "caption": "exportabout:1:en"}


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
        (moderator,) = await people_service.list_moderators(unit)
        await bench.propose(unit, moderator, await claims.find(unit, name))
    assert f"ampreview.{name}." in buttons(await chats.say(5, f"/open {name}"))


async def test_the_paragraph_of_an_update_is_seen_before_approval(chats: Chats) -> None:
    """By a tap that need not be made; a fact that the summary is ticked to say is left out, and no export has the tick. The month of
    today is told, for no update is of that month alone."""
    name, this_month = await report(chats), When(Precision.MONTH, "2026-11")
    await enrol(chats, 5)
    for said, is_there in ((None, True), (Chosen(("place",)), False)):
        async with chats.bench.write() as unit:
            found = await claims.find(unit, name)
            me = (await people_service.list_moderators(unit))[0]
            await chats.bench.propose(unit, me, found, said_in_summary=said, when=this_month)
        preview = await chats.say(5, f"/approve {name}")
        assert "said_in_summary" not in words(preview)
        told = words(await chats.tap(5, Act("mprose", name)))
        assert ("in Almaty" in told) is is_there
        assert "in november 2026" in told.casefold().replace("\N{NO-BREAK SPACE}", " ")
        assert "tick it" in told


@pytest.mark.parametrize("consent", ["statistics_only", "share_trusted"])
async def test_the_preview_says_what_consent_makes_of_it(chats: Chats, consent: str) -> None:
    """Before anything is approved."""
    name = await report(chats, consent_use=Chosen((consent,)))
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        found = await claims.find(unit, name)
        me = (await people_service.list_moderators(unit))[0]
        await chats.bench.propose(unit, me, found)
    calls = await chats.say(5, "/approve")
    assert TEXTS.text("en", f"moderator.use.{consent}", {}) in words(calls)
    assert "is approved" in words(await chats.tap_data(5, confirmation(calls, name)))


async def test_a_reporters_own_words_are_confirmed_by_a_tap_or_left_out(chats: Chats) -> None:
    """On a screen of their own, before the preview, which then has them or says how many it lacks."""
    full = {"depth": Chosen(("full",)), "region": Chosen(("KZ-39",)), "locality": text("Karasu <aul>")}
    name = await report(chats, **full)
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        me = (await people_service.list_moderators(unit))[0]
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


async def test_each_text_of_a_reporter_is_confirmed_by_itself(chats: Chats) -> None:
    """One tap lets no second text out with it; where the reporter speaks of themselves that is said."""
    town, link = "Карасу, сидел со мной", "https://example.org/post"
    told = {"region": Chosen(("KZ-39",)), "locality": text(town), "links": text(link)}
    name = await report(chats, depth=Chosen(("full",)), **told)
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        me = (await people_service.list_moderators(unit))[0]
        await chats.bench.propose(unit, me, await claims.find(unit, name))
    first = await chats.say(5, f"/approve {name}")
    assert (town in words(first), link in words(first)) == (True, False)
    assert "speaks of themselves: мной" in words(first)
    (no,) = [data for data in buttons(first) if data.startswith("amleave.")]
    second = await chats.tap_data(5, no)
    assert (town in words(second), link in words(second)) == (False, True)
    assert "speaks of themselves" not in words(second)
    (yes,) = [data for data in buttons(second) if data.startswith("amwords.")]
    shown = words(await chats.tap_data(5, yes))
    assert (town in shown, link in shown, "stay out of the record: 1" in shown) == (False, True, True)


async def test_links_are_published_without_what_tells_who_shared_them(chats: Chats) -> None:
    """In every public text; the report keeps them as they were sent, and links that could still tell are named."""
    shared = "https://www.instagram.com/p/C4x/?igsh=MWg5MHlodmdvZzJiMg%3D%3D"
    short = "https://vm.tiktok.com/ZM8abc/"
    name = await report(chats, depth=Chosen(("full",)), links=text(f"{shared} {short}"))
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        me = (await people_service.list_moderators(unit))[0]
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


async def previewed(chats: Chats) -> tuple[str, str]:
    """A report whose version was shown to a moderator, and the data of the button that approves it."""
    name = await report(chats)
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        (moderator,) = await people_service.list_moderators(unit)
        await chats.bench.propose(unit, moderator, await claims.find(unit, name))
    return name, confirmation(await chats.say(5, f"/approve {name}"), name)


async def test_whoever_taps_twice_does_not_keep_the_report_from_the_second_moderator(chats: Chats) -> None:
    """The first tap approved it: the second is told so, and claims nothing."""
    chats.bench.settings = chats.bench.settings.model_copy(update={"approvals": 2})
    name, approve = await previewed(chats)
    await chats.tap_data(5, approve)
    (again,) = await chats.tap_data(5, approve)
    assert again.params["text"] == TEXTS.text("en", "moderator.approve.again", {"ref": name})
    async with chats.bench.read() as unit:
        assert (await claims.look_up(unit, name)).moderator_id is None


async def test_what_a_reporter_told_meanwhile_is_read_before_a_record_is_public(chats: Chats) -> None:
    """It may be that they take their consent back."""
    name, approve = await previewed(chats)
    async with chats.bench.write() as unit:
        await talk_service.sign(unit, await claims.find(unit, name), Sign.SAFE)
    (refused,) = await chats.tap_data(5, approve)
    assert refused.params["text"] == TEXTS.text("en", "moderator.decide.unread", {"ref": name})
    await chats.say(5, f"/open {name}")
    assert "is approved" in words(await chats.tap_data(5, approve))


LAST = "Меня били вместе с Ахметовым Ерланом Серикулы"


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
async def test_a_text_that_leaves_as_it_was_told_is_confirmed_by_itself(chats: Chats, language: str) -> None:
    """Before the preview, which shows it with all other answers that leave; who tells of themselves and a name in
    it is warned of, and the name refuses the approval of what is for everyone."""
    form = shown_to(Privacy.PUBLIC, chats.bench.forms[REPORT_FORM], "story", "urgent")
    chats.bench.forms = {**chats.bench.forms, REPORT_FORM: form}
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        name = (await chats.bench.submit(unit, story=text(LAST))).report.ref
        (me,) = await people_service.list_moderators(unit)
        me.language = language
        await chats.bench.propose(unit, me, await claims.find(unit, name))
    asked = await chats.say(5, f"/approve {name}")
    assert form.by_role["story"].label[language].partition("\n")[0] in words(asked)
    assert LAST in words(asked)
    said = TEXTS.text(language, "moderator.words.first_person", {"words": "Меня"})
    assert said in words(asked)
    assert TEXTS.text(language, "moderator.giveaways.name", {"words": "Ахметовым Ерланом Серикулы"}) in words(
        asked
    )
    (no,) = [data for data in buttons(asked) if data.startswith("amleave.")]
    heading = TEXTS.text(language, "moderator.approve.reported")
    without = words(await chats.tap_data(5, no))
    assert (heading in without, LAST in without) == (True, False)
    assert f"</b> {form.by_role['urgent'].labels['no'][language]}" in without.partition(heading)[2]
    (yes,) = [data for data in buttons(asked) if data.startswith("amwords.")]
    shown = await chats.tap_data(5, yes)
    assert LAST in words(shown).partition(heading)[2]
    assert "mapprove" not in str(buttons(shown))
    assert TEXTS.text(language, "moderator.names.refused") in words(shown)
