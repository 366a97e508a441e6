"""All settings."""

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.settings.addresses import KeySource
from bot.settings.fields.desk import Allowances, DeskSettings, Forms, Leaving, Looks
from bot.settings.fields.keeping import Keeping, Keys, Storage
from bot.settings.fields.reaching import PREFIX, PaceSettings, Reaching

ENV_FILE = ".env"
__all__ = ("ENV_FILE", "PREFIX", "Settings")


class Settings(
    Keeping,
    DeskSettings,
    Allowances,
    PaceSettings,
    Forms,
    Reaching,
    Leaving,
    Storage,
    Looks,
    Keys,
    BaseSettings,
):
    """All settings, ordered by base from last to first. Retention times are whole hours or days."""

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
        """Add the keys from `keys_from`, after the usual places."""
        del file_secret_settings
        return init_settings, env_settings, dotenv_settings, KeySource(settings_cls)
