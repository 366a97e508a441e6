"""Decisions in a chat, each confirmed by a second look."""

from collections.abc import Iterator, Sequence

from bot.chat.renderer import ActButton, act_button, shortened
from bot.chat.turn import Turn
from bot.desk.decisions import service as decisions_service
from bot.desk.decisions.service import Outcome, Proposal
from bot.desk.notices.chat import notify_released, notify_withdrawn
from bot.desk.people import service as people_service
from bot.desk.publishing import chat as publishing_chat
from bot.desk.publishing import service as publishing_service
from bot.desk.references import KEEP, in_rows, named, open_button, taken
from bot.errors import Refusal
from bot.form.kinds import answer_phrase
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said, Screen, ScreenKind, title_phrase
from bot.form.typed.links import telling
from bot.languages import name_of
from bot.publish import versions
from bot.publish.country_update.service import paragraphs
from bot.publish.export import exports
from bot.publish.export.cells import PreviewCell
from bot.publish.export.selection import ApprovedVersion
from bot.publish.published_languages import first_person
from bot.publish.versions import Giveaway, OwnWords
from bot.reports import approvals, claims
from bot.reports.filling import screens as filling_screens
from bot.reports.states import Consent, Move, Status
from bot.safety.personal_data.words import FindingKind
from bot.store.unit import REVIEW_FORM
from db.models import Report


def require_none(turn: Turn, report: Report) -> None:
    """Raise Refusal while this chat edits the report, since the edit would not be part of the decision."""
    if _is_edited_here(turn, report):
        raise Refusal("moderator.approve.edit_open", {"ref": report.ref})


async def take(turn: Turn) -> Report:
    """Claim the tapped report. Raises Refusal as `require_none` and `claims.take` do."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    require_none(turn, report)
    return report


def forget(turn: Turn, report: Report) -> None:
    """Close the screen of the report's open edit, which has ended or waits for an undo."""
    open_draft = turn.chat.open_draft
    if _is_edited_here(turn, report):
        filling_screens.drop(turn)
        turn.chat.open_draft = open_draft if report.status == Status.UNDOABLE else None


def _is_edited_here(turn: Turn, report: Report) -> bool:
    open_draft = turn.chat.open_draft
    return open_draft is not None and open_draft.row.report_id == report.id


async def release(turn: Turn) -> None:
    """Return a report to its place in the queue. An administrator may release another moderator's, who is told: by an
    alarm's button only while that moderator has not read the additions, so that no work is lost needlessly."""
    report = await named(turn)
    is_unread = report.unread and (report.moderator_id or "").startswith(turn.act.second)
    if turn.tapped_message_id is not None and turn.act.second and not is_unread:
        raise Refusal("moderator.released.read", {"ref": report.ref})
    any_holder = turn.moderator.role == people_service.ADMIN
    holder = await claims.release(turn.unit, turn.moderator, report, any_holder=any_holder)
    if holder is not None:
        notify_released(turn, holder, report)
    forget(turn, report)
    is_public = report.status == Status.APPROVED
    turn.say(Key("moderator.released.public" if is_public else "moderator.released", {"ref": report.ref}))


async def keep(turn: Turn) -> None:
    turn.answer_tap("moderator.kept")
    turn.drop_buttons()


async def correct(turn: Turn) -> None:
    """Claim an approved report and begin the edit of its public version."""
    report = await named(turn)
    await publishing_service.may_begin(turn.unit, report, turn.chat.open_draft)
    await claims.correct(turn.unit, turn.moderator, report)
    await publishing_chat.edit(turn)


_NEXT = act_button("moderator.next", "mnext", role=ButtonRole.ONWARD)


def say(turn: Turn, report: Report, done: Key, *beside: ActButton, undo: ActButton | None = None) -> None:
    """Confirm a decision, and say until when it can be undone."""
    if report.status != Status.UNDOABLE:
        turn.say(done, rows=[[*beside, _NEXT]])
        return
    until = Key("moderator.undo.until", {"n": turn.unit.settings.undo_minutes})
    rows = [[*beside, _NEXT], [undo or act_button("moderator.undo", "mundo", report.ref)]]
    turn.say(done, until, rows=rows)


async def undo(turn: Turn) -> None:
    """Undo a decision. The moderator holds the report again as it was."""
    report = await decisions_service.undo(turn.unit, turn.moderator, turn.act.first)
    turn.drop_buttons()
    undone = Key("moderator.undone", {"ref": report.ref})
    turn.say(undone, rows=[[open_button(report.ref)]], report_id=report.id)


MOST_LINKS, MOST_LINK = 10, 150
_MOST_SIGNS = 5
_LEAVING = frozenset({Consent.PUBLISH, Consent.SHARE})
"""Consents under which any part of a version can be exported."""


async def approve(turn: Turn) -> None:
    """Show the reporter's own words if any wait for confirmation, else the preview."""
    report = await taken(turn)
    require_none(turn, report)
    await show_next(turn, report)


async def show_saved(turn: Turn, report: Report) -> None:
    """Show the next step of approval after a version was saved, or why it cannot be approved."""
    try:
        await show_next(turn, report)
    except Refusal as refusal:
        turn.say(Key(refusal.key, refusal.arguments))


async def confirm_words(turn: Turn) -> None:
    """Confirm a text of the reporter for publication as shown."""
    report = await take(turn)
    left_out, _, proof = turn.act.second.partition("-")
    number = int(left_out) if left_out.isdecimal() else 0
    found = await decisions_service.proposal(turn.unit, report)
    shown = found.words[number : number + 1]
    await decisions_service.confirm_words(turn.unit, turn.moderator, report, found, shown, proof)
    turn.drop_buttons()
    await show_next(turn, report, number)


async def leave_words_out(turn: Turn) -> None:
    """Leave a text of the reporter unconfirmed, so that the export lacks it."""
    report = await take(turn)
    turn.drop_buttons()
    await show_next(turn, report, int(turn.act.second) if turn.act.second.isdecimal() else 0)


async def show_next(turn: Turn, report: Report, left_out: int = 0, made: Proposal | None = None) -> None:
    """Show the next of the reporter's own words that wait for confirmation, else the preview. `made` is of practice."""
    proposal = made or await decisions_service.proposal(turn.unit, report)
    waiting = proposal.words[left_out:] if report.consent_use in _LEAVING else ()
    if waiting:
        _show_words(turn, report, proposal, waiting[0], left_out)
    else:
        await preview(turn, report, proposal)


def _show_words(turn: Turn, report: Report, proposal: Proposal, shown: OwnWords, left_out: int) -> None:
    ref = report.ref
    title = Key("moderator.words.title", {"ref": ref, "version": proposal.version.version})
    forms = turn.unit.report_forms
    form = forms.of("", shown.form) if shown.form else forms[REVIEW_FORM]
    question = title_phrase(form, shown.path)
    line = Key("moderator.words.line", {"question": question, "text": Said(shown.text)})
    if shown.language is not None:
        line = Key("moderator.words.line_in", {**line.args, "language": name_of(shown.language)})
    send_whole(turn, report, title, line)
    proof = f"{left_out}-{decisions_service.words_proof(turn.unit, proposal, (shown,))}"
    rows = [
        [act_button("moderator.words.confirm", "mwords", ref, proof, ButtonRole.COMPLETE)],
        [act_button("moderator.words.leave_out", "mleave", ref, str(left_out + 1))],
        [act_button("moderator.edit", "medit", ref), KEEP],
    ]
    of_themselves = tuple(map(Said, first_person(shown.text)[:_MOST_SIGNS]))
    warned: list[Phrase] = []
    if of_themselves:
        warned.append(Key("moderator.words.first_person", {"words": Joined(of_themselves)}))
    if shown.form and (found := versions.giveaways([shown.text])):
        warned.append(publishing_chat.giveaways_told(found))
    turn.say(*warned, "moderator.words.ask", rows=rows, report_id=report.id, protect=True)


def send_whole(turn: Turn, report: Report, *body: Phrase) -> None:
    """Enqueue protected messages about a report, as many as the text needs."""
    for message in turn.renderer.screen(turn.language, Screen(ScreenKind.REVIEW, body), "", 0):
        turn.send(message, report_id=report.id, protect=True)


async def preview(turn: Turn, report: Report, proposal: Proposal, *, names_are_cleared: bool = False) -> None:
    """Show exactly what would be exported and ask for approval. With uncleared names, say why it is refused."""
    number = proposal.version.version
    row = await exports.preview(turn.unit, report, number, proposal.content, turn.language)
    title = Key("moderator.approve.title", {"ref": report.ref, "version": number})
    send_whole(turn, report, title, *version_lines(turn, row), *_reported_lines(turn, proposal))
    found = versions.giveaways_of_version(turn.unit.forms[REVIEW_FORM], proposal.content)
    names = () if names_are_cleared else _names_without_consent(report, found)
    if names:
        _refuse_names(turn, report, proposal, found, names)
        return
    ref, proof = report.ref, proposal.proof
    confirm = act_button("moderator.approve.confirm", "mapprove", ref, proof, ButtonRole.COMPLETE)
    # Without a known consent nothing is exported.
    said: list[Phrase | str] = [
        f"moderator.use.{report.consent_use if report.consent_use in set(Consent) else 'none'}"
    ]
    if found:
        said.append(publishing_chat.giveaways_told(found))
    if proposal.words:
        said.append(Key("moderator.words.left_out", {"n": len(proposal.words)}))
    if proposal.needed > 1:
        said.append(_how_many(proposal))
    links = list(dict.fromkeys(link for _, _, cell in row for link in telling(cell)))
    if links:
        named = Joined(tuple(Said(shortened(link, MOST_LINK)) for link in links[:MOST_LINKS]), "\n")
        said.append(Key("moderator.approve.links", {"links": named}))
    is_told = report.consent_use == Consent.PUBLISH and not turn.practises
    prose = [[act_button("moderator.prose", "mprose", ref)]] if is_told else []
    turn.say(
        *said, "moderator.approve.ask", rows=[[confirm], *prose, [KEEP]], report_id=report.id, protect=True
    )


async def show_prose(turn: Turn) -> None:
    """Show the paragraph that country updates would have, in each language of the version."""
    report = await take(turn)
    proposal = await decisions_service.proposal(turn.unit, report)
    about = report.ref, proposal.version.version, turn.unit.hour, report.consent_use or "", proposal.content
    languages = turn.unit.settings.published_languages or (proposal.content.language,)
    found = paragraphs(turn.unit, ApprovedVersion(*about), turn.renderer.texts, languages)
    told = (
        Key("moderator.prose.line", {"language": name_of(one), "text": Said(words)})
        for one, words in found.items()
    )
    send_whole(turn, report, Key("moderator.prose.title", {"ref": report.ref}), *told)
    edit = act_button("moderator.edit", "medit", report.ref)
    turn.say("moderator.prose.how", rows=[[edit], [KEEP]], report_id=report.id, protect=True)


def _names_without_consent(report: Report, found: Sequence[Giveaway]) -> Sequence[Giveaway]:
    allows_none = report.consent_use == Consent.PUBLISH
    return [one for one in found if allows_none and one.kind is FindingKind.NAME]


def _refuse_names(
    turn: Turn, report: Report, proposal: Proposal, found: Sequence[Giveaway], names: Sequence[Giveaway]
) -> None:
    proof = decisions_service.proof_of(turn.unit, proposal, names)
    rows = [
        [act_button("moderator.names.edit", "medit", report.ref, role=ButtonRole.ONWARD)],
        [act_button("moderator.names.disclaim", "mnames", report.ref, proof)],
        [KEEP],
    ]
    told = publishing_chat.giveaways_told(found)
    turn.say(told, "moderator.names.refused", rows=rows, report_id=report.id, protect=True)


async def disclaim_names(turn: Turn) -> None:
    """Declare that the names belong to no affected person, and show the preview."""
    report = await take(turn)
    proposal = await decisions_service.proposal(turn.unit, report)
    found = versions.giveaways_of_version(turn.unit.forms[REVIEW_FORM], proposal.content)
    names = _names_without_consent(report, found)
    await decisions_service.disclaim(turn.unit, turn.moderator, report, proposal, names, turn.act.second)
    turn.drop_buttons()
    await preview(turn, report, proposal, names_are_cleared=True)


def _how_many(proposal: Proposal) -> Key:
    if not proposal.given:
        return Key("moderator.approve.needed", {"needed": proposal.needed})
    given = Joined(tuple(map(Said, proposal.given)))
    return Key("moderator.approve.given", {"needed": proposal.needed, "aliases": given})


def version_lines(turn: Turn, row: Sequence[PreviewCell]) -> Iterator[Key]:
    """Cells in words, then the codes of those whose cell differs."""
    for column, words, _ in row:
        heading = column.heading(turn.renderer.texts, turn.language)
        if words:
            yield Key("moderator.approve.line", {"column": Said(heading), "value": Said(words)})
    codes = "\n".join(f"{column.name}: {cell}" for column, words, cell in row if words != cell)
    yield Key("moderator.approve.codes", {"codes": Said(codes)})


def _reported_lines(turn: Turn, proposal: Proposal) -> Iterator[Key]:
    told = proposal.content.reported
    if told is None or not told.answers:
        return
    yield Key("moderator.approve.reported")
    form = turn.unit.report_forms.of("", told.form)
    for path, answer in told.answers.items():
        if (question := form.question_at(path)) is not None:
            value = answer_phrase(question, answer)
            yield Key("moderator.approve.line", {"column": title_phrase(form, path), "value": value})


async def approve_surely(turn: Turn) -> None:
    """Approve the version that was shown."""
    if approvals.needed(turn.unit, named=True) > 1:
        found = await claims.find(turn.unit, turn.act.first)
        await decisions_service.require_new(turn.unit, turn.moderator, found, turn.act.second)
    report = await take(turn)
    outcome: Outcome = await decisions_service.decide(
        turn.unit, turn.moderator, report, Move.APPROVE, turn.act.second
    )
    key = "moderator.approved" if outcome.is_public else "moderator.endorsed"
    done = Key(key, {"ref": report.ref, "given": outcome.given, "needed": outcome.needed})
    say(turn, report, done)


async def more(turn: Turn) -> None:
    """Offer the rarer decisions. An approved report can be linked without being claimed."""
    report = await named(turn)
    if report.status != Status.APPROVED:
        await claims.claim(turn.unit, turn.moderator, report)
    rows = in_rows([*_decisions(report), KEEP], 1)
    turn.say(Key("moderator.more.ask", {"ref": report.ref}), rows=rows, report_id=report.id)


def _decisions(report: Report) -> Iterator[ActButton]:
    yield act_button("moderator.incident.join", "mjoin", report.ref)
    if report.incident_id is not None:
        yield act_button("moderator.incident.leave", "munjoin", report.ref)
    yield act_button("moderator.relate", "mrelate", report.ref)
    if report.status == Status.APPROVED:
        yield act_button("moderator.person", "msame", report.ref)
        return
    if report.waits:
        yield act_button("moderator.aside", "maside", report.ref)
    yield act_button("moderator.hand", "mhand", report.ref)
    yield act_button("moderator.duplicate", "mdup", report.ref)
    yield act_button("moderator.withdraw", "mwithdraw", report.ref, role=ButtonRole.DESTROY)


async def reject(turn: Turn) -> None:
    report = await taken(turn)
    rows = [
        [act_button(f"moderator.reason.{reason}", "mreject", report.ref, reason)]
        for reason in decisions_service.REJECTION_REASONS
        if reason != decisions_service.REASON
    ]
    if not turn.practises:
        rows.insert(0, [act_button("moderator.duplicate", "mdup", report.ref)])
    asked = Key("moderator.reject.ask", {"ref": report.ref, "days": turn.unit.settings.rejected_days})
    turn.say(asked, rows=[*rows, [KEEP]], report_id=report.id)


async def choose(turn: Turn) -> None:
    """Reject a report for the tapped reason. An urgent one, or one without any edit, needs a confirmation."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    await decisions_service.require_rejectable(turn.unit, turn.moderator, report, turn.act.second)
    why = await decisions_service.why_ask(turn.unit, report)
    if why is None:
        await reject_surely(turn)
        return
    surely = act_button("moderator.reject.surely", "mrejectyes", report.ref, turn.act.second)
    rows = [[open_button(report.ref, None)], [surely], [KEEP]]
    asked = Key(f"moderator.reject.{why}", {"ref": report.ref})
    turn.drop_message()  # its id may be known only by this tap
    turn.say(asked, Key(f"moderator.reason.{turn.act.second}"), rows=rows, report_id=report.id)


async def reject_surely(turn: Turn) -> None:
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    await decisions_service.decide(turn.unit, turn.moderator, report, Move.REJECT, turn.act.second)
    forget(turn, report)
    say(turn, report, Key("moderator.rejected", {"ref": report.ref}))


async def set_aside(turn: Turn) -> None:
    report = await named(turn)
    await decisions_service.decide(turn.unit, turn.moderator, report, Move.SET_ASIDE)
    forget(turn, report)
    done = Key("moderator.aside.done", {"ref": report.ref, "n": turn.unit.settings.talk_days})
    say(turn, report, done)


async def ask(turn: Turn) -> None:
    report = await taken(turn)
    rows = [
        [act_button(f"moderator.withdraw.{why}", "mtakeback", report.ref, why, ButtonRole.DESTROY)]
        for why in decisions_service.WITHDRAWAL_REASONS
    ]
    turn.say(Key("moderator.withdraw.ask", {"ref": report.ref}), rows=[*rows, [KEEP]], report_id=report.id)


async def withdraw(turn: Turn) -> None:
    """Destroy the report's keys and tell every moderator."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    await decisions_service.withdraw(turn.unit, turn.moderator, report, turn.act.second)
    forget(turn, report)
    turn.outbox.drop_report(report.id)
    await notify_withdrawn(turn, report)
