"""All settings."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.settings.addresses import KeySource
from bot.settings.fields.desk import Forms, Leaving, Team
from bot.settings.fields.fixed import Fixed
from bot.settings.fields.keeping import Retention, Storage
from bot.settings.fields.reaching import PREFIX, Telegram, Webhook

ENV_FILE = ".env"
GROUPS: Mapping[str, type[BaseModel]] = {
    "Telegram": Telegram,
    "Languages and forms": Forms,
    "Storage and keys": Storage,
    "Retention": Retention,
    "Team and limits": Team,
    "Data that leaves the server": Leaving,
    "Webhook and status": Webhook,
}
"""Groups of settings by title, as `.env.example` and the operator's guide show them."""
SETTINGS = {name: field for group in GROUPS.values() for name, field in group.model_fields.items()}
__all__ = ("ENV_FILE", "GROUPS", "PREFIX", "SETTINGS", "Fixed", "Settings")


class Settings(Fixed, Webhook, Leaving, Team, Retention, Storage, Forms, Telegram, BaseSettings):
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
        return (
            init_settings,
            _Operators(env_settings),
            _Operators(dotenv_settings),
            KeySource(settings_cls),
        )


class _Operators(PydanticBaseSettingsSource):
    """Settings of a source, without other fields."""

    def __init__(self, source: PydanticBaseSettingsSource) -> None:
        super().__init__(source.settings_cls)
        self._source = source

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self._source.get_field_value(field, field_name)

    def __call__(self) -> dict[str, Any]:
        return {name: value for name, value in self._source().items() if name in SETTINGS}
