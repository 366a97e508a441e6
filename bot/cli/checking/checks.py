"""Checks that find faults before they cost a report."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.checking.findings import Findings
from bot.cli.checking.stored import check_files, check_stored
from bot.cli.console import finish, opened, out
from bot.cli.reception import doubts_of_telegram, doubts_of_webhook
from bot.errors import SettingsError
from bot.file_store.opening import exposed, require_store
from bot.form.model import Form
from bot.languages import codes
from bot.safety.cleaning import cleaner
from bot.services.country_update.template import TemplateError, read_template
from bot.services.forms import questionnaires
from bot.services.forms.requirements import doubts
from bot.services.keeping.clocks import TelegramTime
from bot.services.unit import REPORT_FORM, REVIEW_FORM
from bot.settings import Settings, load_settings
from bot.wiring import open_api, wall_clock
from bot.work import require_newest, require_writable, revision
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
    findings = Findings()
    findings.well("settings", "each is known and right")
    finish(_check_all(settings, findings, offline=offline))
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
    _check_exposure(settings, findings)
    _check_organisation(settings, findings)
    before = findings.faults
    parts: tuple[Callable[[Settings, Findings], Awaitable[None]], ...] = (_check_forms, _check_database)
    for part in parts:
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
        store, doubt = await require_store(settings)
        findings.well("files", f"{store} can be written to")
        if doubt is not None:
            findings.warn("files", doubt)
        if is_readable:
            async with opened(settings) as work:
                await check_files(work, store, findings)
    await _check_cleaning(findings)
    if settings.webhook_url:
        async with findings.part():
            _check_webhook(settings, findings)
    if offline:
        findings.unchecked("Telegram", "as --offline asks")
        return
    async with findings.part():
        await _check_telegram(settings, findings)


def _check_exposure(settings: Settings, findings: Findings) -> None:
    lines = exposed(settings)
    for line in lines:
        findings.warn("permissions", line)
    if not lines:
        findings.well("permissions", "settings, database and files are closed to others")


def _check_organisation(settings: Settings, findings: Findings) -> None:
    if settings.organisation:
        findings.well("organisation", "is shown in Telegram")
    else:
        findings.warn("organisation", "KUAGER_ORGANISATION is not set, so nobody can see who runs the bot")


async def _check_forms(settings: Settings, findings: Findings) -> None:
    forms = questionnaires.load(settings)
    given = (("form", REPORT_FORM, settings.form), ("review form", REVIEW_FORM, settings.review_form))
    for name, kind, path in given:
        findings.well(name, f"{path or OWN}, {_size(forms[kind])}")
        for doubt in doubts(forms[kind], settings.languages):
            findings.warn(name, doubt)
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
    from bot.services.country_update.rendering import sample  # noqa: PLC0415 - seldom set, and it takes a library of Word

    try:
        sample.try_template(read_template(settings.update_template))
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


def _check_webhook(settings: Settings, findings: Findings) -> None:
    found = list(doubts_of_webhook(settings, wall_clock()))
    for doubt in found:
        findings.warn("webhook", doubt)
    if not found:
        findings.well(
            "webhook", f"Telegram is to send updates, and the bot listens at {settings.webhook_listen}"
        )


async def _check_telegram(settings: Settings, findings: Findings) -> None:
    telegram = TelegramTime(lambda: 0.0)  # a clock that stands still
    api = open_api(settings, telegram)
    await api.start()
    try:
        findings.well("Telegram", f"knows the bot as @{api.bot.username}")
        _check_clock(telegram.bears_out(wall_clock()), findings)
        if api.bot.bot.can_join_groups and settings.notice_chat is None:
            findings.warn(
                "Telegram", "the bot can be put into groups. At @BotFather: /setjoingroups, Disable"
            )
        info = await api.call("getWebhookInfo", {})
        for doubt in doubts_of_telegram(settings, info, wall_clock()):
            findings.warn("Telegram", doubt)
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
