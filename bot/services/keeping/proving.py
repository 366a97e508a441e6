"""First proofs of rows, after the migration that adds them. A forged row looks like others, so members need
the audit log's agreement, and invitations are void."""

from collections.abc import Sequence

from sqlalchemy import and_, delete, or_, select

from bot.errors import SettingsError
from bot.services import audit, row_proofs
from bot.services.desk.people import team
from bot.services.keeping import audit_check
from bot.services.unit import AS_STORED, Unit
from db.models import AuditEntry, Invite, Mark

_UNPROVED = "unproved"


async def is_due(unit: Unit) -> bool:
    """Whether rows are still to be proved. Raises SettingsError when the audit log shows an earlier proof or
    a newer version's invitation, or is damaged: the mark may be forged."""
    if await unit.session.get(Mark, _UNPROVED) is None:
        return False
    invited = and_(AuditEntry.act == "invite", AuditEntry.subject != "")
    if await unit.session.scalar(
        select(AuditEntry.id).where(or_(invited, AuditEntry.act == "proved")).limit(1)
    ):
        raise SettingsError(
            "The rows of the database were proved once, and a mark asks for it again: somebody else writes to the database. "
            "Find out who; a backup from before holds what was there (docs/operators.md)"
        )
    for fault in (await audit_check.check(unit)).faults(unit.settings):
        raise SettingsError(fault)
    return True


async def prove_team(unit: Unit) -> Sequence[tuple[str, str, bool]]:
    """Prove members who match an intact audit log, and void invitations. Returns alias, role and whether
    proved, for each member."""
    unit.session.info[AS_STORED] = True
    whole, found = await audit.broken_at(unit) is None, await team.list_moderators(unit)
    for one in found:
        entry = await unit.session.get(AuditEntry, max(one.enrolled, one.revoked)) if whole else None
        said = ("enrol", one.role, True) if entry and entry.act == "enrol" else ("revoke", "", False)
        if entry is None or (entry.act, entry.detail, one.active) != said:
            continue
        chat_id = team.address(unit, one)
        if chat_id is not None and unit.safe.pseudonyms.chat(chat_id) == one.chat_hash:
            one.entry = entry.id
            row_proofs.trust(unit, one)
    await unit.session.execute(delete(Invite))
    return [(one.alias, one.role if one.active else "revoked", one.row_mac is not None) for one in found]


async def finish(unit: Unit) -> None:
    await unit.session.execute(delete(Mark).where(Mark.name == _UNPROVED))
    await audit.record(unit, audit.SYSTEM, "proved", "")
