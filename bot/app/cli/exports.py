"""Commands that write public and shared exports to files."""

import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from getpass import getpass
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from bot.app import upgrades
from bot.app.cli import console
from bot.app.cli.console import (
    FormatName,
    Recipients,
    Since,
    Until,
    open_part,
    opened,
    out,
    part_of,
    registered,
)
from bot.app.work import Work
from bot.desk.sharing import service as sharing_service
from bot.desk.sharing.service import SharingState
from bot.errors import ArgumentError, Refusal, WrongArgument
from bot.publish.export import contract, exports, making, register
from bot.publish.export.formats import FORMATS
from bot.publish.export.making import ExportOrder, Seal
from bot.publish.export.register import MadeFile
from bot.publish.export.request import INCIDENTS, MOST_SPEC, ExportRequest, Filters, SharedExport
from bot.publish.export.selection import ExportScope, Faulty, faulty, number_of
from bot.reports.states import Consent
from bot.safety import offline
from bot.store import audit
from bot.store.unit import UnitOfWork

STANDARD_OUTPUT = "-"


class OutputPaths:
    """Paths of an export, `file` or None for standard output, and of its manifest, which goes beside the file by default."""

    def __init__(self, to: str, beside: Path | None = None) -> None:
        self.file = None if to == STANDARD_OUTPUT else Path(to)
        self._manifest = beside
        if self.file is not None and beside is None:
            self._manifest = self.file.with_name(making.manifest_name(self.file.name))
        self._parts = [path for path in (self.file, self._manifest) if path is not None]

    def require_writable(self) -> None:
        """Raise ArgumentError unless the files can be written. To be called before the audit log is."""
        if self.file is not None and self._manifest == self.file:
            raise console.wrong_place("it is the file of the export", "--manifest")
        for path in self._parts:
            console.require_place(path, "--out" if path == self.file else "--manifest")

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Open the output, under a temporary name until `settle`."""
        if self.file is None:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
            return
        with open_part(self.file) as file:
            yield file

    def settle(self, described: Mapping[str, bytes]) -> None:
        """Name the file, and write the manifest and all else that is `described` beside it. Raises OSError."""
        (_, manifest), *others = described.items()
        written: dict[Path, bytes] = {} if self._manifest is None else {self._manifest: manifest}
        if self.file is not None:
            written |= {self.file.with_name(name): content for name, content in others}
        self._parts = [*dict.fromkeys([*self._parts, *written])]
        for path, content in written.items():
            with open_part(path) as file:
                file.write(content)
        for done in self._parts:
            part_of(done).replace(done)

    def clear(self) -> None:
        for path in self._parts:
            part_of(path).unlink(missing_ok=True)


def seal_of(recipients: Sequence[str], *, passphrase: bool) -> Seal | None:
    """Encryption of the file, or None. A passphrase is asked for, or read from standard input. Raises ArgumentError."""
    if recipients and passphrase:
        raise ArgumentError(
            "--passphrase is wrong: a file is encrypted to keys or with a passphrase, not both. Example: --to age1…"
        )
    if passphrase:
        return partial(offline.seal_with_passphrase, _passphrase())
    keys = console.read_recipients(recipients)
    return making.to_recipients(keys) if keys else None


def _passphrase() -> str:
    if sys.stdin.isatty():
        typed = getpass("Passphrase: ")
        if getpass("Once more: ") != typed:
            raise ArgumentError("--passphrase is wrong: the two are not the same. Example: --passphrase")
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    if len(typed) < offline.LEAST:
        raise ArgumentError(
            f"--passphrase is wrong: it has at least {offline.LEAST} characters, since a thief of the file can try as many "
            "as they like. Example: four words drawn at random"
        )
    return typed


@contextmanager
def progress(total: int) -> Iterator[Callable[[int], None]]:
    """Progress bar on standard error. Call the result with a number of further rows."""
    errors, columns = Console(stderr=True), (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task("", total=total)
        yield lambda rows: bar.advance(task, rows)


_MOST_COUNTED = 10_000_000
_OUT = typer.Option("--out", help="File to write; - for standard output.")
_MANIFEST = typer.Option("--manifest", help="File for the manifest; beside the export, if not given.")


async def export(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    to: Annotated[str, _OUT] = "",
    format_: FormatName = "csv",
    since: Since = "",
    until: Until = "",
    event: Annotated[
        str,
        typer.Option(help="When it happened: 2024-03, or 2024-01-01..2024-03-31 with either end left out."),
    ] = "",
    region: Annotated[
        list[str] | None, typer.Option(help="Code of a region, such as KZ-75; several are given one by one.")
    ] = None,
    category: Annotated[
        list[str] | None, typer.Option(help="Code of a group of violations or of one, such as detention.")
    ] = None,
    freedom: Annotated[
        list[str] | None, typer.Option(help="One of expression, association, assembly; or several.")
    ] = None,
    language: Annotated[str, typer.Option(help="Records that are written in it, or have a text in it.")] = "",
    incidents: Annotated[
        bool,
        typer.Option("--incidents", help="Of the records of an incident only the one whose people count."),
    ] = False,
    changed: Annotated[
        str,
        typer.Option(
            help="Only what is not as it was in an export: its number, or last for the last of the same."
        ),
    ] = "",
    anonymous: Annotated[
        str,
        typer.Option(
            help="Rows without words and references, of which none can be told from fewer than so many, such as 5."
        ),
    ] = "",
    recipients: Recipients = None,
    passphrase: Annotated[
        bool,
        typer.Option(
            "--passphrase", help="Encrypt with a passphrase: asked for, or the first line of standard input."
        ),
    ] = False,
    beside: Annotated[Path | None, _MANIFEST] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of JSON Lines, and make no export.")
    ] = False,
) -> None:
    """Write the approved reports whose reporters agreed to publication to a file. Exit codes: 0 done, 1
    failed, 2 wrong arguments, 3 written, but faulty records are left out."""
    if schema:
        async with opened() as work, work.read() as unit:
            table = exports.table_of(unit)
        sys.stdout.buffer.write(contract.schema_of(table, {}))
        return
    if not to:
        raise ArgumentError("--out is missing. Example: --out 2026-03.csv")
    filters = _filters(
        event=[event],
        region=region or [],
        category=category or [],
        freedom=freedom or [],
        language=[language],
        rows=[INCIDENTS if incidents else ""],
        changed=[changed],
        anonymous=[anonymous],
    )
    request, place = _request(format_, since, until, filters), OutputPaths(to, beside)
    place.require_writable()
    seal = seal_of(recipients or [], passphrase=passphrase)
    with written(place):
        async with opened() as work:
            # Registered first: the beginning of an export that breaks off may have been read.
            asked = await _begin(work, request)
            async with work.read() as unit:
                total = await number_of(unit, request.period, _MOST_COUNTED)
            async with registered(work, asked.number, is_seen=place.file is None):
                await _settle(work, asked.number, await _write(work, asked, place, seal, total), place)
            async with work.read() as unit:
                held = await faulty(unit, request.period)
    console.end(held)


async def share(
    request: Annotated[
        str, typer.Argument(help="The number of a request that two administrators made in the chat.")
    ],
    to: Annotated[str, _OUT],
    beside: Annotated[Path | None, _MANIFEST] = None,
) -> None:
    """Write data that two administrators agreed to share to a file, encrypted to KUAGER_EXPORT_RECIPIENTS.
    It can be made once. Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 written, but faulty records
    are left out."""
    place = OutputPaths(to, beside)
    if place.file is None:
        raise ArgumentError(
            "--out is wrong: what can be made once goes to a file. Example: --out shared.csv.age"
        )
    place.require_writable()
    with written(place):
        async with opened() as work:
            async with work.read() as unit:
                row = await sharing_service.find(unit, request, SharingState.CONFIRMED)
            shared = SharedExport.read_spec(row.spec)

            async def use(unit: UnitOfWork) -> None:
                await audit.begin(unit)  # withdrawals and approvals wait from here on
                await sharing_service.use(unit, request, await shared.pin(unit))

            held = await write_shared(work, shared, place, use)
    console.end(held)


async def write_shared(
    work: Work,
    shared: SharedExport,
    place: OutputPaths,
    use: Callable[[UnitOfWork], Awaitable[None]] | None = None,
) -> Faulty:
    """Write a shared export, and return what is faulty. Raises Refusal if there is nothing to share."""
    async with work.read() as unit:
        total = await shared.number_of_rows(unit, _MOST_COUNTED)
        left_out = await shared.number_archived(unit, _MOST_COUNTED)
    if left_out:
        out.print(
            f"{left_out} rows are in the sealed archive and left out. Your organisation makes them on its machine: archive share"
        )
    if not total:
        raise Refusal("moderator.sharing.empty")
    asked = await _begin(work, shared.request, shared.scope)
    async with registered(work, asked.number, is_seen=False):
        made = await _write(work, asked, place, None, total)
        if use is not None:
            # Used up once the file is complete and before it has its name, so that no one gets it twice.
            async with work.write() as unit:
                await use(unit)
        await _settle(work, asked.number, made, place)
    async with work.read() as unit:
        return await faulty(unit, shared.request.period, told=shared.scope.tells)


async def _begin(work: Work, request: ExportRequest, scope: ExportScope = ExportScope.PUBLIC) -> ExportOrder:
    try:
        request.require_known(work.forms)
        async with work.write() as unit:
            row = await register.begin(unit, audit.SYSTEM, request, scope)
            return ExportOrder(row.number, ExportRequest.read_spec(row.spec), scope)
    except WrongArgument as wrong:
        raise _wrong_filter(wrong) from None


async def _write(
    work: Work, asked: ExportOrder, place: OutputPaths, seal: Seal | None, total: int
) -> MadeFile:
    name = asked.file_name() if place.file is None else place.file.name
    with place.opened() as file, progress(total) as noted:
        return await making.to_file(work.read, work.write, asked, file, name, seal=seal, noted=noted)


async def _settle(work: Work, number: int, made: MadeFile, place: OutputPaths) -> None:
    async with work.write() as unit:
        await register.complete(unit, number, 0, made, is_last=True)
    async with work.read() as unit:  # counts rows, which no writer has to wait for
        described = await making.described(unit, await register.find(unit, number), made.name)
    place.settle(described)


@contextmanager
def written(place: OutputPaths) -> Iterator[None]:
    """Remove what the block leaves unfinished, and tell of its end."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise SystemExit(f"--out: the file could not be written: {why}. Nothing of it is kept.") from None
    finally:
        place.clear()
    if place.file is not None:
        out.print(f"Written to {place.file}.")


def _filters(**given: list[str]) -> Filters:
    words = [f"{name}={','.join(values)}" for name, values in given.items() if any(values)]
    try:
        return Filters.read(words)
    except WrongArgument as wrong:
        raise _wrong_filter(wrong) from None


def _wrong_filter(wrong: WrongArgument) -> ArgumentError:
    name, _, value = str(wrong.arguments["example"]).partition("=")
    unknown = wrong.arguments.get("value")
    why = f"{unknown} is not known here" if unknown else "it is not written like this"
    return ArgumentError(f"--{name} is wrong: {why}. Example: --{name} {value}")


def _request(name: str, since: str, until: str, filters: Filters) -> ExportRequest:
    console.require_one_of("--format", name, FORMATS, "csv")
    try:
        return ExportRequest(FORMATS[name], console.read_period(since, until), filters).require_short()
    except WrongArgument:
        raise ArgumentError(
            f"--region is wrong: with all other filters it takes more than {MOST_SPEC} characters. Example: --region KZ-75"
        ) from None


async def confirm_consent(consent: Consent, refs: list[str]) -> None:
    """Confirm the consent of approved reports that `check` lists as too old to tell it. Exports obey it from
    now on."""
    async with opened() as work, work.write() as unit:
        for ref in refs:
            await upgrades.confirm(unit, ref, consent)
    out.print(f"Confirmed: {len(refs)}.")
