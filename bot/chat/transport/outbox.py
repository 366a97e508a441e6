"""The outbox: calls to the Bot API that are owed, written in the transaction that owes them, and what became
of them.

Payloads are sealed under the key ring and live until they are delivered: minutes.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import delete, select

from bot.safety.sealing import RingSeal
from bot.services.unit import MakeUnit, Unit
from db.models import OutboxRow

_SEALED_AS = "outbox.payload"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the Bot API. `attach` names what is sent with it by the parameter that it fills (see `attachments`);
    `essential` is false for what may be lost without harm (the answer to a tap, an edit of an old message).
    `protect`: an edit that must be sent anew is sent with `protect_content`, which an edit cannot carry. `otherwise` are words
    that are sent when a file is not taken in any way."""

    method: str
    params: Mapping[str, Any]
    attach: Mapping[str, str] = field(default_factory=dict)
    essential: bool = True
    protect: bool = False
    otherwise: str = ""

    def instead(self) -> "Call | None":
        """What is tried when Telegram refuses this one. An edit that matters and whose message is gone is sent
        anew; a prompt that is too old to be deleted loses its buttons. A photo, video or sound that Telegram does not take for one is
        sent as a document; where that is refused too, it is said."""
        if self.attach and self.otherwise:
            return self._as_document() or self.in_words()
        if self.essential and self.method == "editMessageText":
            params = {name: value for name, value in self.params.items() if name != "message_id"}
            return Call("sendMessage", params | ({"protect_content": True} if self.protect else {}))
        if not self.essential and self.method in {"deleteMessage", "deleteMessages"}:
            last = self.params.get("message_id") or self.params["message_ids"][-1]
            keyboard: dict[str, Any] = {"inline_keyboard": []}
            params = {"chat_id": self.params["chat_id"], "message_id": last, "reply_markup": keyboard}
            return Call("editMessageReplyMarkup", params, essential=False)
        return None

    def _as_document(self) -> "Call | None":
        if self.method == "sendDocument":
            return None
        (name,) = self.attach.values()
        return replace(self, method="sendDocument", attach={"document": name})

    def in_words(self) -> "Call":
        """What is said in place of a file that cannot be sent."""
        return Call(
            "sendMessage",
            {"chat_id": self.params["chat_id"], "text": self.otherwise, "protect_content": True},
        )

    def dump(self, ring: RingSeal) -> bytes:
        """Sealed for the outbox."""
        plain = {"m": self.method, "p": self.params, "a": self.attach, "e": self.essential}
        plain |= {"c": True} if self.protect else {}
        plain |= {"o": self.otherwise} if self.otherwise else {}
        return ring.seal(json.dumps(plain, ensure_ascii=False).encode(), _SEALED_AS)

    @classmethod
    def load(cls, ring: RingSeal, sealed: bytes) -> "Call":
        """The inverse of `dump`; raises UnsealError."""
        plain = json.loads(ring.unseal(sealed, _SEALED_AS))
        return cls(plain["m"], plain["p"], plain["a"], plain["e"], plain.get("c", False), plain.get("o", ""))


class Outbox:
    """What one batch owes, in order. `dropped_reports` are those of which the sender must send nothing more."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self.rows: list[OutboxRow] = []
        self.dropped_reports: list[str] = []

    def add(
        self, chat_hash: bytes, call: Call, *, prompt_step: int | None = None, report_id: str | None = None
    ) -> OutboxRow:
        """Owe a call to a chat. A prompt carries the step of its draft, what shows a report carries its id."""
        row = OutboxRow(
            chat_hash=chat_hash,
            payload=call.dump(self._unit.safe.ring),
            prompt_step=prompt_step,
            report_id=report_id,
            hour=self._unit.hour,
        )
        self.rows.append(row)
        return row

    def drop_prompts(self, chat_hash: bytes) -> bool:
        """Drop this batch's earlier prompts of a chat, since a newer one follows: ten photos get one answer. Whether
        there were any."""
        kept = [row for row in self.rows if row.chat_hash != chat_hash or row.prompt_step is None]
        dropped = len(kept) < len(self.rows)
        self.rows = kept
        return dropped

    def drop_report(self, report_id: str) -> None:
        """Drop what was to be shown of a withdrawn report, by this batch and by the sender."""
        self.dropped_reports.append(report_id)
        self.rows = [row for row in self.rows if row.report_id != report_id]


@dataclass(frozen=True, slots=True)
class Delivered:
    """A row that is done with; `message_ids` are those that Telegram gave for it. `doubtful`: an earlier
    try may have shown it too, under ids that nobody knows."""

    row: OutboxRow
    message_ids: tuple[int, ...] = ()
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Drained:
    """What the sender knew at one moment: the rows it was done with, and the prompts, by chat and step, that still
    waited and had certainly never been tried. Whatever people had written by then, they wrote without having seen
    these."""

    delivered: Sequence[Delivered] = ()
    unseen_prompts: frozenset[tuple[bytes, int]] = frozenset()


async def forget(unit: Unit, row_ids: Collection[int]) -> None:
    """Take rows that are done with out of the outbox."""
    if row_ids:
        await unit.session.execute(delete(OutboxRow).where(OutboxRow.id.in_(row_ids)))


@dataclass(frozen=True, slots=True)
class CommittedOutbox:
    """The outbox as the database has it, read by units of its own."""

    read: MakeUnit

    async def rows(self) -> Sequence[OutboxRow]:
        """All that is owed, in the order in which it was owed."""
        async with self.read() as unit:
            return (await unit.session.scalars(select(OutboxRow).order_by(OutboxRow.id))).all()

    async def owes(self, row_id: int) -> bool:
        """Whether a row is still there: another process may have revoked the moderator it was for."""
        async with self.read() as unit:
            found = await unit.session.scalar(select(OutboxRow.id).where(OutboxRow.id == row_id))
        return found is not None
