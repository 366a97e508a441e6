"""Check of the whole audit log and its end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.errors import SettingsError
from bot.safety.audit_head import AuditHead
from bot.services import audit
from bot.services.keeping import audit_heads
from bot.services.unit import Unit
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Cut:
    """Entries missing at the end, by the head of the file or one `told` in a chat."""

    lost: int
    head: AuditHead
    told: bool


@dataclass(frozen=True, slots=True)
class Check:
    """Result of a check.

    - `broken_at`: first entry that breaks the chain.
    - `unread`, `gone`: the file of the head is unreadable, or missing.
    """

    head: AuditHead
    broken_at: int | None
    cuts: Sequence[Cut]
    unread: bool = False
    gone: bool = False

    @property
    def is_whole(self) -> bool:
        return self.broken_at is None and not (self.cuts or self.unread or self.gone)

    def faults(self, settings: Settings) -> Iterator[str]:
        if self.broken_at is not None:
            yield audit_heads.CHANGED.format(number=self.broken_at)
        for cut in self.cuts:
            where = "the bot" if cut.told else str(settings.audit_head_file)
            yield audit_heads.CUT.format(lost=cut.lost, where=where, head=cut.head.short())
        if self.gone:
            yield audit_heads.GONE.format(file=settings.audit_head_file)
        if self.unread:
            yield audit_heads.UNREAD.format(file=settings.audit_head_file)


async def check(unit: Unit, told: AuditHead | None = None) -> Check:
    """Check every entry, and the end by the head's file and a head `told` to administrators. Slow, but lets
    other tasks run."""
    kept, unread = None, False
    try:  # before the log is read, since entries may be added meanwhile
        kept = await audit_heads.known_head(unit.settings)
    except SettingsError:
        unread = True
    broken = await audit.broken_at(unit)
    cuts = [await _cut(unit, kept, told=False), await _cut(unit, told, told=True)]
    gone = not unread and await audit_heads.is_gone(unit, kept)
    return Check(await audit.head(unit), broken, [one for one in cuts if one is not None], unread, gone)


async def _cut(unit: Unit, known: AuditHead | None, *, told: bool) -> Cut | None:
    lost = await audit.cut_since(unit, known)
    return Cut(lost, known, told) if known is not None and lost else None
