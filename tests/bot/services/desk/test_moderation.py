"""A report among its moderators: queue, claims, the moves between states, edits, decisions, withdrawal."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.errors import Refusal
from bot.form.answers import Answer, Chosen, FileKind, FileRef, Files, Precision, When, Written
from bot.form.events import Back, Show, Submit, Wrote
from bot.form.model import Form, Group
from bot.form.screen import Key, ScreenKind
from bot.safety.keys import SecretKey
from bot.safety.sealing import AES_GCM, RingSeal, Scheme
from bot.services import vault
from bot.services.desk import claims
from bot.services.desk.decisions import (
    approval,
    duplicates,
    incidents,
    proposals,
    rejection,
    relating,
    setting_aside,
    withdrawing,
)
from bot.services.desk.lists.counting import Number, numbers
from bot.services.desk.lists.filters import QUEUE
from bot.services.desk.lists.queue import claim_next
from bot.services.desk.publishing import editing, versions
from bot.services.keeping import retention
from bot.services.reports import drafting, intake, reading, withdrawal
from bot.services.reports.drafting import End
from bot.services.reports.files import KeptFile
from bot.services.reports.states import MOVES, Move, Status, VersionState, after
from bot.services.reports.talk import answering
from bot.services.unit import Unit
from db.models import AuditEntry, DraftRow, File, Incident, Moderator, OutboxRow, PublicVersion, Report
from tests.bench import Bench, approve_proposal, count, opens, statements, text, typed

Act = Callable[[Unit, Moderator, Report], Awaitable[object]]
PROPOSED: Mapping[str, Answer] = {
    "title": text("Title"),
    "summary": text("Summary"),
    "kind": Chosen(("incident",)),
    "violations": Chosen(("detention",)),
    "violation_primary": Chosen(("detention",)),
    "when": When(Precision.MONTH, "2024-04"),
    "region": Chosen(("KZ",)),
}
NUMBER = 99
OTHER = {"status": "new", "form": "incident", "form_version": "1", "language": "ru", "urgent": False}
"""What a report must have."""


async def add_proposal(unit: Unit, report: Report) -> None:
    """A complete proposed version, whatever the state of the report."""
    form = unit.forms["review"]
    version = PublicVersion(
        id=vault.new_id(),
        report_id=report.id,
        version=NUMBER,
        current=False,
        state=VersionState.PROPOSED,
        data_key_id=vault.make_key(unit),
    )
    answers = {f"/review/{name}": answer for name, answer in PROPOSED.items()}
    versions.write(
        unit,
        version,
        versions.VersionContent(form.id, form.version, "ru", answers, {}, consent=report.consent_use),
    )
    await unit.session.flush()
    unit.session.add(version)
    await unit.session.flush()


async def stay(unit: Unit, moderator: Moderator, report: Report) -> None:
    """Nothing happens."""


async def hold(unit: Unit, moderator: Moderator, report: Report) -> None:
    """The moderator claims it."""
    await claims.claim(unit, moderator, report)


async def approve(unit: Unit, moderator: Moderator, report: Report) -> None:
    """The moderator claims it and approves what is proposed."""
    await claims.claim(unit, moderator, report)
    await approve_proposal(unit, moderator, report)


async def reject(unit: Unit, moderator: Moderator, report: Report) -> None:
    """The moderator claims and rejects it."""
    await claims.claim(unit, moderator, report)
    await rejection.reject(unit, moderator, report, "spam")


async def withdraw(unit: Unit, moderator: Moderator, report: Report) -> None:
    """Its reporter takes it back."""
    await withdrawal.withdraw(unit, report)


async def expire(unit: Unit, moderator: Moderator, report: Report) -> None:
    """Nobody decided it in time."""
    retention.close(unit, report, Move.EXPIRE)


async def stand(unit: Unit, moderator: Moderator, report: Report) -> None:
    """Nobody decided anew in time what had been approved."""
    retention.close(unit, report, Move.STAND)


async def endorse(unit: Unit, moderator: Moderator, report: Report) -> None:
    """The moderator approves what is proposed, and another has to."""
    unit.settings = unit.settings.model_copy(update={"approvals": 2})
    try:
        await approve_proposal(unit, moderator, report)
    finally:
        unit.settings = unit.settings.model_copy(update={"approvals": 1})


async def set_aside(unit: Unit, moderator: Moderator, report: Report) -> None:
    """A question waits for an answer, and the moderator does too."""
    report.waits = True
    await setting_aside.set_aside(unit, moderator, report)


async def need_info(unit: Unit, moderator: Moderator, report: Report) -> None:
    """The moderator claims it and waits for an answer."""
    await claims.claim(unit, moderator, report)
    await set_aside(unit, moderator, report)


async def resume(unit: Unit, moderator: Moderator, report: Report) -> None:
    """Its reporter answers, or never did."""
    answering.resume(report)


async def duplicate(unit: Unit, moderator: Moderator, report: Report) -> None:
    """It repeats another report."""
    other = await another(unit)
    await duplicates.close_as_duplicate(unit, moderator, report, other.ref)


async def take_back(unit: Unit, moderator: Moderator, report: Report) -> None:
    """The moderator withdraws it."""
    await withdrawing.withdraw(unit, moderator, report, "danger")


async def revive(unit: Unit, moderator: Moderator, report: Report) -> None:
    """What it repeats is withdrawn."""
    report.status = after(Status(report.status), Move.REVIVE)


WAYS: Mapping[Status, Act] = {
    Status.NEW: stay,
    Status.CLAIMED: hold,
    Status.NEEDS_INFO: need_info,
    Status.APPROVED: approve,
    Status.REJECTED: reject,
    Status.WITHDRAWN: withdraw,
    Status.EXPIRED: expire,
}


async def another(unit: Unit) -> Report:
    """Another report."""
    ref = f"R{secrets.token_hex(3)[:5].upper()}"
    other = Report(**OTHER, id=vault.new_id(), ref=ref, submitted_hour=unit.hour)
    unit.session.add(other)
    await unit.session.flush()
    return other


async def join(unit: Unit, moderator: Moderator, report: Report) -> None:
    """It is of the same event as another."""
    await incidents.join(unit, moderator, report, (await another(unit)).ref)


async def leave(unit: Unit, moderator: Moderator, report: Report) -> None:
    """It is not of its incident."""
    report.incident_id = incident_id = vault.new_id()
    unit.session.add(Incident(id=incident_id, ref=f"E{incident_id[:5].upper()}", hour=unit.hour))
    await unit.session.flush()
    await incidents.leave(unit, moderator, report)


async def relate(unit: Unit, moderator: Moderator, report: Report) -> None:
    """It is related to another."""
    await relating.relate(unit, moderator, report, (await another(unit)).ref)


DOINGS: Mapping[Move, Act] = {
    Move.CLAIM: claims.claim,
    Move.RELEASE: claims.release,
    Move.APPROVE: approve_proposal,
    Move.ENDORSE: endorse,
    Move.REJECT: lambda unit, moderator, report: rejection.reject(unit, moderator, report, "false"),
    Move.SET_ASIDE: set_aside,
    Move.RESUME: resume,
    Move.CLOSE_AS_DUPLICATE: duplicate,
    Move.TAKE_BACK: take_back,
    Move.REVIVE: revive,
    Move.JOIN: join,
    Move.LEAVE: leave,
    Move.RELATE: relate,
    Move.CORRECT: claims.correct,
    Move.REOPEN: claims.reopen,
    Move.WITHDRAW: withdraw,
    Move.EXPIRE: expire,
    Move.STAND: stand,
}


@pytest.mark.parametrize("status", Status)
async def test_the_services_make_the_moves_of_the_table_and_no_others(bench: Bench, status: Status) -> None:
    """Each move from each state ends where the table says, or is refused and changes nothing."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        for move in Move:
            report = (await bench.submit(unit)).report
            await add_proposal(unit, report)
            await WAYS[status](unit, moderator, report)
            assert report.status == status
            to = MOVES.get((status, move))
            if (status, move) == (Status.CLAIMED, Move.CLAIM):
                to = Status.CLAIMED  # one's own claim is only made longer
            if to is None:
                with pytest.raises(Refusal):
                    await DOINGS[move](unit, moderator, report)
            else:
                await DOINGS[move](unit, moderator, report)
            await unit.session.flush()
            await unit.session.refresh(report)
            assert report.status == (to or status), move


def test_a_move_that_is_not_in_the_table_says_where_the_report_stands() -> None:
    """The refusal's text is that of the state."""
    with pytest.raises(Refusal, match=r"^state\.is_withdrawn$"):
        after(Status.WITHDRAWN, Move.REOPEN)


async def test_of_two_moderators_who_claim_at_once_one_wins(bench: Bench) -> None:
    """The other is told who holds the report."""
    async with bench.write() as unit:
        both = [await bench.moderator(unit, alias) for alias in ("Aspan", "Teniz")]
        ref = (await bench.submit(unit)).report.ref
    begun = asyncio.Barrier(2) if not bench.database.is_sqlite else None

    async def claim(moderator: Moderator) -> str:
        async with bench.write() as unit:
            await claims.held_by(unit, moderator)
            if begun is not None:  # both transactions are under way before either looks for the report
                await begun.wait()
            report = await claims.find(unit, ref)
            try:
                await claims.claim(unit, moderator, report)
            except Refusal as refusal:
                return f"{refusal.key} {refusal.arguments['alias']}"
            return "won"

    if begun is not None:
        bench.database._lock = _NoLock()  # type: ignore[assignment] # as if two copies of the bot ran
    results = await asyncio.gather(*(claim(moderator) for moderator in both))
    winner = both[results.index("won")]
    assert sorted(results) == [f"moderator.held {winner.alias}", "won"]
    async with bench.read() as unit:
        assert (await claims.look_up(unit, ref)).moderator_id == winner.id


class _NoLock:
    async def __aenter__(self) -> None:
        """Let everybody in."""

    async def __aexit__(self, *_: object) -> None:
        """Let everybody out."""


async def test_a_claim_ends_after_its_hours(bench: Bench) -> None:
    """It counts as waiting, another may claim it, and the edit of who held it is destroyed."""
    async with bench.write() as unit:
        first, second = [await bench.moderator(unit, alias) for alias in ("Aspan", "Teniz")]
        report = (await bench.submit(unit)).report
        await claims.claim(unit, first, report)
        edit = await editing.begin(unit, first, report, None)
        drafting.save(unit, edit)
        key_id = edit.row.data_key_id
    bench.later(bench.settings.claim_hours - 1)
    async with bench.write() as unit:
        with pytest.raises(Refusal, match=r"moderator\.held"):
            await claims.take(unit, second, report.ref)
        assert await numbers(unit, [QUEUE], None) == [Number(0)]
    bench.later(1)
    async with bench.write() as unit:
        assert await numbers(unit, [QUEUE], None) == [Number(1)]
        taken = await claims.take(unit, second, report.ref)
        assert taken.moderator_id == second.id
        assert await opens(unit, key_id) == [False]
        with pytest.raises(Refusal, match=r"moderator\.held"):
            await claims.take(unit, first, report.ref)


async def test_holding_on_makes_a_claim_longer(bench: Bench) -> None:
    """Who holds a report may claim it again; the audit log has one claim."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await claims.claim(unit, moderator, report)
        bench.later(5)
        unit.now = bench.now
        await claims.claim(unit, moderator, report)
        assert report.claimed_until_hour == unit.hour + bench.settings.claim_hours
        acts = (await unit.session.scalars(select(AuditEntry.act))).all()
        assert acts.count("claim") == 1


async def test_next_claims_the_first_of_the_queue_until_it_is_empty(bench: Bench) -> None:
    """Each moderator gets another report."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        refs = [(await bench.submit(unit)).report.ref for _ in range(2)]
        taken = [await claim_next(unit, moderator) for _ in range(3)]
    assert {report.ref for report in taken if report is not None} == set(refs)
    assert taken[2] is None


async def test_only_the_holder_or_an_administrator_releases(bench: Bench) -> None:
    """Another moderator is told who holds it."""
    async with bench.write() as unit:
        first, second = [await bench.moderator(unit, alias) for alias in ("Aspan", "Teniz")]
        report = (await bench.submit(unit)).report
        await claims.claim(unit, first, report)
        with pytest.raises(Refusal, match=r"moderator\.held"):
            await claims.release(unit, second, report)
        assert report.status == Status.CLAIMED
        await claims.release(unit, second, report, any_holder=True)
        assert report.status == Status.NEW


async def test_a_reference_is_found_as_people_type_it(bench: Bench) -> None:
    """In any case; an unknown one is refused with what was typed."""
    async with bench.write() as unit:
        report = (await bench.submit(unit)).report
        report.ref = "R01ABC"
        await unit.session.flush()
        for typed in ("r01abc", " ROIABC ", "rolabc"):
            assert (await claims.find(unit, typed)).id == report.id
        with pytest.raises(Refusal, match=r"moderator\.unknown_ref"):
            await claims.find(unit, "R00000")


async def test_a_moderator_reads_answers_and_the_state_of_files(bench: Bench) -> None:
    """Everything by its path; a file that is not fetched yet is told as such."""
    async with bench.write() as unit:
        report = (await bench.submit(unit)).report
        ref = FileRef("f" * 32, FileKind.PHOTO, "photo.jpg")
        assert await reading.content(unit, report) is not None
        report = (await bench.submit(unit, evidence=Files((ref,)))).report
        facts = {"kind": "photo", "size": 1, "attempts": 0, "meta": b"", "hour": unit.hour}
        unit.session.add(File(id=ref.id, data_key_id=report.data_key_id, status="pending", **facts))
        await unit.session.flush()
        content = await reading.content(unit, report)
    assert content is not None
    assert content.answers["/incident/report/region"] == Chosen(("KZ-75",))
    assert content.files == {ref.id: KeptFile("pending")}
    assert content.sealed == {}


async def test_an_answer_that_the_form_no_longer_asks_for_counts_as_sealed(
    bench: Bench, forms: Mapping[str, Form]
) -> None:
    """It may have been sealed when it was asked; nobody is shown it, nor its files."""
    async with bench.write() as unit:
        report = (await bench.submit(unit, affected_role=None)).report
        form = forms["report"]
        story = form.by_role["story"]
        group = next(node for node in form.children if isinstance(node, Group))
        left = replace(group, children=tuple(node for node in group.children if node is not story))
        children = tuple(left if node is group else node for node in form.children)
        unit.forms = {**unit.forms, "report": replace(form, children=children)}
        content = await reading.content(unit, report)
    assert content is not None
    assert list(content.sealed) == [story.path]
    assert story.path not in content.answers


async def test_an_edit_starts_from_what_the_reporter_said(bench: Bench) -> None:
    """At the first text that must be written, with the codes, the date and the region; without a word of the story."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit, violations=None)).report
        await claims.claim(unit, moderator, report)
        edit = await editing.begin(unit, moderator, report, None)
        screen, end = await drafting.apply(unit, edit, Show())
    assert (end, screen.kind, edit.draft.position) == (End.OPEN, ScreenKind.QUESTION, "/review/title")
    assert edit.draft.answers == {
        "/review/kind": Chosen(("incident",)),
        "/review/assertion": Chosen(("alleged",)),
        "/review/violations": Chosen(("detention",)),
        "/review/violation_primary": Chosen(("detention",)),
        "/review/when": When(Precision.DAY, "2024-03-08", "2024-03-08"),
        "/review/date_meaning": text("event"),
        "/review/region": Chosen(("KZ-75",)),
    }


async def test_an_edit_asks_for_what_is_missing_and_is_not_sent_without(bench: Bench) -> None:
    """Title and summary are asked one after the other, then the review comes; whoever turns back to it is led to both again, and told
    how many there are."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await claims.claim(unit, moderator, report)
        edit = await editing.begin(unit, moderator, report, None)
        for kind in (ScreenKind.EDIT, ScreenKind.REVIEW):
            assert (await drafting.apply(unit, edit, Back()))[0].kind is kind
        screen, end = await drafting.apply(unit, edit, Submit())
        assert (end, screen.path) == (End.OPEN, "/review/title")
        assert screen.notice == Key("flow.submit.missing", {"n": 2})
        assert (await drafting.apply(unit, edit, Wrote("Title", "1")))[0].path == "/review/summary"
        screen, _ = await drafting.apply(unit, edit, Wrote("Summary", "2"))
        assert screen.kind is ScreenKind.REVIEW
        assert (await drafting.apply(unit, edit, Submit()))[1] is End.SUBMITTED


async def test_a_text_typed_at_the_review_is_the_first_that_is_missing_and_fits(bench: Bench) -> None:
    """One that is too long for a title is the summary; with nothing missing it changes nothing."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await claims.claim(unit, moderator, report)
        edit = await editing.begin(unit, moderator, report, None)
        await drafting.apply(unit, edit, Back())
        for event in (Wrote("x" * 200, "1"), Wrote("Title", "2")):
            screen, _ = await drafting.apply(unit, edit, event)
            assert screen.kind is ScreenKind.REVIEW
        told = {
            path: answer.text for path, answer in edit.draft.answers.items() if isinstance(answer, Written)
        }
        assert (told["/review/title"], told["/review/summary"]) == ("Title", "x" * 200)
        screen, _ = await drafting.apply(unit, edit, Wrote("More", "3"))
        assert screen.notice == Key("flow.use_buttons")


async def test_an_edit_goes_on_after_a_restart(bench: Bench) -> None:
    """The same draft is given back; another form in the chat must be ended first."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        first, second = [(await bench.submit(unit)).report for _ in range(2)]
        await claims.claim(unit, moderator, first)
        drafting.save(unit, await editing.begin(unit, moderator, first, None))
    async with bench.write() as unit:
        found = (await drafting.load(unit, [moderator.chat_hash]))[moderator.chat_hash]
        first, second = [await claims.find(unit, report.ref) for report in (first, second)]
        assert await editing.begin(unit, moderator, first, found) is found
        with pytest.raises(Refusal, match=r"edit\.other") as refused:
            await editing.begin(unit, moderator, second, found)
        assert refused.value.arguments["ref"] == first.ref
        own = replace(found, row=DraftRow(kind="report"))
        with pytest.raises(Refusal, match=r"edit\.own_report"):
            await editing.begin(unit, moderator, first, own)
        assert await count(unit, DraftRow) == 1


async def test_a_sent_edit_is_a_proposed_version_under_the_drafts_own_key(bench: Bench) -> None:
    """The draft is gone, its key serves the version; a later edit starts from it and takes its place."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        first = await bench.propose(unit, moderator, report, region=Chosen(("KZ-71",)))
        assert await count(unit, DraftRow) == 0
        key_id = first.data_key_id
        assert key_id != report.data_key_id
        edit = await editing.begin(unit, moderator, report, None)
        assert edit.draft.answers["/review/region"] == Chosen(("KZ-71",))
        drafting.save(unit, edit)
        await editing.save_edit(unit, edit)
    async with bench.read() as unit:
        found = (await unit.session.scalars(select(PublicVersion).order_by(PublicVersion.version))).all()
        assert [(one.version, one.state, one.current) for one in found] == [
            (1, "replaced", False),
            (2, "proposed", False),
        ]
        assert (found[0].content, await opens(unit, key_id)) == (None, [False])
        written = await versions.content(unit, found[1])
        assert written is not None
        assert written.answers["/review/title"] == typed("People held in Almaty")


async def test_an_edit_of_a_report_that_another_holds_is_not_saved(bench: Bench) -> None:
    """A claim that ended and went to another refuses what the first one sends."""
    async with bench.write() as unit:
        first, second = [await bench.moderator(unit, alias) for alias in ("Aspan", "Teniz")]
        report = (await bench.submit(unit)).report
        await claims.claim(unit, first, report)
        edit = await editing.begin(unit, first, report, None)
        await claims.release(unit, first, report)
        await claims.claim(unit, second, report)
        with pytest.raises(Refusal, match=r"moderator\.held"):
            await editing.save_edit(unit, edit)


async def test_only_the_version_that_was_shown_is_approved(bench: Bench) -> None:
    """The proof of an earlier version is stale; the approved one is current, the claim ends."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        with pytest.raises(Refusal, match=r"approve\.nothing"):
            await proposals.proposal(unit, report)
        await bench.propose(unit, moderator, report)
        first = await proposals.proposal(unit, report)
        second = await bench.propose(unit, moderator, report)
        with pytest.raises(Refusal, match=r"approve\.stale"):
            await approval.approve(unit, moderator, report, first.proof)
        await approve_proposal(unit, moderator, report)
        assert (second.state, second.current, second.approved_hour) == ("approved", True, unit.hour)
        assert (report.moderator_id, report.closed_hour) == (None, unit.hour)


async def test_a_version_that_lacks_what_is_required_is_not_approved(bench: Bench) -> None:
    """As the review form is today."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await bench.propose(unit, moderator, report, summary=None)
        with pytest.raises(Refusal, match=r"approve\.incomplete"):
            await approve_proposal(unit, moderator, report)


async def test_a_version_is_not_approved_under_another_form_than_it_was_shown_under(bench: Bench) -> None:
    """Its row would be another, and it may lack what the new form requires."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await bench.propose(unit, moderator, report)
        shown = await proposals.proposal(unit, report)
        unit.forms = {**unit.forms, "review": replace(unit.forms["review"], version="next")}
        with pytest.raises(Refusal, match=r"approve\.stale"):
            await approval.approve(unit, moderator, report, shown.proof)
        await approve_proposal(unit, moderator, report)


async def test_an_approval_decrypts_the_version_once(bench: Bench) -> None:
    """Its key and its content when it is shown; to approve what was shown opens nothing and takes ten statements."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        version = await bench.propose(unit, moderator, report)
    unsealed: list[str] = []

    def counted(key: SecretKey, sealed: bytes, place: str) -> bytes:
        unsealed.append(place)
        return AES_GCM.unseal(key, sealed, place)

    ring = RingSeal(bench.settings.ring, Scheme(AES_GCM.seal, counted))
    bench.safe = replace(bench.safe, ring=ring)
    async with bench.write() as unit:
        shown = await proposals.proposal(unit, await claims.take(unit, moderator, report.ref))
    assert unsealed == [f"data_keys.wrapped:{version.data_key_id}", f"public_versions.content:{version.id}"]
    unsealed.clear()
    async with bench.write() as unit, statements(unit) as seen:
        held = await claims.take(unit, moderator, report.ref)
        assert (await approval.approve(unit, moderator, held, shown.proof)).version.current
        await unit.session.flush()
    assert unsealed == []
    assert len([one for one in seen if "advisory" not in one]) == 12


async def public(unit: Unit, report: Report) -> PublicVersion | None:
    """The version that is public now."""
    query = select(PublicVersion).where(PublicVersion.report_id == report.id, PublicVersion.current)
    return await unit.session.scalar(query)


async def test_what_is_public_stays_until_a_new_version_takes_its_place(bench: Bench) -> None:
    """Reopening and proposing change nothing in public; approval destroys the older version."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        first = await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
        key_id = first.data_key_id
        await claims.correct(unit, moderator, report)
        second = await bench.propose(unit, moderator, report)
        assert await public(unit, report) is first
        await approve_proposal(unit, moderator, report)
        assert await public(unit, report) is second
        assert await opens(unit, key_id, second.data_key_id) == [False, True]


async def test_a_rejected_report_is_public_no_more(bench: Bench) -> None:
    """With its reason; an unknown reason is refused, and so is who does not hold it."""
    async with bench.write() as unit:
        moderator, other = [await bench.moderator(unit, alias) for alias in ("Aspan", "Teniz")]
        report = (await bench.submit(unit)).report
        version = await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
        key_id = version.data_key_id
        await claims.correct(unit, moderator, report)
        with pytest.raises(Refusal, match=r"reject\.reason"):
            await rejection.reject(unit, moderator, report, "boring")
        with pytest.raises(Refusal, match=r"not_held"):
            await rejection.reject(unit, other, report, "duplicate")
        await rejection.reject(unit, moderator, report, "duplicate")
        assert (report.reject_reason, await public(unit, report)) == ("duplicate", None)
        assert await opens(unit, key_id, report.data_key_id) == [False, True]


async def test_withdrawal_destroys_every_key_the_edit_and_what_is_on_its_way(bench: Bench) -> None:
    """Of the report, the proposed and the public version and the open edit; no fact of it stays."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        receipt = await bench.submit(unit)
        report = receipt.report
        first = await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
        await claims.correct(unit, moderator, report)
        second = await bench.propose(unit, moderator, report)
        edit = await editing.begin(unit, moderator, report, None)
        drafting.save(unit, edit)
        keys = [report.data_key_id, first.data_key_id, second.data_key_id, edit.row.data_key_id]
        row = {"chat_hash": moderator.chat_hash, "number": 1, "payload": b"", "hour": unit.hour}
        unit.session.add(OutboxRow(id=1, report_id=report.id, **row))
        unit.session.add(OutboxRow(id=2, report_id=None, **row))
        assert await opens(unit, *keys) == [True] * 4
    async with bench.write() as unit:
        found = await intake.find_by_code(unit, receipt.code)
        assert (await withdrawal.withdraw(unit, found)).report_id == report.id
        assert unit.erased
    async with bench.write() as unit:
        assert await opens(unit, *keys) == [False] * 4
        assert await count(unit, DraftRow) == 0
        assert await count(unit, OutboxRow) == 1
        found = await claims.find(unit, report.ref)
        assert (found.status, found.content, found.category, found.region) == ("withdrawn", None, None, None)
        assert [one.content for one in await unit.session.scalars(select(PublicVersion))] == [None, None]
        with pytest.raises(Refusal):
            await intake.find_by_code(unit, receipt.code)
        with pytest.raises(Refusal, match=r"state\.is_withdrawn"):
            await claims.take(unit, moderator, report.ref)


async def test_every_act_is_in_the_audit_log_without_content(bench: Bench) -> None:
    """Who, what, which report, a code; nothing that a person said."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
        await claims.correct(unit, moderator, report)
        await claims.release(unit, moderator, report)
        await claims.claim(unit, moderator, report)
        await rejection.reject(unit, moderator, report, "duplicate")
        entries = (await unit.session.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()
    told = [(entry.actor, entry.act, entry.detail) for entry in entries if entry.subject == report.ref]
    assert told == [
        ("reporter", "submit", ""),
        ("Aspan", "claim", ""),
        ("Aspan", "edit", ""),
        ("Aspan", "propose", "v1"),
        ("Aspan", "approve", "v1"),
        ("Aspan", "correct", ""),
        ("Aspan", "release", ""),
        ("Aspan", "claim", ""),
        ("Aspan", "reject", "duplicate"),
    ]


async def test_a_report_whose_time_is_over_is_not_reopened_for_nothing(bench: Bench) -> None:
    """Nothing of it is left to be read or edited."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await claims.claim(unit, moderator, report)
        await rejection.reject(unit, moderator, report, "spam")
        await withdrawal.erase(unit, report, public_too=True)
        assert await reading.content(unit, report) is None
        with pytest.raises(Refusal, match=r"content\.gone"):
            await claims.reopen(unit, moderator, report)
