"""Commands that write country updates and open data."""

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bot.app.cli import console
from bot.app.cli.console import opened, out, registered, require_one_of, require_place, write_whole
from bot.errors import ArgumentError, Refusal
from bot.languages import codes, exported_codes
from bot.publish import open_data as yearly_data
from bot.publish import own_texts
from bot.publish.country_update.document import TemplateError, read_template
from bot.publish.country_update.request import Edition, UpdateFormat, UpdateRequest
from bot.publish.export import register
from bot.publish.export.register import MadeFile, OtherDocument
from bot.publish.export.selection import FEWEST_TOLD, Faulty, Period, faulty
from bot.publish.open_data import tally
from bot.publish.own_texts import OwnPart
from bot.settings import load_settings
from bot.store import audit
from bot.texts import Texts

_STANDARD_OUTPUT = Path("-")
_OWN = typer.Option(
    help="A text in UTF-8 that is kept with these months and language, and stands in later updates too. An empty one "
    "ends it."
)
_EXAMPLE = "--since 2023-01 --until 2024-04"


async def country_update(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    since: Annotated[str, typer.Option(help="First month, YYYY-MM.")],
    until: Annotated[str, typer.Option(help="Last month, YYYY-MM.")],
    to: Annotated[Path | None, typer.Option("--out", help="File to write; - for standard output.")] = None,
    language: Annotated[
        str,
        typer.Option("--lang", help="Its language, by its code; without it the first of KUAGER_LANGUAGES."),
    ] = "",
    format_: Annotated[str, typer.Option("--format", help=f"One of {', '.join(UpdateFormat)}.")] = "docx",
    edition: Annotated[str, typer.Option(help=f"One of {', '.join(Edition)}.")] = Edition.SHORT,
    charts: Annotated[bool | None, typer.Option(help="Charts; without it the full edition has them.")] = None,
    tables: Annotated[bool | None, typer.Option(help="Tables; without it the full edition has them.")] = None,
    introduction: Annotated[Path | None, _OWN] = None,
    context: Annotated[Path | None, _OWN] = None,
    conclusions: Annotated[Path | None, _OWN] = None,
    template: Annotated[
        Path | None,
        typer.Option(
            help="A Word template of your own; without it KUAGER_UPDATE_TEMPLATE, or the program's."
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="List what deserves a look before publishing, and write no file."),
    ] = False,
) -> None:
    """Write the country update: a document about approved events of these months."""
    request = _request(since, until, language or load_settings().languages[0], format_, edition)
    request = replace(request, charts=charts, tables=tables)
    texts = {
        part: _text_of(path, part)
        for part, path in zip(OwnPart, (introduction, context, conclusions), strict=True)
        if path is not None
    }
    if template is not None and request.format is not UpdateFormat.DOCX:
        raise ArgumentError("--template is wrong: it is for --format docx alone. Example: --format docx")
    if check:
        await _look_over(request)
        return
    if to is None:
        raise ArgumentError("--out is missing. Example: --out update.docx")
    path = template or (load_settings().update_template if request.format is UpdateFormat.DOCX else None)
    if to != _STANDARD_OUTPUT:
        require_place(to)
    try:
        held = await _made(request, read_template(path) if path is not None else None, to, texts)
    except TemplateError as error:
        name = "--template" if template is not None else "KUAGER_UPDATE_TEMPLATE"
        raise ArgumentError(f"{name} is wrong: {error}. See docs/country-update.md") from None
    if to != _STANDARD_OUTPUT:
        out.print(f"Written to {to}.")
    console.end(held)


async def _look_over(request: UpdateRequest) -> None:
    """Print the list before publishing, and exit with INCOMPLETE if it is not empty."""
    from bot.publish.country_update import readiness  # noqa: PLC0415 - other commands need none of it

    async with opened() as work, work.read() as unit:
        found, held = await readiness.look_over(unit, request), await faulty(unit, Period())
    texts = Texts(("en",))
    for concern, entries in found.items():
        out.print(texts.text("en", f"moderator.ready.{concern}", {"number": len(entries)}))
        for refs in entries:
            out.print("  " + " · ".join(f"/open {ref}" for ref in refs))
    console.end(held)
    if found:
        raise typer.Exit(console.INCOMPLETE)


def _text_of(path: Path, part: OwnPart) -> str:
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ArgumentError(f"--{part} is wrong: {error.strerror or type(error).__name__}") from None
    except UnicodeDecodeError:
        raise ArgumentError(f"--{part} is wrong: it is no text in UTF-8") from None
    if len(text) > own_texts.MOST_LETTERS:
        raise ArgumentError(f"--{part} is wrong: it has more than {own_texts.MOST_LETTERS} letters")
    return text


async def _made(
    request: UpdateRequest, template: bytes | None, to: Path, texts: Mapping[OwnPart, str]
) -> Faulty:
    from bot.publish.country_update import service as country_update_service  # noqa: PLC0415 - other commands need no library of pictures

    async with opened() as work:
        # Registered first: the beginning of an update that breaks off may have been read.
        async with work.write() as unit:
            for part, text in texts.items():
                about = part, request.language, request.months, text
                if names := await own_texts.set_text(unit, audit.SYSTEM, *about):
                    named = ", ".join(names)
                    typer.echo(f"--{part} may hold names of persons, as no update should: {named}", err=True)
            what = OtherDocument.COUNTRY_UPDATE
            number = (await register.begin_other(unit, audit.SYSTEM, what, request.spec())).number
        name = request.file_name() if to == _STANDARD_OUTPUT else to.name
        async with registered(work, number, is_seen=to == _STANDARD_OUTPUT):
            _write(
                to, await country_update_service.make(work.read, work.write, number, request, name, template)
            )
        async with work.read() as unit:
            return await faulty(unit, Period())


def _write(to: Path, content: bytes) -> None:
    if to == _STANDARD_OUTPUT:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    write_whole(to, content)


def _request(since: str, until: str, language: str, format_: str, edition: str) -> UpdateRequest:
    require_one_of("--edition", edition, list(Edition), "full")
    require_one_of("--format", format_, list(UpdateFormat), "docx")
    require_one_of("--lang", language, codes(), codes()[0])
    for option, month in (("--since", since), ("--until", until)):
        try:
            UpdateRequest.read(month, month, language, format_)
        except Refusal:
            raise ArgumentError(f"{option} is wrong: it is a month as YYYY-MM. Example: {_EXAMPLE}") from None
    if since > until:
        raise ArgumentError(f"--since is wrong: it is after --until. Example: {_EXAMPLE}")
    return UpdateRequest.read(since, until, language, format_, edition)


async def open_data(
    year: Annotated[int, typer.Option(help="The year, which must be over.")],
    to: Annotated[Path, typer.Option("--out", help="File to write, in CSV.")],
    least: Annotated[int, typer.Option(help="The least number that is shown by itself.")] = FEWEST_TOLD,
) -> None:
    """Write the number of a year's events by month, region and category. Small numbers are merged with
    others."""
    if least < yearly_data.SMALLEST:
        raise ArgumentError(f"--least is wrong: it is {yearly_data.SMALLEST} or more. Example: --least 5")
    require_place(to)
    async with opened() as work:
        async with work.write() as unit:
            # Two files of a running year would reveal the events between them.
            if year >= unit.now.year:
                last = unit.now.year - 1
                raise ArgumentError(f"--year is wrong: {year} is not over. Example: --year {last}")
            what = OtherDocument.OPEN_DATA
            row = await register.begin_other(unit, audit.SYSTEM, what, f"{year}:{least}")
        async with work.read() as unit:
            found = await tally(unit, year)
            content = yearly_data.as_csv(year, found, unit.forms, Texts(exported_codes()), least)
        async with registered(work, row.number, is_seen=False):
            with console.whole(to) as file:
                file.write(content)
                # Registered without rows, so that the register does not tell which reports were counted.
                made = MadeFile(to.name, len(content), hashlib.sha256(content).hexdigest(), 0)
                async with work.write() as unit:
                    await register.complete(unit, row.number, 0, made, is_last=True)
        async with work.read() as unit:
            held = await faulty(unit, Period())
    out.print(f"Written to {to}.")
    console.end(held)
