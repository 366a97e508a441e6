"""Behind the chats of a demo: the rows as they are stored, and the clock with what expires by it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo

from sqlalchemy import Column, LargeBinary, Table, func, literal_column, select

from bot.demo.clock import MovableClock
from bot.demo.page.inspector import TableRows
from bot.services.keeping import retention
from bot.services.unit import Unit
from bot.wiring import Bot
from db.models import Base

FIRST = ("reports", "public_versions", "data_keys", "drafts", "files")
"""The tables that are looked for first."""
MOST_ROWS = 20
MOST_DIGITS = 24
_TRIES = 20


class Behind:
    """The inspector of a demo (`bot.demo.page.inspector.Inspector`); `bot` is set when it runs. `keep` is told how far
    the clock is ahead whenever it is moved."""

    def __init__(
        self, clock: MovableClock, zone: tzinfo, keep: Callable[[int], None] = lambda _: None
    ) -> None:
        self.bot: Bot | None = None
        self._clock, self._zone, self._keep = clock, zone, keep
        self._gone: Mapping[str, int] = {}

    async def tables(self) -> Sequence[TableRows]:
        """The last rows of every table that has any."""
        if self.bot is None:
            return ()
        async with self.bot.work.read() as unit:
            found = [await _rows(unit, table) for table in sorted(Base.metadata.sorted_tables, key=_place)]
        return [rows for rows in found if rows.total]

    async def now(self) -> str:
        """The bot's time, ISO 8601 with its offset."""
        return self._clock.local(self._zone).isoformat(timespec="seconds")

    async def advance(self, hours: int) -> str:
        """Move the bot's and the local Telegram's clock ahead and let what has expired expire; the time then.
        Raises ValueError for a move that MovableClock does not make."""
        self._clock.advance(hours)
        self._keep(self._clock.hours_ahead)
        self._gone = {} if self.bot is None else await expire(self.bot)
        return await self.now()

    def gone(self) -> Mapping[str, int]:
        """What the last move of the clock did: how many `claims` ended, how many `drafts` and `contents` of reports
        were destroyed."""
        number = Counter(self._gone)
        return {
            "claims": number["claims"],
            "drafts": number["drafts"],
            "contents": number["rejected"] + number["reports"],
        }


def _place(table: Table) -> int:
    return FIRST.index(table.name) if table.name in FIRST else len(FIRST)


async def expire(bot: Bot) -> Mapping[str, int]:
    """Let what has had its time by the bot's clock be destroyed, all of it, the log of the database too; how many of
    each kind, as `retention.sweep` names them."""
    gone: Counter[str] = Counter()
    more = True
    while more:
        async with bot.work.write() as unit:
            swept = await retention.sweep(unit)
        gone.update(swept)
        more = max(swept.values()) >= retention.SWEEP_LIMIT
    for _ in range(_TRIES):  # a reader may be in the way; after that the bot's own job goes on with it
        if await bot.work.finish_erasures():
            break
    return gone


async def _rows(unit: Unit, table: Table) -> TableRows:
    total = await unit.session.scalar(select(func.count()).select_from(table)) or 0
    # The demo's database is SQLite, whose rows are numbered in the order in which they came.
    shown = sorted(table.columns, key=_is_open)
    newest = select(*shown).order_by(literal_column("rowid").desc()).limit(MOST_ROWS)
    rows = (await unit.session.execute(newest)).all()
    columns = tuple(column.name for column in shown)
    return TableRows(table.name, columns, tuple(tuple(cell(value) for value in row) for row in rows), total)


def _is_open(column: Column[object]) -> bool:
    """Sealed content is what is looked for, and stands before the rest. It has no fixed length, as hashes have."""
    return not (isinstance(column.type, LargeBinary) and column.type.length is None)


def cell(value: object) -> str:
    """A value as it stands in the database; bytes as hexadecimal digits, cut short with how many bytes there are."""
    if value is None:
        return ""
    if not isinstance(value, bytes):
        return str(value)
    digits = value.hex()
    return digits if len(digits) <= MOST_DIGITS else f"{digits[:MOST_DIGITS]}… ({len(value)})"
