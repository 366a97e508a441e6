"""Stored rows and a movable clock behind a demo's chats."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import tzinfo

from sqlalchemy import Column, LargeBinary, Table, func, literal_column, select

from bot.demo import people
from bot.demo.clock import MovableClock
from bot.demo.page.inspector import TableRows
from bot.services.unit import Unit
from bot.wiring import Bot
from db.models import Base

ROWS_SHOWN = 20
_HEX_DIGITS_SHOWN = 24
_FIRST_TABLES = ("reports", "public_versions", "data_keys", "drafts", "files")
_ERASURE_TRIES = 20


class DemoInspector:
    """The demo's `bot.demo.page.inspector.Inspector`. `bot` is set while it runs.

    `keep` is called with the clock's hours ahead after each move.
    """

    def __init__(
        self, clock: MovableClock, zone: tzinfo, keep: Callable[[int], None] = lambda _: None
    ) -> None:
        self.bot: Bot | None = None
        self._clock, self._zone, self._keep = clock, zone, keep
        self._expired: Mapping[str, int] = {}

    async def tables(self) -> Sequence[TableRows]:
        if self.bot is None:
            return ()
        async with self.bot.work.read() as unit:
            found = [await _rows(unit, table) for table in sorted(Base.metadata.sorted_tables, key=_rank)]
        return [rows for rows in found if rows.total]

    async def speak(self, user_id: int, language: str) -> None:
        if self.bot is not None:
            await people.speak(self.bot, user_id, language)

    async def now(self) -> str:
        return self._clock.local(self._zone).isoformat(timespec="seconds")

    async def advance(self, hours: int) -> str:
        if self.bot is not None:
            await self.bot.committer.flush()  # deliveries before the move keep their time
        # A sweep of the bot under way would otherwise count data that the move makes due.
        async with self.bot.work.sweeping if self.bot is not None else nullcontext():
            self._clock.advance(hours)
            self._keep(self._clock.hours_ahead)
            if self.bot is not None and self.bot.work.telegram is not None:
                self.bot.work.telegram.note_answer(
                    self._clock.seconds()
                )  # the local Bot API shares this clock
            self._expired = {} if self.bot is None else await expire(self.bot)
        if self.bot is not None:
            await self.bot.put_away()
        return await self.now()

    def expired(self) -> Mapping[str, int]:
        number = Counter(self._expired)
        return {
            "claims": number["claims"],
            "drafts": number["drafts"],
            "contents": sum(number[kind] for kind in ("rejected", "proposed", "approved", "reports")),
        }


def _rank(table: Table) -> int:
    return _FIRST_TABLES.index(table.name) if table.name in _FIRST_TABLES else len(_FIRST_TABLES)


async def expire(bot: Bot) -> Mapping[str, int]:
    """Destroy everything expired by the bot's clock, in the write-ahead log too.

    Returns numbers by kind, named as in `retention.sweep`.
    """
    gone: Counter[str] = Counter()
    more = True
    while more:
        swept = await bot.work.destroy_due()
        gone.update(swept.numbers)
        more = not swept.is_done
    for _ in range(_ERASURE_TRIES):  # a reader may block it. The bot's own job continues later
        if await bot.work.finish_erasures():
            break
    bot.work.files_due.set()
    return gone


async def _rows(unit: Unit, table: Table) -> TableRows:
    total = await unit.session.scalar(select(func.count()).select_from(table)) or 0
    shown = sorted(table.columns, key=_is_open)
    # The demo's database is SQLite, which numbers rows in order of insertion.
    newest = select(*shown).order_by(literal_column("rowid").desc()).limit(ROWS_SHOWN)
    rows = (await unit.session.execute(newest)).all()
    columns = tuple(column.name for column in shown)
    return TableRows(table.name, columns, tuple(tuple(cell(value) for value in row) for row in rows), total)


def _is_open(column: Column[object]) -> bool:
    """Sort key that puts sealed content first. Unlike a hash, it has no fixed length."""
    return not (isinstance(column.type, LargeBinary) and column.type.length is None)


def cell(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, bytes):
        return str(value)
    digits = value.hex()
    return digits if len(digits) <= _HEX_DIGITS_SHOWN else f"{digits[:_HEX_DIGITS_SHOWN]}… ({len(value)})"
