"""A moderator's rarer decisions: set aside, duplicate, incidents, withdrawal."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy import select, text

from bot.chat.notices.team import to_moderators
from bot.chat.screens.callback import Act, encode
from bot.chat.screens.renderer import Renderer
from bot.demo.gallery.scenes.seldom import under
from bot.demo.people import COLLEAGUE, MODERATOR
from bot.demo.walk.chats import Chats
from bot.services.desk import claims
from bot.services.desk.card.asking import READY
from bot.services.desk.lists.filters import Filter, Scope
from bot.services.reports import links
from bot.services.reports.states import UNDECIDED, Status
from bot.services.reports.talk import answering
from bot.services.reports.talk.words import Sign
from bot.work import Work
from db.models import IS_PROPOSED, Moderator, PublicVersion, Report

_NEEDED = 4


async def decide(chats: Chats, work: Work) -> None:
    aside, repeated, original, other = await _free(work)
    await chats.say(MODERATOR, "/incidents", f"/open {aside}")
    await chats.tap(MODERATOR, Act("mmore", aside), Act("maside", aside), Act("maskr", aside, READY[0]))
    await chats.tap(MODERATOR, Act("masks", aside, READY[0]), Act("mmore", aside), Act("maside", aside))
    await chats.tap(MODERATOR, Act("mlist", str(Filter(Scope.ASIDE))))
    await chats.say(MODERATOR, f"/open {aside}", f"/release {aside}")
    await chats.say(COLLEAGUE, f"/open {other}")
    await chats.say(MODERATOR, f"/release {other}", f"/open {other}")
    async with work.write() as unit:
        await answering.sign(unit, await claims.find(unit, repeated), Sign.URGENT)
    await chats.tap(MODERATOR, Act("mdup", repeated), Act("mdupof", repeated, original))
    await chats.say(MODERATOR, f"/open {repeated}")
    await chats.tap(MODERATOR, Act("mdupof", repeated, repeated), Act("mdupof", repeated, original))
    await chats.tap(MODERATOR, Act("mjoin", other))
    await _link(chats, work, other, original, repeated)
    await chats.say(MODERATOR, f"/open {original}")
    for ref in (other, original, aside, repeated):  # the last is one too many
        await chats.tap(MODERATOR, Act("mwithdraw", ref), Act("mtakeback", ref, "asked"))
    await chats.say(MODERATOR, f"/release {repeated}")
    await chats.tap(COLLEAGUE, Act("mdup", repeated))
    await _approve_by_two(chats, work)
    await undo(chats, work)


async def undo(chats: Chats, work: Work) -> None:
    with under(work, {"undo_minutes": 10}):
        ref = (await _free(work, 1))[0]
        await chats.tap(MODERATOR, Act("mreject", ref, "spam"), Act("mrejectyes", ref, "spam"))
        await chats.say(COLLEAGUE, f"/open {ref}")
        await chats.tap(MODERATOR, Act("mundo", ref), Act("mundo", ref), Act("mrejectyes", ref, "spam"))
        async with work.write() as unit:
            await answering.sign(unit, await claims.find(unit, ref), Sign.URGENT)
        await chats.owe("↩️", partial(to_moderators.take_effect, Renderer(chats.texts), ref))
        await chats.say(MODERATOR, f"/audit {ref}", f"/release {ref}")


async def _link(chats: Chats, work: Work, report: str, other: str, closed: str) -> None:
    wrong = (report, closed, "E00000")
    await chats.tap(MODERATOR, *(Act("mjoinwith", report, one) for one in (*wrong, other, other)))
    await chats.tap(MODERATOR, Act("mrelate", report), Act("mrelateto", report, other))
    await chats.say(MODERATOR, f"/open {report}", "/incidents")
    async with work.read() as unit:
        found = await unit.session.scalar(select(Report).where(Report.ref == report))
        incident = await links.incident_of(unit, found) if found is not None else None
    if incident is not None:
        await chats.tap(MODERATOR, Act("mincident", incident.ref))
    await chats.tap(MODERATOR, Act("mmore", report), Act("munjoin", report), Act("munjoin", report))
    await chats.tap(MODERATOR, Act("mrelate", report), Act("munrelate", report, other))


async def _approve_by_two(chats: Chats, work: Work) -> None:
    before = work.settings
    work.settings = before.model_copy(update={"approvals": 2, "approvals_named": 2})
    ref = await _let_go(work)
    for moderator in (MODERATOR, MODERATOR, COLLEAGUE):
        await chats.say(moderator, f"/open {ref}", f"/approve {ref}")
        await chats.tap(moderator, Act("mleave", ref, "99"))
        confirm = encode(Act("mapprove", ref))
        if moderator == MODERATOR:
            await chats.tap(moderator, *[data for data in chats.labels if data.startswith(confirm)][-1:])
        await chats.say(moderator, "/queue", f"/release {ref}")
    work.settings = before


async def _let_go(work: Work) -> str:
    async with work.write() as unit:
        waiting = select(Report).join(PublicVersion, PublicVersion.report_id == Report.id)
        waiting = waiting.where(text(f"public_versions.{IS_PROPOSED}"), Report.status.in_(UNDECIDED))
        report = (await unit.session.scalars(waiting.order_by(Report.submitted_hour).limit(1))).one()
        if report.moderator_id is not None:
            holder = await unit.session.get_one(Moderator, report.moderator_id)
            await claims.release(unit, holder, report)
        return report.ref


async def _free(work: Work, needed: int = _NEEDED) -> Sequence[str]:
    async with work.read() as unit:
        free = Report.status.in_((Status.NEW, Status.NEEDS_INFO)), Report.data_key_id.is_not(None)
        edited = Report.id.in_(select(PublicVersion.report_id))
        newest = (
            select(Report.ref)
            .where(*free)
            .order_by(edited, Report.urgent, Report.submitted_hour.desc(), Report.ref)
        )
        found = (await unit.session.scalars(newest.limit(needed))).all()
    if len(found) < needed:
        raise ValueError(f"{len(found)} reports are free, {needed} are needed")
    return found
