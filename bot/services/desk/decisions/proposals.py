"""Proposals: the version that waits for approval, and the proof that it was shown."""

import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import Refusal
from bot.form.flow.filled.instance import Instance
from bot.form.model import Question
from bot.safety.personal_data.words import Kind
from bot.services import audit
from bot.services.desk.decisions import closing
from bot.services.desk.publishing import own_words, versions
from bot.services.desk.publishing.giveaways import Giveaway
from bot.services.desk.publishing.own_words import OwnWords
from bot.services.desk.publishing.versions import VersionContent
from bot.services.reports import approvals
from bot.services.reports.states import VersionState
from bot.services.unit import REVIEW_FORM, Unit
from db.models import Moderator, PublicVersion, Report

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Complete version that waits for approval.

    - `proof`: 16 hexadecimal digits for `approve`, from which follows that this version was shown, complete
      under today's review form.
    - `words`: the reporter's own, left out until confirmed.
    - `needed`, `given`: number of approvals, and aliases of approvers.
    """

    version: PublicVersion
    content: VersionContent
    proof: str
    words: tuple[OwnWords, ...] = ()
    needed: int = 1
    given: tuple[str, ...] = ()


async def proposal(unit: Unit, report: Report) -> Proposal:
    """Version that waits for approval, to be shown before it. Only here does an approval decrypt and
    validate.

    Raises Refusal when:
    - there is none, or it is damaged or incomplete,
    - it is too old to tell its consent,
    - its sealed consent differs from the one in the database.
    """
    version = waiting(report, await versions.of_report(unit, report, VersionState.PROPOSED))
    content = await versions.legible(unit, version)
    if content is None:
        log.error("report %s: the version that waits is damaged: it can be written anew", report.ref)
        raise Refusal("moderator.approve.damaged", {"ref": report.ref})
    if content.consent == versions.TOO_OLD:
        raise Refusal("moderator.approve.too_old", {"ref": report.ref})
    if content.consent != report.consent_use:
        log.error(
            "report %s: the consent in the database is not the one that was sealed: not approved", report.ref
        )
        raise Refusal("moderator.approve.consent_differs", {"ref": report.ref})
    if missing(unit, content):
        raise Refusal("moderator.approve.incomplete", {"ref": report.ref})
    needed = approvals.needed(unit, named=content.named)
    proof = approvals.proof_of(unit, report, version, named=content.named)
    given = await approvals.given(unit, version, proof) if report.approvals else ()
    return Proposal(
        version,
        content,
        proof,
        own_words.unconfirmed(unit.forms[REVIEW_FORM], content),
        needed,
        tuple(one.alias for one in given),
    )


def waiting(report: Report, found: Sequence[PublicVersion]) -> PublicVersion:
    """Version among these that waits for approval. Raises Refusal if none."""
    for version in found:
        if version.state == VersionState.PROPOSED and version.data_key_id and version.content:
            return version
    raise Refusal("moderator.approve.nothing", {"ref": report.ref})


def words_proof(unit: Unit, found: Proposal, words: Sequence[OwnWords]) -> str:
    return approvals.keyed(unit, ":".join((found.version.id, *(f"{one.path}={one.digest}" for one in words))))


async def confirm_words(
    unit: Unit, moderator: Moderator, report: Report, found: Proposal, words: Sequence[OwnWords], proof: str
) -> None:
    """Let words of a proposal be public once it is approved. Raises Refusal for a proof of other words, or
    unless the moderator holds the report."""
    if not words or not hmac.compare_digest(words_proof(unit, found, words).encode(), proof.encode()):
        raise Refusal("moderator.approve.stale", {"ref": report.ref})
    closing.require_held(unit, moderator, report)
    await own_words.confirm(unit, moderator, report, found.version, found.content, words)


def missing(unit: Unit, content: VersionContent) -> tuple[str, ...]:
    instance = Instance(unit.forms[REVIEW_FORM], content.answers, content.counts, unit.now)
    return tuple(
        path
        for path in instance.order()
        if isinstance(instance.node(path), Question)
        and instance.required(path)
        and instance.answer(path) is None
    )


def names_among(found: Sequence[Giveaway]) -> tuple[Giveaway, ...]:
    return tuple(one for one in found if one.kind is Kind.NAME)


def proof_of(unit: Unit, proposal: Proposal, names: Sequence[Giveaway]) -> str:
    return approvals.keyed(unit, "\x1f".join((proposal.proof, *(one.words for one in names))))


async def disclaim(
    unit: Unit,
    moderator: Moderator,
    report: Report,
    proposal: Proposal,
    names: Sequence[Giveaway],
    proof: str,
) -> None:
    """Record a moderator's word that these names belong to no one the report concerns. Raises Refusal for a
    proof of other names or another version, or unless the moderator holds the report."""
    if not hmac.compare_digest(proof_of(unit, proposal, names).encode(), proof.encode()):
        raise Refusal("moderator.approve.stale", {"ref": report.ref})
    closing.require_held(unit, moderator, report)
    await audit.record(unit, moderator.alias, "disclaim_names", report.ref, f"v{proposal.version.version}")
