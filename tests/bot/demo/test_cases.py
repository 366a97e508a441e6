"""A demo's first reports are like real ones: in every state, complete, answered as the forms ask, the same each time."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app.work import Work
from bot.demo.backfill import DAYS, STOCK, backfill, plans, told_on
from bot.demo.stories import all_cases, public_answers
from bot.desk.people import service as people_service
from bot.form.answers import Answer, Chosen
from bot.form.flow.instance import Instance
from bot.form.kinds import kind_of
from bot.form.model import Form, Question
from bot.publish.location import prefill
from bot.reports import reading
from bot.reports.states import Status, VersionState
from bot.reports.talk import messages
from bot.store import audit, drafting
from bot.store.unit import REPORT_FORM
from db.models import PublicVersion, Report, WayBack
from tests.bench import count

INCIDENTS = Path(__file__).parents[2] / "data" / "incidents.json"
LANGUAGES = ("kk", "ru", "en")
NOW = datetime.fromisoformat("2025-11-24T12:00:00+05:00")
"""When every law of the lists was in force."""


async def reports_of(work: Work) -> Sequence[Report]:
    """All reports."""
    async with work.read() as unit:
        return (await unit.session.scalars(select(Report))).all()


async def test_thirty_reports_have_every_state(work: Work) -> None:
    """New, urgent, held by each moderator, proposed, approved, rejected, withdrawn, expired; every consent and language. A decision that
    can be undone lives ten minutes: none of months ago can."""
    await backfill(work, 30)
    reports = await reports_of(work)
    assert {report.status for report in reports} == set(Status) - {Status.UNDOABLE}
    assert len(reports) == 30
    assert any(report.urgent and report.status == Status.NEW for report in reports)
    assert {report.consent_use for report in reports} >= {
        "publish_no_names",
        "share_trusted",
        "statistics_only",
    }
    assert {report.language for report in reports} == set(LANGUAGES)
    assert len({report.moderator_id for report in reports if report.moderator_id}) == 2
    async with work.read() as unit:
        states = set(await unit.session.scalars(select(PublicVersion.state)))
        assert states == {VersionState.PROPOSED, VersionState.APPROVED}
        assert await audit.broken_at(unit) is None


@pytest.mark.parametrize("number", [10, 30])
async def test_moderators_have_asked_and_some_were_answered(work: Work, number: int) -> None:
    """In the queue and among what is held; nobody is told of it any more, and no chat is to be written to."""
    await backfill(work, number)
    reports = await reports_of(work)
    assert any(report.waits and report.status == Status.NEW for report in reports)
    assert any(report.unread and report.status == Status.CLAIMED for report in reports)
    assert not any(report.untold for report in reports)
    async with work.read() as unit:
        said = [
            [one.words.text or one.words.ready for one in await messages.said(unit, report)]
            for report in reports
            if report.unread
        ]
        assert all(talk[0] == "safe" and len(talk) == 2 for talk in said)
        assert await count(unit, WayBack) == 0


async def test_the_content_of_withdrawn_and_expired_reports_is_destroyed(work: Work) -> None:
    """And that of all others is there."""
    await backfill(work, 30)
    for report in await reports_of(work):
        assert (report.content is None) == (report.status in {Status.WITHDRAWN, Status.EXPIRED})


async def test_the_same_number_gives_the_same_reports(work: Work, forms: Mapping[str, Form]) -> None:
    """Only keys, references and ids differ."""
    first, again = (
        [plan.testimony.answers(forms["report"]).answers for plan in plans(50, NOW)] for _ in range(2)
    )
    assert first == again
    assert len({str(answers) for answers in first}) == 50
    await backfill(work, 10)
    await backfill(work, 10)
    told = []
    async with work.read() as unit:
        for report in await unit.session.scalars(select(Report).where(Report.content.is_not(None))):
            content = await reading.content_of(unit, report)
            assert content is not None
            told.append(str(content.all))
    assert len(set(told)) == len(told) == 18, "two fillings are not the same reports twice"


async def test_it_needs_a_moderator_without_an_open_form(work: Work) -> None:
    """And it reports its progress."""
    steps: list[tuple[int, int]] = []
    await backfill(work, 0)
    await backfill(work, 10, lambda done, of: steps.append((done, of)))
    assert steps[-1][0] == steps[-1][1] > 10
    async with work.write() as unit:
        for moderator in await people_service.list_moderators(unit):
            await drafting.start(unit, moderator.chat_hash, REPORT_FORM, "ru")
    with pytest.raises(LookupError):
        await backfill(work, 1)


def faults(form: Form, answers: Mapping[str, Answer], counts: Mapping[str, int]) -> list[str]:
    """The answers that nobody could have given at a phone, and those that are missing."""
    instance = Instance(form, answers, counts, NOW)
    order = [path for path in instance.order() if isinstance(instance.node(path), Question)]
    found = [f"{path} is not asked" for path in answers if path not in order and not _is_hidden(form, path)]
    for path in order:
        answer = answers.get(path)
        if answer is None:
            found += [f"{path} is missing"] if instance.required(path) else []
            continue
        offered = {choice.name for _, choice in instance.choices(path)}
        if isinstance(answer, Chosen) and not set(answer.names) <= offered:
            found.append(f"{path} does not offer {answer.names}")
        if not instance.allows(path, answer):
            found.append(f"{path} does not allow {answer}")
    return found


def _is_hidden(form: Form, path: str) -> bool:
    node = form.nodes.get(path)
    return isinstance(node, Question) and not kind_of(node).is_asked


def test_every_report_could_have_been_filed_at_a_phone(forms: Mapping[str, Form]) -> None:
    """Each answer was asked for, offered and allowed, and no required one is missing."""
    wrong = []
    for plan in plans(230, NOW):
        sheet = plan.testimony.answers(forms["report"])
        wrong += [
            f"{plan.testimony.case['title']['en']}: {one}"
            for one in faults(forms["report"], sheet.answers, sheet.counts)
        ]
    assert wrong == []


def test_every_report_of_the_stock_could_have_been_filed_at_a_phone(forms: Mapping[str, Form]) -> None:
    """The same of what stands on the desk when a demo begins; where and when it happened is as the stock has it."""
    wrong = []
    for one, told in zip(STOCK, told_on(NOW), strict=True):
        sheet = told.answers(forms["report"])
        assert sheet.answers[sheet.path("region")] == Chosen((one.region,))
        wrong += [f"{one.title}: {fault}" for fault in faults(forms["report"], sheet.answers, sheet.counts)]
    assert wrong == []


def test_every_version_could_have_been_written_by_a_moderator(forms: Mapping[str, Form]) -> None:
    """From what its report gives and the public texts of its case."""
    wrong = []
    for plan in plans(230, NOW):
        told = plan.testimony.answers(forms["report"])
        begun = prefill(forms["review"], forms["report"], told.answers, NOW)
        written = public_answers(plan.testimony.case, "ru", begun.answers, forms["review"])
        wrong += faults(forms["review"], {**begun.answers, **written}, begun.counts)
    assert wrong == []


def test_full_reports_are_among_them(forms: Mapping[str, Form]) -> None:
    """With people, perpetrators, articles, outcomes, places, names and organisations; and short ones."""
    asked: Counter[str] = Counter()
    for plan in plans(100, NOW):
        asked.update(path.rpartition("/")[2] for path in plan.testimony.answers(forms["report"]).answers)
    for name in (
        "affected_role", "affected_name", "affected_organisation", "perpetrator_detail", "legal_basis",
        "outcome_date", "place", "locality", "links", "more_types", "needs",
    ):  # fmt: skip
        assert asked[name] > 0, name
    assert 40 < asked["affected_role"] < 80
    assert asked["story"] == 100


def test_they_are_spread_over_eighteen_months_and_the_country() -> None:
    """None lies in the future, and open ones have not waited long."""
    made = list(plans(300, NOW))
    assert all(plan.submitted <= plan.decided < NOW for plan in made)
    assert (NOW - min(plan.submitted for plan in made)).days > DAYS - 60
    assert max((NOW - plan.decided).days for plan in made if plan.state in {"claimed", "proposed"}) == 0
    assert max((NOW - plan.submitted).days for plan in made if plan.state == "urgent") <= 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_enough_stories(language: str) -> None:
    """At least twenty different ones, as long as people write, in the language's own letters."""
    stories = [case["story"][language] for case in all_cases()]
    assert len(set(stories)) == len(stories) >= 20
    assert all(80 < len(story) < 300 for story in stories)
    for story in stories:
        kazakh, cyrillic = re.search("[әғқңөұүһі]", story), re.search("[а-я]", story)
        assert (bool(kazakh), bool(cyrillic)) == (language == "kk", language != "en")


def test_no_case_copies_a_published_one() -> None:
    """They are modelled on published cases, which only the tests keep."""
    published = json.loads(INCIDENTS.read_text("utf-8"))["incidents"]
    known = {one["narrative"] for one in published} | {
        one["sample_submission"]["text"] for one in published if one["sample_submission"]
    }
    for case in all_cases():
        assert not known & {*case["story"].values(), *case["summary"].values()}
