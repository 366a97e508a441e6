"""Moderators in chats without a network: they enrol, a report and its file have come, a form is gone through."""

from dataclasses import asdict
from typing import Any

from bot.desk.people import service as people_service
from bot.form.answers import FileRef
from bot.reports import claims
from bot.safety.cleaning.cleaner import Cleaned, Refused
from bot.store import drafting, files, vault
from bot.store.unit import UnitOfWork
from bot.transport.call import Call
from db.models import File, Report
from tests.bench import text
from tests.bot.chat.chats import Chats, buttons

STORY = "Three people were held"


def confirmation(calls: list[Call], ref: str) -> str:
    """The data of the button under a preview that approves what it showed."""
    (found,) = [data for data in buttons(calls) if data.startswith(f"amapprove.{ref}.")]
    return found


async def enrol(chats: Chats, chat: int, alias: str = "Aspan", role: str = "moderator") -> None:
    """Somebody becomes a moderator by the link and an alias."""
    async with chats.bench.write() as unit:
        token = await people_service.invite(unit, role)
    await chats.say(chat, f"/start {token}")
    await chats.say(chat, alias)


async def report(chats: Chats, **told: Any) -> str:
    """A report that was sent; its reference."""
    async with chats.bench.write() as unit:
        return (await chats.bench.submit(unit, story=text(STORY), **told)).report.ref


async def status(unit: UnitOfWork, ref: str) -> str:
    """Where a report stands."""
    return (await claims.look_up(unit, ref)).status


async def add_file(
    unit: UnitOfWork,
    report: Report,
    ref: FileRef,
    cleaning: Cleaned | Refused,
    recipients: tuple[str, ...] = (),
) -> None:
    """A file of the report that is in the store."""
    assert report.data_key_id is not None
    await vault.open_keys(unit, [report.data_key_id])
    sealed = files.seal_file(unit.keys[report.data_key_id], ref.id, b"as it came", cleaning, recipients, 7)
    meta = {"name": ref.name, "mime": "", "custody": asdict(sealed.custody), "picture": sealed.picture}
    sealed_meta = vault.seal(unit, report.data_key_id, meta, f"files.meta:{ref.id}")
    status = files.STORED if sealed.copy is None else files.CLEANED
    facts = {"attempts": 0, "hour": 1, "kind": ref.kind, "meta": sealed_meta}
    unit.session.add(File(id=ref.id, data_key_id=report.data_key_id, status=status, **facts))


async def press(chats: Chats, chat: int, code: str, *values: str) -> list[Call]:
    """Tap a button of the form's present screen."""
    async with chats.bench.read() as unit:
        hashed = unit.safe.pseudonyms.chat(chat)
        filling = (await drafting.load(unit, [hashed]))[hashed]
    data = ".".join((f"f{filling.row.id[:4]}", str(filling.draft.step), code, *values))
    return await chats.tap_data(chat, data)


async def send(chats: Chats, chat: int) -> list[Call]:
    """Tap the last button of a form."""
    return await press(chats, chat, "su")
