"""Command /approve: confirmation of the reporter's own words, then of the exact export."""

from collections.abc import Sequence

from bot.chat import looking_again
from bot.chat.moderation.decisions import decided, releasing
from bot.chat.moderation.references import taken
from bot.chat.screens.renderer import act_button, shortened
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.model import Form
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said, Screen, ScreenKind, title_phrase
from bot.form.typed.tracking import telling
from bot.languages import name_of
from bot.services.desk import claims
from bot.services.desk.decisions import approval, proposals, undoing
from bot.services.desk.decisions.approval import Outcome
from bot.services.desk.decisions.proposals import Proposal
from bot.services.desk.publishing import giveaways
from bot.services.desk.publishing.giveaways import Giveaway
from bot.services.desk.publishing.own_words import OwnWords
from bot.services.desk.publishing.wording import first_person
from bot.services.export import exports
from bot.services.reports import approvals
from bot.services.reports.classification import Consent
from bot.services.reports.states import Move
from bot.services.unit import REVIEW_FORM
from db.models import Report

MOST_LINKS, MOST_LINK = 10, 150
_MOST_SIGNS = 5
_LEAVING = frozenset({Consent.PUBLISH, Consent.SHARE})
"""Consents under which any part of a version can be exported."""


async def approve(turn: Turn) -> None:
    """Show the reporter's own words if any wait for confirmation, else the preview."""
    report = await taken(turn)
    releasing.require_none(turn, report)
    await _show_next(turn, report, left_out=0)
    turn.answer_tap()


async def show_saved(turn: Turn) -> None:
    """Show the next step of approval after a version was saved, or why it cannot be approved."""
    if turn.saved is None:
        return
    try:
        await _show_next(turn, turn.saved, left_out=0)
    except Refusal as refusal:
        turn.say(Key(refusal.key, refusal.arguments))


async def confirm_words(turn: Turn) -> None:
    """Confirm a text of the reporter for publication as shown."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    releasing.require_none(turn, report)
    left_out, _, proof = turn.act.second.partition("-")
    number = int(left_out) if left_out.isdecimal() else 0
    found = await proposals.proposal(turn.unit, report)
    shown = found.words[number : number + 1]
    await proposals.confirm_words(turn.unit, turn.moderator, report, found, shown, proof)
    turn.answer_tap()
    turn.drop_buttons()
    await _show_next(turn, report, number)


async def leave_words_out(turn: Turn) -> None:
    """Leave a text of the reporter unconfirmed, so that the export lacks it."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    releasing.require_none(turn, report)
    turn.answer_tap()
    turn.drop_buttons()
    await _show_next(turn, report, int(turn.act.second) if turn.act.second.isdecimal() else 0)


async def _show_next(turn: Turn, report: Report, left_out: int) -> None:
    proposal = await proposals.proposal(turn.unit, report)
    waiting = proposal.words[left_out:] if report.consent_use in _LEAVING else ()
    if waiting:
        _show_words(turn, report, proposal, waiting[0], left_out)
    else:
        await _preview(turn, report, proposal)


def _show_words(turn: Turn, report: Report, proposal: Proposal, shown: OwnWords, left_out: int) -> None:
    form, ref = turn.unit.forms[REVIEW_FORM], report.ref
    title = Key("moderator.words.title", {"ref": ref, "version": proposal.version.version})
    screen = Screen(ScreenKind.REVIEW, (title, _words(form, shown)))
    for message in turn.renderer.screen(turn.language, screen, "", 0):
        turn.send(message, report_id=report.id, protect=True)
    proof = f"{left_out}-{proposals.words_proof(turn.unit, proposal, (shown,))}"
    rows = [
        [act_button("moderator.words.confirm", "mwords", ref, proof, ButtonRole.COMPLETE)],
        [act_button("moderator.words.leave_out", "mleave", ref, str(left_out + 1))],
        [act_button("moderator.edit", "medit", ref), act_button("moderator.keep", "mkeep")],
    ]
    of_themselves = tuple(map(Said, first_person(shown.text)[:_MOST_SIGNS]))
    warned = [Key("moderator.words.first_person", {"words": Joined(of_themselves)})] if of_themselves else []
    turn.say(*warned, "moderator.words.ask", rows=rows, report_id=report.id, protect=True)


def _words(form: Form, one: OwnWords) -> Key:
    said: dict[str, Phrase | str] = {"question": title_phrase(form, one.path), "text": Said(one.text)}
    if one.language is None:
        return Key("moderator.words.line", said)
    return Key("moderator.words.line_in", {**said, "language": name_of(one.language)})


async def _preview(
    turn: Turn, report: Report, proposal: Proposal, *, names_are_cleared: bool = False
) -> None:
    """Show exactly what would be exported and ask for approval. With uncleared names, say why it is refused."""
    number = proposal.version.version
    row = await exports.preview(turn.unit, report, number, proposal.content, turn.language)
    title = Key("moderator.approve.title", {"ref": report.ref, "version": number})
    screen = Screen(ScreenKind.REVIEW, (title, *(_line(name, cell) for name, cell in row)))
    for message in turn.renderer.screen(turn.language, screen, "", 0):
        turn.send(message, report_id=report.id, protect=True)
    found = giveaways.of_version(turn.unit.forms[REVIEW_FORM], proposal.content)
    names = () if names_are_cleared else _names_without_consent(report, found)
    if names:
        _refuse_names(turn, report, proposal, found, names)
        return
    confirm = act_button(
        "moderator.approve.confirm", "mapprove", report.ref, proposal.proof, ButtonRole.COMPLETE
    )
    said: list[Phrase | str] = [_use(report)]
    if found:
        said.append(looking_again.told(found))
    if proposal.words:
        said.append(Key("moderator.words.left_out", {"n": len(proposal.words)}))
    if proposal.needed > 1:
        said.append(_how_many(proposal))
    links = list(dict.fromkeys(link for _, cell in row for link in telling(cell)))
    if links:
        named = Joined(tuple(Said(shortened(link, MOST_LINK)) for link in links[:MOST_LINKS]), "\n")
        said.append(Key("moderator.approve.links", {"links": named}))
    rows = [[confirm], [act_button("moderator.keep", "mkeep")]]
    turn.say(*said, "moderator.approve.ask", rows=rows, report_id=report.id, protect=True)


def _names_without_consent(report: Report, found: Sequence[Giveaway]) -> Sequence[Giveaway]:
    """Names found in a version whose consent allows none."""
    return proposals.names_among(found) if report.consent_use == Consent.PUBLISH else ()


def _refuse_names(
    turn: Turn, report: Report, proposal: Proposal, found: Sequence[Giveaway], names: Sequence[Giveaway]
) -> None:
    """Refuse approval because of names, which must be removed or declared to belong to no affected person."""
    proof = proposals.proof_of(turn.unit, proposal, names)
    rows = [
        [act_button("moderator.names.edit", "medit", report.ref, role=ButtonRole.ONWARD)],
        [act_button("moderator.names.disclaim", "mnames", report.ref, proof)],
        [act_button("moderator.keep", "mkeep")],
    ]
    turn.say(
        looking_again.told(found), "moderator.names.refused", rows=rows, report_id=report.id, protect=True
    )


async def disclaim_names(turn: Turn) -> None:
    """Declare that the names belong to no affected person, and show the preview."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    releasing.require_none(turn, report)
    proposal = await proposals.proposal(turn.unit, report)
    found = giveaways.of_version(turn.unit.forms[REVIEW_FORM], proposal.content)
    names = _names_without_consent(report, found)
    await proposals.disclaim(turn.unit, turn.moderator, report, proposal, names, turn.act.second)
    turn.answer_tap()
    turn.drop_buttons()
    await _preview(turn, report, proposal, names_are_cleared=True)


def _how_many(proposal: Proposal) -> Key:
    if not proposal.given:
        return Key("moderator.approve.needed", {"needed": proposal.needed})
    given = Joined(tuple(map(Said, proposal.given)))
    return Key("moderator.approve.given", {"needed": proposal.needed, "aliases": given})


def _line(column: str, cell: str) -> Key:
    return Key("moderator.approve.line", {"column": Said(column), "value": Said(cell)})


def _use(report: Report) -> str:
    """Text about the reporter's consent. Without a known consent nothing is exported."""
    return f"moderator.use.{report.consent_use if report.consent_use in set(Consent) else 'none'}"


def _endorsed(report: Report, outcome: Outcome) -> Key:
    return Key("moderator.endorsed", {"ref": report.ref, "given": outcome.given, "needed": outcome.needed})


async def approve_surely(turn: Turn) -> None:
    """Approve the version that was shown."""
    if approvals.needed(turn.unit, named=True) > 1:
        found = await claims.find(turn.unit, turn.act.first)
        await approval.require_new(turn.unit, turn.moderator, found, turn.act.second)
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    releasing.require_none(turn, report)
    outcome: Outcome = await undoing.decide(turn.unit, turn.moderator, report, Move.APPROVE, turn.act.second)
    turn.answer_tap()
    done = Key("moderator.approved", {"ref": report.ref}) if outcome.is_public else _endorsed(report, outcome)
    decided.say(turn, report, done)
