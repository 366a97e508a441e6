"""Settings of the operator, from environment variables or `.env`, all named `KUAGER_*`.

A misspelt name would silently leave a default in force, so unknown ones are refused.
"""

import os
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dotenv.parser import Binding, parse_stream
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from bot.errors import SettingsError
from bot.settings.addresses import KEYS, STANDARD_INPUT, Wording, is_loopback, worded
from bot.settings.fields import ENV_FILE, GROUPS, PREFIX, SETTINGS, FixedValues, Settings

__all__ = [
    "ENV_FILE", "GROUPS", "PREFIX", "SETTINGS", "STANDARD_INPUT", "FixedValues", "Settings", "Wording", "env_example",
    "example", "gone_settings", "is_loopback", "load_settings", "worded",
]  # fmt: skip

CLOSE = 0.85
"""Similarity from which a name counts as a misspelt setting."""
GONE: Mapping[str, str] = {
    "TIME_ZONE": "days are those of Asia/Almaty",
    "POLL_SECONDS": "one getUpdates waits for 30 seconds",
    "SEND_PER_SECOND": "all chats together get 28 messages a second",
    "SEND_PER_CHAT": "a chat gets 1 message a second",
    "SEND_BURST": "a chat gets 4 messages at once",
    "SEND_AT_ONCE": "16 calls are under way at once",
    "STOP_SECONDS": "a stop waits 10 seconds for the outbox",
    "NOTICE_SECONDS": "moderators hear of a report after 60 seconds",
    "WEBHOOK_CONNECTIONS": "Telegram makes 40 requests at once to each replica",
    "UPDATES_A_DAY": "300 messages and taps of a person outside a report are answered on a day",
    "REPORTS_A_DAY": "a person can begin 20 reports on a day",
    "GUESSES_A_DAY": "a person can try 20 unknown codes on a day",
    "INVITE_HOURS": "the command's invitation is good for 24 hours",
    "SHARING_HOURS": "a request to share is good for 24 hours",
    "UNDO_MINUTES": "a decision can be undone for 10 minutes",
    "URGENT_MINUTES": "an unopened urgent report is told to all after 15 minutes",
    "REMINDER_HOURS": "absent moderators are reminded after 24 hours",
    "CLAIM_HOURS": "a moderator holds a report for 12 hours",
    "IDLE_MINUTES": "what moderators were shown leaves after 10 idle minutes, or KUAGER_SHOWN_MINUTES if fewer",
    "EXPORT_DAYS": "which reports an export held is known for 730 days",
    "FAILED_DAYS": "the shape of a failed update is kept for 30 days",
    "UPDATE_HOURS": "ids of handled updates are kept for 48 hours",
    "MESSAGE_HOURS": "ids of messages are kept for 47 hours",
}
"""Former settings, without prefix, and the constants that hold instead."""


def gone_settings(env_file: Path = Path(ENV_FILE)) -> list[str]:
    """Describe each former setting that is still set, in one line."""
    written = {str(one.key).upper() for one in _bindings(env_file) if one.value}
    given = written | {name.upper() for name, value in os.environ.items() if value}
    return [
        f"{PREFIX}{name} is no setting any more and changes nothing: {now}. Remove it."
        for name, now in GONE.items()
        if f"{PREFIX}{name}" in given
    ]


def check_names(env_file: Path) -> None:
    """Raise SettingsError for an unknown name, a setting with two values in `.env`, or an unreadable file.
    Former settings are no fault."""
    known = {f"{PREFIX}{name}".upper() for name in SETTINGS}
    written: dict[str, str] = {}
    for binding in _bindings(env_file):
        name, value = str(binding.key).upper(), binding.value or ""
        _require_known(name, known, env_file)
        if name in known and value and written.setdefault(name, value) != value:
            raise SettingsError(
                f"{env_file}, line {binding.original.line}: {name} is set a second time. Keep one."
            )
    for name in os.environ:
        _require_known(name.upper(), known, None)


def _bindings(env_file: Path) -> Iterator[Binding]:
    if not env_file.is_file():
        return
    try:
        with env_file.open(encoding="utf-8") as stream:
            bindings = list(parse_stream(stream))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(f"{env_file} cannot be read: {why}.") from None
    for binding in bindings:
        if binding.error:
            line = f"{env_file}, line {binding.original.line}"
            raise SettingsError(f"{line}: this is no setting. Example: {PREFIX}LANGUAGES=kk,ru,en")
        if binding.key is not None:
            yield binding


def _require_known(name: str, known: Collection[str], env_file: Path | None) -> None:
    nearest = get_close_matches(name, known, 1, CLOSE)
    if name in known or name.removeprefix(PREFIX) in GONE or not (nearest or name.startswith(PREFIX)):
        return
    place = f"{env_file}: " if env_file is not None else ""
    nearest = nearest or get_close_matches(name, known, 1, 0)
    raise SettingsError(f"{place}{name} is not a setting. Did you mean {nearest[0]}? .env.example lists all.")


def load_settings(**given: Any) -> Settings:
    """Load the settings. Raises SettingsError, in one line, for the first that is wrong. With
    `_env_file=None` names are not checked."""
    if given.get("_env_file", ENV_FILE) is not None:
        check_names(Path(given.get("_env_file", ENV_FILE)))
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = str(first["loc"][0])
        said = first["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
        file = "" if Path(ENV_FILE).is_file() else f" (there is no {ENV_FILE} in this folder)"
        made = "; this prints one: python -m bot keys new" if field in KEYS else ""
        wrong = f"is missing{file}{made}" if first["type"] == "missing" else f"is wrong: {said}"
        raise SettingsError(f"{PREFIX}{field.upper()} {wrong}. {example(field)}") from None


def example(field: str) -> str:
    """Example of a setting: `Example: KUAGER_LANGUAGES=kk,ru,en`."""
    return f"Example: {PREFIX}{field.upper()}={_shown(SETTINGS[field])}"


def _shown(field: FieldInfo) -> str:
    return str((field.examples or [field.default])[0])


def env_example() -> str:
    """Text of `.env.example`. Required settings are blank, others commented out."""
    lines = [
        "# Settings of Kuager. Copy to .env, readable by you alone (chmod 600 .env), add the three keys with",
        "#   .venv/bin/python -m bot keys new >> .env",
        "# and fill in the token. What stays blank counts as not set; what starts with # is the default or an example.",
    ]
    for title, group in GROUPS.items():
        lines += ["", f"# --- {title} ---"]
        for name, field in group.model_fields.items():
            needed, full = field.is_required(), f"{PREFIX}{name.upper()}"
            lines += ["", f"# {field.description}", f"{full}=" if needed else f"# {full}={_shown(field)}"]
    return "\n".join(lines) + "\n"
