"""The list before publishing: each concern by a record that has it and one that does not."""

from typing import Any

import pytest

from bot.desk.decisions import incidents
from bot.form.answers import Chosen, Number, Precision, When
from bot.publish.country_update.readiness import Concern, look_over
from bot.publish.country_update.request import UpdateRequest
from bot.publish.country_update.service import composed
from bot.store.unit import UnitOfWork
from db.models import Moderator, Report
from tests.bench import Bench, approve_proposal, text
from tests.bot.publish.country_update.casework import translate
from tests.bot.publish.country_update.test_update import words

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DAY = When(Precision.DAY, "2024-03-08", "2024-03-08")
WHOLE: dict[str, Any] = {
    "title": text("Three people held at the court"),
    "summary": text("They were released the next day."),
    "when": DAY,
    "region": Chosen(("KZ-27",)),
    "locality": text("Уральск"),
    "violations": Chosen(("detention.short_term",)),
    "violation_primary": Chosen(("detention.short_term",)),
    "assertion": Chosen(("alleged",)),
    "affected[1]/affected_role": text("residents of a village"),
    "affected[1]/affected_groups": Chosen(("unknown",)),
    "affected[1]/affected_number_min": Number(3),
    "sources[1]/source_kind": Chosen(("media",)),
}
"""A record without any concern for an update in English."""
_CODE = Chosen(("prosecution.defamation",))
OTHER = {"violations": _CODE, "violation_primary": _CODE}


def request(language: str = "en") -> UpdateRequest:
    return UpdateRequest.read("2024-03", "2024-03", language, "md")


async def approve(bench: Bench, unit: UnitOfWork, moderator: Moderator, **more: Any) -> Report:
    report = (await bench.submit(unit)).report
    sources = more.pop("sources", 1)
    answers = {name: one for name, one in {**WHOLE, **more}.items() if sources or "source" not in name}
    counts = {"/review/affected": 1, "/review/sources": sources}
    await bench.propose(unit, moderator, report, counts, **answers)
    await approve_proposal(unit, moderator, report)
    return report


@pytest.mark.parametrize(
    ("concern", "more"),
    [
        (None, {}),
        (None, {"when": When(Precision.DAY, "2024-05-08", "2024-05-08"), "assertion": None}),
        (Concern.UNCOUNTED, {"affected[1]/affected_number_min": None}),
        (Concern.UNASSESSED, {"assertion": None}),
        (Concern.UNSOURCED, {"sources": 0}),
        (Concern.MIXED, {"locality": text("посёлок Дарьинское")}),
        (Concern.INVISIBLE, {"summary": text("They were re\u200bleased.")}),
        (Concern.INVISIBLE, {"affected[1]/affected_role": text("residents\u202e of a village")}),
    ],
)
async def test_each_concern_names_its_record(bench: Bench, concern: Concern | None, more: Any) -> None:
    """And no other concern does; a record of other months has none, and a listed town is in every language."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        report = await approve(bench, unit, moderator, **more)
        assert await look_over(unit, request()) == ({concern: [(report.ref,)]} if concern else {})


async def test_what_looks_the_same_is_named_until_it_is_linked(bench: Bench) -> None:
    """By day and violation, or by title; another region or another month is another event."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        first = await approve(bench, unit, moderator)
        second = await approve(bench, unit, moderator, title=text("A march was stopped"))
        later = When(Precision.DAY, "2024-03-20", "2024-03-20")
        third = await approve(bench, unit, moderator, when=later, **OTHER)
        await approve(bench, unit, moderator, region=Chosen(("KZ-10",)), locality=None)
        assert await _alike(unit) == {frozenset({first.ref, second.ref}), frozenset({first.ref, third.ref})}
        await incidents.relate(unit, moderator, first, second.ref)
        await unit.session.flush()
        assert await _alike(unit) == {frozenset({first.ref, third.ref})}


async def _alike(unit: UnitOfWork) -> set[frozenset[str]]:
    found = await look_over(unit, request())
    assert set(found) == {Concern.ALIKE}
    return set(map(frozenset, found[Concern.ALIKE]))


@pytest.mark.parametrize(
    ("language", "role", "town", "is_mixed"),
    [
        ("kk", "ауыл тұрғындары", "(Орал)", False),
        ("ru", "residents of a village [English]", "(Уральск)", True),
        ("en", "residents of a village", "Oral,", False),
    ],
)
async def test_an_update_has_the_translation_or_names_the_language(
    bench: Bench, language: str, role: str, town: str, is_mixed: bool
) -> None:
    """Of a role, whatever invisible marks it has; a town comes from the list, in whatever language it was typed. The list before
    publishing names what is mixed."""
    bench.settings = bench.settings.model_copy(update={"published_languages": ("kk", "ru", "en")})
    told = {
        "title_kk": text("Үш адам ұсталды"),
        "summary_kk": text("Оларды келесі күні босатты."),
        "title_ru": text("Задержали троих"),
        "summary_ru": text("Их отпустили на следующий день."),
        "title_en": WHOLE["title"],
        "summary_en": WHOLE["summary"],
        "affected[1]/affected_role": text("residents\u200b of a village"),
    }
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        report = await approve(bench, unit, moderator, **told)
        await translate(unit, report, {"kk": {"residents\u200b of a village": "ауыл\u00ad тұрғындары"}})
        assert (Concern.MIXED in await look_over(unit, request(language))) == is_mixed
        document = await composed(unit, request(language))
        said = "\n".join(words(document, section.key) for section in document.sections)
    assert role in said
    assert town in said
