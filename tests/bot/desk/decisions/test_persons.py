"""A person of two records is linked by a moderator, counted once, and known to nothing outside the sealed versions."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from bot.desk.decisions import incidents
from bot.errors import Refusal
from bot.form.answers import Answer, Chosen, Number
from bot.publish import persons, versions
from bot.publish.country_update.request import UpdateRequest
from bot.publish.country_update.service import composed
from bot.publish.export.exports import stream
from bot.publish.export.formats import FORMATS
from bot.publish.export.request import ExportRequest
from bot.reports import claims, withdrawal
from bot.store.unit import REVIEW_FORM, UnitOfWork
from db.models import AuditEntry, Moderator, Report
from tests.bench import Bench, approve_proposal, public, text
from tests.bot.publish.country_update.casework import approve_case, approve_cases
from tests.bot.publish.country_update.test_update import BY_ID, words

PERIOD = UpdateRequest.read("2023-01", "2024-04", "en", "md", "full")


async def links_of(unit: UnitOfWork, report: Report) -> dict[str, list[str]]:
    """Random ids by the role of their person in the public version."""
    version = await public(unit, report)
    content = await versions.content(unit, version) if version is not None else None
    found = persons.persons_of(unit.forms[REVIEW_FORM], content) if content is not None else ()
    return {one.role: sorted(one.links) for one in found}


def unpacked(content: bytes) -> bytes:
    """A file, or all the files in it."""
    if not content.startswith(b"PK"):
        return content
    with ZipFile(BytesIO(content)) as file:
        return b"".join(unpacked(file.read(name)) for name in file.namelist())


async def code_of(unit: UnitOfWork, moderator: Moderator, report: Report, other: Report) -> str:
    (pair,), _ = await incidents.pairs(unit, moderator, report, other.ref)
    return pair.code


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_people_of_all_cases_are_counted_once_with_the_same_person_linked(
    bench: Bench,
) -> None:
    """By hand: 002, 011, 013, 014, 023, 025 and 026 tell of one person each, 020, 021 and 033 of at least two, which makes 13. 025 and
    026 are of one journalist and activist. No export and no update has the id, and a withdrawal ends the link."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        reports = await approve_cases(bench, unit, moderator)
        one, other = reports["case-025"], reports["case-026"]
        figures = words(await composed(unit, PERIOD), "figures")
        assert "At least 13 people were affected." in figures
        proposed, _ = await incidents.pairs(unit, moderator, one)
        assert proposed[0].other.report.ref == other.ref  # the most alike
        await incidents.link_persons(unit, moderator, one, proposed[0].code)
        await unit.session.flush()
        document = await composed(unit, PERIOD)
        assert "At least 12 people were affected." in words(document, "figures")
        assert "People affected, at least | 12" in words(document, "tables")
        journalists = [one for one in words(document, "tables").splitlines() if one.startswith("Journalist")]
        assert [one.split(" | ")[1:3] for one in journalists] == [["6", "2"]]
        ((link,),) = (await links_of(unit, one)).values()
        assert (await links_of(unit, other)) == {"journalist, blogger and activist": [link]}
        assert link not in str(document)
        version = await public(unit, one)
        assert version is not None
        assert version.content is not None
        assert link.encode() not in version.content
    for format_ in FORMATS.values():
        pieces = stream(bench.read, ExportRequest(format_))
        content = unpacked(b"".join([piece async for piece in pieces]))
        assert format_.of_reporters or one.ref.encode() in content, format_.name
        assert link.encode() not in content, format_.name
    async with bench.write() as unit:
        await withdrawal.withdraw(unit, await claims.find(unit, other.ref))
        await unit.session.flush()
        assert "At least 12 people were affected." in words(await composed(unit, PERIOD), "figures")
        assert await links_of(unit, other) == {}


async def test_a_link_follows_its_person_into_the_next_version_or_ends(bench: Bench) -> None:
    """It is made and undone by those who may link approved records, from what was shown, and the log does not tell who is linked."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        one, other, third = [
            await approve_case(bench, unit, moderator, BY_ID[name])
            for name in ("case-025", "case-026", "case-023")
        ]
        shown = await code_of(unit, moderator, one, other)
        for _ in range(2):
            await incidents.link_persons(unit, moderator, one, shown)
        before = await links_of(unit, one)
        assert [len(links) for links in before.values()] == [1]
        with pytest.raises(Refusal, match="itself"):
            await incidents.pairs(unit, moderator, one, one.ref)
        with pytest.raises(Refusal, match="unknown_ref"):
            await incidents.link_persons(unit, moderator, one, "1-2")
        # Another person comes first, and the linked one stays as they were.
        role = next(iter(before))
        await claims.correct(unit, moderator, one)
        with pytest.raises(Refusal, match="not_public"):
            await incidents.pairs(unit, moderator, other, one.ref)
        answers: dict[str, Answer | None] = {
            "affected[1]/affected_role": text("a bystander"),
            "affected[1]/affected_groups": Chosen(("public",)),
            "affected[2]/affected_role": text(role),
            "affected[2]/affected_groups": Chosen(("journalist", "blogger", "activist")),
            "affected[2]/affected_number_min": Number(1),
            "affected[2]/affected_number_max": Number(1),
        }
        await bench.propose(unit, moderator, one, {"/review/affected": 2}, **answers)
        await approve_proposal(unit, moderator, one)
        await unit.session.flush()
        assert await links_of(unit, one) == {"a bystander": [], **before}
        with pytest.raises(Refusal, match="changed"):
            await incidents.link_persons(unit, moderator, one, shown)
        # Linked with a third, each is linked with all.
        (pair,), _ = await incidents.pairs(unit, moderator, third, other.ref)
        await incidents.link_persons(unit, moderator, third, pair.code)
        assert list((await links_of(unit, third)).values()) == list(before.values())
        # Now they are told of in other words: no one can say that this is the same person.
        await claims.correct(unit, moderator, one)
        answers["affected[2]/affected_role"] = text("a blogger")
        await bench.propose(unit, moderator, one, {"/review/affected": 2}, **answers)
        await approve_proposal(unit, moderator, one)
        assert await links_of(unit, one) == {"a bystander": [], "a blogger": []}
        _, own = await incidents.pairs(unit, moderator, third)
        (person,) = own.persons.values()
        for _ in range(2):
            await incidents.unlink_person(unit, moderator, third, own.code_of(person))
        assert list((await links_of(unit, third)).values()) == [[]]
        acts = select(AuditEntry.act, AuditEntry.subject, AuditEntry.detail).where(
            AuditEntry.act.in_(("same_person", "other_person"))
        )
        assert [tuple(row) for row in await unit.session.execute(acts.order_by(AuditEntry.id))] == [
            ("same_person", one.ref, ""),
            ("same_person", third.ref, ""),
            ("other_person", third.ref, ""),
        ]
