"""Where a demo lives: a folder with its keys, its database and its files."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.errors import SettingsError
from bot.safety.keys import new_key, show_key
from bot.services.forms.questionnaires import FORMS
from bot.settings import Settings, load_settings

TOKEN = "1000000001:demo-token-that-opens-nothing-at-all"  # noqa: S105 - it opens nothing but a test's own
"""For tests and tools with a local Telegram of their own. A demo draws another one each time: everybody knows this."""
USERNAME = "kuager_demo_bot"
CONTACTS = Path(__file__).resolve().parent / "contacts.csv"
PACE = {"send_per_second": 1000.0, "send_per_chat": 100.0, "send_burst": 100}
"""The local Bot API has no limits unless they are switched on."""
KEYS, AHEAD = "keys.env", "hours-ahead"
_NAMES = ("key_ring", "lookup_key", "audit_key")


def new_token() -> str:
    """A token of the demo's bot that nobody can guess. Nothing that is kept depends on it."""
    return f"{TOKEN.partition(':')[0]}:{secrets.token_urlsafe(32)}"


def settings_in(folder: Path, bot_api_url: str, **given: object) -> Settings:
    """Settings with fresh keys and everything kept in this folder; nothing is read from the environment's
    `.env`."""
    made: dict[str, object] = {
        "bot_token": TOKEN,
        "bot_api_url": bot_api_url,
        **_new_keys(),
        "database_url": f"sqlite+aiosqlite:///{folder / 'kuager.db'}",
        "files_dir": folder / "files",
        "form": FORMS / "incident.md",
        "contacts": CONTACTS,
        **PACE,
    }
    return load_settings(_env_file=None, **(made | given))


def _new_keys() -> dict[str, str]:
    return dict(
        zip(_NAMES, (f"demo:{show_key(new_key())}", *(show_key(new_key()) for _ in "12")), strict=True)
    )


@contextmanager
def errors_of(folder: Path) -> Iterator[None]:
    """What goes wrong with a demo's folder is told as a SettingsError."""
    try:
        yield
    except OSError as error:
        raise SettingsError(f"The demo cannot be kept in {folder}: {type(error).__name__}.") from None


@dataclass(frozen=True, slots=True)
class Home:
    """A folder that outlives a demo: whoever starts one here again goes on where it was left."""

    folder: Path

    def settings(self, bot_api_url: str, token: str = TOKEN) -> Settings:
        """The settings of this folder, whose keys are made when it has none and kept for the owner alone.
        Raises SettingsError when the folder cannot be used."""
        with errors_of(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return settings_in(self.folder.resolve(), bot_api_url, bot_token=token, **self._keys())

    def _keys(self) -> Mapping[str, str]:
        path = self.folder / KEYS
        if not path.exists():
            keys = _new_keys()
            lines = [f"KUAGER_{name.upper()}={key}\n" for name, key in keys.items()]
            # Nobody else may read them, not even for the moment between making and closing the file.
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.writelines(lines)
            return keys
        pairs = (line.partition("=") for line in path.read_text("utf-8").splitlines())
        read = {name.removeprefix("KUAGER_").lower(): value for name, _, value in pairs}
        if missing := [name for name in _NAMES if not read.get(name)]:
            raise SettingsError(f"{path} lacks KUAGER_{missing[0].upper()}. Without its keys nothing opens.")
        return {name: read[name] for name in _NAMES}

    def hours_ahead(self) -> int:
        """How far its clock was moved ahead."""
        path = self.folder / AHEAD
        text = path.read_text("utf-8").strip() if path.exists() else ""
        return int(text) if text.isdecimal() else 0

    def keep_hours_ahead(self, hours: int) -> None:
        """Remember how far the clock is ahead, so that nothing kept here lies in the future of the next start."""
        (self.folder / AHEAD).write_text(f"{hours}\n", "utf-8")
