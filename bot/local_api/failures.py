"""Failures on purpose: "the next N calls of this method fail like that"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

from bot.local_api.apierror import ApiError, too_many_requests
from bot.local_api.params import number_of

_MOST = 2**31
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
    """One script. `method` in any case or "*"; `chat_id` narrows it to a chat.

    `skip` calls pass first, then `count` calls are hit: wait `delay` seconds, then drop the connection
    (`drop` "before") or refuse with `code` (429 with `retry_after`), else handle the call, wait
    `delay_after` seconds and answer, or drop the connection without an answer (`drop` "after").
    """

    method: str = "*"
    count: int = 1
    skip: int = 0
    chat_id: int | str | None = None
    code: int | None = None
    description: str | None = None
    retry_after: int | None = None
    drop: str | None = None
    delay: float = 0.0
    delay_after: float = 0.0

    def concerns(self, method: str, chat: str | None) -> bool:
        """Whether this script is for such a call."""
        named = self.method == "*" or self.method.lower() == method
        return named and (self.chat_id is None or str(self.chat_id) == chat)

    def refusal(self) -> ApiError | None:
        """What the call is refused with, if it is."""
        if self.retry_after is not None:
            return too_many_requests(self.retry_after)
        if self.code is None:
            return None
        return ApiError(self.code, self.description or _WORDS.get(self.code, "Refused on purpose"))


def _whole(value: object, lowest: int, highest: int) -> bool:
    return type(value) is int and lowest <= value <= highest


_MUST_BE: dict[str, tuple[Callable[[Any], bool], str]] = {
    "method": (lambda value: isinstance(value, str), "the name of a method or *"),
    "count": (lambda value: _whole(value, 1, _MOST), "a whole number from 1"),
    "skip": (lambda value: _whole(value, 0, _MOST), "a whole number from 0"),
    "chat_id": (
        lambda value: value is None or isinstance(value, str) or type(value) is int,
        "the id of a chat",
    ),
    "code": (lambda value: value is None or _whole(value, 400, 599), "a whole number from 400 to 599"),
    "description": (lambda value: value is None or isinstance(value, str), "a text"),
    "retry_after": (lambda value: value is None or _whole(value, 0, _MOST), "a whole number from 0"),
    "drop": (lambda value: value in {None, "before", "after"}, '"before" or "after"'),
    "delay": (lambda value: number_of(value, "delay") >= 0, "a number of seconds from 0"),
    "delay_after": (lambda value: number_of(value, "delay_after") >= 0, "a number of seconds from 0"),
}


def _check(name: str, value: object) -> None:
    """Raises ValueError for a value that would break a call later on."""
    fits, words = _MUST_BE[name]
    try:
        good = fits(value)
    except (ValueError, TypeError):
        good = False
    if not good:
        raise ValueError(f"{name} must be {words}")


class Failures:
    """Scripts in the order they were set; a used-up one is forgotten."""

    def __init__(self) -> None:
        self._scripts: list[Failure] = []

    def add(self, wanted: dict[str, Any]) -> Failure:
        """Set a script from JSON with the fields of Failure. Raises ValueError for anything else."""
        unknown = set(wanted) - {field.name for field in fields(Failure)}
        if unknown:
            raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
        for name, value in wanted.items():
            _check(name, value)
        script = Failure(**wanted)
        self._scripts.append(script)
        return script

    def clear(self) -> None:
        """Forget all scripts."""
        self._scripts.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """What is still to come."""
        return [asdict(script) for script in self._scripts]

    def take(self, method: str, chat: str | None) -> Failure | None:
        """The script that hits this call, counted down; None for a call that goes well."""
        for script in self._scripts:
            if not script.concerns(method, chat):
                continue
            if script.skip > 0:
                script.skip -= 1
                continue
            script.count -= 1
            if script.count <= 0:
                self._scripts.remove(script)
            return script
        return None
