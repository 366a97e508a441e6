"""The demo's page: phones, stored rows and a movable clock."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta, tzinfo
from pathlib import Path

from aiohttp import web
from sqlalchemy import LargeBinary, Table, func, literal_column, select

from bot.app.wiring import Bot
from bot.demo import people
from bot.demo.folder import MovableClock
from bot.languages import name_of
from bot.local_api.access import JSON, answer, checked, read_json
from bot.local_api.page import PageExtension, PagePhone, PhonesPage
from bot.store.unit import UnitOfWork
from bot.texts import Texts
from db.models import Base


@dataclass(frozen=True, slots=True)
class TableRows:
    """The newest rows of a table, newest first, out of `total`. Cells appear as stored: bytes as hexadecimal
    digits, cut with their length."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int


_FURTHEST_HOURS = 24 * 366


_STATIC = Path(__file__).resolve().parent / "static"
_STEPS = (
    ("demo.step.report", "demo.phone.reporter", "reporter.receipt"),
    ("demo.step.review", "demo.phone.moderator", "moderator.approved"),
    ("demo.step.export", "demo.phone.analyst", None),
)
"""Steps of a visit: name, title of the phone, and key of the message that ends it, or None for a file."""
_OF_ROLE = {
    "admin": ("demo.phone.admin", "demo.empty.admin", "key"),
    "moderator": ("demo.phone.moderator", "demo.empty.moderator", "shield"),
    "analyst": ("demo.phone.analyst", "demo.empty.analyst", "chart"),
}
"""Title of a phone, hint in its empty chat, and icon, by the owner's role."""


def reporter_phone(user_id: int, language: str, first_name: str) -> PagePhone:
    return PagePhone(user_id, language, first_name, "demo.phone.reporter", "demo.empty.reporter")


def member_phone(user_id: int, language: str, first_name: str, role: str = "moderator") -> PagePhone:
    """A team member's phone. `role` is admin, moderator or analyst. Members are enrolled, so an empty chat
    offers their menu instead of a start button."""
    title, hint, icon = _OF_ROLE[role]
    return PagePhone(user_id, language, first_name, title, hint, icon, "demo.menu", "/menu")


def demo_page(
    texts: Texts,
    phones: Sequence[PagePhone],
    members: Sequence[int],
    inspector: "DemoInspector",
    utc_offset: timedelta | None,
    key: str | None = None,
) -> PhonesPage:
    """The page in the languages of `texts`. Phones with ids in `members` ask the bot for a language.
    `utc_offset` is the bot clock's. See `PhonesPage` for `key`."""
    return PhonesPage(
        phones=phones,
        languages={language: name_of(language) for language in texts.languages},
        texts={language: _page_texts(texts, language) for language in texts.languages},
        key=key,
        utc_offset=utc_offset,
        extension=PageExtension(
            "Kuager",
            _STATIC,
            settings={"members": list(members), "steps": _steps(texts, phones)},
            routes=inspector.routes(),
        ),
    )


def _steps(texts: Texts, phones: Sequence[PagePhone]) -> list[JSON]:
    """Steps with the templates of the messages that end them. The last phone stands for a missing one."""
    ids = {phone.title: phone.id for phone in phones}
    return [
        {
            "name": name,
            "phone": ids.get(title, phones[-1].id),
            "title": title,
            "said": [texts.raw(language, key)[key] for language in texts.languages] if key else [],
        }
        for name, title, key in _STEPS
    ]


def _page_texts(texts: Texts, language: str) -> dict[str, str]:
    """The demo's texts. `demo.page.*` replaces the page's own `page.*`."""
    return {
        key.removeprefix("demo.") if key.startswith("demo.page.") else key: words
        for key, words in texts.raw(language, "demo.").items()
    }


ROWS_SHOWN = 20
_HEX_DIGITS_SHOWN = 24
_FIRST_TABLES = ("reports", "public_versions", "data_keys", "drafts", "files")
_ERASURE_TRIES = 20


@dataclass(eq=False, repr=False)
class DemoInspector:
    """The panels' rows and clock, and their addresses. `bot` is set while it runs. `keep` is called with the
    clock's hours ahead after each move."""

    clock: MovableClock
    zone: tzinfo
    keep: Callable[[int], None] | None = None
    bot: Bot | None = None
    _expired: Mapping[str, int] = field(default_factory=dict)

    def routes(self) -> Sequence[web.RouteDef]:
        return (
            web.get("/demo/tables", self._show_tables),
            web.get("/demo/clock", self._show_clock),
            web.post("/demo/clock", checked(self._move_clock)),
            web.post("/demo/language", checked(self._set_language)),
        )

    async def _show_tables(self, _request: web.Request) -> web.Response:
        return answer({"ok": True, "tables": [asdict(rows) for rows in await self.tables()]})

    async def _show_clock(self, _request: web.Request) -> web.Response:
        return answer({"ok": True, "now": await self.now()})

    async def _move_clock(self, request: web.Request) -> web.Response:
        hours = read_json(await request.read())["hours"]
        if type(hours) is not int or not 0 < hours <= _FURTHEST_HOURS:
            raise ValueError(f"hours must be an integer from 1 to {_FURTHEST_HOURS}")
        return answer({"ok": True, "now": await self.advance(hours), "expired": self.expired()})

    async def _set_language(self, request: web.Request) -> web.Response:
        """Set the language of a phone, from {"phone": id, "language": code}."""
        asked = read_json(await request.read())
        await self.speak(int(asked["phone"]), str(asked["language"]))
        return answer({"ok": True})

    async def tables(self) -> Sequence[TableRows]:
        if self.bot is None:
            return ()
        async with self.bot.work.read() as unit:
            known = {table.name: table for table in Base.metadata.sorted_tables}
            names = dict.fromkeys((*_FIRST_TABLES, *known))
            found = [await _rows(unit, known[name]) for name in names]
        return [rows for rows in found if rows.total]

    async def speak(self, user_id: int, language: str) -> None:
        """Set the language of a team member's phone. Raises ValueError for a language the bot lacks."""
        if self.bot is not None:
            await people.speak(self.bot, user_id, language)

    async def now(self) -> str:
        """The bot's time, in ISO 8601 with its UTC offset."""
        return self.clock.local(self.zone).isoformat(timespec="seconds")

    async def advance(self, hours: int) -> str:
        """Move the clock ahead, destroy expired data and return the new time. Raises ValueError for an
        invalid move."""
        bot = self.bot
        if bot is None:
            self._move(hours)
            return await self.now()
        await bot.committer.flush()  # deliveries before the move keep their time
        # A sweep of the bot under way would otherwise count data that the move makes due.
        async with bot.work.sweeping:
            self._move(hours)
            if bot.work.telegram is not None:
                bot.work.telegram.note_answer(self.clock.seconds())  # the local Bot API shares this clock
            self._expired = await expire(bot)
        await bot.put_away()
        return await self.now()

    def _move(self, hours: int) -> None:
        self.clock.advance(hours)
        if self.keep is not None:
            self.keep(self.clock.hours_ahead)

    def expired(self) -> dict[str, int]:
        """Numbers from the last move: `claims` ended, `drafts` and report `contents` destroyed."""
        number = Counter(self._expired)
        contents = sum(number[kind] for kind in ("rejected", "proposed", "approved", "reports"))
        return {"claims": number["claims"], "drafts": number["drafts"], "contents": contents}


async def expire(bot: Bot) -> Mapping[str, int]:
    """Destroy everything expired by the bot's clock, in the write-ahead log too. Returns numbers by kind,
    named as in `retention.sweep`."""
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


async def _rows(unit: UnitOfWork, table: Table) -> TableRows:
    total = await unit.session.scalar(select(func.count()).select_from(table)) or 0
    # Sealed content first. Unlike a hash, it has no fixed length.
    sealed = [one for one in table.columns if isinstance(one.type, LargeBinary) and one.type.length is None]
    shown = [*sealed, *(one for one in table.columns if one not in set(sealed))]
    # The demo's database is SQLite, which numbers rows in order of insertion.
    newest = select(*shown).order_by(literal_column("rowid").desc()).limit(ROWS_SHOWN)
    rows = (await unit.session.execute(newest)).all()
    columns = tuple(column.name for column in shown)
    return TableRows(table.name, columns, tuple(tuple(cell(value) for value in row) for row in rows), total)


def cell(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, bytes):
        return str(value)
    digits = value.hex()
    return digits if len(digits) <= _HEX_DIGITS_SHOWN else f"{digits[:_HEX_DIGITS_SHOWN]}… ({len(value)})"
