"""Reply markup: https://core.telegram.org/bots/api#inlinekeyboardmarkup and the three other kinds."""

from collections.abc import Callable
from typing import Any

from bot.local_api.protocol.errors import ApiError, bad_request
from bot.local_api.protocol.json_values import JSON
from bot.local_api.protocol.params import Params
from bot.local_api.text.links import LinkError, checked_link, mentioned_user

_ACTIONS = (
    *("callback_data", "url", "login_url", "web_app", "switch_inline_query", "copy_text", "pay"),
    *("switch_inline_query_current_chat", "switch_inline_query_chosen_chat", "callback_game"),
)
_STYLES = {"primary", "success", "danger"}
_MOST_BUTTONS = 100


def _inline_error(words: str) -> ApiError:
    return bad_request(f"can't parse inline keyboard button: {words}")


def _reply_error(words: str) -> ApiError:
    return bad_request(f"can't parse keyboard button: {words}")


def _link(button: JSON) -> JSON:
    """The button with its `url` as Telegram keeps it. Raises ApiError if it does not accept the link."""
    url = button["url"]
    if isinstance(url, bool | dict | list):
        raise _inline_error('Field "url" must be of type String')
    person = mentioned_user(str(url))
    try:
        return {**button, "url": f"tg://user?id={person}" if person else checked_link(str(url))}
    except LinkError as broken:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: {broken}") from broken


def _check_style(button: JSON, wrong: Callable[[str], ApiError]) -> None:
    style = button.get("style")
    if style is not None and style not in _STYLES:
        raise wrong("Invalid button style specified")


def _inline_button(button: JSON) -> JSON:
    button = {
        name: value for name, value in button.items() if value is not None and (name, value) != ("url", "")
    }
    if not any(action in button for action in _ACTIONS):
        raise _inline_error("Text buttons are unallowed in the inline keyboard")
    _check_style(button, _inline_error)
    if "callback_data" in button:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= 64:
            raise bad_request("BUTTON_DATA_INVALID")
    return _link(button) if "url" in button else dict(button)


def _rows(markup: JSON, field: str, words: str) -> list[list[Any]]:
    rows = markup[field]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f'{words}: Field "{field}" must be an Array of Arrays')
    return [row for row in rows if row]


def _labelled(row: list[Any], wrong: Callable[[str], ApiError]) -> list[JSON]:
    """The buttons of a row that have a label; Telegram drops those whose label is empty."""
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


def _reply(markup: JSON) -> JSON | None:
    rows = _rows(markup, "keyboard", "can't parse reply keyboard markup JSON object")
    keyboard = [_labelled(row, _reply_error) for row in rows]
    for button in (button for row in keyboard for button in row):
        _check_style(button, _reply_error)
    return _filled(keyboard, "keyboard", markup)


def read_markup(call: Params) -> JSON | None:
    """The reply markup of a call, checked; None without one. Raises ApiError as Telegram does."""
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
    """The inline keyboard of an edit, which takes no other kind. Raises ApiError."""
    markup = read_markup(call)
    if markup is not None and "inline_keyboard" not in markup:
        raise bad_request("inline keyboard expected")
    return markup
