"""Openers that make exports when they are sent: files, manifests and the texts about them."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.chat.screens.renderer import Renderer
from bot.chat.transport.sending.attachments import Attachment, GoneError, Opener, UnmadeError
from bot.errors import Refusal
from bot.form.screen import Key, Phrase
from bot.services import audit
from bot.services.desk.people import sharing
from bot.services.export import making, register
from bot.services.export.making import Asked
from bot.services.export.request import ExportRequest
from bot.services.export.shared import SharedExport
from bot.services.export.versions.scope import SHARED, Scope, Statistics, statistics
from bot.services.reports.holdings import ExportState
from bot.services.unit import MakeUnit
from db.models import Export

_OF_SHARED = {"moderator.export.too_large": "moderator.sharing.unmade"}


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
        - `exportpart:<number>:<part>:<language>`, `sharedrows:<number>:<language>` and
          `exported:<number>:<language>`: texts
        - `unexported:<number>:<language>`: a text if the export is incomplete
        """
        return {
            "export": self._export,
            "shared": self._shared,
            "sharedrows": self._shared_rows,
            "manifest": self._manifest,
            "exportpart": self._caption,
            "exported": self._end,
            "unexported": self._shortfall,
        }

    async def _export(self, spec: str) -> Attachment:
        number, part, parts, what = spec.split(":", 3)
        asked = Asked(int(number), ExportRequest.read_spec(what), Scope.PUBLIC)
        return await self._made(asked, int(part), int(parts))

    async def _made(self, asked: Asked, part: int, parts: int) -> Attachment:
        try:
            made = await making.part_in_chat(self.read, self.write, asked, part, parts)
        except Refusal:
            raise UnmadeError from None
        if made is None:
            raise GoneError
        return made

    async def _shared(self, spec: str) -> Attachment:
        request_id, number, language, what = spec.split(":", 3)
        if language in SHARED:  # a call of an older version without a language: it can be requested again
            raise UnmadeError
        shared = SharedExport.read_spec(what)
        try:
            return await self._shared_file(request_id, Asked(int(number), shared.request, shared.scope))
        except Refusal as refused:
            async with self.write() as unit:
                if (await register.find(unit, int(number))).state == ExportState.BEGUN:
                    await register.break_off(unit, int(number))
            key = _OF_SHARED.get(refused.key, refused.key)
            raise UnmadeError(
                self.renderer.phrase(Key(key, {**refused.arguments, "id": request_id}), language)
            ) from None

    async def _shared_file(self, request_id: str, asked: Asked) -> Attachment:
        """Shared file. Raises Refusal if it must not leave. It can be made later then, unless the request is
        gone."""
        async with self.read() as unit:
            await sharing.require_making(unit, request_id)
        try:
            made = await making.part_in_chat(self.read, self.write, asked, 0, 1)
            if made is None:
                raise Refusal("moderator.sharing.empty")  # noqa: TRY301 - it can be made another time, as after any other
            async with self.write() as unit:
                await audit.begin(unit)  # withdrawals and approvals wait from here on
                pin = await SharedExport(asked.scope, asked.request).pin(unit)
                await sharing.finish_making(unit, request_id, pin)
        except Refusal:
            await self._give_back(request_id)
            raise
        return made

    async def _give_back(self, request_id: str) -> None:
        async with self.write() as unit:
            await sharing.give_back(unit, request_id)

    async def _shared_rows(self, spec: str) -> str:
        number, language = spec.split(":")
        rows = register.files_of(await self._row(number))[-1].rows
        return self.renderer.phrase(Key("moderator.sharing.caption", {"rows": rows}), language)

    async def _manifest(self, spec: str) -> Attachment:
        if not register.files_of(await self._row(spec)):
            raise GoneError
        return await making.manifest_of(self.read, int(spec))

    async def _caption(self, spec: str) -> str:
        number, part, language = spec.split(":")
        row = await self._row(number)
        rows = register.files_of(row)[-1].rows  # the file of this caption; an earlier part may be missing
        async with self.read() as unit:
            idle = unit.settings.idle_minutes
        told = {"number": row.number, "rows": rows, "idle": idle}
        of_part = Key("moderator.export.part", {**told, "part": int(part) + 1})
        if int(part) or row.state != ExportState.MADE or _request(row).filters.words():
            return self.renderer.phrase(of_part, language)
        found = await self._statistics(row)
        if found.rows != rows:  # a faulty report is held back, and would be counted among the events
            return self.renderer.phrase(of_part, language)
        counts = {"events": found.events, "shared": found.shared, "counted": found.counted}
        return self.renderer.phrase(Key("moderator.export.caption", {**told, **counts}), language)

    async def _statistics(self, row: Export) -> Statistics:
        async with self.read() as unit:
            return await statistics(unit, _request(row).period)

    async def _end(self, spec: str) -> str:
        number, language = spec.split(":")
        return self.renderer.message(language, [await self._ended(await self._row(number))]).html

    async def _shortfall(self, spec: str) -> str:
        number, _ = spec.split(":")
        row = await self._row(number)
        if row.rows and row.state == ExportState.MADE:
            raise GoneError  # the files are the answer
        return await self._end(spec)

    async def _row(self, number: str) -> Export:
        async with self.read() as unit:
            return await register.find(unit, int(number))

    async def _ended(self, row: Export) -> Phrase:
        number = {"number": row.number}
        if row.state != ExportState.MADE:
            return Key("moderator.export.unfinished", number)
        if row.rows:
            return Key(
                "moderator.export.made", {**number, "rows": row.rows, "files": len(register.files_of(row))}
            )
        found = await self._statistics(row)
        if found.rows:
            return Key("moderator.export.nothing", number)
        return Key("moderator.export.empty", {"shared": found.shared, "counted": found.counted})


def _request(row: Export) -> ExportRequest:
    return ExportRequest.read_spec(row.spec)
