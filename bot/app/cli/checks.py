"""`check`: findings on settings, storage, keys and reception, one line each."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from telegram.error import TelegramError

from bot.app import operator_keys, questionnaires
from bot.app.cli import console
from bot.app.cli.console import opened, out
from bot.app.questionnaires import doubts
from bot.app.wiring import open_api, wall_clock, wanted_webhook
from bot.app.work import Work, require_newest, require_writable, revision
from bot.desk.people import service as people_service
from bot.errors import SettingsError
from bot.form.model import Form
from bot.languages import codes
from bot.publish.country_update.document import TemplateError, read_template
from bot.publish.export import selection
from bot.publish.export.selection import Period
from bot.safety.cleaning import cleaner
from bot.settings import Settings, gone_settings, is_loopback, load_settings
from bot.store import audit, backups, ring_keys, row_proofs, withdrawals
from bot.store.clocks import TelegramTime
from bot.store.file_store import exposed
from bot.store.files import require_store
from bot.store.unit import REPORT_FORM, REVIEW_FORM, UnitOfWork
from bot.transport.api import unreached
from db.engine import Database


@dataclass
class Findings:
    """Findings, printed as they come. Faults go to standard error."""

    faults: int = 0
    warnings: int = 0

    def well(self, what: str, how: str) -> None:
        out.print(f"well     {what}: {how}", markup=False)

    def warn(self, what: str, *doubts: str) -> None:
        """Report a thing that works but needs attention."""
        for doubt in doubts:
            self.warnings += 1
            out.print(f"warning  {what}: {doubt}", markup=False)

    def wrong(self, *faults: str) -> None:
        """Report faults, each in a line that says what to do."""
        for fault in faults:
            self.faults += 1
            typer.echo(fault, err=True)

    def unchecked(self, what: str, why: str) -> None:
        out.print(f"-        {what}: not checked, {why}", markup=False)

    @asynccontextmanager
    async def part(self) -> AsyncIterator[None]:
        """Part of the check. The others go on when it fails."""
        try:
            yield
        except SettingsError as error:
            self.wrong(str(error))
        except TelegramError as error:
            self.wrong(unreached(error))
        except OSError as error:
            why = f"{error.strerror}. Look after its folder, disk or bucket."
            self.wrong(f"The store of files cannot be read: {why}")

    def all_of(self, what: str, doubts: Sequence[str], how: str) -> None:
        """Report doubts about a thing, or that it is in order."""
        self.warn(what, *doubts)
        if not doubts:
            self.well(what, how)

    def close(self) -> None:
        """Print the summary. Raises SystemExit if there are faults."""
        if self.faults:
            out.print(f"Wrong: {self.faults}. Warnings: {self.warnings}.")
            sys.exit(1)
        warned = f"Nothing is wrong. Warnings: {self.warnings}."
        out.print(warned if self.warnings else "All of this is well.")


async def check_stored(work: Work, findings: Findings) -> None:
    """Check one state of the database. Raises SettingsError for wrong keys."""
    async with work.read() as unit:
        await operator_keys.check(unit)
        if await _check_keys(unit, findings):
            await _check_bytes(unit, findings)
        async with findings.part():
            await operator_keys.require_bot(unit)
        found = await audit.check_log(unit)
        findings.wrong(*found.faults(unit.settings))
        if found.is_whole:
            findings.well("audit log", "fits its chain")
        findings.warn("withdrawals", *await withdrawals.doubts(unit))
        await _check_rows(unit, findings)


async def _check_rows(unit: UnitOfWork, findings: Findings) -> None:
    await row_proofs.look_at_all(unit)
    await people_service.list_moderators(unit)  # restored old rows are foreign too
    if unit.safe.foreign:
        findings.wrong(
            f"Rows that the bot did not write, and does not read, are in: {', '.join(sorted(unit.safe.foreign))}. Find out who can write to the database (docs/operators.md)."
        )
    else:
        findings.well("rows", "each was written by the bot")


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
            f"{operator_keys.WRONG_RING} It does not open {unopened} of {number} reports and public versions."
        )
        return False
    if unopened:
        findings.wrong(
            f"The keys of {unopened} of {number} reports and public versions are damaged in the database, though the ring has what "
            "opens them. Check the disk. A backup may hold them whole: keep it."
        )
    elif number:
        findings.well("keys", f"the ring opens all {number} reports and public versions")
    else:
        findings.well("keys", "no report is stored yet that they could fail to open")
    return True


async def _check_bytes(unit: UnitOfWork, findings: Findings) -> None:
    damaged = await operator_keys.damaged_reports(unit)
    if damaged:
        findings.wrong(
            f"What reporters told, or what was said and noted of it since, is damaged in the database: {', '.join(damaged)}. Check the disk. A backup may hold it whole: keep it."
        )
    found = await selection.faulty(unit, Period())
    findings.wrong(*console.lines(found))
    findings.warn("consents", *console.too_old(found))


SOON = 14 * 24 * 3600
"""Seconds before a certificate's end at which it counts as overdue."""


def doubts_of_webhook(settings: Settings, now: float) -> Iterator[str]:
    """Doubts about a webhook's settings. `now` is in seconds since 1970-01-01 UTC.

    Raises SettingsError for files that are no certificate or key.
    """
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
    form: Annotated[Path | None, typer.Argument(help="A form; the configured one if none is given.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask Telegram.")] = False,
) -> None:
    """Check a form, or the settings and everything they name: forms, folders, database, keys, audit log, Telegram."""
    if form is not None:
        _check_form(form)
        return
    settings = load_settings()
    findings = Findings()
    findings.all_of("settings", gone_settings(), "each is known and right")
    await _check_all(settings, findings, offline=offline)
    findings.close()


def _check_form(path: Path) -> None:
    if not path.is_file():
        sys.exit(f"{path}: there is no such file. Example: python -m bot check bot/forms/incident.md")
    found, fault = questionnaires.checked(path)
    if fault is not None:
        sys.exit(f"{path}: {fault}")
    doubted = list(doubts(found, codes()))
    out.print(f"{path}: {_size(found)}, {'usable' if doubted else 'all well'}.", markup=False)
    for doubt in doubted:
        out.print(f"{path}: {doubt}.", markup=False)


async def _check_all(settings: Settings, findings: Findings, *, offline: bool) -> None:
    shut = "settings, database and files are closed to others"
    findings.all_of("permissions", exposed(settings), shut)
    nameless = "KUAGER_ORGANISATION is not set, so nobody can see who runs the bot"
    findings.all_of("organisation", [] if settings.organisation else [nameless], "is shown in Telegram")
    before = findings.faults
    for part in (_check_forms, _check_database):
        async with findings.part():
            await part(settings, findings)
    is_readable = findings.faults == before
    if is_readable:
        async with findings.part(), opened(settings) as work:
            await check_stored(work, findings)
    else:
        findings.unchecked("keys and audit log", "since forms and database come first")
    async with findings.part():
        _check_template(settings, findings)
    async with findings.part():
        await _check_files(settings, findings, is_readable=is_readable)
    await _check_cleaning(findings)
    if settings.webhook_url:
        async with findings.part():
            doubted = list(doubts_of_webhook(settings, wall_clock()))
            how = f"Telegram is to send updates, and the bot listens at {settings.webhook_listen}"
            findings.all_of("webhook", doubted, how)
    if offline:
        findings.unchecked("Telegram", "as --offline asks")
        return
    async with findings.part():
        await _check_telegram(settings, findings)


async def _check_files(settings: Settings, findings: Findings, *, is_readable: bool) -> None:
    store, doubt = await require_store(settings)
    findings.well("files", f"{store} can be written to")
    if doubt is not None:
        findings.warn("files", doubt)
    if is_readable:
        async with opened(settings) as work:
            lost = await backups.lost_files(work.read, store)
        findings.wrong(*console.lost_files(lost, store))


async def _check_forms(settings: Settings, findings: Findings) -> None:
    forms = questionnaires.load(settings)
    given = (("form", REPORT_FORM, settings.form), ("review form", REVIEW_FORM, settings.review_form))
    for name, kind, path in given:
        findings.well(name, f"{path or OWN}, {_size(forms[kind])}")
        findings.warn(name, *doubts(forms[kind], settings.languages))
    helped = {choice.name for one in forms[REPORT_FORM].questions for choice in one.choices if choice.contact}
    if settings.contacts is None:
        findings.warn("contacts", "KUAGER_CONTACTS is not set, so nobody who asks for help is given one")
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
        raise SettingsError(f"KUAGER_UPDATE_TEMPLATE is wrong: {error}. See docs/country-update.md") from None
    findings.well("template", f"{settings.update_template} can be filled")


def _size(form: Form) -> str:
    return f"{len(form.questions)} questions in {', '.join(form.languages)}"


async def _check_database(settings: Settings, findings: Findings) -> None:
    found = await revision(settings)
    await require_newest(settings)
    database = Database(settings.database_url)
    try:
        await require_writable(database)
    finally:
        await database.close()
    findings.well("database", f"at revision {found}, and can be written to")


async def _check_cleaning(findings: Findings) -> None:
    try:
        shut_in = await asyncio.to_thread(cleaner.holds)
    except OSError as error:
        findings.wrong(f"Files cannot be cleaned: no process can be begun: {error.strerror}.")
        return
    if shut_in:
        findings.well("cleaning", "the process that opens files can reach nothing else")
    else:
        why = "this system, machine or kernel has no filter of system calls that is known here"
        findings.warn(
            "cleaning", f"{why}, so limits of memory and time are all that holds the process that opens files"
        )


async def _check_telegram(settings: Settings, findings: Findings) -> None:
    telegram = TelegramTime(lambda: 0.0)  # a clock that stands still
    api = open_api(settings, telegram)
    await api.start()
    try:
        findings.well("Telegram", f"knows the bot as @{api.bot.username}")
        _check_clock(telegram.bears_out(wall_clock()), findings)
        if api.bot.bot.can_join_groups and settings.notice_chat is None:
            shut = "At @BotFather: /setjoingroups, Disable"
            findings.warn("Telegram", f"the bot can be put into groups. {shut}")
        info = await api.call("getWebhookInfo", {})
        findings.warn("Telegram", *doubts_of_telegram(settings, info, wall_clock()))
    finally:
        await api.stop()


def _check_clock(agrees: bool | None, findings: Findings) -> None:
    if agrees:
        findings.well("clock", "agrees with Telegram's")
    elif agrees is None:
        findings.unchecked("clock", "since Telegram does not date its answers")
    else:
        findings.wrong(
            "This machine's clock does not agree with Telegram's: nothing will be destroyed until it does. Set it. "
            "Example: timedatectl set-ntp true"
        )
