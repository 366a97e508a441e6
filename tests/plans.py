"""How a database goes about the statements that an act runs: whether it reads or sorts more than what is shown."""

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
"""Tables that have more rows the more reports there are, and indexes for all that is asked of them."""
_GROWING = rf"(?:{'|'.join(GROWING)})(?:_\d+)?\b"
"""One of them, or the name that it has in one of several parts of a statement."""
_ENDLESS = re.compile(
    rf"\bSCAN {_GROWING}(?!.*USING (?:COVERING )?INDEX ix_)|USE TEMP B-TREE FOR (?!DISTINCT)"
    rf"|Seq Scan on {_GROWING}|\bSort Key\b"
)
_READS_GROWING = re.compile(rf"\b(?:SCAN|SEARCH|on) {_GROWING}")
"""What else is sorted is few: the team, its invitations, what it asks to share, blocks."""
LAST = re.compile(r"ORDER BY (\w+)\.id DESC\s+LIMIT")
"""The last row of a table is read from its end."""
_OF_ONE = re.compile(r"\b(?:report_id|moderator_id|incident_id) = ")
"""A report has few versions, a moderator holds few reports, and few tell of one event: these may be sorted."""


@asynccontextmanager
async def planned(database: Database, *, is_filled: bool = False) -> AsyncIterator[list[tuple[str, str]]]:
    """The statements that are run meanwhile, each with its plan once that is over: on PostgreSQL the best of those that an index allows,
    since of few rows it would read all, or where the database `is_filled` the one that it takes."""
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
            # So that it says what cannot be had from an index, however few rows there are.
            await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            await connection.exec_driver_sql("SET LOCAL enable_sort = off")
            await connection.exec_driver_sql("SET LOCAL enable_incremental_sort = off")
        for statement, parameters in ran.items():
            rows = (await connection.exec_driver_sql(f"{explain} {statement}", parameters)).all()
            found.append((statement, "\n".join(str(row[-1]) for row in rows)))


def growing(plans: Sequence[tuple[str, str]]) -> list[str]:
    """Those that read a whole table of GROWING, or sort."""
    return [
        f"{statement}\n{plan}"
        for statement, plan in plans
        if _ENDLESS.search(plan)
        and _READS_GROWING.search(plan)
        and not _OF_ONE.search(statement)
        and not LAST.search(statement)
    ]
