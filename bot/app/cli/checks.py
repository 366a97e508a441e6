"""`check`: findings on settings, machine, storage, keys and reception, one line each."""

import asyncio
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from sqlalchemy import func, select
from telegram.error import BadRequest, ChatMigrated, Forbidden

import migrations
from bot.app import machine, operator_keys, questionnaires, retention
from bot.app.cli import archive, console
from bot.app.cli.console import FAULT, AsJson, Findings, opened
from bot.app.questionnaires import doubts
from bot.app.wiring import started_api, wall_clock, wanted_webhook
from bot.app.work import Work, require_usable, require_writable
from bot.desk.people import service as people_service
from bot.errors import SettingsError
from bot.publish.country_update.document import TemplateError, read_template
from bot.publish.export import selection
from bot.publish.export.selection import Period
from bot.safety.cleaning import cleaner
from bot.settings import Settings, example, gone_settings, is_loopback, load_settings
from bot.store import archive_keys, audit, backups, clocks, files, ring_keys, row_proofs, withdrawals
from bot.store.clocks import ClockState, TelegramTime
from bot.store.file_store import exposed
from bot.store.files import require_store
from bot.store.unit import HOURS_A_DAY, REPORT_FORM, REVIEW_FORM, UnitOfWork
from bot.texts import Texts
from bot.transport.api import Api
from db.engine import Database
from db.models import File, Report
from db.presence import is_bot_there


async def check_stored(work: Work, findings: Findings) -> None:
    """Check one state of the database. Raises SettingsError for wrong keys."""
    async with work.read() as unit:
        await operator_keys.check(unit)
        if await _check_keys(unit, findings):
            await _check_bytes(unit, findings)
        async with findings.part("token"):
            await operator_keys.require_bot(unit)
        found = await audit.check_log(unit)
        findings.wrong("audit log", *found.faults(unit.settings))
        if found.is_whole:
            findings.well("audit log", "fits its chain")
        findings.warn("withdrawals", *await withdrawals.doubts(unit))
        await _check_rows(unit, findings)
        await _check_backup(unit, findings)
        await _check_archive(unit, findings)
        if (await clocks.stored(unit))[0] in {ClockState.STOPPED, ClockState.TOLD}:
            why = "This machine's clock was wrong when the bot looked last: nothing is destroyed until it is right"
            findings.wrong("clock", f"{why}. Set it. What it says: python -m bot clock")
    async with work.read() as unit:
        await _check_expiry(unit, findings)


async def _check_backup(unit: UnitOfWork, findings: Findings) -> None:
    hours, never = machine.backup_hours(unit.settings, unit.hour), unit.hour
    since = Report.submitted_hour >= unit.hour - (never if hours is None else hours)
    missing = await unit.session.scalar(select(func.count()).where(since, Report.data_key_id.is_not(None)))
    told = "none is known" if hours is None else f"the newest is {hours // HOURS_A_DAY} days old"
    is_late = missing and (hours is None or hours > machine.LATE)
    late = f"{told}, and {missing} reports are in none. Run: python -m bot backup PLACE"
    findings.all_of("backup", [late] if is_late else [], told)


async def _check_archive(unit: UnitOfWork, findings: Findings) -> None:
    number = sum((await archive_keys.counts(unit)).values())
    how = f"{number} decided reports are sealed: no key of this server opens them"
    findings.all_of("archive", [one async for one in archive.doubts(unit)], how)


_EXPIRING = {"reports": "report_days", "rejected": "rejected_days", "approved": "approved_days"}
_MOST_COUNTED = 100_000
_LARGE_PART = 4
"""Divisor: from this part of all reports on, a day's destruction is worth a line."""


async def _check_expiry(unit: UnitOfWork, findings: Findings) -> None:
    """Count the reports that will be destroyed within a day, by moving the unit's time."""
    unit.now += timedelta(hours=HOURS_A_DAY + 1)  # what expires within the last hour goes at its end
    number = await unit.session.scalar(select(func.count()).where(Report.data_key_id.is_not(None))) or 0
    due = {name: await retention.STEPS[name].find(unit, _MOST_COUNTED) for name in _EXPIRING}
    gone = len({one for ids in due.values() for one in ids})
    told = f"{gone} of {number} reports are destroyed by {unit.now:%Y-%m-%d %H:%M}"
    if gone and gone * _LARGE_PART >= number:
        names = " and ".join(f"KUAGER_{_EXPIRING[name].upper()}" for name, ids in due.items() if ids)
        how = "If that is too early, raise it before the start, or keep them: python -m bot backup PLACE"
        findings.warn("expiry", f"{told}, by {names}. {how}")
    else:
        findings.well("expiry", told)


async def _check_rows(unit: UnitOfWork, findings: Findings) -> None:
    await row_proofs.look_at_all(unit)
    await people_service.list_moderators(unit)  # restored old rows are foreign too
    foreign = ", ".join(sorted(unit.safe.foreign))
    fault = f"Rows that the bot did not write, and does not read, are in: {foreign}. Find out who can write to the database (docs/operators.md). A backup from before holds what was there: python -m bot restore BACKUP"
    findings.all_of("rows", [fault] if foreign else [], "each was written by the bot", FAULT)


async def _check_keys(unit: UnitOfWork, findings: Findings) -> bool:
    days, old = await ring_keys.days_in_use(unit), await ring_keys.left(unit)
    if days > ring_keys.MOST_DAYS:
        new = "New one: python -m bot keys new --ring"
        findings.warn("keys", f"the ring's first key is {days} days old. {new}")
    if old:
        rotate = "Run: python -m bot keys rotate"
        findings.warn("keys", f"{old} reports and drafts still use an older key. {rotate}")
    unopened, number = await operator_keys.unopened_reports(unit)
    if unopened and await ring_keys.lacking(unit):
        findings.wrong(
            "keys",
            f"{operator_keys.WRONG_RING} It does not open {unopened} of {number} reports and public versions.",
        )
        return False
    if unopened:
        findings.wrong(
            "keys",
            f"The keys of {unopened} of {number} reports and public versions are damaged in the database, though the ring has what "
            "opens them. Check the disk: journalctl -k -p err. A backup may hold them whole: keep it.",
        )
    elif number:
        sealed = sum((await archive_keys.counts(unit)).values())
        but = f", but {sealed} in the archive" if sealed else ""
        findings.well("keys", f"the ring opens all {number} reports and public versions{but}")
    else:
        findings.well("keys", "no report is stored yet that they could fail to open")
    return True


async def _check_bytes(unit: UnitOfWork, findings: Findings) -> None:
    damaged = await operator_keys.damaged_reports(unit)
    if damaged:
        findings.wrong(
            "reports",
            f"What reporters told, or what was said and noted of it since, is damaged in the database: {', '.join(damaged)}. Check the disk: journalctl -k -p err. A backup may hold it whole: keep it.",
        )
    found = await selection.faulty(unit, Period())
    findings.wrong("reports", *console.lines(found))
    findings.warn("consents", *console.too_old(found))


SOON = 14 * 24 * 3600
"""Seconds before a certificate's end at which it counts as overdue."""


def doubts_of_webhook(settings: Settings, now: float) -> Iterator[str]:
    """Doubts about a webhook's settings, `now` in seconds since 1970-01-01 UTC. Raises SettingsError for no certificate or key."""
    wanted, (host, _) = wanted_webhook(settings), settings.webhook_address
    if wanted.certificate is not None:
        wanted.certificate.context()
        left = wanted.certificate.first().not_valid_after_utc.timestamp() - now
        if left < SOON:
            days = int(left // (24 * 3600))
            yield f"the certificate {'is over' if left < 0 else f'is good for {days} days only'}. Renew it"
    if settings.webhook_key is None and not is_loopback(host):
        yield (
            "KUAGER_WEBHOOK_LISTEN is reached from other machines without TLS: anyone on the way reads all messages. "
            "Set it to 127.0.0.1, or set KUAGER_WEBHOOK_KEY"
        )


def doubts_of_telegram(settings: Settings, info: Mapping[str, Any], now: float) -> Iterator[str]:
    """Doubts from Telegram's WebhookInfo."""
    url = str(info.get("url") or "")
    if not settings.webhook_url:
        if url:
            yield "a webhook is set. `run` removes it and fetches what waits"
        return
    if not url:
        yield "the webhook is not set yet. `run` sets it"
    elif _place(url) != _place(settings.webhook_url):
        yield "another webhook is set. `run` replaces it; if it was not you, revoke the token at @BotFather"
    elif words := info.get("last_error_message"):
        hours = max(0, int((now - info.get("last_error_date", now)) // 3600))
        yield f"Telegram could not deliver an update {hours} hours ago: {words:.200}"


def _place(url: str) -> tuple[str | None, int, str]:
    parts = urlsplit(url)
    return parts.hostname, parts.port or 443, parts.path or "/"


OWN = "the program's own"


async def check(
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask Telegram.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check the settings and everything they name: machine, forms, folders, database, keys, audit log,
    backups, Telegram."""
    findings = Findings(as_json)
    async with findings.part("settings") if as_json else nullcontext():
        settings = load_settings()
        findings.all_of("settings", gone_settings(), "each is known and right")
        await _check_all(settings, findings, offline=offline)
    findings.close()


async def _check_all(settings: Settings, findings: Findings, *, offline: bool) -> None:
    shut = "settings, database and files are closed to others"
    findings.all_of("permissions", exposed(settings), shut)
    nameless = "KUAGER_ORGANISATION is not set, so people cannot see who runs the bot. Example: KUAGER_ORGANISATION=Bureau"
    findings.all_of("organisation", [] if settings.organisation else [nameless], "is shown in Telegram")
    found = list(machine.doubts(settings))
    for one in found:
        (findings.wrong if one.is_fault else findings.warn)(one.what, one.why)
    if not found:
        findings.well(
            "machine", "there is room, no key reaches a swap or a dump, and nothing is kept for too long"
        )
    before = findings.number(FAULT)
    for what, part in (("form", _check_forms), ("database", _check_database)):
        async with findings.part(what):
            await part(settings, findings)
    is_readable = findings.number(FAULT) == before
    async with findings.part("texts"):
        Texts(settings.languages)
    if is_readable:
        async with findings.part("database"), opened(settings) as work:
            await check_stored(work, findings)
    else:
        findings.unchecked("keys and audit log", "since forms and database come first")
    async with findings.part("template"):
        _check_template(settings, findings)
    async with findings.part("files"):
        await _check_files(settings, findings, is_readable=is_readable)
    await _check_cleaning(findings)
    async with findings.part("ports"):
        await _check_ports(settings, findings, is_readable=is_readable)
    if settings.webhook_url:
        async with findings.part("webhook"):
            doubted = list(doubts_of_webhook(settings, wall_clock()))
            how = f"Telegram is to send updates, and the bot listens at {settings.webhook_listen}"
            findings.all_of("webhook", doubted, how)
    if offline:
        findings.unchecked("Telegram", "as --offline asks")
        return
    async with findings.part("Telegram"):
        await _check_telegram(settings, findings)


async def _check_ports(settings: Settings, findings: Findings, *, is_readable: bool) -> None:
    places = {"KUAGER_STATUS_PORT": ("127.0.0.1", settings.status_port or 0)}
    if settings.webhook_url:
        places["KUAGER_WEBHOOK_LISTEN"] = settings.webhook_address
    for setting, (host, port) in places.items():
        try:
            socket.create_server(
                (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
            ).close()
        except OSError as error:
            if is_readable and await is_bot_there(settings.database_url):
                continue  # it is the bot's
            why = os.strerror(error.errno) if error.errno and error.errno > 0 else "no machine has this name"
            remedy = f"End the process that has it, or name another port. Its name: ss -ltnp sport = :{port}"
            findings.wrong("ports", f"{setting}: the bot cannot listen at port {port}: {why}. {remedy}")


async def _check_files(settings: Settings, findings: Findings, *, is_readable: bool) -> None:
    number = dict[str, int]()
    if is_readable:
        async with opened(settings) as work, work.read() as unit:
            by_status = select(File.status, func.count()).group_by(File.status)
            number = dict((await unit.session.execute(by_status)).all())
    try:
        store, doubt = await require_store(settings)
    except SettingsError as error:
        waiting = number.get(files.PENDING, 0)
        raise SettingsError(
            f"{error}. Files that wait at Telegram until then: {waiting}" if waiting else str(error)
        ) from None
    findings.well("files", f"{store} can be written to")
    if doubt is not None:
        findings.warn("files", doubt)
    if is_readable:
        async with opened(settings) as work:
            lost = await backups.lost_files(work.read, store)
        findings.wrong(
            "files", *console.lost_files(lost, store, sum(number.get(one, 0) for one in files.KEPT))
        )


async def _check_forms(settings: Settings, findings: Findings) -> None:
    forms = questionnaires.load(settings)
    given = (("form", REPORT_FORM, settings.form), ("review form", REVIEW_FORM, settings.review_form))
    loaded = [(name, path, forms[kind]) for name, kind, path in given]
    loaded += [("form", *one) for one in zip(settings.more_forms, forms.offered[1:], strict=True)]
    for name, path, form in loaded:
        size = f"{len(form.questions)} questions in {', '.join(form.languages)}"
        findings.well(name, f"{path or OWN}, {size}")
        findings.warn(name, *doubts(form, settings.languages))
    helped = {choice.name for one in forms[REPORT_FORM].questions for choice in one.choices if choice.contact}
    if settings.contacts is None:
        findings.warn(
            "contacts",
            "KUAGER_CONTACTS is not set, so people who ask for help are given none. Example: KUAGER_CONTACTS=contacts.csv",
        )
    elif not helped:
        findings.warn("contacts", f"{settings.contacts} holds none")
    else:
        findings.well("contacts", f"for {', '.join(sorted(helped))}")


def _check_template(settings: Settings, findings: Findings) -> None:
    if settings.update_template is None:
        return
    from bot.publish.country_update import service as country_update_service  # noqa: PLC0415 - seldom set, and it takes a library of Word

    try:
        country_update_service.try_template(read_template(settings.update_template))
    except TemplateError as error:
        raise SettingsError(
            f"KUAGER_UPDATE_TEMPLATE is wrong: {error}. {example('update_template')}"
        ) from None
    findings.well("template", f"{settings.update_template} can be filled")


async def _check_database(settings: Settings, findings: Findings) -> None:
    found = await require_usable(settings)
    database = Database(settings.database_url)
    try:
        await require_writable(database)
    finally:
        await database.close()
    newer = "a newer version added to it, without which this one goes on. Update this one too: git pull && uv sync --no-dev"
    doubted = [] if migrations.is_known(found) else [newer]
    findings.all_of("database", doubted, f"at revision {found}, and can be written to")


async def _check_cleaning(findings: Findings) -> None:
    try:
        shut_in = await asyncio.to_thread(cleaner.holds)
    except OSError as error:
        why = f"Files cannot be cleaned: no process can be begun: {error.strerror}. See the limits: ulimit -a"
        findings.wrong("cleaning", why)
        return
    if shut_in:
        findings.well("cleaning", "the process that opens files can reach nothing else")
    else:
        why = "this system, machine or kernel has no filter of system calls that is known here"
        findings.warn(
            "cleaning",
            f"{why}, so limits of memory and time are all that holds the process that opens files: a file made to attack it could read "
            "the keys. See what the kernel has: grep Seccomp /proc/self/status",
        )


async def _check_telegram(settings: Settings, findings: Findings) -> None:
    telegram = TelegramTime(lambda: 0.0)  # a clock that stands still
    async with started_api(settings, telegram) as api:
        findings.well("Telegram", f"knows the bot as @{api.bot.username}")
        _check_clock(telegram.bears_out(wall_clock()), findings)
        if api.bot.bot.can_join_groups and settings.notice_chat is None:
            shut = "At @BotFather: /setjoingroups, Disable"
            findings.warn("Telegram", f"the bot can be put into groups. {shut}")
        info = await api.call("getWebhookInfo", {})
        findings.warn("Telegram", *doubts_of_telegram(settings, info, wall_clock()))
        if settings.notice_chat is not None:
            await _check_group(api, settings.notice_chat, findings)


async def _check_group(api: Api, number: int, findings: Findings) -> None:
    """Ask for the group of notices, and whether the bot may write there. No number is printed."""
    why = ""
    try:
        kind = (await api.call("getChat", {"chat_id": number})).get("type")
        bot = await api.call("getChatMember", {"chat_id": number, "user_id": api.bot.id})
        if kind not in {"group", "supergroup"}:
            why = f"it is a {kind!s:.20}, no group"
        elif bot.get("status") in {"left", "kicked"} or bot.get("can_send_messages") is False:
            why = f"the bot cannot write there ({bot.get('status')!s:.20}): put it into the group again"
    except ChatMigrated:
        why = "it has become a supergroup, whose number begins with -100. The bot follows it by itself"
    except (BadRequest, Forbidden) as error:
        why = f"Telegram says of the group: {error.message:.100}"
    remedy = "Set the number that the group has. Example: KUAGER_NOTICE_CHAT=-1001234567890"
    fault = f"KUAGER_NOTICE_CHAT is wrong: {why}. {remedy}"
    findings.all_of("group", [fault] if why else [], "the bot can write there", FAULT)


def _check_clock(agrees: bool | None, findings: Findings) -> None:
    if agrees:
        findings.well("clock", "agrees with Telegram's")
    elif agrees is None:
        findings.unchecked("clock", "since Telegram does not date its answers")
    else:
        findings.wrong(
            "clock",
            "This machine's clock does not agree with Telegram's: nothing will be destroyed until it does. Set it. "
            "Example: timedatectl set-ntp true",
        )
