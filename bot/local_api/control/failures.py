"""Failures on purpose: "the next N calls of this method fail like that"."""

import math
import random
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields

from bot.local_api.protocol.errors import ApiError, too_many_requests
from bot.local_api.protocol.json_values import JSON
from bot.local_api.protocol.params import Params

_MOST = 2**31
_RANDOM = random.SystemRandom()
_WORDS = {
    400: "Bad Request: refused on purpose",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    500: "Internal Server Error",
    502: "Bad Gateway",
}


@dataclass(slots=True)
class Failure:
    """How the next `count` calls of `method` ("*" for any), to `chat_id` if given and about `message_id` if given, are to
    fail. With `seconds` all such calls fail for so long, however many; with `chance`, from 0 to 1, only that share of
    them does, at random.

    A call waits `delay` seconds; then the connection is dropped (`drop` "before"), or the call is refused with `code`
    and `description` (429 with `retry_after`), or it is handled. After another `delay_after` seconds a handled call
    is answered, or the connection is dropped without an answer (`drop` "after"). With a `body` it is not handled: that is
    the answer, whatever it says, with `code` or 200 as its status.
    """

    method: str = "*"
    count: int = 1
    chat_id: int | str | None = None
    code: int | None = None
    description: str | None = None
    retry_after: int | None = None
    drop: str | None = None
    delay: float = 0.0
    delay_after: float = 0.0
    message_id: int | None = None
    seconds: float | None = None
    chance: float = 1.0
    body: str | None = None

    def concerns(self, method: str, call: Params) -> bool:
        """Whether such a call is to fail."""
        named = self.method == "*" or self.method.lower() == method
        of_chat = self.chat_id is None or str(self.chat_id) == call.text("chat_id")
        of_message = self.message_id is None or self.message_id in _messages(call)
        return named and of_chat and of_message and (self.chance >= 1 or _RANDOM.random() < self.chance)

    def refusal(self) -> ApiError | None:
        """The refusal of the call, if it is to be refused."""
        if self.retry_after is not None:
            return too_many_requests(self.retry_after)
        if self.code is None:
            return None
        return ApiError(self.code, self.description or _WORDS.get(self.code, "Refused on purpose"))


def _messages(call: Params) -> set[int]:
    """The messages that a call names, by one id or a list of them."""
    named = f"{call.text('message_id') or ''} {call.text('message_ids') or ''}"
    return {int(digits) for digits in re.findall(r"\d{1,18}", named)}


def _integer(lowest: int, highest: int = _MOST) -> Callable[[object], bool]:
    return lambda value: type(value) is int and lowest <= value <= highest


def _text(value: object) -> bool:
    return isinstance(value, str)


def _seconds(value: object) -> bool:
    return type(value) in {int, float} and math.isfinite(value) and value >= 0  # type: ignore[arg-type, operator]


_MUST_BE: dict[str, tuple[Callable[[object], bool], str]] = {
    "method": (_text, "the name of a method or *"),
    "count": (_integer(1), "an integer from 1"),
    "chat_id": (lambda value: _text(value) or type(value) is int, "the id of a chat"),
    "code": (_integer(400, 599), "an integer from 400 to 599"),
    "description": (_text, "a text"),
    "retry_after": (_integer(0), "an integer from 0"),
    "drop": (lambda value: value == "before" or value == "after", '"before" or "after"'),  # noqa: PLR1714 - a list has no hash
    "delay": (_seconds, "a number of seconds from 0"),
    "delay_after": (_seconds, "a number of seconds from 0"),
    "message_id": (_integer(1), "the id of a message"),
    "seconds": (_seconds, "a number of seconds from 0"),
    "body": (_text, "a text"),
    "chance": (lambda value: _seconds(value) and value <= 1, "a number from 0 to 1"),  # type: ignore[operator] # it is one
}


class Failures:
    """Failures to come, in the order they were set."""

    def __init__(self) -> None:
        self._pending: list[tuple[Failure, float]] = []

    def add(self, wanted: JSON) -> None:
        """Set a failure from JSON with the fields of Failure. Raises ValueError for anything else."""
        unknown = set(wanted) - {field.name for field in fields(Failure)}
        if unknown:
            raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
        for name, value in wanted.items():
            fits, words = _MUST_BE[name]
            if not fits(value):
                raise ValueError(f"{name} must be {words}")
        failure = Failure(**wanted)
        lasts = math.inf if failure.seconds is None else failure.seconds
        self._pending.append((failure, time.monotonic() + lasts))

    def clear(self) -> None:
        """Forget all failures."""
        self._pending.clear()

    def as_json(self) -> list[JSON]:
        """What is still to come."""
        return [asdict(failure) for failure, _ in self._pending]

    def take(self, method: str, call: Params) -> Failure | None:
        """The failure of this call, counted down; None for a call that goes well."""
        self._pending = [(failure, until) for failure, until in self._pending if time.monotonic() < until]
        for entry in self._pending:
            failure = entry[0]
            if failure.concerns(method, call):
                failure.count -= failure.seconds is None
                if failure.count <= 0:
                    self._pending.remove(entry)
                return failure
        return None
