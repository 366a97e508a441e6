"""The names of the settings as somebody wrote them, in `.env` and in the environment: a misspelt one would be passed over
in silence, and its default would hold."""

import os
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from bot.errors import SettingsError
from bot.settings.fields import PREFIX, Settings

CLOSE = 0.85
"""How alike a name is to that of a setting when it was meant to be it. `BOT_TOKEN` of another program is not."""


def check_names(env_file: Path) -> None:
    """Raise SettingsError for the first name that is no setting's, for a setting that `.env` gives two values, and for a
    file that cannot be read."""
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
