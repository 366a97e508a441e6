"""Answers in JSON, whatever happened: that is what clients of the Bot API can read."""

import json

from aiohttp import web

from bot.local_api.protocol.errors import ApiError
from bot.local_api.protocol.json_values import JSON


def answer(body: JSON, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")


def refused(error: ApiError) -> web.Response:
    """The answer that tells of a refusal."""
    return answer(error.as_json(), error.code)
