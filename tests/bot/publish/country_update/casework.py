"""The acceptance cases as approved records: what a moderator would have written, in three languages."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.form.answers import Answer, Chosen, Number, When
from bot.form.typed.intervals import between, exactly
from bot.publish import versions
from bot.reports.states import VersionState
from bot.store.unit import UnitOfWork
from db.models import Moderator, Report
from tests.bench import Bench, approve_proposal, text
from tests.end_to_end.cases import CASES, Case, in_language, public

LANGUAGES = ("kk", "ru", "en")
_LISTS = {"violations", "rights", "legal_basis", "affected_groups"}
_CODES = {
    "kind", "violation_primary", "region", "assertion", "reliability", "credibility", "evidence_origin", "perpetrator_type",
    "outcome_status", "outcome_party", "source_kind", "place_share",
}  # fmt: skip


async def approve_cases(
    bench: Bench, unit: UnitOfWork, moderator: Moderator, cases: Sequence[Case] = CASES
) -> Mapping[str, Report]:
    """The reports of cases, approved, by the ids of the cases; their roles and details are translated."""
    reports = {case["id"]: await approve_case(bench, unit, moderator, case) for case in cases}
    for case in cases:
        known = {language: translated(case, language) for language in LANGUAGES if language != "en"}
        await translate(unit, reports[case["id"]], known)
    return reports


def translated(case: Case, language: str) -> dict[str, str]:
    """The roles and details of a case, with what they are in a language."""
    said = in_language(case, language)
    texts = [
        (one[name], other[name])
        for repeat, name in (("affected", "role"), ("perpetrators", "detail"))
        for one, other in zip(case[repeat], said[repeat], strict=True)
    ]
    return {text: other for text, other in texts if text}


async def translate(unit: UnitOfWork, report: Report, known: Mapping[str, Mapping[str, str]]) -> None:
    """Give the public version of a report translations of its short texts, by language and text."""
    (version,) = await versions.of_report(unit, report, VersionState.APPROVED)
    content = await versions.content(unit, version)
    assert content is not None
    versions.write(unit, version, replace(content, translations=known))
    await unit.session.flush()


async def approve_case(
    bench: Bench,
    unit: UnitOfWork,
    moderator: Moderator,
    case: Case,
    consent: str = "publish_no_names",
    **more: Answer | None,
) -> Report:
    """The report of a case, approved; `more` are further answers, or others."""
    report = (await bench.submit(unit, consent_use=Chosen((consent,)))).report
    answers, counts = answers_of(case)
    await bench.propose(unit, moderator, report, counts, **{**answers, **more})
    await approve_proposal(unit, moderator, report)
    return report


def answers_of(case: Case) -> tuple[dict[str, Answer | None], dict[str, int]]:
    """The answers of the review by path, and how many instances each repeat has. Title and summary are there in each language."""
    written = public(case)
    answers = {name: _answer(name, value) for name, value in written.facts.items()}
    for language in LANGUAGES:
        said = in_language(case, language)
        answers |= {f"title_{language}": text(said["title"]), f"summary_{language}": text(said["narrative"])}
    answers["rights"] = Chosen(tuple(case["rights"]))
    if case["date_meaning"] != "event":
        answers["date_kind"] = Chosen(("other",))
    counts = {}
    for repeat, instances in written.repeats.items():
        counts[f"/review/{repeat}"] = len(instances)
        for number, one in enumerate(instances, 1):
            answers |= {f"{repeat}[{number}]/{name}": _answer(name, value) for name, value in one.items()}
    return answers, counts


def _answer(name: str, value: Any) -> Answer | None:
    if value is None:
        return None
    if name in _LISTS:
        return Chosen(tuple(value))
    if name in _CODES:
        return Chosen((value,))
    if hasattr(value, "start"):
        return _when(value.start, value.end)
    return Number(value) if isinstance(value, int | float) else text(value)


def _when(start: str, end: str | None) -> When | None:
    return exactly(start) if end in {None, start} else between(start, str(end))
