"""Refusals of the Bot API, in Telegram's own words."""

from bot.local_api.protocol.json_values import JSON


class ApiError(Exception):
    """A refused call; `code`, `description` and `parameters` go into the answer as they are."""

    def __init__(self, code: int, description: str, parameters: JSON | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def as_json(self) -> JSON:
        """The body of the answer: https://core.telegram.org/bots/api#making-requests."""
        body: JSON = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters is not None:
            body["parameters"] = self.parameters
        return body


def bad_request(words: str) -> ApiError:
    """400, "Bad Request: ..."; `words` begin in lower case but for codes such as BUTTON_DATA_INVALID."""
    return ApiError(400, f"Bad Request: {words}")


def forbidden(words: str) -> ApiError:
    """403, "Forbidden: ..."."""
    return ApiError(403, f"Forbidden: {words}")


def conflict(words: str) -> ApiError:
    """409, "Conflict: ..."."""
    return ApiError(409, f"Conflict: {words}")


def too_many_requests(retry_after: int) -> ApiError:
    """429 with `retry_after` in whole seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})


def too_large() -> ApiError:
    """413. These are Telegram's words: HTTP's own have changed since, and Python 3.13 has the newer ones."""
    return ApiError(413, "Request Entity Too Large")
