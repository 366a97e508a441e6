"""What makes exports when they are sent: their files, their manifests, and the words about them."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.chat.screens.renderer import Renderer
from bot.chat.transport.sending.attachments import Attachment, GoneError, Opener, UnmadeError
from bot.errors import Refusal
from bot.form.screen import Key, Phrase
from bot.services.desk.people import sharing
from bot.services.desk.people.sharing import SharingState
from bot.services.export import making, register
from bot.services.export.making import Asked
from bot.services.export.register import ExportState
from bot.services.export.request import ExportRequest
from bot.services.export.shared import SharedExport
from bot.services.export.versions.scope import Scope
from bot.services.export.versions.statistics import Statistics, statistics
from bot.services.unit import MakeUnit
from db.models import Export


@dataclass(frozen=True, slots=True)
class ExportOpeners:
    """Makes what is owed of exports. What an export is of stands in the call: whoever can write to the database alone changes nothing of
    it."""

    read: MakeUnit
    write: MakeUnit
    renderer: Renderer

    def by_name(self) -> Mapping[str, Opener]:
        """`export:<number>:<part>:<parts>:<what>` and `shared:<request>:<number>:<what>` as files, `manifest:<number>` as another,
        `exportpart:<number>:<part>:<language>` and `exported:<number>:<language>` as words about them, `unexported:<number>:<language>` where
        not all of it has come."""
        return {
            "export": self._export,
            "shared": self._shared,
            "manifest": self._manifest,
            "exportpart": self._caption,
            "exported": self._end,
            "unexported": self._shortfall,
        }

    async def _export(self, spec: str) -> Attachment:
        number, part, parts, what = spec.split(":", 3)
        asked = Asked(int(number), ExportRequest.read_spec(what), Scope.PUBLIC)
        return await self._made(asked, int(part), int(parts))

    async def _shared(self, spec: str) -> Attachment:
        request_id, number, what = spec.split(":", 2)
        async with self.read() as unit:
            try:
                await sharing.find(unit, request_id, SharingState.MADE)
            except Refusal:
                raise GoneError from None
        shared = SharedExport.read_spec(what)
        return await self._made(Asked(int(number), shared.request, shared.scope), 0, 1)

    async def _made(self, asked: Asked, part: int, parts: int) -> Attachment:
        try:
            made = await making.part_in_chat(self.read, self.write, asked, part, parts)
        except Refusal:
            raise UnmadeError from None
        if made is None:
            raise GoneError
        return made

    async def _manifest(self, spec: str) -> Attachment:
        if not register.files_of(await self._row(spec)):
            raise GoneError
        return await making.manifest_of(self.read, int(spec))

    async def _caption(self, spec: str) -> str:
        number, part, language = spec.split(":")
        row = await self._row(number)
        rows = register.files_of(row)[-1].rows  # the file that it is sent with: a part before it may be none
        async with self.read() as unit:
            idle = unit.settings.idle_minutes
        told = {"number": row.number, "rows": rows, "idle": idle}
        if int(part) or row.state != ExportState.MADE or _request(row).filters.words():
            return self.renderer.phrase(
                Key("moderator.export.part", {**told, "part": int(part) + 1}), language
            )
        found = await self._statistics(row)
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
            raise GoneError  # the files say it
        return await self._end(spec)

    async def _row(self, number: str) -> Export:
        async with self.read() as unit:
            return await register.find(unit, int(number))

    async def _ended(self, row: Export) -> Phrase:
        """What has come of an export."""
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
