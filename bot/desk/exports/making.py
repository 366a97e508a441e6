"""Files of an export that are made at the moment of sending, with their manifest and message."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, Renderer
from bot.chat.turn import Turn
from bot.desk.references import in_rows
from bot.desk.sharing import service as sharing_service
from bot.errors import Refusal
from bot.form.screen import Joined, Key, Phrase, Said
from bot.publish.export import contract, making, register, selection
from bot.publish.export.making import MOST_ROWS_IN_CHAT, ExportOrder
from bot.publish.export.request import ExportRequest, SharedExport
from bot.publish.export.selection import ExportScope, Faulty, Period, Statistics, number_of, statistics
from bot.reports.links import ExportState
from bot.store import audit
from bot.store.unit import MakeUnit
from bot.transport.call import Attachment, GoneError, Opener, UnmadeError
from db.models import Export

MOST_FAULTY_NAMED = 20


def faulty_told(faults: Faulty) -> Iterator[Phrase]:
    """One phrase for each kind of fault: the number of reports, the first references, and whom to tell."""
    for key, refs in (
        ("moderator.export.consent_differs", faults.changed),
        ("moderator.export.damaged", faults.damaged),
        ("moderator.export.too_old", list(faults.too_old)),
    ):
        if refs:
            yield Key(key, {"n": len(refs), "refs": Joined(tuple(map(Said, refs[:MOST_FAULTY_NAMED])))})


MOST_EXPORTED = 20_000
"""Most approved reports of an export in a chat, including those without a row. More are not counted."""
MOST_LOOKED_AT = 200
"""Most versions that a command decrypts to find faulty ones: a twentieth of a second."""
_SURELY_ONE_FILE = 1_000
"""Rows that fit in one file at any length: a row of the CSV takes up to about 5 KB."""


async def enqueue(turn: Turn, request: ExportRequest) -> None:
    """Enqueue an export and show progress in place of the tapped message. Raises Refusal for too many
    reports and for filters that match nothing. Counts are taken when the file is sent."""
    request.require_known(turn.unit.forms)
    number = await number_of(turn.unit, request.period, MOST_EXPORTED + 1)
    if number > MOST_EXPORTED:
        raise Refusal("moderator.export.too_many", {"most": MOST_EXPORTED})
    await tell_faulty(turn, request.period)
    row = await register.begin(turn.unit, turn.moderator.alias, request)
    if not number and not request.filters.changed:  # else recipients have records to delete
        await register.break_off(turn.unit, row.number)
        turn.say_in_place(Key("moderator.export.empty", {"shared": 0, "counted": 0}))
        return
    if turn.tapped_message_id is not None:
        turn.say_in_place(Key("moderator.export.making", {"number": row.number}))
    _enqueue_files(turn, row, parts_of(number))
    enqueue_manifest(turn, row)
    enqueue_end(turn, row)


def capped(number: int, most: int) -> str:
    """Number as text, `most` with a plus if it is larger."""
    return f"{most}+" if number > most else str(number)


def parts_of(rows: int) -> int:
    """Most files for so many rows. One more is enqueued for long rows, and not sent if it is empty."""
    return 1 if rows <= _SURELY_ONE_FILE else -(-rows // MOST_ROWS_IN_CHAT) + 1


def _enqueue_files(turn: Turn, row: Export, parts: int) -> None:
    untaken = turn.renderer.phrase(Key("moderator.export.too_large"), turn.language)
    for part in range(parts):
        made = {
            "document": f"export:{row.number}:{part}:{parts}:{row.spec}",
            "caption": f"exportpart:{row.number}:{part}:{turn.language}",
        }
        turn.call("sendDocument", {"chat_id": turn.chat.id}, attach=made, otherwise=untaken)


def enqueue_manifest(turn: Turn, row: Export) -> None:
    """Enqueue an export's manifest after its files. Nothing is sent if there are none."""
    params = {"chat_id": turn.chat.id, "disable_notification": True}
    made = {"document": f"manifest:{row.number}", "caption": f"exportabout:{row.number}:{turn.language}"}
    turn.call("sendDocument", params, attach=made)


def enqueue_end(turn: Turn, row: Export, opener: str = "exported") -> None:
    """Enqueue the result in place of the tapped message. After a typed command it is sent only if the export
    is incomplete, by the opener of that name with `un` before it."""
    params = {"chat_id": turn.chat.id, **turn.renderer.message(turn.language, []).params()}
    what = f"{row.number}:{turn.language}"
    if turn.tapped_message_id is None:
        turn.call("sendMessage", params, attach={"text": f"un{opener}:{what}"})
    else:
        place = {"message_id": turn.tapped_message_id}
        turn.call("editMessageText", params | place, attach={"text": f"{opener}:{what}"})


async def tell_faulty(turn: Turn, period: Period, *, told: bool = False) -> None:
    """Name the reports of a period that every export lacks, with `told` also those with faulty stories.

    A long period is left to the daily notice (`tell_head_once`), since decryption would delay other answers.
    """
    if await number_of(turn.unit, period, MOST_LOOKED_AT + 1) > MOST_LOOKED_AT:
        return
    for phrase in faulty_told(await selection.faulty(turn.unit, period, told=told)):
        turn.say(phrase)


@dataclass(frozen=True, slots=True)
class ExportOpeners:
    """Makes queued exports. The encrypted call holds what is exported, so write access to the database alone
    cannot change it."""

    read: MakeUnit
    write: MakeUnit
    renderer: Renderer

    def by_name(self) -> Mapping[str, Opener]:
        """Openers by name.

        - `export:<number>:<part>:<parts>:<what>` and `shared:<request>:<number>:<language>:<what>`: files
        - `manifest:<number>`: the manifest
        - `exportabout:<number>:<language>`, `exportpart:<number>:<part>:<language>`, `sharedrows:<number>:<language>` and
          `exported:<number>:<language>`: texts
        - `unexported:<number>:<language>`: a text if the export is incomplete
        """
        files = {"export": self._export, "shared": self._shared, "manifest": self._manifest}
        texts = {"exportabout": self._about, "exportpart": self._caption, "sharedrows": self._shared_rows}
        return {**files, **texts, "exported": self._end, "unexported": self._shortfall}

    async def _export(self, spec: str) -> Attachment:
        number, part, parts, what = spec.split(":", 3)
        asked = ExportOrder(int(number), ExportRequest.read_spec(what), ExportScope.PUBLIC)
        try:
            made = await making.part_in_chat(self.read, self.write, asked, int(part), int(parts))
        except Refusal:
            raise UnmadeError from None
        if made is None:
            raise GoneError
        return made

    async def _shared(self, spec: str) -> Attachment:
        request_id, number, language, what = spec.split(":", 3)
        if (
            language in selection.SHARED
        ):  # a call of an older version without a language: it can be requested again
            raise UnmadeError
        shared = SharedExport.read_spec(what)
        try:
            return await self._shared_file(request_id, ExportOrder(int(number), shared.request, shared.scope))
        except Refusal as refused:
            async with self.write() as unit:
                if (await register.find(unit, int(number))).state == ExportState.BEGUN:
                    await register.break_off(unit, int(number))
            is_too_large = refused.key == "moderator.export.too_large"
            key = "moderator.sharing.unmade" if is_too_large else refused.key
            told = Key(key, {**refused.arguments, "id": request_id})
            raise UnmadeError(self.renderer.phrase(told, language)) from None

    async def _shared_file(self, request_id: str, asked: ExportOrder) -> Attachment:
        """Shared file. Raises Refusal if it must not leave. It can be made later then, unless the request is
        gone."""
        async with self.read() as unit:
            await sharing_service.require_making(unit, request_id)
        try:
            made = await making.part_in_chat(self.read, self.write, asked, 0, 1)
            if made is None:
                raise Refusal("moderator.sharing.empty")  # noqa: TRY301 - it can be made another time, as after any other
            async with self.write() as unit:
                await audit.begin(unit)  # withdrawals and approvals wait from here on
                pin = await SharedExport(asked.scope, asked.request).pin(unit)
                await sharing_service.finish_making(unit, request_id, pin)
        except Refusal:
            async with self.write() as unit:
                await sharing_service.give_back(unit, request_id)
            raise
        return made

    async def _shared_rows(self, spec: str) -> str:
        number, language = spec.split(":")
        rows = register.files_of(await row_of(self.read, number))[-1].rows
        return self.renderer.phrase(Key("moderator.sharing.caption", {"rows": rows}), language)

    async def _manifest(self, spec: str) -> Attachment:
        if not register.files_of(await row_of(self.read, spec)):
            raise GoneError
        return await making.description_of(self.read, int(spec))

    async def _about(self, spec: str) -> str:
        """Caption of the manifest, with what a recipient has to know or do."""
        number, language = spec.split(":")
        row = await row_of(self.read, number)
        lines: list[Phrase] = [Key("moderator.export.manifest", {"number": row.number})]
        files = register.files_of(row)
        if marks := sum(one.marks_removed for one in files):
            lines.append(Key("moderator.export.marks", {"marks": marks}))
        async with self.read() as unit:
            since = await contract.differences(unit, row)
        if since is not None and (since.gone or since.replaced):
            told = {"gone": len(since.gone), "replaced": len(since.replaced)}
            lines.append(Key("moderator.export.since", told))
        if files and files[0].kept:
            lines.append(_kept(files[0].kept))
        return "\n\n".join(self.renderer.phrase(line, language) for line in lines)

    async def _caption(self, spec: str) -> str:
        number, part, language = spec.split(":")
        row = await row_of(self.read, number)
        rows = register.files_of(row)[-1].rows  # the file of this caption; an earlier part may be missing
        async with self.read() as unit:
            idle = unit.settings.idle_minutes
        told = {"number": row.number, "rows": rows, "idle": idle}
        of_part = Key("moderator.export.part", {**told, "part": int(part) + 1})
        if int(part) or row.state != ExportState.MADE or ExportRequest.read_spec(row.spec).filters.words():
            return self.renderer.phrase(of_part, language)
        found = await self._statistics(row)
        if found.rows != rows:  # a faulty report is held back, and would be counted among the events
            return self.renderer.phrase(of_part, language)
        counts = {"events": found.events, "shared": found.shared, "counted": found.counted}
        return self.renderer.phrase(Key("moderator.export.caption", {**told, **counts}), language)

    async def _statistics(self, row: Export) -> Statistics:
        async with self.read() as unit:
            return await statistics(unit, ExportRequest.read_spec(row.spec).period)

    async def _end(self, spec: str) -> str:
        number, language = spec.split(":")
        return self.renderer.message(language, [await self._ended(await row_of(self.read, number))]).html

    async def _shortfall(self, spec: str) -> str:
        number, _ = spec.split(":")
        row = await row_of(self.read, number)
        if register.files_of(row) and row.state == ExportState.MADE:
            raise GoneError  # the files are the answer
        return await self._end(spec)

    async def _ended(self, row: Export) -> Phrase:
        number = {"number": row.number}
        if row.state != ExportState.MADE:
            return Key("moderator.export.unfinished", number)
        if register.files_of(row):
            made = {"rows": row.rows, "files": len(register.files_of(row))}
            return Key("moderator.export.made", {**number, **made})
        found = await self._statistics(row)
        if found.rows:
            return Key("moderator.export.nothing", number)
        return Key("moderator.export.empty", {"shared": found.shared, "counted": found.counted})


def _kept(kept: Mapping[str, Any]) -> Phrase:
    """Order of generalising, and the rows that still tell each trait, in percent."""
    percent = {name: 100 - found.get("blank", 0) for name, found in kept["percent"].items()}
    order = Joined(tuple(Key(f"moderator.export.trait.{name}") for name in kept["order"]))
    return Key("moderator.export.kept", {**percent, "order": order})


async def row_of(read: MakeUnit, number: str) -> Export:
    async with read() as unit:
        return await register.find(unit, int(number))


PERIODS = ("all", "month", "last", "year", "pastyear")


def days_of(period: str, today: date) -> tuple[str, str]:
    """First and last day of a period, "" for an open end."""
    last = today.replace(day=1) - timedelta(days=1)
    days: Mapping[str, tuple[str, str]] = {
        "month": (f"{today:%Y-%m}-01", ""),
        "last": (f"{last:%Y-%m}-01", last.isoformat()),
        "year": (f"{today.year}-01-01", ""),
        "pastyear": (f"{today.year - 1}-01-01", f"{today.year - 1}-12-31"),
    }
    return days.get(period, ("", ""))


def format_choices(act: Callable[[str], Act], names: Iterable[str]) -> list[list[ActButton]]:
    return in_rows([ActButton(Key(f"moderator.export.format.{one}"), act(one)) for one in names])


def period_choices(act: Callable[[str], Act]) -> list[list[ActButton]]:
    first, *others = [ActButton(Key(f"moderator.export.period.{one}"), act(one)) for one in PERIODS]
    return [[first], *in_rows(others)]
