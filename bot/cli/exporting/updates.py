"""Command that writes the country update."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import finish, opened, out
from bot.cli.exporting.outfile import require_place, whole
from bot.cli.faulty import end
from bot.errors import ArgumentError, Refusal
from bot.languages import codes
from bot.services import audit
from bot.services.country_update.request import UpdateFormat, UpdateRequest
from bot.services.country_update.template import TemplateError, read_template
from bot.services.export import register
from bot.services.export.register import OtherDocument
from bot.services.export.versions.selection import Faulty, Period, faulty
from bot.settings import load_settings

_STANDARD_OUTPUT = Path("-")
_EXAMPLE = "--since 2023-01 --until 2024-04"


def country_update(
    to: Annotated[Path, typer.Option("--out", help="File to write; - for standard output.")],
    since: Annotated[str, typer.Option(help="First month, YYYY-MM.")],
    until: Annotated[str, typer.Option(help="Last month, YYYY-MM.")],
    language: Annotated[
        str,
        typer.Option("--lang", help="Its language, by its code; without it the first of KUAGER_LANGUAGES."),
    ] = "",
    format_: Annotated[str, typer.Option("--format", help=f"One of {', '.join(UpdateFormat)}.")] = "docx",
    template: Annotated[
        Path | None,
        typer.Option(
            help="A Word template of your own; without it KUAGER_UPDATE_TEMPLATE, or the program's."
        ),
    ] = None,
) -> None:
    """Write the country update: a document about approved events of these months."""
    request = _request(since, until, language or load_settings().languages[0], format_)
    if template is not None and request.format is not UpdateFormat.DOCX:
        raise ArgumentError("--template is wrong: it is for --format docx alone. Example: --format docx")
    path = template or (load_settings().update_template if request.format is UpdateFormat.DOCX else None)
    if to != _STANDARD_OUTPUT:
        require_place(to)
    try:
        held = finish(_made(request, read_template(path) if path is not None else None, to))
    except TemplateError as error:
        name = "--template" if template is not None else "KUAGER_UPDATE_TEMPLATE"
        raise ArgumentError(f"{name} is wrong: {error}. See docs/country-update.md") from None
    if to != _STANDARD_OUTPUT:
        out.print(f"Written to {to}.")
    end(held)


async def _made(request: UpdateRequest, template: bytes | None, to: Path) -> Faulty:
    from bot.services.country_update import making  # noqa: PLC0415 - other commands need no library of pictures

    async with opened() as work:
        # Registered first: the beginning of an update that breaks off may have been read.
        async with work.write() as unit:
            what = OtherDocument.COUNTRY_UPDATE
            number = (await register.begin_other(unit, audit.SYSTEM, what, request.spec())).number
        asked = making.Asked(number, request, request.file_name() if to == _STANDARD_OUTPUT else to.name)
        try:
            _write(to, await making.make(work.read, work.write, asked, template))
        except Exception:
            if to != _STANDARD_OUTPUT:
                async with work.write() as unit:
                    await register.break_off(unit, number)
            raise
        async with work.read() as unit:
            return await faulty(unit, Period())


def _write(to: Path, content: bytes) -> None:
    if to == _STANDARD_OUTPUT:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    with whole(to) as file:
        file.write(content)


def _request(since: str, until: str, language: str, format_: str) -> UpdateRequest:
    if format_ not in set(UpdateFormat):
        raise ArgumentError(
            f"--format is wrong: it is one of {', '.join(UpdateFormat)}. Example: --format docx"
        )
    if language not in codes():
        raise ArgumentError(
            f"--lang is wrong: it is one of {', '.join(codes())}. Example: --lang {codes()[0]}"
        )
    for option, month in (("--since", since), ("--until", until)):
        try:
            UpdateRequest.read(month, month, language, format_)
        except Refusal:
            raise ArgumentError(f"{option} is wrong: it is a month as YYYY-MM. Example: {_EXAMPLE}") from None
    if since > until:
        raise ArgumentError(f"--since is wrong: it is after --until. Example: {_EXAMPLE}")
    return UpdateRequest.read(since, until, language, format_)
