"""Each column of each table is changed by a person who can write to the database: that is noted, or stands in the threat model as a change
that shows nobody's words and gives no right."""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, UniqueConstraint, delete, insert, select, text, update

from bot.app.cli.keys import SEALED as BY_RING
from bot.desk.decisions import service as decisions_service
from bot.desk.people import service as people_service
from bot.desk.sharing import service as sharing_service
from bot.reports import claims
from bot.reports.states import Move
from bot.safety.sealing import UnsealError
from bot.store import audit, drafting, sent_messages, vault
from bot.store.unit import REPORT_FORM, UnitOfWork
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import Base, DataKey, Export, ExportRow, Moderator, Proved, RelatedReport, Report
from tests.bench import Bench
from tests.bot.reports import talking
from tests.db.every_state import fill, snapshot
from tests.db.test_in_the_clear import SEALED

DOCUMENT = Path(__file__).parents[2] / "docs" / "threat-model.md"
COPIED, SWAPPED = "a copied row", "swapped rows"
"""Stand for a column: a row with another key, and two rows whose keys are exchanged."""


def listed() -> set[str]:
    """What stands in the threat model as a change that only denies service, by `table.column`."""
    part = DOCUMENT.read_text("utf-8").split("### What is not noted")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", part, re.MULTILINE)
    return {f"{table}.{name}" for table, names in rows for name in re.findall(r"`([\w ]+)`", names)}


async def filled(bench: Bench) -> None:
    """A store with two rows at least in each table, those that are proved or chained by the bot's own doing."""
    bench.settings = bench.settings.model_copy(
        update={"approvals": 3, "approvals_named": 3, "undo_minutes": 10}
    )
    for reporter in (talking.ME, talking.OTHER):
        talk = await talking.begun(bench, reporter)
        await talk.ask("when")
    async with bench.write() as unit:
        admins = [await bench.moderator(unit, alias, people_service.ADMIN) for alias in ("Bota", "Qyran")]
        for admin in admins:
            await people_service.invite(unit, people_service.ADMIN)
            await bench.propose(unit, admin, (await bench.submit(unit)).report)
            await sharing_service.ask(
                unit, admin, await sharing_service.begin(unit, admin, "names:csv::"), "For a partner"
            )
            chat_id, chat = bench.new_chat()
            drafting.save(unit, await drafting.start(unit, chat, REPORT_FORM, "kk"))
            sent_messages.note(unit, chat, 77)
            owed = Outbox(unit)
            owed.add(chat, Call("sendMessage", {"chat_id": chat_id, "text": "words"}))
            await owed.write()
        first, second = await _approve(unit, admins)
        for admin in admins:
            undoable = (await bench.submit(unit)).report
            await claims.claim(unit, admin, undoable)
            await decisions_service.decide(unit, admin, undoable, Move.REJECT, "spam")
        facts = {
            "hour": 1,
            "actor": "Bota",
            "scope": "public",
            "spec": "csv::",
            "basis": "1",
            "state": "made",
        }
        for number, one, other in ((1, first, second), (2, second, first)):
            unit.session.add(RelatedReport(report_id=one, other_id=other))
            unit.session.add(Export(number=number, **facts))
            await unit.session.flush()
            unit.session.add(ExportRow(export_number=number, report_id=one, version=1, part=1))
    async with bench.database.writer.begin() as connection:
        await connection.run_sync(_fill)


async def _approve(unit: UnitOfWork, admins: list[Moderator]) -> list[str]:
    """Each approves what they proposed, where one is not enough; the ids of the reports."""
    found = []
    for admin in admins:
        report = (await unit.session.scalars(select(Report).where(Report.moderator_id == admin.id))).one()
        await decisions_service.approve(
            unit, admin, report, (await decisions_service.proposal(unit, report)).proof
        )
        found.append(report.id)
    return found


def _fill(connection: Connection) -> None:
    _let_anything_refer(connection)
    fill(connection, snapshot(connection))


def _let_anything_refer(connection: Connection) -> None:
    """No foreign key is in the way of whoever can write to the database."""
    on = "SET LOCAL session_replication_role = replica"
    connection.execute(text("PRAGMA defer_foreign_keys = ON" if connection.dialect.name == "sqlite" else on))


def changed(column: Any, value: Any) -> Any:
    """Another value of a column."""
    kind: Any = column.type.python_type
    if kind is bool:
        return not value
    if kind is int:
        return (value or 0) + 1000
    if kind is bytes:
        return bytes([value[0] ^ 1]) + value[1:] if value else bytes(32)
    return f"x{value[1:]}" if value and value[0] != "x" else "y" * min(column.type.length or 9, 8)


def attacks(table: Table, rows: list[Row[Any]]) -> Iterator[tuple[str, list[Any]]]:
    """By the column: the statements of an attack on two rows."""
    first, second = rows
    keys = list(table.primary_key)
    of_first = [key == getattr(first, key.name) for key in keys]
    for column in table.columns:
        value = changed(column, getattr(first, column.name))
        yield column.name, [update(table).where(*of_first).values({column.name: value})]
    together = [one.columns for one in table.constraints if isinstance(one, UniqueConstraint)]
    unique = {*keys, *chain.from_iterable(together)}
    copy = {one.name: getattr(first, one.name) for one in table.columns}
    yield COPIED, [insert(table).values(copy | {one.name: changed(one, copy[one.name]) for one in unique})]
    exchanged = {one.name: getattr(second, one.name) for one in keys}
    own = [key == getattr(second, key.name) for key in keys]
    yield SWAPPED, [delete(table).where(*own), update(table).where(*of_first).values(exchanged)]


def _attacked(table: Table) -> Select[Any]:
    """Two rows of a table; of the slots two that hold no key, for only a change of those goes unnoticed."""
    rows = select(table).order_by(*table.primary_key).limit(2)
    return rows.where(table.c.number.not_in(select(DataKey.slot))) if table.name == "key_slots" else rows


async def is_noted(unit: UnitOfWork, table: Table) -> bool:
    """Whether a look at a table finds what was changed in it."""
    mapped = next(one.class_ for one in Base.registry.mappers if one.local_table is table)
    rows = (await unit.session.scalars(select(mapped))).all()
    if issubclass(mapped, Proved):
        return bool(unit.safe.foreign)
    if table.name == "audit_log":
        return await audit.broken_at(unit) is not None
    keys = (
        (await unit.session.scalars(select(DataKey))).all()
        if table.name in {"data_keys", "key_slots"}
        else ()
    )
    if not all(vault.opens(unit, key) for key in keys):
        return True
    for sealed in BY_RING:
        if sealed.column.class_ is mapped:
            for row in rows:
                try:
                    unit.safe.ring.unseal(getattr(row, sealed.column.key) or b"", sealed.context(row))
                except UnsealError:
                    return True
    return False


async def test_each_change_is_noted_or_only_denies_service(bench: Bench) -> None:
    """The list in the threat model names what is not noted, and nothing else; a column that comes later is in one of the two."""
    await filled(bench)
    silent = set[str]()
    for table in Base.metadata.sorted_tables:
        async with bench.read() as unit:
            rows = list((await unit.session.execute(_attacked(table))).all())
        assert len(rows) == 2, table.name
        for name, statements in attacks(table, rows):
            bench.safe.foreign.clear()
            async with bench.database.write() as session:
                unit = bench.unit(session)
                await (await session.connection()).run_sync(_let_anything_refer)
                for statement in statements:
                    await session.execute(statement)
                if not await is_noted(unit, table):
                    silent.add(f"{table.name}.{name}")
                await session.rollback()
    assert silent - SEALED.keys() == listed()
