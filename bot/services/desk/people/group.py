"""The team's group. As a supergroup it has another number, which the bot remembers until the operator sets
it."""

import base64
import logging
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Executable, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.safety import sealing
from bot.safety.keys import SecretKey
from bot.safety.pseudonym import Purpose
from bot.safety.sealing import UnsealError
from bot.services.unit import Unit
from db.models import Mark

log = logging.getLogger(__name__)
_NAME = "notice_chat"
_BYTES = 8
_LOWEST_OF_BASIC = -999_999_999_999
"""Numbers of supergroups and channels are lower (Bot API)."""


def _remember(insert: Callable[..., Any]) -> Executable:
    """Upsert, since two replicas may learn the number at once."""
    made = insert(Mark)
    statement: Executable = made.on_conflict_do_update(
        index_elements=[Mark.name], set_={"value": made.excluded.value}
    )
    return statement


_REMEMBER: Mapping[str, Executable] = {
    name: _remember(insert) for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


async def number_of(unit: Unit) -> int | None:
    configured = unit.settings.notice_chat
    if configured is None:
        return None
    value = await unit.session.scalar(select(Mark.value).where(Mark.name == _NAME))
    return (None if value is None else _opened(unit, value, configured)) or configured


async def note_successor(unit: Unit, new: int) -> None:
    """Remember the group's supergroup."""
    configured = unit.settings.notice_chat
    if configured is None or new >= 0 or await number_of(unit) == new:
        return
    # Logs never hold chat numbers.
    log.warning(
        "Telegram has made a supergroup of the team's group, which has another number now, beginning with -100. The bot "
        "follows it; set KUAGER_NOTICE_CHAT to it when you can"
    )
    connection = await unit.session.connection()
    row = {"name": _NAME, "value": _sealed(unit, new, configured)}
    await connection.execute(_REMEMBER[connection.dialect.name], row)


async def may_become(unit: Unit, chat_id: int) -> bool:
    """Whether a chat may be the group's still unknown supergroup."""
    configured = unit.settings.notice_chat
    if configured is None or chat_id >= _LOWEST_OF_BASIC or configured < _LOWEST_OF_BASIC:
        return False
    return await number_of(unit) == configured


def _key(unit: Unit, configured: int) -> SecretKey:
    """Key for this group alone, derived from the lookup key. Another group's number does not open."""
    return SecretKey(unit.safe.pseudonyms.of(Purpose.GROUP, str(configured)))


def _sealed(unit: Unit, number: int, configured: int) -> str:
    plain = number.to_bytes(_BYTES, "big", signed=True)
    return base64.b64encode(sealing.seal(_key(unit, configured), plain, f"marks:{_NAME}")).decode()


def _opened(unit: Unit, value: str, configured: int) -> int | None:
    try:
        plain = sealing.unseal(_key(unit, configured), base64.b64decode(value), f"marks:{_NAME}")
    except (UnsealError, ValueError):
        return None
    return int.from_bytes(plain, "big", signed=True)
