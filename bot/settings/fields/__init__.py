"""All settings, and values that no operator sets (`FixedValues`)."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.settings.addresses import KeySource
from bot.settings.fields.desk import Forms, Leaving, Team
from bot.settings.fields.keeping import Retention, Storage
from bot.settings.fields.reaching import PREFIX, Telegram, WebhookSettings

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
__all__ = ("ENV_FILE", "GROUPS", "PREFIX", "SETTINGS", "FixedValues", "Settings")


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
    """Messages and taps of one person outside a report that are answered on a day: more than a person needs, little
    for a program."""
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
