"""Exports of wider scopes, which two administrators share, encrypted to the operator's recipients."""

from dataclasses import dataclass

from bot.errors import Refusal
from bot.services.export.formats import FORMATS
from bot.services.export.request import ExportRequest
from bot.services.export.versions.scope import SHARED, Scope
from bot.services.export.versions.selection import number_of, pin_of
from bot.services.unit import Unit


@dataclass(frozen=True, slots=True)
class SharedExport:
    scope: Scope
    request: ExportRequest

    @classmethod
    def read(
        cls, scope: str, format_: str = "", since: str = "", until: str = "", *more: str
    ) -> "SharedExport":
        """Parse words. Raises Refusal, also for `more`: filters are not allowed."""
        known = {"scopes": ", ".join(SHARED), "formats": ", ".join(FORMATS)}
        if scope not in SHARED or more:
            raise Refusal("moderator.sharing.how", known)
        try:
            return cls(Scope(scope), ExportRequest.read(format_, since, until))
        except Refusal:
            raise Refusal("moderator.sharing.how", known) from None

    @classmethod
    def read_spec(cls, spec: str) -> "SharedExport":
        """Parse the text of `spec`. Raises Refusal."""
        return cls.read(*spec.split(":"))

    def spec(self) -> str:
        """Shared export in one word, for the request and the audit log: `names:csv:2024-01-01:`."""
        return f"{self.scope}:{self.request.spec()}"

    async def number_of_rows(self, unit: Unit, most: int) -> int:
        return await number_of(unit, self.request.period, most, self.scope.consents)

    async def pin(self, unit: Unit) -> str:
        """Digest of the versions, which must not change between confirmation and making."""
        return await pin_of(unit, self.request.period, self.scope.consents)
