"""Every reader of a report's key on the desk, once the report is in the sealed archive: each works as before, or says what to do.

None takes it for a damaged one. `docs/threat-model.md` has the table.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from bot.app import upgrades
from bot.chat.buttons import Act
from bot.chat.renderer import Renderer
from bot.chat.turn import MOST_ABOVE
from bot.desk.card import service as card_service
from bot.desk.decisions import incidents
from bot.desk.decisions import service as decisions_service
from bot.desk.people import service as people_service
from bot.desk.publishing import service as publishing_service
from bot.desk.queue import searching
from bot.desk.queue.found import Search
from bot.desk.queue.searching import Sought
from bot.desk.queue.service import Filter, ReportScope
from bot.form.answers import Answer, Chosen, FileKind, FileRef, Files, GeoPoint
from bot.form.model import Privacy
from bot.publish import versions
from bot.publish.export import selection
from bot.publish.export.request import SharedExport
from bot.publish.export.selection import SHARED, Faulty, Period
from bot.reports import archive as archive_service
from bot.reports import claims, reading
from bot.reports.states import Consent, Status
from bot.safety import offline
from bot.store import drafting, vault
from bot.store.drafting import OpenDraft
from bot.store.unit import REPORT_FORM, UnitOfWork
from db.models import Moderator, PublicVersion, Report
from tests.bench import Bench, approve_proposal, public, reads_in, text, typed
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import add_file, enrol
from tests.bot.desk.card.test_like_pictures import copy
from tests.bot.publish.export.columns.test_own_questions import shown_to

DESK, COLLEAGUE = 5, 6
TOWN, PUBLIC = "Karasu by the lake", "People held in Almaty"
STORY = "Three people unrolled a poster about water at the akimat and were taken away for an hour"
PLACED: Mapping[str, Answer] = {
    "depth": Chosen(("full",)),
    "region": Chosen(("KZ-39",)),
    "locality": text(TOWN),
    "place": GeoPoint(53.219, 63.629),
}
RECIPIENT = offline.recipient_of(offline.new_identity())


@pytest.fixture(autouse=True)
def nothing_is_damaged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No reader takes a sealed report for a damaged one."""
    yield
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR] == []


@pytest.fixture
async def chats(bench: Bench) -> Chats:
    """A bot without a network, and two moderators."""
    chats = Chats(bench)
    await enrol(chats, DESK)
    await enrol(chats, COLLEAGUE, "Teniz")
    return chats


async def decided(
    unit: UnitOfWork, bench: Bench, consent: str = Consent.PUBLISH, *, rejected: bool = False
) -> Report:
    """A decided report with a file, a point, a note and a town that was left out of the public version."""
    moderator = await people_service.find(unit, "Aspan")
    picture = FileRef(vault.new_id(), FileKind.PHOTO, "Aidar.jpg", "on the square")
    given = {**PLACED, "evidence": Files((picture,)), "consent_use": Chosen((consent,)), "story": text(STORY)}
    report = (await bench.submit(unit, **given)).report
    await add_file(unit, report, picture, copy())
    await claims.claim(unit, moderator, report)
    await card_service.add_note(unit, moderator, report, "call the lawyer")
    await write(unit, moderator, report, "/review/locality")
    if rejected:
        await decisions_service.reject(unit, moderator, report, "not_enough")
    else:
        await approve_proposal(unit, moderator, report)
    return report


async def write(
    unit: UnitOfWork, moderator: Moderator, report: Report, *withheld: str, title: str = PUBLIC
) -> PublicVersion:
    """An edit of a held report, saved with these places left out."""
    return await save(
        unit, await publishing_service.begin(unit, moderator, report, None), *withheld, title=title
    )


async def save(
    unit: UnitOfWork, edit: OpenDraft, *withheld: str, title: str = PUBLIC, share: str = "10km"
) -> PublicVersion:
    """An open edit, saved with these places left out."""
    told: dict[str, Answer] = {
        "/review/title": typed(title),
        "/review/summary": typed("Three people were held."),
        "/review/place_share": Chosen((share,)),
    }
    edit.draft = replace(edit.draft, answers={**edit.draft.answers, **told}, withheld=withheld)
    drafting.save(unit, edit)
    return (await publishing_service.save_edit(unit, edit))[1]


async def archive(unit: UnitOfWork, report: Report) -> None:
    """Put a report into the sealed archive."""
    assert await archive_service.seal_report(unit, report, [RECIPIENT])


async def sealed(bench: Bench, consent: str = Consent.PUBLISH, *, rejected: bool = False) -> str:
    """Reference of a decided report in the sealed archive."""
    async with bench.write() as unit:
        report = await decided(unit, bench, consent, rejected=rejected)
        await archive(unit, report)
        return report.ref


def refusal(ref: str) -> str:
    """Texts about a report in the sealed archive."""
    return TEXTS.text("en", "archive.sealed", {"ref": ref})


async def held(chats: Chats) -> str:
    """Reference of a sealed report that the moderator holds for a correction."""
    ref = await sealed(chats.bench)
    async with chats.bench.write() as unit:
        await claims.correct(unit, await people_service.find(unit, "Aspan"), await claims.find(unit, ref))
    return ref


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_what_is_refused_fits_above_a_chat_and_names_the_command(language: str) -> None:
    """In each language."""
    said = TEXTS.text(language, "archive.sealed", {"ref": "R7K3QV"})
    assert len(said) <= MOST_ABOVE
    assert "archive reopen R7K3QV" in said


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "act",
    [
        *(("mcard", "n0"), ("mnote", ""), ("mcheck", "source"), ("mnoteback", "0" * 16)),
        *(("mfile", "1"), ("mfileshow", "1"), ("mfiletake", "1"), ("mfiles", "seen"), ("mplace", "")),
        *(("maskq", ""), ("maskr", "when"), ("masks", "when"), ("masko", "")),
    ],
    ids=lambda one: one[0],
)
async def test_what_needs_the_content_is_refused_with_what_to_do(chats: Chats, act: tuple[str, str]) -> None:
    """Notes, files, originals, the point and questions, even for the report's holder."""
    ref = await held(chats)
    said = [str(call.params.get("text")) for call in await chats.tap(DESK, Act(act[0], ref, act[1]))]
    assert refusal(ref) in said


@pytest.mark.parametrize(
    ("consent", "rejected", "acts"),
    [
        (Consent.PUBLISH, True, ("mreopen",)),
        (Consent.SHARE, False, ("mreopen", "mcorrect", "msame")),
        (Consent.COUNT, False, ("mcorrect",)),
    ],
)
async def test_a_decision_is_taken_back_on_the_organisations_machine(
    chats: Chats, consent: str, rejected: bool, acts: tuple[str, ...]
) -> None:
    """Nothing of a rejected report is open, nor of one that may not be published; its card says so."""
    ref = await sealed(chats.bench, consent, rejected=rejected)
    card = await chats.say(DESK, f"/open {ref}")
    assert refusal(ref) in words(card)
    assert not {"amreopen", "amcorrect"} & {data.split(".")[0] for data in buttons(card)}
    assert PUBLIC not in words(card)
    for act in acts:
        assert refusal(ref) in [call.params.get("text") for call in await chats.tap(DESK, Act(act, ref))]
    async with chats.bench.read() as unit:
        assert (await claims.look_up(unit, ref)).status == (Status.REJECTED if rejected else Status.APPROVED)


@pytest.mark.parametrize("is_held", [False, True])
async def test_the_card_shows_state_codes_and_the_public_version(chats: Chats, is_held: bool) -> None:
    """Before it is held and while, without a word of the story or the note, and without buttons that are refused."""
    ref = await (held if is_held else sealed)(*([chats] if is_held else [chats.bench]))
    card = await chats.say(DESK, f"/open {ref}")
    said = words(card)
    assert refusal(ref) in said
    for told in (ref, "Detained or arrested", "Kostanay", PUBLIC, "🗄"):
        assert told in said
    for hidden in (STORY, TOWN, "lawyer", "deleted"):
        assert hidden not in said
    offered = {data.split(".")[0] for data in buttons(card)}
    assert ("amedit" if is_held else "amcorrect") in offered
    assert not {"amreopen", "amaskq", "amfile", "amfiles", "amplace"} & offered
    assert f"amcard.{ref}.n0" not in buttons(card)


async def test_a_correction_works_from_the_public_version_alone(bench: Bench) -> None:
    """From the edit to the second vote. What was left out stays out, although it cannot be read, and what is left out now is
    kept nowhere on the server. The next edit after reopening has the first left out still."""
    bench.settings = bench.settings.model_copy(update={"approvals": 2})
    async with bench.write() as unit:
        moderator, second = await bench.moderator(unit), await bench.moderator(unit, "Teniz")
        report = (await bench.submit(unit, **PLACED)).report
        await claims.claim(unit, moderator, report)
        await write(unit, moderator, report, "/review/locality")
        for one in (moderator, second):
            await claims.claim(unit, one, report)
            await approve_proposal(unit, one, report)
        key_id = report.data_key_id or ""
        key, before = unit.keys[key_id], await public(unit, report)
        await archive(unit, report)
    async with bench.write() as unit:
        report, moderator = await claims.find(unit, report.ref), await unit.session.merge(moderator)
        second = await unit.session.merge(second)
        await claims.correct(unit, moderator, report)
        edit = await publishing_service.begin(unit, moderator, report, None)
        await publishing_service.put_beside(unit, edit)
        assert (edit.draft.withheld, edit.draft.said) == ((), {})
        assert "/review/locality" not in edit.draft.answers
        await save(unit, edit, "/review/affected_number", title="A better title", share="1km")
        for one in (moderator, second):
            await claims.claim(unit, one, report)
            await approve_proposal(unit, one, report)
        now = await public(unit, report)
        assert report.status == Status.APPROVED
        assert now is not None
        assert before is not None
        content = await versions.content(unit, now)
        assert content is not None
        assert (now.version, content.consent) == (before.version + 1, Consent.PUBLISH)
        assert content.answers["/review/title"] == typed("A better title")
        assert "/review/locality" not in content.answers
        assert content.named is False
        assert content.answers["/review/place_share"] == Chosen(("10km",))
        assert content.answers["/review/place_public"] == GeoPoint(53.2, 63.6)
        with pytest.raises(vault.InArchive, match=r"archive\.sealed"):
            await reading.read_beside(unit, report)
    async with bench.write() as unit:
        report, moderator = await claims.find(unit, report.ref), await unit.session.merge(moderator)
        await vault.bring_back(unit, {key_id: key})
        report.sealed = False
        await claims.correct(unit, moderator, report)
        edit = await publishing_service.begin(unit, moderator, report, None)
        assert edit.draft.withheld == ("/review/locality",)
        assert edit.draft.answers["/review/title"] == typed("A better title")


async def test_what_cannot_be_read_is_never_decided_upon(bench: Bench) -> None:
    """Words that came by code after the sealing may forbid publication: no correction begins, and one that has begun is neither
    approved nor rejected. It can be withdrawn."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = await decided(unit, bench)
        await archive(unit, report)
        report.unread = True
        with pytest.raises(vault.InArchive):
            await claims.correct(unit, moderator, report)
        report.unread = False
        await claims.correct(unit, moderator, report)
        await write(unit, moderator, report)
        report.unread = True
        proposal = await decisions_service.proposal(unit, report)
        with pytest.raises(vault.InArchive):
            await decisions_service.approve(unit, moderator, report, proposal.proof)
        with pytest.raises(vault.InArchive):
            await decisions_service.reject(unit, moderator, report, "not_enough")
        await decisions_service.withdraw(unit, moderator, report, "asked")
        assert (report.status, report.data_key_id) == (Status.WITHDRAWN, None)


async def test_a_text_that_nobody_confirmed_stays_out_of_a_correction(bench: Bench) -> None:
    """It cannot be shown, so it waits for no confirmation. What left beside the version before leaves with the next."""
    form = shown_to(Privacy.PUBLIC, bench.forms[REPORT_FORM], "story", "urgent")
    bench.forms = {**bench.forms, REPORT_FORM: form}
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = await decided(unit, bench)
        await archive(unit, report)
        await claims.correct(unit, moderator, report)
        await write(unit, moderator, report)
        proposal = await decisions_service.proposal(unit, report)
        assert proposal.words == ()
        assert proposal.content.reported is not None
        told = proposal.content.reported.answers
        assert told == {form.by_role["urgent"].path: Chosen(("no",))}
        await decisions_service.approve(unit, moderator, report, proposal.proof)


async def test_a_rejected_correction_is_sealed_after_its_decision(bench: Bench) -> None:
    """With what was proposed, which may not be published."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = await decided(unit, bench)
        await archive(unit, report)
        await claims.correct(unit, moderator, report)
        proposed = await write(unit, moderator, report, title="Not to be published")
        await decisions_service.reject(unit, moderator, report, "harmful")
        assert not report.sealed
        assert await public(unit, report) is None
        await archive(unit, report)
        with pytest.raises(vault.InArchive):
            await versions.content(unit, proposed)


async def test_a_held_report_is_handed_over_without_a_note(bench: Bench) -> None:
    """A note would lie under the sealed key."""
    async with bench.write() as unit:
        moderator, other = await bench.moderator(unit), await bench.moderator(unit, "Teniz")
        report = await decided(unit, bench)
        await archive(unit, report)
        await claims.correct(unit, moderator, report)
        with pytest.raises(vault.InArchive):
            await card_service.hand_over(unit, moderator, report, other, "look at the town")
        await card_service.hand_over(unit, moderator, report, other)
        assert claims.holds(unit, other, report)


async def test_a_damaged_version_is_not_written_anew_from_what_is_sealed(bench: Bench) -> None:
    """A proposal gives way to the public version, and without that the edit says what to do."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = await decided(unit, bench)
        await archive(unit, report)
        await claims.correct(unit, moderator, report)
        proposed = await write(unit, moderator, report, title="Lost")
        proposed.content = b"damaged"
        edit = await publishing_service.begin(unit, moderator, report, None)
        assert edit.draft.answers["/review/title"] == typed(PUBLIC)
        found = await public(unit, report)
        assert found is not None
        found.content = b"damaged"
        await drafting.wipe(unit, edit)
        with pytest.raises(vault.InArchive):
            await publishing_service.begin(unit, moderator, report, None)


async def test_links_are_made_as_before(bench: Bench) -> None:
    """Incidents, related cases, duplicates, and persons of public versions; not of one that may not be published."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report, other = await decided(unit, bench), await decided(unit, bench)
        shared = await decided(unit, bench, Consent.SHARE)
        for one in (report, shared):
            await archive(unit, one)
        incident = await incidents.join(unit, moderator, report, other.ref)
        assert {one.ref for one in await incidents.reports_of(unit, incident)} == {report.ref, other.ref}
        assert await incidents.relate(unit, moderator, report, other.ref) == other
        _, own = await incidents.pairs(unit, moderator, report, other.ref)
        assert own.report == report
        for one, typed_ in ((shared, ""), (other, shared.ref)):
            with pytest.raises(vault.InArchive) as refused:
                await incidents.pairs(unit, moderator, one, typed_)
            assert refused.value.arguments == {"ref": shared.ref}
        again = (await bench.submit(unit)).report
        await claims.claim(unit, moderator, again)
        assert await decisions_service.close_as_duplicate(unit, moderator, again, report.ref) == report


async def test_a_public_version_is_translated_as_before(bench: Bench) -> None:
    """It joins the records that lack a language, and the translation replaces it at once."""
    async with bench.write() as unit:
        await bench.moderator(unit)
        report = await decided(unit, bench)
        await archive(unit, report)
    bench.settings = bench.settings.model_copy(update={"published_languages": ("en", "ru")})
    async with bench.write() as unit:
        report, translator = await claims.find(unit, report.ref), await people_service.find(unit, "Aspan")
        assert [one.title for one in await publishing_service.untranslated(unit, 9)] == [PUBLIC]
        words_ = ("Задержания в Алматы", "Троих человек задержали на час.")
        version = await publishing_service.translate(unit, translator, report, "ru", words_)
        content = await versions.content(unit, version)
        assert content is not None
        assert words_[0] in str(content.answers["/review/title_ru"])
        assert await public(unit, report) == version
        assert report.sealed


async def test_similar_reports_are_found_by_words_among_the_open_and_by_codes_among_the_sealed(
    chats: Chats,
) -> None:
    """Sealed ones have a mark. Those of another kind are found by no words."""
    async with chats.bench.write() as unit:
        one, two, three = [await decided(unit, chats.bench) for _ in range(3)]
        three.category = "torture"
        for report in (two, three):
            await archive(unit, report)
        new = (await chats.bench.submit(unit, story=text(STORY), region=Chosen(("KZ-39",)))).report
        moderator = await people_service.find(unit, "Aspan")
        found = {s.report.ref: s for s in await card_service.similar_to(unit, moderator, new)}
        assert found.keys() == {one.ref, two.ref}
        assert [bool(found[ref].words) for ref in (one.ref, two.ref)] == [True, False]
    await chats.say(DESK, f"/open {new.ref}")
    lines = words(await chats.tap(DESK, Act("mcard", new.ref, "s0"))).splitlines()
    assert [("🗄" in line) for line in lines if two.ref in line] == [True]
    assert [("🗄" in line) for line in lines if one.ref in line] == [False]


async def test_a_picture_is_compared_with_those_of_open_reports_alone(bench: Bench) -> None:
    """Also in the queue, where a correction of a sealed report can wait."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = await decided(unit, bench)
        await archive(unit, report)
        await claims.correct(unit, moderator, report)
        await write(unit, moderator, report)
        await claims.release(unit, moderator, report)
        assert report.status == Status.NEW
        refs = []
        for _ in range(2):
            picture = FileRef(vault.new_id(), FileKind.PHOTO, "", "")
            new = (await bench.submit(unit, depth=Chosen(("full",)), evidence=Files((picture,)))).report
            await add_file(unit, new, picture, copy())
            refs.append(new.ref)
    async with bench.read() as unit:
        shown = await card_service.card(unit, await claims.look_up(unit, refs[1]))
        assert await card_service.with_like_pictures(unit, shown) == refs[:1]
        archived = await card_service.card(unit, await claims.look_up(unit, report.ref), archived=True)
        assert await card_service.with_like_pictures(unit, archived) == ()


async def test_lists_mark_a_sealed_report_and_its_mark_alone(chats: Chats) -> None:
    """A list tells of codes, which stay."""
    ref = await sealed(chats.bench)
    async with chats.bench.write() as unit:
        other = (await decided(unit, chats.bench)).ref
    shown = words(await chats.say(DESK, "/approved"))
    assert [ref in part for part in shown.split("\n\n") if "🗄" in part] == [True]
    assert other in shown


async def test_a_search_opens_no_sealed_story_and_says_so(bench: Bench) -> None:
    """It finds the open ones, and public versions by their tags, as before. Without a sealed archive nothing is said of it."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report, other = await decided(unit, bench), await decided(unit, bench)
        assert not await searching.leaves_out(unit)
        await archive(unit, report)
    asked = json.dumps(
        {"words": "three people", "wanted": "x", "place": "", "language": "en", "moderator_id": moderator.id}
    )
    async with bench.read() as unit:
        found = await searching.step(
            unit, Filter(ReportScope.ALL), moderator, Sought(("three", "people")), None
        )
        assert ([one for one, _ in found.found], found.opened) == ([other.id], 1)
        said = str((await Search(reads_in(unit), Renderer(TEXTS))(asked))["text"])
        assert TEXTS.text("en", "archive.search") in said
        assert (other.ref in said, report.ref in said) == (True, False)


async def test_a_share_leaves_sealed_rows_out_and_counts_them(bench: Bench) -> None:
    """In each scope, and none is called damaged. What may be published stays."""
    async with bench.write() as unit:
        await bench.moderator(unit)
        for consent in (Consent.PUBLISH, Consent.SHARE, Consent.SHARE):
            report = await decided(unit, bench, consent)
            await archive(unit, report)
        opened = await decided(unit, bench, Consent.SHARE)
    async with bench.read() as unit:
        for scope in SHARED:
            shared = SharedExport.read(scope, "csv")
            rows = [
                one
                async for one in selection.approved_versions(unit, Period(), scope.consents, told=scope.tells)
            ]
            is_both = Consent.PUBLISH in scope.consents
            assert (len(rows), await shared.number_of_rows(unit, 9)) == (1 + is_both, 1 + is_both)
            assert await shared.number_archived(unit, 9) == 2
            assert opened.ref in {one.ref for one in rows}
        assert await selection.faulty(unit, Period(), told=True) == Faulty([], [])


async def test_originals_and_an_upgrade_pass_over_what_is_sealed(bench: Bench) -> None:
    """The first with what to do, before anything is in the audit log; the second in silence."""
    recipients = {"original_recipients": (RECIPIENT,)}
    bench.settings = bench.settings.model_copy(update=recipients)
    async with bench.write() as unit:
        await bench.moderator(unit)
        report = await decided(unit, bench, Consent.SHARE)
        await archive(unit, report)
        with pytest.raises(vault.InArchive):
            await reading.note_originals_taken(unit, report.ref)
    async with bench.write() as unit:
        assert await upgrades.take_over(unit, "") is None
