"""`check`: everything that can be wrong before a report is lost by it, each thing in a line."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from telegram.error import TelegramError

from bot.chat.transport.api import unreached
from bot.cli import held_back
from bot.cli.console import finish, opened, out
from bot.cli.reception import doubts_of_telegram, doubts_of_webhook
from bot.errors import SettingsError
from bot.file_store.opening import require_store
from bot.form.model import Form
from bot.languages import codes
from bot.safety.cleaning import cleaner
from bot.services import audit, ring_keys
from bot.services.country_update.template import TemplateError, read_template
from bot.services.export.versions import selection
from bot.services.export.versions.selection import HeldBack, Period
from bot.services.forms import questionnaires
from bot.services.forms.requirements import doubts
from bot.services.keeping import audit_heads, operator_keys, rotation
from bot.services.keeping.clocks import TelegramTime
from bot.services.keeping.exposure import exposed
from bot.services.unit import REPORT_FORM, REVIEW_FORM
from bot.settings import Settings, load_settings
from bot.wiring import open_api, wall_clock
from bot.work import Work, require_newest, require_writable, revision
from db.engine import Database

OWN = "the program's own"


def check(
    form: Annotated[Path | None, typer.Argument(help="A form; the configured one if none is given.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask Telegram.")] = False,
) -> None:
    """Check a form, or the settings and everything they name: forms, folders, database, keys, audit log, Telegram."""
    if form is not None:
        _check_form(form)
        return
    settings = load_settings()
    report = _Report()
    report.well("settings", "each is known and right")
    finish(_check_all(settings, report, offline=offline))
    report.close()


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


@dataclass
class _Report:
    """What was found. Faults go to standard error, one line each, and end the command with 1."""

    faults: int = 0
    warnings: int = 0

    def well(self, what: str, how: str) -> None:
        out.print(f"well     {what}: {how}", markup=False)

    def warn(self, what: str, why: str) -> None:
        self.warnings += 1
        out.print(f"warning  {what}: {why}", markup=False)

    def wrong(self, why: str) -> None:
        self.faults += 1
        typer.echo(why, err=True)

    def unchecked(self, what: str, why: str) -> None:
        out.print(f"-        {what}: not checked, {why}", markup=False)

    @asynccontextmanager
    async def part(self) -> AsyncIterator[None]:
        """A part of the check: the others go on when it fails."""
        try:
            yield
        except SettingsError as error:
            self.wrong(str(error))
        except TelegramError as error:
            self.wrong(unreached(error))

    def close(self) -> None:
        """Say how it ended; raises SystemExit where something is wrong."""
        if self.faults:
            out.print(f"Wrong: {self.faults}. Warnings: {self.warnings}.")
            sys.exit(1)
        out.print(
            f"Nothing is wrong. Warnings: {self.warnings}." if self.warnings else "All of this is well."
        )


async def _check_all(settings: Settings, report: _Report, *, offline: bool) -> None:
    _check_exposure(settings, report)
    _check_organisation(settings, report)
    before = report.faults
    parts: tuple[Callable[[Settings, _Report], Awaitable[None]], ...] = (_check_forms, _check_database)
    for part in parts:
        async with report.part():
            await part(settings, report)
    if report.faults == before:
        async with report.part(), opened(settings) as work:
            await _check_stored(work, report)
    else:
        report.unchecked("keys and audit log", "since forms and database come first")
    async with report.part():
        _check_template(settings, report)
    async with report.part():
        store, doubt = await require_store(settings)
        report.well("files", f"{store} can be written to")
        if doubt is not None:
            report.warn("files", doubt)
    await _check_cleaning(report)
    if settings.webhook_url:
        async with report.part():
            _check_webhook(settings, report)
    if offline:
        report.unchecked("Telegram", "as --offline asks")
        return
    async with report.part():
        await _check_telegram(settings, report)


def _check_exposure(settings: Settings, report: _Report) -> None:
    lines = exposed(settings)
    for line in lines:
        report.warn("permissions", line)
    if not lines:
        report.well("permissions", "settings, database and files are closed to others")


def _check_organisation(settings: Settings, report: _Report) -> None:
    if settings.organisation:
        report.well("organisation", "is shown in Telegram")
    else:
        report.warn("organisation", "KUAGER_ORGANISATION is not set, so nobody can see who runs the bot")


async def _check_forms(settings: Settings, report: _Report) -> None:
    forms = questionnaires.load(settings)
    given = (("form", REPORT_FORM, settings.form), ("review form", REVIEW_FORM, settings.review_form))
    for name, kind, path in given:
        report.well(name, f"{path or OWN}, {_size(forms[kind])}")
        for doubt in doubts(forms[kind], settings.languages):
            report.warn(name, doubt)
    helped = {choice.name for one in forms[REPORT_FORM].questions for choice in one.choices if choice.contact}
    if settings.contacts is None:
        report.warn("contacts", "KUAGER_CONTACTS is not set, so nobody who asks for help is given one")
    elif not helped:
        report.warn("contacts", f"{settings.contacts} holds none")
    else:
        report.well("contacts", f"for {', '.join(sorted(helped))}")


def _check_template(settings: Settings, report: _Report) -> None:
    if settings.update_template is None:
        return
    from bot.services.country_update.rendering import sample  # noqa: PLC0415 - seldom set, and it takes a library of Word

    try:
        sample.try_template(read_template(settings.update_template))
    except TemplateError as error:
        raise SettingsError(f"KUAGER_UPDATE_TEMPLATE is wrong: {error}. See docs/country-update.md") from None
    report.well("template", f"{settings.update_template} can be filled")


def _size(form: Form) -> str:
    return f"{len(form.questions)} questions in {', '.join(form.languages)}"


async def _check_database(settings: Settings, report: _Report) -> None:
    found = await revision(settings)
    await require_newest(settings)
    database = Database(settings.database_url)
    try:
        await require_writable(database)
    finally:
        await database.close()
    report.well("database", f"at revision {found}, and can be written to")


async def _check_stored(work: Work, report: _Report) -> None:
    async with work.read() as unit:
        await operator_keys.check(unit)
        unopened, number = await operator_keys.unopened_reports(unit)
        broken = await audit.broken_at(unit)
        known = await audit_heads.known_head(unit.settings)
        lost = await audit.cut_since(unit, known)
        lacks_keys = bool(unopened and await ring_keys.lacking(unit))
        held = HeldBack() if lacks_keys else await selection.held_back(unit, Period())
        days, old = await rotation.days_in_use(unit), await rotation.left(unit)
    if days > rotation.MOST_DAYS:
        report.warn(
            "keys", f"the ring's first key is {days} days old. New one: python -m bot keys new --ring"
        )
    if old:
        report.warn(
            "keys", f"{old} reports and drafts still use an older key. Run: python -m bot keys rotate"
        )
    if lacks_keys:
        report.wrong(
            f"{operator_keys.WRONG_RING} It does not open {unopened} of {number} reports and public versions."
        )
    elif unopened:
        report.wrong(
            f"The keys of {unopened} of {number} reports and public versions are damaged in the database, though the ring has what "
            "opens them. Look after the disk."
        )
    elif number:
        report.well("keys", f"the ring opens all {number} reports and public versions")
    else:
        report.well("keys", "no report is stored yet that they could fail to open")
    for line in held_back.lines(held):
        report.wrong(line)
    if broken is not None:
        report.wrong(audit_heads.CHANGED.format(number=broken))
    if known is not None and lost:
        where = work.settings.audit_head_file
        report.wrong(audit_heads.CUT.format(lost=lost, where=where, head=known.short()))
    if broken is None and not lost:
        report.well("audit log", "fits its chain")


async def _check_cleaning(report: _Report) -> None:
    try:
        shut_in = await asyncio.to_thread(cleaner.holds)
    except OSError as error:
        report.wrong(f"Files cannot be cleaned: no process can be begun: {error.strerror}.")
        return
    if shut_in:
        report.well("cleaning", "the process that opens files can reach nothing else")
    else:
        why = "this system, machine or kernel has no filter of system calls that is known here"
        report.warn(
            "cleaning", f"{why}, so limits of memory and time are all that holds the process that opens files"
        )


def _check_webhook(settings: Settings, report: _Report) -> None:
    found = list(doubts_of_webhook(settings, wall_clock()))
    for doubt in found:
        report.warn("webhook", doubt)
    if not found:
        report.well(
            "webhook", f"Telegram is to send updates, and the bot listens at {settings.webhook_listen}"
        )


async def _check_telegram(settings: Settings, report: _Report) -> None:
    telegram = TelegramTime(lambda: 0.0)  # of this moment
    api = open_api(settings, telegram)
    await api.start()
    try:
        report.well("Telegram", f"knows the bot as @{api.bot.username}")
        _check_clock(telegram.bears_out(wall_clock()), report)
        if api.bot.bot.can_join_groups and settings.notice_chat is None:
            report.warn("Telegram", "the bot can be put into groups. At @BotFather: /setjoingroups, Disable")
        info = await api.call("getWebhookInfo", {})
        for doubt in doubts_of_telegram(settings, info, wall_clock()):
            report.warn("Telegram", doubt)
    finally:
        await api.stop()


def _check_clock(agrees: bool | None, report: _Report) -> None:
    if agrees:
        report.well("clock", "agrees with Telegram's")
    elif agrees is None:
        report.unchecked("clock", "since Telegram does not date its answers")
    else:
        report.wrong(
            "This machine's clock does not agree with Telegram's: nothing will be destroyed until it does. Set it. "
            "Example: timedatectl set-ntp true"
        )
