"""A wrong or missing setting is told in one line, which never repeats a secret."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.errors import SettingsError
from bot.safety.keys import SecretKey, show_key
from bot.settings import PREFIX, Settings, env_example, load_settings

ROOT = Path(__file__).parents[2]
GOOD: Mapping[str, str] = {
    "bot_token": "123456789:AAE-made-up",
    "key_ring": f"k2:{show_key(SecretKey(b'2' * 32))},k1:{show_key(SecretKey(b'1' * 32))}",
    "lookup_key": show_key(SecretKey(b"look" * 8)),
    "audit_key": show_key(SecretKey(b"note" * 8)),
}
SHORT = "c2hvcnQga2V5IHRoYXQgaXMgd3Jvbmc="
"""A key that is too short."""

PATHS = {"files_dir", "form", "review_form", "contacts"}
"""Settings that are paths."""
WRONG = [
    ("bot_token", "my-secret-token"),
    ("key_ring", GOOD["lookup_key"]),
    ("key_ring", f"k1:{SHORT}"),
    ("key_ring", f"k1:{GOOD['lookup_key']},k1:{GOOD['audit_key']}"),
    ("key_ring", "k1:that-is-no-base64!"),
    ("lookup_key", SHORT),
    ("audit_key", "that-is-no-base64!"),
    ("database_url", "mysql://kuager:hunter2@localhost/kuager"),
    ("bot_api_url", "api.telegram.org"),
    ("languages", "kk,xx"),
    ("time_zone", "Asia/Nowhere"),
    ("poll_seconds", "51"),
    ("poll_seconds", "soon"),
    ("send_per_second", "0"),
    ("send_per_chat", "-1"),
    ("send_burst", "0"),
    ("send_at_once", "129"),
    ("stop_seconds", "0"),
    ("draft_hours", "0"),
    ("invite_hours", "0"),
    ("claim_hours", "0"),
    ("rejected_days", "0"),
    ("report_days", "0"),
    ("failed_days", "0"),
    ("update_hours", "24"),
    ("message_hours", "48"),
]


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine comes in."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)


def read(monkeypatch: pytest.MonkeyPatch, values: Mapping[str, str]) -> Settings:
    """The settings of an environment that has these values."""
    for name, value in values.items():
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", value)
    return load_settings()


def test_the_example_is_what_the_settings_are() -> None:
    """`.env.example` names every setting, with its meaning, as the program does."""
    assert (ROOT / ".env.example").read_text("utf-8") == env_example()


def test_the_example_is_a_good_env_file(tmp_path: Path) -> None:
    """Copied as it stands it is read, and what is commented there is the default or, of forms and contacts, what could be set."""
    (tmp_path / ".env").write_text(env_example(), "utf-8")
    given = load_settings()
    lines = [
        line.removeprefix("# ") for line in env_example().splitlines() if f"{PREFIX}" in line and "=" in line
    ]
    (tmp_path / ".env").write_text("\n".join(lines), "utf-8")
    assert load_settings().model_copy(update={"contacts": None, "form": None, "review_form": None}) == given
    assert given.database_url == "sqlite+aiosqlite:///data/kuager.db"


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_setting_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Its name, what is wrong, an example; the value is not repeated, whatever it is."""
    with pytest.raises(SettingsError) as told:
        read(monkeypatch, {**GOOD, name: value})
    line = str(told.value)
    full = f"{PREFIX}{name.upper()}"
    assert line.startswith(f"{full} is wrong: ")
    assert f". Example: {full}=" in line
    assert "\n" not in line
    for part in filter(lambda part: len(part) > 6, (value, *value.split(":"), *value.split("@"), "hunter2")):
        assert part not in line.partition(" Example: ")[0]


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_setting_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Its name, that it is missing, an example."""
    with pytest.raises(SettingsError, match=rf"^{PREFIX}{name.upper()} is missing\. Example: \S+$"):
        read(monkeypatch, {key: value for key, value in GOOD.items() if key != name})


def test_every_setting_that_can_be_wrong_is_tried() -> None:
    """Only paths are right whatever they are; what is in the files is checked when they are read."""
    assert {name for name, _ in WRONG} == Settings.model_fields.keys() - PATHS


def test_settings_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither printed nor as a dictionary."""
    settings = read(monkeypatch, GOOD)
    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.ring!r}"
    for value in (*GOOD.values(), *GOOD["key_ring"].replace("k2:", "").replace("k1:", "").split(",")):
        assert value not in shown
    for key in (settings.lookup, settings.audit, *settings.ring.keys.values()):
        assert repr(bytes(key)) not in repr(settings.ring)


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ring's first key is current; lists are written with commas; what is given wins over the default."""
    settings = read(
        monkeypatch, {**GOOD, "languages": "ru, kk", "draft_hours": "5", "time_zone": "Asia/Oral"}
    )
    values: dict[str, Any] = settings.model_dump()
    assert settings.ring.current == "k2"
    assert values["languages"] == ("ru", "kk")
    assert values["draft_hours"] == 5
    assert settings.zone.key == "Asia/Oral"


def test_a_blank_setting_is_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in files that name every setting and fill in some."""
    values = {**GOOD, "contacts": "", "review_form": "", "languages": ""}
    found: dict[str, Any] = read(monkeypatch, values).model_dump()
    assert (found["contacts"], found["review_form"], found["languages"]) == (None, None, ("kk", "ru", "en"))
    with pytest.raises(SettingsError, match=r"^KUAGER_BOT_TOKEN is missing\. "):
        read(monkeypatch, {**GOOD, "bot_token": ""})
