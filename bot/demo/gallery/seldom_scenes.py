"""Rare scenes: receipt codes in answers, damage, rate limits, notices, expiry."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update

from bot.app import retention
from bot.app.work import Work
from bot.chat.buttons import Act
from bot.demo.people import MODERATOR, REPORTER
from bot.demo.walk.answering import Respondent
from bot.demo.walk.chats import Chats, Newest, said_last
from bot.desk.card.files import Album
from bot.desk.notices import chat as notices_chat
from bot.desk.notices import jobs as notices_jobs
from bot.desk.notices import service as notices_service
from bot.desk.notices.chat import Post
from bot.desk.notices.service import Alarm, Preferences
from bot.desk.notices.service import WaitingReason as WhyTold
from bot.desk.people import service as people_service
from bot.form import events
from bot.form.screen import Key
from bot.reports import archive as archive_service
from bot.reports.filling import endings
from bot.reports.receipts import service as receipts_service
from bot.reports.states import Consent, Status
from bot.reports.talk import messages
from bot.reports.talk.messages import MessageContent, Sign
from bot.safety.cleaning.cleaner import TYPES, Cleaned, Loss, NoCopyReason, Refused
from bot.safety.offline import new_identity, recipient_of
from bot.store import audit, files
from bot.store.audit import keep_head
from bot.store.clocks import ClockCheck, ClockNews, ClockState
from bot.store.drafting import HELD_MINUTES
from bot.store.unit import UnitOfWork
from bot.transport.outbox import Outbox
from db.models import DataKey, DraftRow, File, PublicVersion, Report, TalkMessage

UNKNOWN_CODE = "7K3Q-V9XM-20TB"
"""Receipt code of no report."""
CHECK = "7K"
"""Mark of a receipt code's last part, fixed so that the gallery is reproducible. A real one is random."""
_AWAY = 24 * 30
_DAMAGED = bytes(32)
_GROUP = -100
_STRANGER = 1003


async def prove_code(chats: Chats, work: Work) -> None:
    """Send a wrong and a matching last part. Neither belongs to the real code."""
    label = chats.text("reporter.receipt.check")  # only one code in a thousand has this mark
    asked = said_last(await chats.tap(REPORTER, Act("prove", CHECK, chats.language), label=label))
    async with work.read() as unit:
        fits = {receipts_service.is_last_part(unit, part, CHECK): part for part in _parts(unit)}
    for part in (fits[False], fits[True]):
        await chats.reply(REPORTER, part, asked, shown="••••")


def _parts(unit: UnitOfWork) -> Iterator[str]:
    for number in range(1 << 16):
        part = f"{number:04X}"
        yield part
        if number and receipts_service.is_last_part(unit, part, CHECK):
            return


async def break_off(chats: Chats, code: str, token: str) -> None:
    chats.loses_answers = True
    await chats.tap(REPORTER, Act("begin", chats.language))
    await chats.fill(REPORTER, Respondent(), until_consent=True)
    chats.loses_answers = False
    await chats.say(REPORTER, f"/start {token}", code, "/panic")


async def meet_limits(chats: Chats, work: Work) -> None:
    limits: Sequence[tuple[str, Mapping[str, object]]] = (
        *(("/help", {}) for _ in range(2)),
        ("/help", {"updates_a_day": 2}),
        ("/report", {}),
        ("/panic", {}),
        ("/report", {"reports_a_day": 1}),
        (f"/status {UNKNOWN_CODE}", {"guesses_a_day": 0}),
        ("/privacy", {"approved_days": 90, "database_url": "postgresql+asyncpg://localhost/kuager"}),
    )
    for typed, settings in limits:
        with under(work, settings):
            await chats.act(_STRANGER, typed, *([Act("privacy")] if typed == "/privacy" else []))


@contextmanager
def under(work: Work, settings: Mapping[str, object]) -> Iterator[None]:
    before = work.settings
    work.settings = before.model_copy(update=settings)
    yield
    work.settings = before


async def be_silent(work: Work) -> None:
    async with work.write() as unit:
        left = unit.settings.draft_hours - endings.reminder_hours(unit.settings)
        await unit.session.execute(update(DraftRow).values(touched_hour=unit.hour - left))


async def forget_held(work: Work) -> None:
    """Destroy what came before consent, as the job does after its time."""
    async with work.write() as unit:
        unit.now += timedelta(minutes=HELD_MINUTES)
        await endings.forget_held(unit)


async def make_older(work: Work, ref: str) -> None:
    """Age a report by an hour: the order within an hour is random."""
    async with work.write() as unit:
        earlier = update(Report).where(Report.ref == ref).values(submitted_hour=Report.submitted_hour - 1)
        await unit.session.execute(earlier)


async def tell_apart(work: Work) -> None:
    """Give reports distinct hours, since the order within an hour is random."""
    told = Report.category, Report.region, Report.date_start, Report.language
    async with work.write() as unit:
        for hour in (Report.submitted_hour, Report.closed_hour):
            found = await unit.session.scalars(
                select(Report).where(hour.is_not(None)).order_by(hour.desc(), *told)
            )
            last: int | None = None
            for report in found:
                then = getattr(report, hour.key)
                last = then if last is None else min(then, last - 1)
                setattr(report, hour.key, last)


async def block(chats: Chats, work: Work) -> None:
    for _ in range(work.settings.reports_a_day):
        if not await chats.filling(REPORTER):
            await chats.say(REPORTER, "/report")
        await chats.say(REPORTER, "/panic")
    data = chats.shown(Newest("mblock"))
    await chats.say(MODERATOR, "/blocks")
    await chats.tap(MODERATOR, data, data)
    await chats.say(REPORTER, "/report")
    end = Act("munblock", data.split(".")[1])
    await chats.act(MODERATOR, "/blocks", end, end)


async def look_at_files(chats: Chats, work: Work, ref: str) -> None:
    image = TYPES["JPEG"]
    refused = Refused(NoCopyReason.BROKEN, image)
    cleaned = Cleaned(b"", image, sha256(b"").hexdigest(), "Pillow", picture="5" * 16)
    for cleaning, recipients, verb in (
        (refused, ("age1",), ""),
        (refused, (), "mfileraw"),
        (replace(cleaned, loss=Loss.CUT), (), ""),
        (replace(cleaned, loss=Loss.TEXT), (), ""),
        (cleaned, (), "mfileshow"),
        (cleaned, (), "mfiletake"),
    ):
        await _keep_files(work, cleaning, recipients)
        shown = [Act(verb, ref, "1")] if verb else []
        await chats.act(MODERATOR, f"/open {ref}", Act("mfile", ref, "1"), *shown)
    seen = Act("mfiles", ref, Album.SEEN), Act("mfiles", ref, Album.DOCUMENT)
    await chats.tap(MODERATOR, *seen, label=chats.text("moderator.file.show"))
    await chats.tap(MODERATOR, Act("mfile", ref, "99"), label="📎 99")
    async with work.write() as unit:
        await unit.session.execute(update(File).values(status=files.FAILED))
    await chats.say(MODERATOR, f"/open {ref}")


async def _keep_files(work: Work, cleaning: Cleaned | Refused, recipients: Sequence[str]) -> None:
    async with work.write() as unit:
        for row in await unit.session.scalars(select(File).where(File.data_key_id.is_not(None))):
            row.status = files.PENDING
            await unit.session.flush()
            key = await files.sealing_key(unit, row.id)
            if key is not None:
                sealed = files.seal_file(key, row.id, b"", cleaning, (), 0)
                custody = replace(sealed.custody, recipients=tuple(recipients))
                await files.note_stored(unit, row.id, replace(sealed, custody=custody))


async def oldest(unit: UnitOfWork, *where: ColumnElement[bool]) -> Report:
    return (
        await unit.session.scalars(select(Report).where(*where).order_by(Report.submitted_hour).limit(1))
    ).one()


async def tell(chats: Chats, shown: str, notify: Callable[[Post], Awaitable[object]]) -> None:
    """Tell something without an update, as a job does."""

    async def owed(unit: UnitOfWork, outbox: Outbox) -> None:
        await notify(Post(chats.renderer, unit, outbox))

    await chats.enqueue(shown, owed)


async def tell_unasked(chats: Chats, work: Work) -> None:
    await tell(chats, "🕒", _put_away)
    for news in (ClockNews.STOPPED, ClockNews.RIGHT):
        await tell(chats, "🕒", partial(_tell_of_clock, news))
    await tell(chats, "🕒", lambda post: notices_jobs.tell_of_server(post, ["space"]))
    async with work.read() as unit:
        head = await audit.head(unit)
    keep_head(work.settings.audit_head_file, replace(head, number=head.number + 3))
    await tell(chats, "📜", partial(_tell_of_log, 1))
    work.settings.audit_head_file.unlink()
    await tell(chats, "📜", partial(_tell_of_log, 2))
    for why in (WhyTold.QUIET, WhyTold.UNSEEN, WhyTold.DIGEST):
        await tell(chats, "🔔", partial(_tell_of_what_waits, why))
    for urgent in (False, True):
        with under(work, {"notice_chat": _GROUP, "languages": (chats.language,)}):
            await tell(chats, "👥", partial(_tell_group, urgent))
    for is_held in (False, False, True, True):
        await tell(chats, "🔴", partial(_alarm, is_held))
    await tell(chats, "💬", _tell_of_sealed)
    await chats.tap(MODERATOR, Newest("mrelease"))


async def _put_away(post: Post) -> None:
    post.unit.now += timedelta(minutes=post.unit.settings.shown_minutes)
    await notices_chat.put_away(post)


async def _tell_of_clock(news: ClockNews, post: Post) -> None:
    look = ClockCheck(False, ClockState.TOLD, post.unit.hour, news)
    await notices_chat.notify_of_clock(post, look)


async def _tell_of_log(days: int, post: Post) -> None:
    post.unit.now += timedelta(days=days)
    lost = Key("moderator.audit.damaged"), Key("moderator.audit.files_lost", {"n": 3})
    await notices_jobs.enqueue_head(post, lost)


async def _tell_of_what_waits(why: WhyTold, post: Post) -> None:
    unit, members = post.unit, await people_service.reviewers(post.unit)
    for one in members:
        digest = unit.now.hour if why is WhyTold.DIGEST else None
        await notices_service.keep_preferences(unit, one, Preferences(digest=digest))
        one.held_back = why is WhyTold.QUIET
        one.told_hour = unit.hour - _AWAY
        if why is WhyTold.UNSEEN:
            one.seen_hour = unit.hour - _AWAY
    await notices_jobs.enqueue_reminders(post, [one.id for one in members])


async def _tell_group(urgent: bool, post: Post) -> None:
    found = await post.unit.session.scalars(select(Report).where(Report.urgent == urgent).limit(1))
    await notices_chat.notify(post, found.all())


async def _tell_of_sealed(post: Post) -> None:
    """Tell of words added to a report whose key counts as sealed meanwhile."""
    report = await oldest(post.unit, Report.status == Status.APPROVED, Report.data_key_id.is_not(None))
    key = await post.unit.session.get_one(DataKey, report.data_key_id)
    key.sealed_to = ""
    await post.unit.session.flush()
    await notices_chat.notify_told(post, [report])
    key.sealed_to = None


async def _alarm(is_held: bool, post: Post) -> None:
    """Tell of a report that is not opened: a new one, or an urgent message of one that is held."""
    unit, report = post.unit, await oldest(post.unit, Report.status == Status.NEW)
    report.alarm = report.alarm or Alarm.SOME
    if is_held:
        report.status, report.unread, report.claimed_until_hour = Status.CLAIMED, True, unit.hour + 1
        report.moderator_id = (await people_service.reviewers(unit))[0].id
        urgent = MessageContent(sign=Sign.URGENT, hour=unit.hour)
        await messages.add(unit, report, urgent, from_reporter=True, open_=True)
    await unit.session.flush()
    await notices_jobs.enqueue_alarms(post, [report.id])
    report.status, report.unread = Status.NEW, False
    report.claimed_until_hour = report.moderator_id = None
    await unit.session.execute(delete(TalkMessage).where(TalkMessage.report_id == report.id))


async def meet_changed_consents(chats: Chats, work: Work, proposed: str, holder: int) -> None:
    """Approve and export after the database received another consent."""
    async with work.write() as unit:
        counted = Report.status == Status.APPROVED, Report.consent_use == "statistics_only"
        oldest = select(Report.id).where(*counted).order_by(Report.submitted_hour).limit(1)
        both = select(Report).where(or_(Report.ref == proposed, Report.id.in_(oldest)))
        changed = (await unit.session.scalars(both)).all()
        given = {report.id: report.consent_use for report in changed}
        for report in changed:
            report.consent_use = "publish_no_names"
    await chats.say(holder, f"/approve {proposed}")
    await chats.say(MODERATOR, "/export csv")
    async with work.write() as unit:
        for report_id, consent in given.items():
            (await unit.session.get_one(Report, report_id)).consent_use = consent


async def meet_damage(chats: Chats, work: Work, proposed: str, holder: int) -> None:
    async with work.write() as unit:
        new = await oldest(unit, Report.status == Status.NEW)
        published = Report.status == Status.APPROVED, Report.consent_use == "publish_no_names"
        public = await oldest(unit, *published)
        said = or_(Report.ref == proposed, Report.id == public.id)
        versions = select(PublicVersion).join(Report, Report.id == PublicVersion.report_id)
        versions = versions.where(said, PublicVersion.content.is_not(None))
        rows: Sequence[Any] = (new, *await unit.session.scalars(versions))
        whole = {(type(row), row.id): row.content for row in rows}
        opened, corrected = new.ref, public.ref
        await _set_contents(unit, dict.fromkeys(whole, _DAMAGED))
    await chats.act(MODERATOR, f"/open {opened}", "/export csv", f"/open {corrected}")
    await chats.act(MODERATOR, Act("mcorrect", corrected), events.Cancel(sure=True), f"/release {corrected}")
    await chats.say(holder, f"/approve {proposed}")
    async with work.write() as unit:
        await _set_contents(unit, whole)


async def _set_contents(unit: UnitOfWork, contents: Mapping[tuple[type[Any], str], bytes | None]) -> None:
    for (table, row_id), content in contents.items():
        row: Any = await unit.session.get_one(table, row_id)
        row.content = content


async def look_into_archive(chats: Chats, work: Work) -> None:
    """Seal all that is approved, and meet what is open of it and what is not."""
    recipient = recipient_of(new_identity())
    async with work.write() as unit:
        approved = select(Report).where(Report.status == Status.APPROVED, Report.data_key_id.is_not(None))
        reports = (await unit.session.scalars(approved.order_by(Report.submitted_hour))).all()
        for report in reports:
            await archive_service.seal_report(unit, report, [recipient])
        ref = next(one.ref for one in reports if one.consent_use == Consent.PUBLISH)
    await chats.act(MODERATOR, "/approved", f"/open {ref}", Act("mcorrect", ref), events.Cancel(sure=True))
    await chats.act(MODERATOR, Act("maskq", ref), f"/release {ref}", "/search QQQ", "/share names csv")


async def outlive(chats: Chats, work: Work, code: str) -> None:
    async with work.write() as unit:
        undecided = await receipts_service.find_by_code(unit, code)
        approved = await oldest(unit, Report.status == Status.APPROVED)
        await retention.expire_all(unit, [undecided, approved])
        refs = undecided.ref, approved.ref
    await chats.say(REPORTER, f"/status {code}")
    await chats.act(MODERATOR, *(f"/open {ref}" for ref in refs), Act("mreopen", refs[1]))
