"""Settings of the operator, from environment variables or `.env`, all named `KUAGER_*`. A misspelt name would silently leave
a default in force, so unknown ones are refused."""

import os
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dotenv.parser import Binding, parse_stream
from pydantic import BaseModel, Field, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.errors import SettingsError
from bot.settings.groups import Forms, Leaving, Team, Telegram, WebhookSettings
from bot.settings.storage import Retention, Storage
from bot.settings.values import KEYS, PREFIX, STANDARD_INPUT, KeySource, Wording, is_loopback, worded

__all__ = [
    "ENV_FILE", "GROUPS", "PREFIX", "SETTINGS", "STANDARD_INPUT", "FixedValues", "Settings", "Wording", "example",
    "gone_settings", "is_loopback", "load_settings", "worded",
]  # fmt: skip

ENV_FILE = ".env"
GROUPS: Mapping[str, type[BaseModel]] = {
    "Telegram": Telegram,
    "Languages and forms": Forms,
    "Storage and keys": Storage,
    "Retention": Retention,
    "Team and limits": Team,
    "Data that leaves the server": Leaving,
    "Webhook and status": WebhookSettings,
}
"""Groups of settings by title, as `.env.example` and the operator's guide show them."""
SETTINGS = {name: field for group in GROUPS.values() for name, field in group.model_fields.items()}
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


class FixedValues(BaseModel):
    """Paces and limits, each with its reason, that tests and the demo change on the object. They are no settings,
    since an operator cannot see what a change costs."""

    time_zone: str = "Asia/Almaty"
    """All of Kazakhstan has had this time since 2024. "Today" is the reporter's day, wherever server and team are."""
    poll_seconds: int = 30
    """Duration of one getUpdates without news. Less costs calls. With more, a silently cut connection is noticed later."""
    send_per_second: float = 28.0
    """Messages a second to all chats, shared by replicas. Telegram allows a bot about 30 (Bots FAQ)."""
    send_per_chat: float = 1.0
    """Messages a second to one chat, as many as Telegram allows for long (Bots FAQ)."""
    send_burst: int = 4
    """Messages to one chat at once before that pace holds, for an answer in parts. Telegram allows short bursts."""
    stop_seconds: int = 10
    """Time for the outbox at a stop. systemd kills after 30, and the next start sends the rest."""
    notice_seconds: float = 60.0
    """Delay of the team's notice after a receipt, in another transaction, so that nothing stored joins chat and
    report. With less, their times would join them where reports are few. The demo has 0."""
    updates_a_day: int = 300
    """Messages and taps of one person outside a report that are answered on a day: more than a person needs."""
    reports_a_day: int = 20
    """Reports that one person can begin on a day. A moderator reads each, and no one witnesses so many."""
    guesses_a_day: int = 20
    """Unknown codes that one person can try on a day: enough for mistypes, hopeless against a code's length."""
    claim_hours: int = 12
    """Time for which a moderator holds a report: a working day. One that is left returns to the queue overnight."""
    undo_minutes: int = 10
    """Delay of a decision, in which a moderator can undo it. Without it a slip is public, with more an urgent report
    waits. The demo has 0."""
    idle_minutes: int = Field(10, validate_default=True)
    """Silence after which what a moderator was shown leaves the chat: enough for a long report, too little for a phone that
    is taken away. Never more than `shown_minutes`, which the operator sets."""

    @field_validator("idle_minutes")
    @classmethod
    def _at_most_shown(cls, value: int, info: ValidationInfo) -> int:
        shown: int = info.data.get("shown_minutes", value)
        return min(value, shown)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Settings(
    FixedValues, WebhookSettings, Leaving, Team, Retention, Storage, Forms, Telegram, BaseSettings
):
    """Settings of GROUPS, ordered by base from last to first, and values that no operator sets."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, env_ignore_empty=True, extra="ignore", frozen=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Leave out of environment and `.env` what is no setting, and add the keys from `keys_from`."""
        del file_secret_settings
        return (init_settings, _Operators(env_settings), _Operators(dotenv_settings), KeySource(settings_cls))


class _Operators(PydanticBaseSettingsSource):
    """Settings of a source, without other fields."""

    def __init__(self, source: PydanticBaseSettingsSource) -> None:
        super().__init__(source.settings_cls)
        self._source = source

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self._source.get_field_value(field, field_name)

    def __call__(self) -> dict[str, Any]:
        return {name: value for name, value in self._source().items() if name in SETTINGS}


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
    """Raise SettingsError for an unknown name, one with two values in `.env`, or an unreadable file."""
    known = {f"{PREFIX}{name}".upper() for name in SETTINGS}
    written: dict[str, str] = {}
    for binding in _bindings(env_file):
        name, value = str(binding.key).upper(), binding.value or ""
        _require_known(name, known, env_file)
        if name in known and value and written.setdefault(name, value) != value:
            line = f"{env_file}, line {binding.original.line}"
            raise SettingsError(f"{line}: {name} is set a second time. Keep one.")
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
    """Load the settings. Raises SettingsError for the first that is wrong. With `_env_file=None` no name is checked."""
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
    found = SETTINGS[field]
    return f"Example: {PREFIX}{field.upper()}={(found.examples or [found.default])[0]}"
