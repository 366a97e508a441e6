"""The log of calls of the Bot API."""

import json
from itertools import islice
from typing import Any

from bot.local_api.protocol.json_values import JSON
from bot.local_api.protocol.long_polling import NumberedLog

LONGEST_VALUE = 16 * 1024
"""Characters of a value, as text or as JSON, that are logged: four times as many as a message has."""

_CALLS_KEPT = 1000
_MOST_PARAMETERS = 100


def _cut(value: Any) -> Any:
    """The value, or if it is too long, its beginning and its length."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}… ({len(text)})"


class CallLog(NumberedLog):
    """The last calls; contents of files are never logged, long values are cut."""

    def __init__(self) -> None:
        super().__init__(_CALLS_KEPT)

    def add(
        self, when: float, bot: str, method: str, params: JSON, code: int, result: object, ms: float
    ) -> None:
        """Log a call that was handled (`code` 200) or refused, with its result or the words of the refusal.

        `when` is in wall seconds; `ms` are the milliseconds that the call took.
        """
        self.append(
            {
                "number": self.number + 1,
                "at": when,
                "bot": bot,
                "method": method,
                "chat_id": _cut(params.get("chat_id")),
                "params": {
                    _cut(name): _cut(value) for name, value in islice(params.items(), _MOST_PARAMETERS)
                },
                "code": code,
                "result": _cut(result),
                "ms": round(ms, 1),
            }
        )

    def calls(self, after: int, method: str | None = None) -> list[JSON]:
        """The logged calls with a number above `after`, of one method (in any case) if given."""
        wanted = method.lower() if method else None
        return [call for call in self.since(after) if wanted is None or call["method"].lower() == wanted]
