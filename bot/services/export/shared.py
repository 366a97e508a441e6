"""What two administrators share: an export of a wider scope, which is encrypted to the operator's recipients while it is made (`making`)."""

from dataclasses import dataclass

from bot.errors import Refusal
from bot.services.export.formats import FORMATS
from bot.services.export.request import ExportRequest
from bot.services.export.versions.scope import SHARED, Scope
from bot.services.export.versions.selection import number_of, pin_of
from bot.services.unit import Unit


@dataclass(frozen=True, slots=True)
class SharedExport:
    """A scope, and the format and period of the export."""

    scope: Scope
    request: ExportRequest

    @classmethod
    def read(
        cls, scope: str, format_: str = "", since: str = "", until: str = "", *more: str
    ) -> "SharedExport":
        """From words; raises Refusal, also for `more` of them, which would narrow it down elsewhere."""
        known = {"scopes": ", ".join(SHARED), "formats": ", ".join(FORMATS)}
        if scope not in SHARED or more:
            raise Refusal("moderator.sharing.how", known)
        try:
            return cls(Scope(scope), ExportRequest.read(format_, since, until))
        except Refusal:
            raise Refusal("moderator.sharing.how", known) from None

    @classmethod
    def read_spec(cls, spec: str) -> "SharedExport":
        """The inverse of `spec`; raises Refusal."""
        return cls.read(*spec.split(":"))

    def spec(self) -> str:
        """It in one word, for the request and the audit log: `names:csv:2024-01-01:`."""
        return f"{self.scope}:{self.request.spec()}"

    async def number_of_rows(self, unit: Unit, most: int) -> int:
        """How many rows it has, `most` at most."""
        return await number_of(unit, self.request.period, most, self.scope.consents)

    async def pin(self, unit: Unit) -> str:
        """Which versions it is of, in a word: it is made only as it was when it was confirmed."""
        return await pin_of(unit, self.request.period, self.scope.consents)
