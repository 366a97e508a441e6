"""The audit log page by page."""

import ast
import importlib
import re
from collections.abc import Iterator, Sequence
from functools import reduce
from pathlib import Path

import pytest

import bot
from bot.desk.audit import service as audit_service
from bot.desk.audit.service import ACTS, EVERYTHING, PAGE, EntriesAsked, EntryView
from bot.desk.people import service as people_service
from bot.store import audit
from bot.store.unit import UnitOfWork
from tests.bench import Bench
from tests.plans import growing, planned

BOT = Path(bot.__file__).parent


def recorded() -> Iterator[str]:
    """Acts that the product writes down, where the call or a constant of its module names them."""
    for path in BOT.rglob("*.py"):
        calls = [one for one in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(one, ast.Call)]
        for call in calls:
            if re.fullmatch(r"(audit\.)?record(_all)?", ast.unparse(call.func)) and len(call.args) > 2:
                module = ".".join(path.relative_to(BOT.parent).with_suffix("").parts)
                yield from acts_in(call.args[2], module)


def acts_in(given: ast.expr, module: str) -> Iterator[str]:
    """The acts of an argument, if it is an act, a choice between two, or a constant."""
    match given:
        case ast.Constant(value=str(act)):
            yield act
        case ast.IfExp(body=one, orelse=other):
            yield from (*acts_in(one, module), *acts_in(other, module))
        case ast.Name() | ast.Attribute():
            *path, name = ast.unparse(given).split(".")
            if name.isupper():
                owner = reduce(getattr, path, importlib.import_module(module))
                yield str(getattr(owner, name))


def test_every_act_that_is_recorded_has_a_text() -> None:
    """Else the log shows its code."""
    acts = set(recorded())
    assert len(acts) > 40
    assert sorted(acts - ACTS) == []


async def fill(bench: Bench, number: int) -> None:
    """So many acts of two people on two reports by turns, numbered from 1."""
    async with bench.write() as unit:
        for place in range(number):
            await audit.record(
                unit, ("Aspan", "Bota")[place % 2], "claim", ("R00001", "R00002")[place // 2 % 2]
            )


def numbers(page: audit_service.AuditPage) -> Sequence[int]:
    """The numbers of its entries."""
    return [entry.id for entry in page.entries]


async def test_pages_lead_to_the_first_entry_and_back(bench: Bench) -> None:
    """Each has the entries before those of the one before; nothing is shown twice, the newest page is whole again."""
    last = 2 * PAGE + 3
    await fill(bench, last)
    async with bench.read() as unit:
        first = await audit_service.page(unit, EVERYTHING)
        second = await audit_service.page(unit, EVERYTHING, below=first.older)
        third = await audit_service.page(unit, EVERYTHING, below=second.older)
        back = await audit_service.page(unit, EVERYTHING, above=third.newer)
        home = await audit_service.page(unit, EVERYTHING, above=back.newer)
    assert [*numbers(first), *numbers(second), *numbers(third)] == list(range(last, 0, -1))
    assert (first.newer, third.older) == (None, None)
    assert (numbers(back), numbers(home), home.newer) == (numbers(second), numbers(first), None)


async def test_entries_that_come_meanwhile_move_no_page(bench: Bench) -> None:
    """What was on the page behind is there still."""
    await fill(bench, PAGE + 2)
    async with bench.read() as unit:
        first = await audit_service.page(unit, EVERYTHING)
    await fill(bench, 5)
    async with bench.read() as unit:
        assert numbers(await audit_service.page(unit, EVERYTHING, below=first.older)) == [2, 1]
        assert (
            numbers(await audit_service.page(unit, EVERYTHING, above=PAGE + 2))
            == list(range(PAGE + 7, PAGE - 5 + 0 + 0 + 0, -1))[:PAGE]
        )


async def test_a_log_without_entries_is_an_empty_page(bench: Bench) -> None:
    """With no way on."""
    async with bench.read() as unit:
        assert await audit_service.page(unit, EVERYTHING) == audit_service.AuditPage([])


async def typed(unit: UnitOfWork, words: str) -> tuple[str, Sequence[int]]:
    """What words are taken for, by name, and the entries of its page by their buttons' code."""
    view = await audit_service.typed(unit, words)
    assert view is not None
    again = await audit_service.read(unit, view.code)
    assert again == view
    assert len(view.code) <= 36
    return view.name, numbers(await audit_service.page(unit, again))


async def test_the_acts_of_a_person_and_about_a_report(bench: Bench) -> None:
    """By an alias, also one that nobody has any more, or a reference however it is typed; a button carries the same."""
    await fill(bench, 8)
    async with bench.write() as unit:
        await bench.moderator(unit, "Bota")
        await audit.record(unit, "Aspan", "enrol", "", "moderator")
    async with bench.read() as unit:
        assert await typed(unit, "Aspan") == ("Aspan", [11, 7, 5, 3, 1])
        assert (await typed(unit, "Bota"))[1][-4:] == [8, 6, 4, 2]
        assert await typed(unit, " rOOOO1 ") == ("R00001", [6, 5, 2, 1])
        for unknown in ("Nobody", "R99999", "R00001 R00002", "%", "'"):
            assert await audit_service.typed(unit, unknown) is None


@pytest.mark.parametrize(
    "code", ["", "by-", "by-00", "as-", "as-99", "as-x", "ref-", "ref-a b", "ref-" + "R" * 17, "nonsense"]
)
async def test_a_button_that_means_nothing_is_known(bench: Bench, code: str) -> None:
    """One of another version, or of nobody."""
    async with bench.read() as unit:
        assert await audit_service.read(unit, code) is None


async def test_every_page_is_a_range_of_an_index(bench: Bench) -> None:
    """However long the log is: nothing is read but what is shown, and nothing sorted."""
    await fill(bench, 3)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, "Dana", people_service.ADMIN)
    views = (
        EVERYTHING,
        EntryView(EntriesAsked.SUBJECT, "R00001", "ref-R00001"),
        audit_service.of_person(moderator),
    )
    async with planned(bench.database) as plans, bench.read() as unit:
        for view in views:
            await audit_service.page(unit, view)
            await audit_service.page(unit, view, below=2)
            await audit_service.page(unit, view, above=1)
        await audit_service.typed(unit, "nobody")
        await audit_service.typed(unit, "R99999")
    assert growing([one for one in plans if "ORDER BY audit_log.id DESC" not in one[0]]) == []
    assert [
        plan for _, plan in plans if "Seq Scan" in plan or "TEMP B-TREE" in plan or "Sort Key" in plan
    ] == []
