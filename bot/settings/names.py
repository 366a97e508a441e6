"""Names of settings in `.env` and the environment. A misspelt one would silently leave a default in force."""

import os
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dotenv.parser import Binding, parse_stream
from pydantic import ValidationError

from bot.errors import SettingsError
from bot.settings.addresses import KEYS
from bot.settings.fields import ENV_FILE, PREFIX, Settings

CLOSE = 0.85
"""Similarity from which a name counts as a misspelt setting."""


def check_names(env_file: Path) -> None:
    """Raise SettingsError for an unknown name, a setting with two values in `.env`, or an unreadable file."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
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
    if name in known or not (nearest or name.startswith(PREFIX)):
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
        said = first["msg"].removeprefix("Value error, ")
        wrong = _missing(field) if first["type"] == "missing" else f"is wrong: {said}"
        raise SettingsError(f"{PREFIX}{field.upper()} {wrong}. {example(field)}") from None


def _missing(field: str) -> str:
    file = "" if Path(ENV_FILE).is_file() else f" (there is no {ENV_FILE} in this folder)"
    return f"is missing{file}" + ("; this prints one: python -m bot keys new" if field in KEYS else "")


def example(field: str) -> str:
    """Example of a setting: `Example: KUAGER_LANGUAGES=kk,ru,en`."""
    shown = (Settings.model_fields[field].examples or [""])[0]
    return f"Example: {PREFIX}{field.upper()}={shown}"


def env_example() -> str:
    """Text of `.env.example`. Required settings are blank, others commented out."""
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
