"""Which versions leave, in which order, at what cost, and how they are counted."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from bot.desk.decisions import service as decisions_service
from bot.form.answers import Chosen, Precision, When
from bot.publish import versions
from bot.publish.export import selection
from bot.publish.export.request import ExportRequest
from bot.publish.export.selection import Period, Statistics, number_of, statistics
from bot.reports import claims, withdrawal
from bot.reports.states import Consent, VersionState
from bot.store import vault
from bot.store.unit import UnitOfWork
from db.models import PublicVersion, Report
from tests.bench import Bench, approve_proposal, statements, text
from tests.bot.publish.export.published import CSV, FULL, JSONL, SECRET, approve, exported, read_csv


@pytest.mark.parametrize("request_", [CSV, JSONL], ids=["csv", "jsonl"])
async def test_only_published_approved_versions_leave_and_nothing_else_of_them(
    bench: Bench, request_: ExportRequest
) -> None:
    """No other consent, no proposal, no withdrawn or rejected report; no story, no name, no original date."""
    told: dict[str, Any] = {
        "story": text(f"{SECRET} told me"),
        "when": When(Precision.DAY, "2024-03-08", "2024-03-08"),
    }
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        public = await approve(bench, unit, moderator, written=FULL, **told)
        hidden = [
            await approve(bench, unit, moderator, consent, FULL, **told)
            for consent in ("share_trusted", "statistics_only")
        ]
        proposed = (await bench.submit(unit, **told)).report
        await bench.propose(unit, moderator, proposed)
        gone = await approve(bench, unit, moderator, written=FULL, **told)
        await withdrawal.withdraw(unit, gone)
        rejected = await approve(bench, unit, moderator, written=FULL, **told)
        await claims.correct(unit, moderator, rejected)
        await decisions_service.reject(unit, moderator, rejected, "false")
        content = (await exported(unit, request_)).decode()
    assert content.count(public.ref) == 1
    for report in (*hidden, proposed, gone, rejected):
        assert report.ref not in content
    for word in (SECRET, "told me", "2024-03-08", moderator.alias):
        assert word not in content


async def test_days_of_approval_are_those_of_the_configured_zone_and_inclusive(bench: Bench) -> None:
    """02:00 in Almaty is the evening before in UTC."""
    bench.now = bench.now.replace(hour=2)
    day = bench.now.date()
    async with bench.write() as unit:
        await approve(bench, unit, await bench.moderator(unit, language="en"))
        found = {
            days: len(read_csv(await exported(unit, replace(CSV, period=Period(*days)))))
            for days in (
                (day, day),
                (day, None),
                (None, day),
                (date(2026, 11, 26), None),
                (None, date(2026, 11, 24)),
            )
        }
    assert list(found.values()) == [1, 1, 1, 0, 0]


async def test_a_thousand_rows_come_in_a_bounded_number_of_queries(bench: Bench) -> None:
    """Four for each two hundred, each row once, in the order of approval, with few keys open at a time."""
    async with bench.write() as unit:
        refs = await many(unit, 1000)
    async with bench.read() as unit, statements(unit) as seen:
        found, most = [], 0
        async for source in selection.approved_versions(unit, Period()):
            found.append(source.ref)
            most = max(most, len(unit.keys))
    assert found == refs
    assert len(seen) <= 4 * (1000 // selection.VERSIONS_A_QUERY + 1)
    assert most <= selection.VERSIONS_A_QUERY


async def many(unit: UnitOfWork, number: int) -> list[str]:
    """So many approved reports; their references in the order of approval."""
    form = unit.forms["review"]
    written = versions.VersionContent(
        form.id, form.version, "ru", {"/review/title": text("Title")}, {}, consent="publish_no_names"
    )
    reports, public = [], []
    for place in range(number):
        report = Report(
            id=vault.new_id(),
            ref=f"R{place:05}",
            status="approved",
            form="incident",
            form_version="1",
            language="ru",
            urgent=False,
            consent_use="publish_no_names",
            submitted_hour=1,
        )
        version = PublicVersion(
            id=vault.new_id(),
            report_id=report.id,
            version=1,
            current=True,
            state=VersionState.APPROVED,
            data_key_id=vault.make_key(unit),
            approved_hour=1000 + place // 7,
        )
        versions.write(unit, version, written)
        reports.append(report)
        public.append(version)
    unit.session.add_all(reports)
    await unit.session.flush()
    unit.session.add_all(public)
    await unit.session.flush()
    unit.keys.clear()
    names = {report.id: report.ref for report in reports}
    ordered = sorted(public, key=lambda version: (version.approved_hour or 0, version.id))
    return [names[version.report_id] for version in ordered]


async def test_statistics_count_every_consent_without_loading_the_reports(bench: Bench) -> None:
    """One query that gives a row for each consent, however many reports there are."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        for consent in ("publish_no_names", "share_trusted", "statistics_only"):
            await approve(bench, unit, moderator, consent)
        await approve(bench, unit, moderator, region=Chosen(("KZ-10",)))
        async with statements(unit) as seen:
            assert await statistics(unit, Period()) == Statistics(rows=2, shared=1, counted=1, events=2)
    assert len(seen) == 1
    assert "GROUP BY reports.consent_use" in seen[0]


async def test_how_many_may_be_shared_follows_what_is_public(bench: Bench) -> None:
    """Not what is only proposed; once where it was corrected; nothing tells of the consent of what was replaced or withdrawn."""
    share = frozenset({Consent.SHARE})
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit, consent_use=Chosen((Consent.SHARE,)))).report
        await bench.propose(unit, moderator, report)
        assert await number_of(unit, Period(), 9, share) == 0
        await approve_proposal(unit, moderator, report)
        await claims.correct(unit, moderator, report)
        await bench.propose(unit, moderator, report, title=text("People held in Astana"))
        await approve_proposal(unit, moderator, report)
        assert await number_of(unit, Period(), 9, share) == 1
        assert await number_of(unit, Period(), 9, {Consent.PUBLISH}) == 0
        assert await consents(unit) == [None, Consent.SHARE]
        await withdrawal.withdraw(unit, report)
        assert await number_of(unit, Period(), 9, share) == 0
        assert set(await consents(unit)) == {None}


async def consents(unit: UnitOfWork) -> list[str | None]:
    """The consents that stand beside versions, by their numbers."""
    await unit.session.flush()
    query = select(PublicVersion.consent).order_by(PublicVersion.version)
    return list(await unit.session.scalars(query))


@pytest.mark.parametrize(
    ("consents", "most", "number"),
    [
        (None, 9, 4),
        (None, 3, 3),
        ((), 9, 0),
        ((Consent.PUBLISH,), 9, 2),
        ((Consent.PUBLISH, Consent.SHARE), 9, 3),
        ((Consent.PUBLISH, Consent.SHARE), 2, 2),
        ((Consent.SHARE, Consent.COUNT), 1, 1),
    ],
)
async def test_versions_are_counted_by_their_consents_and_no_further_than_asked(
    bench: Bench, consents: tuple[Consent, ...] | None, most: int, number: int
) -> None:
    """Those of several together; of a day on which nothing was approved there are none."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        for consent in (Consent.PUBLISH, Consent.PUBLISH, Consent.SHARE, Consent.COUNT):
            await approve(bench, unit, moderator, consent)
        assert await number_of(unit, Period(), most, consents) == number
        assert await number_of(unit, Period(until=date(2026, 11, 24)), most, consents) == 0
