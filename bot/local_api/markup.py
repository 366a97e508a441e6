"""Keyboards: https://core.telegram.org/bots/api#inlinekeyboardmarkup and the three others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.local_api.apierror import ApiError, bad_request
from bot.local_api.links import LinkError, checked_link, person_in
from bot.local_api.params import Params
from bot.local_api.state import JSON

_ACTIONS = (
    *("callback_data", "url", "login_url", "web_app", "switch_inline_query", "copy_text", "pay"),
    *("switch_inline_query_current_chat", "switch_inline_query_chosen_chat", "callback_game"),
)
_MOST_BUTTONS = 100
_LONGEST_COPIED = 256


def _inline_error(words: str) -> ApiError:
    return bad_request(f"can't parse inline keyboard button: {words}")


def _reply_error(words: str) -> ApiError:
    return bad_request(f"can't parse keyboard button: {words}")


def _link(button: JSON, name: str) -> JSON:
    """The button with its `url` as Telegram keeps it. Raises ApiError for what is no link."""
    url = button["url"]
    if isinstance(url, bool | dict | list):
        raise _inline_error('Field "url" must be of type String')
    person = person_in(str(url))
    try:
        return {**button, "url": f"tg://user?id={person}" if person else checked_link(str(url))}
    except LinkError as broken:
        raise bad_request(f"{name} URL '{url}' is invalid: {broken}") from broken


def _page(button: JSON, field: str, name: str) -> JSON:
    """The button with the page that its `field` opens, which must be of https. Raises ApiError otherwise."""
    about = button[field]
    url = about.get("url") if isinstance(about, dict) else None
    if not isinstance(url, str):
        raise bad_request(f'can\'t parse {name.lower()}: Field "url" must be of type String')
    try:
        return {**button, field: {**about, "url": checked_link(url, https=True)}}
    except LinkError as broken:
        raise bad_request(f"{name} URL '{url}' is invalid: {broken}") from broken


def _inline_button(button: JSON) -> JSON:
    button = {
        name: value for name, value in button.items() if value is not None and (name, value) != ("url", "")
    }
    if not any(action in button for action in _ACTIONS):
        raise _inline_error("Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= 64:
            raise bad_request("BUTTON_DATA_INVALID")
    if "copy_text" in button:
        copied = button["copy_text"]
        words = copied.get("text") if isinstance(copied, dict) else None
        if not isinstance(words, str) or not 1 <= len(words) <= _LONGEST_COPIED:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
    for field, name in (
        ("web_app", "inline keyboard button Web App"),
        ("login_url", "inline keyboard button login"),
    ):
        if field in button:
            button = _page(button, field, name)
    return _link(button, "inline keyboard button") if "url" in button else dict(button)


def _rows(markup: JSON, field: str, words: str) -> list[list[Any]]:
    rows = markup[field]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f'{words}: Field "{field}" must be an Array of Arrays')
    return [row for row in rows if row]


def _labelled(row: list[Any], wrong: Callable[[str], ApiError]) -> list[JSON]:
    """The buttons of a row that have a label; Telegram passes over those whose label is empty."""
    buttons = [{"text": button} if isinstance(button, str) else button for button in row]
    for button in buttons:
        if not isinstance(button, dict):
            raise wrong("Button must be an object")
        if not isinstance(button.get("text"), str):
            raise wrong('Field "text" must be of type String')
    return [button for button in buttons if button["text"].strip()]


def _filled(rows: list[list[JSON]], field: str, more: JSON) -> JSON | None:
    kept = [row for row in rows if row]
    return {**more, field: kept} if kept else None


def _inline(markup: JSON) -> JSON | None:
    rows = _rows(markup, "inline_keyboard", "can't parse inline keyboard markup JSON object")
    if any(isinstance(button, str) for row in rows for button in row):
        raise _inline_error("Inline keyboard button must be an object")
    keyboard = [[_inline_button(button) for button in _labelled(row, _inline_error)] for row in rows]
    if sum(map(len, keyboard)) > _MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    return _filled(keyboard, "inline_keyboard", {})


def _reply_button(button: JSON) -> JSON:
    return _page(button, "web_app", "keyboard button Web App") if "web_app" in button else button


def _reply(markup: JSON) -> JSON | None:
    rows = _rows(markup, "keyboard", "can't parse reply keyboard markup JSON object")
    keyboard = [[_reply_button(button) for button in _labelled(row, _reply_error)] for row in rows]
    return _filled(keyboard, "keyboard", markup)


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
