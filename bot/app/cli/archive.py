"""Commands of the sealed archive on the server: bundles, new envelopes, and recipients with the words that prove their identities."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO, cast

import typer

from bot.app.cli.console import INCOMPLETE, opened, out, read_period, registered, require_place, whole
from bot.errors import ArgumentError, SettingsError
from bot.publish import bundles
from bot.publish.bundles import Asked, Bundle
from bot.publish.export import making, register
from bot.publish.export.making import Counting
from bot.publish.export.register import MadeFile
from bot.reports import archive as archive_service
from bot.safety import offline
from bot.settings import example
from bot.store import archive_keys, audit, ring_keys, withdrawals
from bot.store.file_store import write_private
from bot.store.files import open_store
from bot.store.unit import HOURS_A_DAY, SECONDS_AN_HOUR, UnitOfWork

MOST_DETAIL = 64
"""Characters of a detail in the audit log."""
_EXAMPLE = "archive export bundle.age --from 2026-01-01 --to 2026-03-31"


async def export(
    file: Annotated[Path, typer.Argument(help="File to write.")],
    refs: Annotated[
        list[str] | None, typer.Argument(metavar="REF…", help="Reports; without any all.")
    ] = None,
    since: Annotated[str, typer.Option("--from", help="First day of decision, YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option("--to", help="Last day of decision, YYYY-MM-DD.")] = "",
) -> None:
    """Write decided reports with their files to a bundle, which the recipients of the archive open on a machine of the
    organisation. Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 written, but something in it is damaged or lost."""
    period = read_period(since, until, ("--from", "--to"), _EXAMPLE)
    if refs and (since or until):
        raise ArgumentError(
            f"REF is wrong beside --from and --to: give the one or the other. Example: {_EXAMPLE}"
        )
    require_place(file, "FILE")
    async with opened() as work:
        store = open_store(work.settings)
        async with work.write() as unit:
            asked = Asked(period, await bundles.require_decided(unit, refs or []))
            bundle = await bundles.begin(unit, audit.SYSTEM, asked)
        async with registered(work, bundle.number, is_seen=False):
            with whole(file, "FILE") as opened_file:
                counting = Counting(opened_file)
                pieces = bundle.pieces(work.read, work.write, store)
                seal = making.to_recipients(bundle.to)
                await making.write_sealed(pieces, cast("BinaryIO", counting), seal)
                digest = counting.digest.hexdigest()
                made = MadeFile(file.name, counting.bytes, digest, bundle.reports, is_encrypted=True)
                async with work.write() as unit:
                    await register.complete(unit, bundle.number, 0, made, is_last=True)
    _tell(file, bundle, digest)


async def take(
    file: Annotated[Path, typer.Argument(help="A file that `archive reseal` made.")],
) -> None:
    """Take in new envelopes from the organisation's machine, all of them or none."""
    try:
        content = await asyncio.to_thread(file.read_bytes)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ArgumentError(f"FILE is wrong: {file}: {why}. Example: archive take resealed.age") from None
    async with opened() as work, work.write() as unit:
        await audit.begin(unit)  # withdrawals wait
        told = await archive_service.read(unit, content, archive_service.Kind.RESEALING)
        names, keys, gone = await archive_service.reseal(unit, told)
        await audit.record(unit, audit.SYSTEM, "reseal", "", f"{keys} {names}"[:MOST_DETAIL])
    since = f" {gone} were destroyed since." if gone else ""
    out.print(f"Sealed anew, to {names}: {keys} keys.{since}")


def _tell(file: Path, bundle: Bundle, digest: str) -> None:
    out.print(
        f"Written to {file}: {bundle.reports} reports, {bundle.files} files. SHA-256: {digest}. On a machine of the organisation, offline: "
        f"python -m bot archive open {file.name} --identity KEY",
        markup=False,
    )
    for line in bundle.faults():
        typer.echo(line, err=True)
    if bundle.lost or bundle.unopened:
        raise typer.Exit(INCOMPLETE)


_NONE = f"KUAGER_ARCHIVE_RECIPIENTS is not set, nor KUAGER_ORIGINAL_RECIPIENTS: no report is sealed. {example('archive_recipients')}"
_POSTGRESQL = ". PostgreSQL keeps such keys in the free room of its pages, also of later reports: run VACUUM FULL key_slots there every day"
_WARNING = (
    "Read this before the last one answers, since sealing then begins by itself. A sealed report opens with one of these "
    "identities alone. If the last of them is lost, all that was sealed to it is lost for good: no key of the server, no "
    "administrator and no later backup brings it back. Keep each identity at two places, none of them on the server."
)


async def words(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the files. It is made.")] = Path(
        "words"
    ),
) -> None:
    """Write a word for each recipient of the archive, encrypted to it. Nothing is sealed before each has answered its word."""
    async with opened() as work, work.read() as unit:
        named = await archive_keys.recipients(unit)
        made = {one: archive_keys.word(unit, one.recipient) for one in named}
    if not made:
        raise SettingsError(_NONE)
    try:
        for one, word in made.items():
            sealed = offline.seal_to([one.recipient], f"{word}\n".encode())
            write_private(folder / f"{one.fingerprint}.age", sealed)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ArgumentError(
            f"DIR is wrong: {folder} cannot be written to: {why}. Example: archive words /media/stick"
        ) from None
    out.print(_WARNING, "\n")
    for one in named:
        out.print(
            f"{folder / one.fingerprint}.age is for the person who keeps the identity of {one.recipient}"
        )
    out.print(
        "\nEach decrypts the file on a machine of the organisation, and tells you the word: age -d -i IDENTITY FILE.age\n"
        f"Enter it within {archive_keys.WORD_DAYS} days, by the file's name: python -m bot archive answer {named[0].fingerprint} WORD"
    )


async def answer(
    recipient: Annotated[str, typer.Argument(help="The recipient, or the name of its file without .age.")],
    word: Annotated[str, typer.Argument(help="What its file said.")],
) -> None:
    """Enter the word that a recipient of the archive decrypted. Once each has answered, sealing begins."""
    async with opened() as work, work.write() as unit:
        named = {one.fingerprint: one for one in await archive_keys.recipients(unit)}
        found = named.get(recipient) or named.get(archive_keys.fingerprint(recipient.strip()))
        if found is None:
            listed = ", ".join(named) or "none"
            raise ArgumentError(
                f"RECIPIENT is wrong: the settings name {listed}. Example: archive answer 1a2b3c4d WORD"
            )
        await archive_keys.answer(unit, found.recipient, word)
        await audit.record(unit, audit.SYSTEM, "recipient", "", found.fingerprint)
        ready = await archive_keys.ready_recipients(unit)
        waiting = [one.fingerprint for one in await archive_keys.recipients(unit) if not one.answered_hour]
    out.print(f"{found.fingerprint} has answered.")
    if ready:
        out.print(
            "All have: the bot seals decided reports in the background. How far it is: python -m bot archive status"
        )
    else:
        out.print(f"Nothing is sealed before these have answered, too: {', '.join(waiting)}")


async def status() -> None:
    """Show the recipients of the archive, how many reports each can open, and what still opens sealed ones."""
    async with opened() as work, work.read() as unit:
        named = {one.fingerprint: one for one in await archive_keys.recipients(unit)}
        opens = Counter[str]()
        for names, number in (await archive_keys.counts(unit)).items():
            opens.update(dict.fromkeys(names.split(), number))
        rows = [("recipient", "answered", "opens", "")]
        for name in [*named, *sorted(opens.keys() - named.keys())]:
            one = named.get(name)
            recipient = one.recipient if one is not None else await archive_keys.seen(unit, name) or "unknown"
            hour = one.answered_hour if one is not None else None
            answered = _time(unit, hour) if hour is not None else "never" if one else "no longer named"
            rows.append((name, answered, str(opens[name]), recipient))
        told = [one async for one in doubts(unit)]
        done, left = await archive_service.progress(unit), await what_still_opens(unit)
    for name, answered, opened_, recipient in rows:
        out.print(f"{name:<9}  {answered:<16}  {opened_:>7}  {recipient}")
    waits = f"; {done.waiting} wait, since something of them is still open" if done.waiting else ""
    out.print(f"Sealed: {done.sealed} of {done.sealed + done.left} decided reports{waits}.")
    for line in (*told, left):
        if line and not any(line in longer for longer in told if longer != line):
            out.print(f"{line[0].upper()}{line[1:]}.")


def _time(unit: UnitOfWork, hour: int) -> str:
    moment = datetime.fromtimestamp(hour * SECONDS_AN_HOUR, UTC)
    return f"{moment.astimezone(unit.settings.zone):%Y-%m-%d %H:%M}"


async def doubts(unit: UnitOfWork) -> AsyncIterator[str]:
    """Doubts about the archive, a line each with what to do."""
    named = await archive_keys.recipients(unit)
    names, counts = {one.fingerprint for one in named}, await archive_keys.counts(unit)
    if not named:
        yield f"{_NONE} Until then a person who takes the server and its keys opens all that is not destroyed"
    elif waiting := [one.fingerprint for one in named if one.answered_hour is None]:
        yield f"nothing is sealed before these recipients have answered: {', '.join(waiting)}. Run: python -m bot archive words"
    if len(named) == 1:
        yield f"there is one recipient: if its identity is lost, all that is sealed is lost. Name a second one. {example('archive_recipients')},age1<58-characters>"
    oldest = unit.hour - archive_keys.REHEARSED_DAYS * HOURS_A_DAY
    if late := [one.fingerprint for one in named if (one.answered_hour or unit.hour) < oldest]:
        yield f"these recipients have not shown for half a year that they can open the archive: {', '.join(late)}. Run: python -m bot archive words"
    strange = {to: number for to, number in counts.items() if names.isdisjoint(to.split())}
    if strange:
        listed = ", ".join(sorted({name for to in strange for name in to.split()}))
        yield f"{sum(strange.values())} sealed reports open for no recipient of the settings, only for {listed}: keep their identities, or reseal (docs/archive.md)"
    begun = await archive_keys.begun_hour(unit)
    if begun is not None and await ring_keys.first_hour(unit) <= begun:
        yield f"the ring's first key is older than the archive. {await what_still_opens(unit)}"


async def what_still_opens(unit: UnitOfWork) -> str:
    """Line on the ring keys and backups that still open what is sealed by now, with how to end them. Blank before sealing."""
    if await archive_keys.begun_hour(unit) is None:
        return ""
    first, *others = unit.safe.ring.ring.keys
    newest = await withdrawals.newest_backup(unit)
    backups = (
        f"Backups, the newest of {_time(unit, newest)},"
        if newest is not None
        else "Backups, if there are any,"
    )
    return (
        f"{backups} hold open keys of what was sealed after them, and these ring keys open them: {', '.join((first, *others))}. To end that, "
        "once all is sealed: python -m bot keys new --ring, put it first, restart, python -m bot keys rotate, destroy the older ring keys, and "
        "replace the backups by a new one"
        f"{_POSTGRESQL if unit.session.get_bind().dialect.name == 'postgresql' else ''}"
    )
