"""The outbox: calls to the Bot API that are owed, written in the transaction that owes them.

Payloads are sealed under the key ring and live until they are delivered: minutes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.safety.sealing import RingSeal
from bot.services.unit import Unit
from db.models import OutboxRow

PLACE = "outbox.payload"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the Bot API. `attach` names stored files by the parameter they fill; `essential` is false
    for what may be lost without harm (a callback's answer, an edit of an old message). `protect`: an edit that
    must be sent anew is sent with `protect_content`, which an edit cannot carry."""

    method: str
    params: Mapping[str, Any]
    attach: Mapping[str, str] = field(default_factory=dict)
    essential: bool = True
    protect: bool = False

    def instead(self) -> "Call | None":
        """What is tried when Telegram refuses this one. An edit that matters and whose message is gone is sent
        anew; a prompt that is too old to be deleted loses its buttons."""
        if self.essential and self.method == "editMessageText":
            params = {name: value for name, value in self.params.items() if name != "message_id"}
            return Call("sendMessage", params | ({"protect_content": True} if self.protect else {}))
        if not self.essential and self.method in {"deleteMessage", "deleteMessages"}:
            last = self.params.get("message_id") or self.params["message_ids"][-1]
            keyboard: dict[str, Any] = {"inline_keyboard": []}
            params = {"chat_id": self.params["chat_id"], "message_id": last, "reply_markup": keyboard}
            return Call("editMessageReplyMarkup", params, essential=False)
        return None

    def dump(self, ring: RingSeal) -> bytes:
        """Sealed for the outbox."""
        plain = {"m": self.method, "p": self.params, "a": self.attach, "e": self.essential}
        plain |= {"c": True} if self.protect else {}
        return ring.seal(json.dumps(plain, ensure_ascii=False).encode(), PLACE)

    @classmethod
    def load(cls, ring: RingSeal, sealed: bytes) -> "Call":
        """The inverse of `dump`; raises UnsealError."""
        plain = json.loads(ring.unseal(sealed, PLACE))
        return cls(plain["m"], plain["p"], plain["a"], plain["e"], plain.get("c", False))


class Outbox:
    """What one batch owes, in order. An earlier prompt of the same chat in the batch is dropped: ten
    photos get one answer."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self.rows: list[OutboxRow] = []
        self.dropped_reports: list[str] = []

    def add(
        self, chat_hash: bytes, call: Call, *, prompt_step: int | None = None, report_id: str | None = None
    ) -> OutboxRow:
        """Owe a call to a chat. A prompt carries the step of its draft; what shows a report carries its id."""
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
        """Forget this batch's earlier prompts of a chat, if there are any; a newer one follows."""
        kept = [row for row in self.rows if row.chat_hash != chat_hash or row.prompt_step is None]
        dropped = len(kept) < len(self.rows)
        self.rows = kept
        return dropped

    def drop_report(self, report_id: str) -> None:
        """Forget what was to be shown of a report that is withdrawn, in this batch and by the sender."""
        self.dropped_reports.append(report_id)
        self.rows = [row for row in self.rows if row.report_id != report_id]
