"""Translation of public versions, with its refusals."""

from collections.abc import Sequence

from sqlalchemy import select

from bot.chat.screens.callback import Act
from bot.demo.gallery.scenes.seldom import under
from bot.demo.people import ANALYST, TEAM
from bot.demo.walk.chats import Chats, said_last
from bot.languages import exported_codes
from bot.services.desk.people import team
from bot.services.desk.roles import Role
from bot.services.reports.classification import Consent
from bot.services.reports.states import Status
from bot.texts import Texts
from bot.work import Work
from db.models import PublicVersion, Report

_TOO_LONG = 10


async def translate(chats: Chats, work: Work) -> None:
    own, target, third = _languages(chats)
    async with work.write() as unit:
        token = await team.invite(unit, Role.TRANSLATOR)
    await chats.say(ANALYST, f"/start {token}", TEAM[ANALYST][0], "/queue", "/translate")
    with under(work, {"published_languages": (own,)}):
        await chats.say(ANALYST, "/translate")
    approved, other = await _approved(work)
    with under(work, {"published_languages": (own, target)}):
        await chats.say(ANALYST, "/translate")
        asked = said_last(await chats.tap(ANALYST, Act("mtranslate", approved, target)))
        for words in _attempts(chats, target):
            await chats.reply(ANALYST, words, asked)
        await chats.tap(ANALYST, Act("mtranslate", other, target))
    two = {"published_languages": (own, third), "approvals": 2, "approvals_named": 2}
    with under(work, two):
        await chats.tap(ANALYST, Act("mtranslate", approved, third))


def _languages(chats: Chats) -> Sequence[str]:
    return [chats.language, *(one for one in exported_codes() if one != chats.language)][:3]


def _attempts(chats: Chats, target: str) -> Sequence[str]:
    own, others = chats.texts.text(chats.language, "gallery.sample.story"), Texts((target,))
    title = others.text(target, "gallery.sample.words")
    story = others.text(target, "gallery.sample.story")
    giveaways = others.text(target, "gallery.sample.giveaways")
    return (
        f"{title}\n{own}",
        title,
        f"{title * _TOO_LONG}\n{story}",
        f"{title}\n{giveaways}",
        f"{title}\n{story}",
    )


async def _approved(work: Work) -> tuple[str, str]:
    async with work.read() as unit:
        public = select(Report.ref).join(PublicVersion, PublicVersion.report_id == Report.id)
        newest = public.where(PublicVersion.consent == Consent.PUBLISH, Report.status == Status.APPROVED)
        approved = await unit.session.scalar(newest.order_by(PublicVersion.approved_hour.desc(), Report.ref))
        waiting = select(Report.ref).where(Report.status == Status.NEW).order_by(Report.submitted_hour)
        other = await unit.session.scalar(waiting)
    if approved is None or other is None:
        raise ValueError("nothing is approved, or nothing waits")
    return approved, other
