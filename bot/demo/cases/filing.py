"""Actions on made-up reports, through the services."""

from collections.abc import Sequence
from dataclasses import replace

from bot.demo.cases.stories import Testimony, answer_to_question, public_answers
from bot.form.answers import Part, Written
from bot.form.draft import REVIEW
from bot.services.desk import claims
from bot.services.desk.card import asking
from bot.services.desk.decisions import approval, proposals
from bot.services.desk.publishing import editing
from bot.services.reports import intake
from bot.services.reports.drafts import drafting
from bot.services.reports.talk import answering, words
from bot.services.unit import REPORT_FORM, Unit
from db.models import Moderator, Report

_FIRST_CHAT = 7_000_000_000
"""Start of chat ids that no demo phone uses."""


async def submit(unit: Unit, testimony: Testimony) -> intake.Receipt:
    """Submit a report without notifying anyone, since it is an old one."""
    chat = unit.safe.pseudonyms.chat(_FIRST_CHAT + testimony.number)
    filling = await drafting.start(unit, chat, REPORT_FORM, testimony.language)
    sheet = testimony.answers(filling.form)
    filling.draft = replace(filling.draft, answers=sheet.answers, counts=sheet.counts, position=REVIEW)
    drafting.save(unit, filling)
    receipt = await intake.submit(unit, filling)
    receipt.report.announced = True
    return receipt


async def answer(unit: Unit, report: Report, testimony: Testimony) -> None:
    """Answer a question by receipt code, without notifying anyone."""
    chat = unit.safe.pseudonyms.chat(_FIRST_CHAT + testimony.number)
    asked = await words.unanswered(unit, report)
    reply = await answering.begin(unit, chat, report, report.language, asked)
    said = Written((Part(answer_to_question(testimony)),))
    reply.draft = reply.draft.changed(answers={**reply.draft.answers, answering.WORDS: said})
    await answering.take(unit, reply)
    report.untold = False


async def ask(unit: Unit, moderator: Moderator, report: Report, name: str) -> None:
    await asking.ask_ready(unit, moderator, report, name)


async def propose(
    unit: Unit, moderator: Moderator, report: Report, testimony: Testimony, language: str
) -> None:
    await claims.claim(unit, moderator, report)
    filling = await editing.begin(unit, moderator, report, None)
    filling.row.language = language
    draft = filling.draft
    written = public_answers(testimony.case, language, draft.answers, filling.form)
    filling.draft = replace(draft, answers={**draft.answers, **written})
    drafting.save(unit, filling)
    await editing.save_edit(unit, filling)


async def approve(unit: Unit, people: Sequence[Moderator], report: Report) -> None:
    """Approve a proposed version and the reporter's own words, in turn until it is public."""
    for moderator in people:
        await claims.claim(unit, moderator, report)
        proposal = await proposals.proposal(unit, report)
        if proposal.words:
            proof = proposals.words_proof(unit, proposal, proposal.words)
            await proposals.confirm_words(unit, moderator, report, proposal, proposal.words, proof)
            proposal = await proposals.proposal(unit, report)
        outcome = await approval.approve(unit, moderator, report, proposal.proof)
        if outcome.is_public:
            return


async def hand_over(unit: Unit, giver: Moderator, taker: Moderator, report: Report) -> None:
    if giver is not taker:
        await claims.release(unit, giver, report)
        await claims.claim(unit, taker, report)
