"""Updates that fail alone: their shape is kept, sealed, under a reference, which the person is given."""

import json
from typing import Any

from bot.chat.batch import Raw, id_of
from bot.chat.outbox import Call, Outbox
from bot.services.unit import Unit
from bot.texts import Texts
from db.models import FailedUpdate, OutboxRow, SeenUpdate

MESSAGES = ("message", "edited_message")


async def set_aside(unit: Unit, texts: Texts, raw: Raw, reference: str) -> list[OutboxRow]:
    """Keep an update's shape out of the way; what is owed to its person. It makes do with any JSON object."""
    update_id = id_of(raw)
    plain = json.dumps(shape_of(raw)).encode()
    sealed = unit.safe.ring.seal(plain, f"failed_updates.raw:{reference}")
    unit.session.add(FailedUpdate(reference=reference, update_id=update_id or 0, raw=sealed, hour=unit.hour))
    if update_id is not None:
        unit.session.add(SeenUpdate(id=update_id, hour=unit.hour))
    outbox = Outbox(unit)
    chat_id = written_in(raw)
    if chat_id is not None and chat_id > 0:
        text = texts.text(_language(unit, raw), "reporter.failed", {"reference": reference})
        call = Call("sendMessage", {"chat_id": chat_id, "text": text})
        outbox.add(unit.safe.pseudonyms.chat(chat_id), call)
    unit.session.add_all(outbox.rows)
    return outbox.rows


def shape_of(value: Any) -> Any:
    """What a mistake is found by: which fields there were and of what kind. Names, ids and words are left out:
    no withdrawal would reach them here."""
    match value:
        case dict():
            return {name: shape_of(inner) for name, inner in value.items()}
        case list():
            return [shape_of(inner) for inner in value]
        case str():
            return f"text of {len(value)}"
        case bool() | None:
            return value
    return type(value).__name__


def written_in(raw: Raw) -> int | None:
    """The chat of a message or a tap, read without trusting the update's shape."""
    for kind in MESSAGES:
        if isinstance(raw.get(kind), dict):
            return _number(raw, kind, "chat", "id")
    return _number(raw, "callback_query", "from", "id")


def _number(raw: Raw, *names: str) -> int | None:
    found = _in(raw, *names)
    return found if isinstance(found, int) else None


def _language(unit: Unit, raw: Raw) -> str:
    """What the person's Telegram speaks, as far as it can be told."""
    languages = unit.settings.languages
    for kind in (*MESSAGES, "callback_query"):
        code = _in(raw, kind, "from", "language_code")
        if isinstance(code, str) and code[:2] in languages:
            return code[:2]
    return languages[0]


def _in(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
