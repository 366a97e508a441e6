"""Reads the settings of this machine, and says in one line which one is wrong."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.errors import SettingsError
from bot.settings.fields import ENV_FILE, PREFIX, Settings
from bot.settings.key_source import KEYS
from bot.settings.names import check_names


def load_settings(**given: Any) -> Settings:
    """The settings of this environment; raises SettingsError, in one line, for the first that is wrong. Names are
    checked only where `.env` is read: whoever passes `_env_file=None` gives what is needed."""
    if given.get("_env_file", ENV_FILE) is not None:
        check_names(Path(given.get("_env_file", ENV_FILE)))
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = str(first["loc"][0])
        said = first["msg"].removeprefix("Value error, ")
        wrong = _missing(field) if first["type"] == "missing" else f"is wrong: {said}"
        raise SettingsError(f"{PREFIX}{field.upper()} {wrong}. {example(field)}") from None


def _missing(field: str) -> str:
    file = "" if Path(ENV_FILE).is_file() else f" (there is no {ENV_FILE} in this folder)"
    return f"is missing{file}" + ("; this prints one: python -m bot keys new" if field in KEYS else "")


def example(field: str) -> str:
    """How a setting is written: `Example: KUAGER_LANGUAGES=kk,ru,en`."""
    shown = (Settings.model_fields[field].examples or [""])[0]
    return f"Example: {PREFIX}{field.upper()}={shown}"


def env_example() -> str:
    """The text of `.env.example`: every setting with its meaning. Those that are needed are blank, to be filled in; those
    with a default are commented out."""
    lines = [
        "# Settings of Kuager. Copy to .env, which nobody else may read (chmod 600 .env), add the three keys with",
        "#   .venv/bin/python -m bot keys new >> .env",
        "# and fill in the token. What stays blank counts as not set; what starts with # is the default or an example.",
        "",
    ]
    for name, field in Settings.model_fields.items():
        shown = (field.examples or [""])[0]
        needed = field.is_required()
        lines.append(f"# {field.description}")
        lines.append(f"{PREFIX}{name.upper()}=" if needed else f"# {PREFIX}{name.upper()}={shown}")
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"
