"""The methods for what people see of a bot before they write to it: its name, its description, which stands in the empty
chat, and its short description, for its page: https://core.telegram.org/bots/api#setmyname."""

import re
from collections.abc import Awaitable, Callable
from functools import partial

from bot.local_api.protocol.errors import bad_request
from bot.local_api.protocol.params import Params
from bot.local_api.state.account import BotAccount

_MOST = {"name": 64, "description": 512, "short_description": 120}
"""Characters of a field, by its name."""
_TITLES = {field: "My" + field.title().replace("_", "") for field in _MOST}


def _language(call: Params) -> str:
    language = call.text("language_code") or ""
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("invalid language code specified")
    return language


async def set_field(account: BotAccount, call: Params, field: str) -> object:
    """setMyName and the like. A blank text takes a language's own away; the name cannot be taken from all."""
    key, words = (field, _language(call)), call.text(field) or ""
    if len(words) > _MOST[field]:
        raise bad_request(f"{field.replace('_', ' ')} is too long")
    if words:
        account.profile[key] = words
    else:
        account.profile.pop(key, None)
    if key == ("name", ""):
        account.me["first_name"] = words or account.me["username"]
    return True


async def get_field(account: BotAccount, call: Params, field: str) -> object:
    """getMyName and the like: the text of a language, else that for all others."""
    language = _language(call)
    default = account.me["username"] if field == "name" else ""
    words = account.profile.get((field, language)) or account.profile.get((field, "")) or default
    return {field: words}


PROFILE_METHODS: dict[str, Callable[[BotAccount, Params], Awaitable[object]]] = {
    f"{verb}{title.lower()}": partial(method, field=field)
    for field, title in _TITLES.items()
    for verb, method in (("get", get_field), ("set", set_field))
}
"""By name in lower case."""
