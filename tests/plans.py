"""Query plans of the statements in an act, to find those that read or sort more rows than are shown."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event

from db.engine import Database

GROWING = (
    "reports",
    "public_versions",
    "data_keys",
    "key_slots",
    "files",
    "audit_log",
    "seen_updates",
    "drafts",
    "talk_messages",
    "ways_back",
    "export_rows",
    "incidents",
    "related_reports",
    "approvals",
)
"""Tables that grow with the number of reports, and have indexes for all queries."""
_GROWING = rf"(?:{'|'.join(GROWING)})(?:_\d+)?\b"
"""A growing table, or its name in one of several parts of a statement."""
_ENDLESS = re.compile(
    rf"\bSCAN {_GROWING}(?!.*USING (?:COVERING )?INDEX ix_)|USE TEMP B-TREE FOR (?!DISTINCT)"
    rf"|Seq Scan on {_GROWING}|\bSort Key\b"
)
_READS_GROWING = re.compile(rf"\b(?:SCAN|SEARCH|on) {_GROWING}")
"""A read of a growing table. Other sorted tables are small: the team, its invitations, shares, blocks."""
LAST = re.compile(r"ORDER BY (\w+)\.id DESC\s+LIMIT")
"""The last row of a table is read from its end."""
_OF_ONE = re.compile(r"\b(?:report_id|moderator_id|incident_id) = ")
"""Sorting is fine for one report, moderator or incident, which have few rows."""


@asynccontextmanager
async def planned(database: Database, *, is_filled: bool = False) -> AsyncIterator[list[tuple[str, str]]]:
    """Statements run inside the block, each with its plan once the block has ended.

    On PostgreSQL, the plan is the best that indexes allow, since small tables are read whole. If the database
    `is_filled`, it is the real plan.
    """
    ran: dict[str, Any] = {}
    found: list[tuple[str, str]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_more: object) -> None:
        if statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE")) and "pg_" not in statement:
            ran.setdefault(statement, parameters[0] if isinstance(parameters, list) else parameters)

    engines = {database.writer.sync_engine, database.reader.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
    async with database.reader.connect() as connection:
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        if not database.is_sqlite and not is_filled:
            # The plan then shows everything that no index provides, even with few rows.
            await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            await connection.exec_driver_sql("SET LOCAL enable_sort = off")
            await connection.exec_driver_sql("SET LOCAL enable_incremental_sort = off")
        for statement, parameters in ran.items():
            rows = (await connection.exec_driver_sql(f"{explain} {statement}", parameters)).all()
            found.append((statement, "\n".join(str(row[-1]) for row in rows)))


def growing(plans: Sequence[tuple[str, str]]) -> list[str]:
    """Statements that read a whole table of GROWING, or sort it."""
    return [
        f"{statement}\n{plan}"
        for statement, plan in plans
        if _ENDLESS.search(plan)
        and _READS_GROWING.search(plan)
        and not _OF_ONE.search(statement)
        and not LAST.search(statement)
    ]
