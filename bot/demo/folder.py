"""A demo's folder: keys, database, files and clock, used by one demo at a time."""

import secrets
import socket
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, tzinfo
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from bot.app.questionnaires import FORMS
from bot.errors import SettingsError
from bot.languages import codes
from bot.safety.offline import new_identity, recipient_of
from bot.safety.sealing import new_key, show_key
from bot.settings import ENV_FILE, PREFIX, Settings, load_settings
from bot.store.file_store import write_private
from bot.texts import Texts

TOKEN = "1000000001:demo-token-that-opens-nothing-at-all"  # noqa: S105 - it opens a test's own Bot API only
"""Published token for tests and tools with their own local Bot API. A demo uses `new_token`."""
USERNAME = "kuager_demo_bot"
CONTACTS = Path(__file__).resolve().parent / "contacts.csv"
_NO_PACE = {"send_per_second": 1000.0, "send_per_chat": 100.0, "send_burst": 100}
"""The local Bot API has no limits unless they are switched on."""
MACHINE = "organisation"
"""Folder in a demo's that stands for a machine of the organisation, which is never the server in earnest."""
_CLOCK = "hours-ahead"
_KEY_NAMES = ("key_ring", "lookup_key", "audit_key")


def new_token() -> str:
    """Draw an unguessable bot token, new at each start: no stored data depends on it."""
    return f"{TOKEN.partition(':')[0]}:{secrets.token_urlsafe(32)}"


def settings_in(folder: Path, bot_api_url: str, **given: object) -> Settings:
    """Settings with fresh keys that store everything in this folder. Ignores `.env`; `given` overrides."""
    made: dict[str, object] = {
        "bot_token": TOKEN,
        "bot_api_url": bot_api_url,
        **_new_keys(),
        "database_url": f"sqlite+aiosqlite:///{folder / 'kuager.db'}",
        "files_dir": folder / "files",
        "form": FORMS / "incident.md",
        "contacts": CONTACTS,
        "notice_seconds": 0,
        "approvals_named": 1,  # most tests and pictures have one moderator
        "undo_minutes": 0,  # approved reports appear in the next export there
        **_NO_PACE,
    }
    return load_settings(_env_file=None, **(made | given))


def _new_keys() -> dict[str, str]:
    ring, lookup, audit = (show_key(new_key()) for _ in _KEY_NAMES)
    return dict(zip(_KEY_NAMES, (f"demo:{ring}", lookup, audit), strict=True))


def _write_env(path: Path, values: Mapping[str, object]) -> None:
    lines = (f"{PREFIX}{name.upper()}={value}\n" for name, value in values.items())
    write_private(path, "".join(lines).encode())


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """A folder in which the next demo continues. Methods raise SettingsError if it is unusable."""

    path: Path

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lock the folder, created for its owner alone. Raises SettingsError while another demo holds it.
        SQLite's lock works on every platform and ends with its process, even a killed one."""
        with ExitStack() as stack:
            with self._readable_errors():
                self._make()
                lock = sqlite3.connect(self.path / "lock", timeout=0, isolation_level=None)
                stack.enter_context(closing(lock))
                lock.execute("BEGIN EXCLUSIVE")
            yield

    def settings(self, bot_api_url: str, token: str = TOKEN, **given: object) -> Settings:
        """Settings of this folder. `given` overrides. Creates missing keys, readable by their owner alone."""
        with self._readable_errors():
            self._make()
            texts = Texts(codes())
            own = {
                "bot_token": token,
                "organisation": {code: texts.text(code, "demo.organisation") for code in codes()},
                "approvals_named": 2,  # the default: two of its phones may approve
                "export_recipients": recipient_of(new_identity()),  # its secret is stored nowhere
                "published_languages": ",".join(codes()),
                **self._keys(),
            }
            return settings_in(self.path.resolve(), bot_api_url, **own | given)

    def identities(self) -> Sequence[str]:
        """Two identities of the archive, made at the first call. Their folder stands for the organisation's machine."""
        with self._readable_errors():
            files = [self.path / MACHINE / name for name in ("first.key", "second.key")]
            for file in files:
                if not file.exists():
                    write_private(file, f"{new_identity()}\n".encode())
            return [file.read_text("utf-8").strip() for file in files]

    def keep_settings(self, settings: Settings) -> None:
        """Write `.env`, by which the operator's commands work on this demo from its folder."""
        values = {
            "bot_token": settings.bot_token.get_secret_value(),
            "bot_api_url": settings.bot_api_url,
            "database_url": settings.database_url,
            "files_dir": settings.files_dir,
            "archive_recipients": ",".join(settings.archive_recipients),
            **self._keys(),
        }
        with self._readable_errors():
            _write_env(self.path / ENV_FILE, values)

    def _make(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)

    @contextmanager
    def _readable_errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
                raise SettingsError(f"{self.path} is in use by another demo.") from None
            raise SettingsError(f"The demo cannot be kept in {self.path}: {type(error).__name__}.") from None

    def _keys(self) -> Mapping[str, str]:
        path = self.path / "keys.env"
        if not path.exists():
            keys = _new_keys()
            _write_env(path, keys)
            return keys
        pairs = (line.partition("=") for line in path.read_text("utf-8").splitlines())
        read = {name.removeprefix(PREFIX).lower(): value for name, _, value in pairs}
        if missing := [name for name in _KEY_NAMES if not read.get(name)]:
            lacking = f"{path} lacks {PREFIX}{missing[0].upper()}"
            raise SettingsError(f"{lacking}. Without its keys the folder stays sealed.")
        return {name: read[name] for name in _KEY_NAMES}

    def hours_ahead(self) -> int:
        """Hours that the clock was moved ahead, or 0 if unknown."""
        path = self.path / _CLOCK
        text = path.read_text("utf-8").strip() if path.exists() else ""
        return int(text) if text.isdecimal() else 0

    def keep_hours_ahead(self, hours: int) -> None:
        """Store the clock's lead, so that kept data is never in the next demo's future."""
        (self.path / _CLOCK).write_text(f"{hours}\n", "utf-8")


MAX_HOURS_AHEAD = 50 * 366 * 24


class MovableClock:
    """A clock that runs `hours_ahead` of `seconds` (seconds since 1970-01-01 UTC)."""

    def __init__(self, seconds: Callable[[], float], hours_ahead: int = 0) -> None:
        self._seconds = seconds
        self.hours_ahead = hours_ahead

    def seconds(self) -> float:
        return self._seconds() + self.hours_ahead * 3600

    def local(self, zone: tzinfo) -> datetime:
        return datetime.fromtimestamp(self.seconds(), zone)

    def advance(self, hours: int) -> None:
        """Move the clock ahead. Raises ValueError for a move back, since expired data stays expired, and
        beyond MAX_HOURS_AHEAD in all."""
        if not 0 <= hours <= MAX_HOURS_AHEAD - self.hours_ahead:
            raise ValueError("a clock only moves ahead, and not beyond the calendar")
        self.hours_ahead += hours


_ELSEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Documentation addresses (RFC 5737, RFC 3849). The route to them reveals this machine's own address."""
_DISCARD_PORT = 9
_IpAddress = IPv4Address | IPv6Address


def reached_at(host: str) -> Sequence[str]:
    """Hosts for URLs of a server listening at `host`. For all addresses (0.0.0.0, ::), those reachable from
    other computers, then this machine's loopback."""
    try:
        given = ip_address(host)
    except ValueError:
        return [host]
    if not given.is_unspecified:
        return [_bracketed(given)]
    family = socket.AF_INET if given.version == 4 else socket.AF_INET6
    loopback = "127.0.0.1" if given.version == 4 else "::1"
    return [_bracketed(one) for one in (*_reachable(_addresses(family)), ip_address(loopback))]


def _addresses(family: socket.AddressFamily) -> Iterator[str]:
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((_ELSEWHERE[family], _DISCARD_PORT))  # sends nothing: datagrams have no connection
        yield probe.getsockname()[0]
    with suppress(OSError):
        yield from (str(found[4][0]) for found in socket.getaddrinfo(socket.gethostname(), None, family))


def _reachable(found: Iterable[str]) -> Sequence[_IpAddress]:
    # getaddrinfo appends the interface (%eth0) to IPv6 addresses of a link.
    unique = dict.fromkeys(ip_address(one.partition("%")[0]) for one in found)
    return [one for one in unique if not (one.is_loopback or one.is_link_local or one.is_unspecified)]


def _bracketed(address: _IpAddress) -> str:
    return f"[{address}]" if address.version == 6 else str(address)
