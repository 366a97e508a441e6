"""Keyboards: https://core.telegram.org/bots/api#inlinekeyboardmarkup and the three others."""

from __future__ import annotations

import re
from typing import Any

from bot.demo.apierror import ApiError, bad_request
from bot.demo.params import Params
from bot.demo.state import JSON

_ACTIONS = (
    *("callback_data", "url", "login_url", "web_app", "switch_inline_query", "copy_text", "pay"),
    *("switch_inline_query_current_chat", "switch_inline_query_chosen_chat", "callback_game"),
)
_MOST_BUTTONS = 100
_LINK = re.compile(r"(?:https?://|tg://|t\.me/)[^\s\x00-\x1f<>\"]+")


def _inline_error(words: str) -> ApiError:
    return bad_request(f"can't parse inline keyboard button: {words}")


def _is_link(url: object) -> bool:
    return isinstance(url, str) and _LINK.fullmatch(url) is not None


def _inline_button(button: object) -> JSON:
    if not isinstance(button, dict):
        raise _inline_error("Inline keyboard button must be an object")
    if not isinstance(button.get("text"), str):
        raise _inline_error('Field "text" must be of type String')
    if not any(action in button for action in _ACTIONS):
        raise _inline_error("Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= 64:
            raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button and not _is_link(button["url"]):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    return dict(button)


def _rows(markup: JSON, field: str, words: str) -> list[list[Any]]:
    rows = markup[field]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f'{words}: Field "{field}" must be an Array of Arrays')
    return [row for row in rows if row]


def _inline(markup: JSON) -> JSON | None:
    rows = _rows(markup, "inline_keyboard", "can't parse inline keyboard markup JSON object")
    keyboard = [[_inline_button(button) for button in row] for row in rows]
    if sum(map(len, keyboard)) > _MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": keyboard} if keyboard else None


def _reply(markup: JSON) -> JSON:
    rows = _rows(markup, "keyboard", "can't parse reply keyboard markup JSON object")
    keyboard = [[{"text": button} if isinstance(button, str) else button for button in row] for row in rows]
    for row in keyboard:
        for button in row:
            if not isinstance(button, dict) or not isinstance(button.get("text"), str):
                raise bad_request('can\'t parse keyboard button: Field "text" must be of type String')
    return {**markup, "keyboard": keyboard}


def read_markup(call: Params) -> JSON | None:
    """The keyboard of a call, checked; None when there is none. Raises ApiError as Telegram does."""
    markup = call.structure("reply_markup", "reply keyboard markup")
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        return _inline(markup)
    if "keyboard" in markup:
        return _reply(markup)
    if "remove_keyboard" in markup or "force_reply" in markup:
        return markup
    return None


def read_inline(call: Params) -> JSON | None:
    """The inline keyboard of an edit: no other kind may be given."""
    markup = read_markup(call)
    if markup is not None and "inline_keyboard" not in markup:
        raise bad_request("inline keyboard expected")
    return markup
