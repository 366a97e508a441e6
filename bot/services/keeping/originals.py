"""Originals taken out of the store, always encrypted to `original_recipients`."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from bot.errors import ArgumentError, Refusal, SettingsError, StoreAwayError
from bot.file_store.store import FileStore
from bot.form.answers import files_of
from bot.safety import offline
from bot.safety.sealing import UnsealError
from bot.services import audit
from bot.services.desk import claims
from bot.services.reports import files, reading
from bot.services.unit import Unit
from db.engine import end_when_idle

CUSTODY = "custody.json"
LOST = {"lost": True}


async def note_taking(unit: Unit, typed: str) -> None:
    """Record in the audit log that originals are taken out. Commit it before `take_out`, which may stop
    halfway. Raises SettingsError without recipients, Refusal for an unknown or destroyed report."""
    if not unit.settings.original_recipients:
        raise SettingsError(
            "KUAGER_ORIGINAL_RECIPIENTS is not set, and originals leave only encrypted. Example: KUAGER_ORIGINAL_RECIPIENTS=age1<58-characters>"
        )
    report = await claims.find(unit, typed)
    if report.content is None:
        raise Refusal("moderator.content.gone", {"ref": report.ref})
    await audit.record(unit, audit.SYSTEM, "originals", report.ref)


async def take_out(unit: Unit, store: FileStore, typed: str, folder: Path) -> int:
    """Write a report's originals as age files into a new folder, with their custody in CUSTODY, or LOST.
    Returns their number. Only reads, so that the bot can write. Raises Refusal as `note_taking` does,
    ArgumentError for the folder, or StoreAwayError."""
    await end_when_idle(unit.session)  # a store may be slow
    recipients = unit.settings.original_recipients
    report = await claims.look_up(unit, typed)
    content = await reading.content(unit, report)
    if content is None:
        raise Refusal("moderator.content.gone", {"ref": report.ref})
    refs = [ref for answer in content.answers.values() for ref in files_of(answer)]
    told: dict[str, Any] = {}
    written = 0
    try:
        await asyncio.to_thread(folder.mkdir, parents=True, mode=0o700)
        for number, ref in enumerate(refs, 1):
            located = await files.locate_original(unit, ref.id, f"{report.ref}-{number}")
            custody = content.files[ref.id].custody if ref.id in content.files else None
            told[str(number)] = custody.to_json() if custody is not None else None
            if located is None:
                continue
            try:
                name, original, _ = await located.read(store)
            except (FileNotFoundError, UnsealError):
                told[str(number)] = LOST
                continue
            await asyncio.to_thread(_write, folder, name, original, recipients)
            written += 1
        manifest = json.dumps(told, indent=1).encode()
        await asyncio.to_thread(_write, folder, CUSTODY, manifest, recipients)
    except StoreAwayError:
        raise
    except OSError as error:
        raise ArgumentError(
            f"the folder is wrong: the originals cannot be written: {error.strerror}. Example: python -m bot originals R7K3QV originals-R7K3QV"
        ) from None
    return written


def _write(folder: Path, name: str, content: bytes, recipients: tuple[str, ...]) -> None:
    sealed = content if name.endswith(".age") else offline.seal_to(recipients, content)
    path = folder / (name if name.endswith(".age") else f"{name}.age")
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(sealed)
