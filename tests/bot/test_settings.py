"""A wrong or missing setting is told in one line, which never repeats a secret."""

import os
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from bot.app import retention
from bot.desk.notices import jobs as notices_jobs
from bot.desk.notices import service as notices_service
from bot.desk.people import service as people_service
from bot.desk.sharing import service as sharing_service
from bot.errors import SettingsError
from bot.publish.export import exports
from bot.safety.offline import new_identity, recipient_of
from bot.safety.sealing import SecretKey, read_key, show_key
from bot.settings import (
    GONE,
    GROUPS,
    PREFIX,
    SETTINGS,
    FixedValues,
    Settings,
    gone_settings,
    load_settings,
    worded,
)
from bot.store import sent_messages
from bot.store.unit import SEEN_HOURS
from bot.transport import registration, sender
from scripts.reference import env_example

ROOT = Path(__file__).parents[2]
KEYS = [show_key(SecretKey(sha256(bytes([number])).digest())) for number in range(4)]
GOOD: Mapping[str, str] = {
    "bot_token": "123456789:AAE-made-up",
    "key_ring": f"k2:{KEYS[0]},k1:{KEYS[1]}",
    "lookup_key": KEYS[2],
    "audit_key": KEYS[3],
}
RECIPIENT = "age16ffx2gqmkvlmkd2fws9dp2azh75k92azng6r7t4dqzk562gnz49s6ecndd"
"""An age recipient whose identity was thrown away."""
SHORT = "c2hvcnQga2V5IHRoYXQgaXMgd3Jvbmc="
"""A key that is too short."""

PUBLISHED = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
"""A key that once stood in `.env.example`."""

PATHS = {
    "files_dir",
    "audit_head",
    "withdrawals_dir",
    "form",
    "review_form",
    "more_forms",
    "contacts",
    "update_template",
    "keys_from",
    "webhook_certificate",
}
"""Settings that are paths."""
WRONG = [
    ("bot_token", "my-secret-token"),
    ("key_ring", GOOD["lookup_key"]),
    ("key_ring", f"k1:{SHORT}"),
    ("key_ring", f"k1:{GOOD['lookup_key']},k1:{GOOD['audit_key']}"),
    ("key_ring", "k1:that-is-no-base64!"),
    ("key_ring", f"k1:{PUBLISHED}"),
    ("lookup_key", PUBLISHED),
    ("lookup_key", KEYS[1]),
    ("audit_key", PUBLISHED),
    ("audit_key", KEYS[0]),
    ("audit_key", GOOD["lookup_key"]),
    ("organisation", "kk: Бюро | kk: Бюро"),
    ("organisation", "Бюро | Bureau"),
    ("organisation", "ru: " + "Б" * 81),
    ("organisation_contact", "https://example.org/" + "a" * 80),
    ("bot_name", "ru:"),
    ("bot_name", "K" * 65),
    ("neutral_look", "maybe"),
    ("country_updates", "maybe"),
    ("lookup_key", SHORT),
    ("audit_key", "that-is-no-base64!"),
    ("database_url", "mysql://kuager:hunter2@localhost/kuager"),
    ("database_url", "sqlite+aiosqlite:///"),
    ("database_url", "postgresql+asyncpg://kuager:hunter2@localhost:port/kuager"),
    ("database_url", "postgresql+asyncpg://kuager:hunter2@localhost"),
    ("files_url", "https://hunter2.example.org/bucket"),
    ("files_url", "s3://Bucket"),
    ("files_url", "s3://bucket/../other"),
    ("files_endpoint", "s3.example.org"),
    ("files_region", "a region"),
    ("files_key_id", "an id"),
    ("files_secret", "a secret"),
    ("original_recipients", "age1<58-characters>"),
    ("export_recipients", "age1<58-characters>"),
    ("archive_recipients", "age1<58-characters>"),
    ("archive_recipients", ",".join([RECIPIENT] * 2)),
    ("block_days", "0"),
    ("original_recipients", "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ"),
    ("bot_api_url", "api.telegram.org"),
    ("proxy", "socks5://kuager:hunter2@127.0.0.1:9050"),
    ("proxy", "127.0.0.1:9080"),
    ("webhook_url", "http://bot.example.org/updates"),
    ("webhook_url", "https:///updates"),
    ("webhook_url", "https://bot.example.org:8080/updates"),
    ("webhook_url", "https://bot.example.org:99999/updates"),
    ("webhook_url", "https://kuager:hunter2@bot.example.org/updates"),
    ("webhook_listen", "8080"),
    ("webhook_listen", "127.0.0.1"),
    ("webhook_listen", "http://127.0.0.1:8080"),
    ("webhook_listen", "127.0.0.1:soon"),
    ("webhook_key", "key.pem"),
    ("status_port", "0"),
    ("log_format", "xml"),
    ("languages", "kk,xx"),
    ("published_languages", "kk,xx"),
    ("export_licence", "CC-BY"),
    ("export_licence", "MIT"),
    ("draft_hours", "0"),
    ("draft_hours", "many-hours"),
    ("approvals", "0"),
    ("approvals_named", "6"),
    ("notice_chat", "1001234567890"),
    ("shown_minutes", "0"),
    ("rejected_days", "0"),
    ("report_days", "0"),
    ("approved_days", "0"),
    ("talk_days", "0"),
    ("reply_hours", "25"),
    ("talk_notice", "ru: Новость | ru: Новость"),
]


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine comes in."""
    monkeypatch.chdir(tmp_path)
    for name in filter(lambda name: name.startswith(PREFIX), list(os.environ)):
        monkeypatch.delenv(name)


def read(monkeypatch: pytest.MonkeyPatch, values: Mapping[str, str]) -> Settings:
    """The settings of an environment that has these values."""
    for name, value in values.items():
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", value)
    return load_settings()


def test_the_example_is_what_the_settings_are() -> None:
    """`.env.example` names every setting, with its meaning, as the program does."""
    assert (ROOT / ".env.example").read_text("utf-8") == env_example()


def test_each_setting_is_in_one_group() -> None:
    """In the order of the program, and no other value."""
    names = [name for group in GROUPS.values() for name in group.model_fields]
    assert [*names, *FixedValues.model_fields] == list(Settings.model_fields)
    assert SETTINGS.keys() == set(names)


def test_the_example_needs_only_what_is_secret(tmp_path: Path) -> None:
    """As it stands nothing works: token and keys are blank. With these, what is commented there is the default or, of
    what an organisation has of its own, what could be set."""
    env = tmp_path / ".env"
    env.write_text(env_example(), "utf-8")
    with pytest.raises(SettingsError, match=r"^KUAGER_BOT_TOKEN is missing\. "):
        load_settings()
    needed = "".join(f"{PREFIX}{name.upper()}={value}\n" for name, value in GOOD.items())
    env.write_text(env_example() + needed, "utf-8")
    given = load_settings()
    # An example that works would seal evidence to a key that nobody has.
    working = rf"(?m)^# (?={PREFIX}(?!KEYS_FROM|(?:ORIGINAL|EXPORT|ARCHIVE)_RECIPIENTS|FILES_(?!DIR|REGION)))"
    env.write_text(re.sub(working, "", env_example()) + needed, "utf-8")
    own: dict[str, Any] = dict.fromkeys(
        ("audit_head", "withdrawals_dir", "contacts", "form", "review_form", "update_template")
    )
    own |= dict.fromkeys(("proxy", "status_port", "notice_chat", "webhook_certificate", "webhook_key"))
    own |= {"webhook_url": "", "published_languages": (), "more_forms": (), "export_licence": ""}
    own |= {name: {} for name in ("organisation", "organisation_contact", "bot_name", "talk_notice")}
    assert load_settings().model_copy(update=own) == given
    assert given.database_url == "sqlite+aiosqlite:///data/kuager.db"


@pytest.mark.parametrize("name", ["key_ring", "lookup_key", "audit_key"])
def test_no_line_about_a_key_shows_one_that_works(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Whoever copies the example of an error has no key yet."""
    with pytest.raises(SettingsError) as told:
        read(monkeypatch, {**GOOD, name: "x"})
    shown = str(told.value).rpartition("=")[2]
    with pytest.raises(ValueError, match="base64"):
        read_key(shown.rpartition(":")[2])


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


def test_the_archive_has_eight_recipients_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ninth is refused in one line."""
    many = [recipient_of(new_identity()) for _ in range(9)]
    assert len(read(monkeypatch, {**GOOD, "archive_recipients": ",".join(many[:8])}).archive_recipients) == 8
    with pytest.raises(SettingsError, match=r"^KUAGER_ARCHIVE_RECIPIENTS is wrong: .*\. Example: \S+$"):
        read(monkeypatch, {**GOOD, "archive_recipients": ",".join(many)})


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_setting_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Its name, that it is missing, an example."""
    told = rf"^{PREFIX}{name.upper()} is missing \(there is no \.env in this folder\).*\. Example: \S+$"
    with pytest.raises(SettingsError, match=told):
        read(monkeypatch, {key: value for key, value in GOOD.items() if key != name})


def test_every_setting_that_can_be_wrong_is_tried() -> None:
    """Only paths are right with any value; `tests/bot/app/cli/test_wrong_paths.py` tries those where they are read."""
    assert {name for name, _ in WRONG} == SETTINGS.keys() - PATHS


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
    settings = read(monkeypatch, {**GOOD, "languages": "ru, kk", "draft_hours": "5"})
    values: dict[str, Any] = settings.model_dump()
    assert settings.ring.current == "k2"
    assert values["languages"] == ("ru", "kk")
    assert values["draft_hours"] == 5


def test_a_webhook_of_a_bot_api_on_ones_own_machine_may_stand_anywhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without TLS, at any port; Telegram's own calls four ports by HTTPS."""
    there = {
        "bot_api_url": "http://127.0.0.1:8081",
        "webhook_url": "http://127.0.0.1:8090/",
        "webhook_listen": "[::1]:8090",
    }
    found = read(monkeypatch, {**GOOD, **there})
    assert (found.webhook_url, found.webhook_address) == ("http://127.0.0.1:8090/", ("::1", 8090))
    for address in ("https://bot.example.org", "https://bot.example.org:8443/a"):
        given = {**GOOD, "bot_api_url": "https://api.telegram.org", "webhook_url": address}
        assert read(monkeypatch, given).webhook_url == address


def test_a_blank_setting_is_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in files that name every setting and fill in some."""
    values = {**GOOD, "contacts": "", "review_form": "", "languages": ""}
    found: dict[str, Any] = read(monkeypatch, values).model_dump()
    assert (found["contacts"], found["review_form"], found["languages"]) == (None, None, ("kk", "ru", "en"))
    with pytest.raises(SettingsError, match=r"^KUAGER_BOT_TOKEN is missing "):
        read(monkeypatch, {**GOOD, "bot_token": ""})


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("KUAGER_DRAFT_HOUR=5", ".env: KUAGER_DRAFT_HOUR is not a setting. Did you mean KUAGER_DRAFT_HOURS?"),
        ("KUAGER_CONTACT=a.csv", ".env: KUAGER_CONTACT is not a setting. Did you mean KUAGER_CONTACTS?"),
        ("KAUGER_FORM=a.md", ".env: KAUGER_FORM is not a setting. Did you mean KUAGER_FORM?"),
        (
            "export KUAGER_LANGUAGE=ru",
            ".env: KUAGER_LANGUAGE is not a setting. Did you mean KUAGER_LANGUAGES?",
        ),
        (
            "KUAGER_DRAFT_HOURS=5\nKUAGER_DRAFT_HOURS=6",
            ".env, line 2: KUAGER_DRAFT_HOURS is set a second time.",
        ),
        ("KUAGER_FORM: a.md", ".env, line 1: this is no setting."),
        ("KUAGER_FORM='a.md", ".env, line 1: this is no setting."),
    ],
)
def test_what_is_misspelt_in_the_file_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: str, told: str
) -> None:
    """Its default would hold, and nobody would know."""
    (tmp_path / ".env").write_text(f"{written}\n", "utf-8")
    with pytest.raises(SettingsError) as caught:
        read(monkeypatch, GOOD)
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


def test_a_misspelt_variable_of_the_environment_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the setting that was meant; those of other programs are none of ours."""
    read(monkeypatch, {**GOOD, "draft_hours": "5"})
    monkeypatch.setenv("BOT_TOKEN", "another's")
    load_settings()
    monkeypatch.setenv("KUAGER_REPORT_DAY", "5")
    with pytest.raises(SettingsError, match=r"^KUAGER_REPORT_DAY .*mean KUAGER_REPORT_DAYS\?"):
        load_settings()


def test_a_blank_line_before_the_value_is_no_second_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As in a copied example with `python -m bot keys new >> .env` behind it."""
    (tmp_path / ".env").write_text("KUAGER_DRAFT_HOURS=\nKUAGER_DRAFT_HOURS=6\n", "utf-8")
    assert read(monkeypatch, GOOD).draft_hours == 6


def test_a_file_that_is_no_text_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Saved as UTF-16, as some editors do."""
    (tmp_path / ".env").write_text("KUAGER_LANGUAGES=ru\n", "utf-16")
    with pytest.raises(SettingsError, match=r"^\.env cannot be read: it is not UTF-8 text\."):
        read(monkeypatch, GOOD)


def test_who_stands_behind_the_bot_is_worded_once_or_in_each_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A language that is not worded is told in the words for all, or in the first; an address keeps its colon."""
    given = {"organisation": "ru:  Бюро  прав | kk: Бюросы", "organisation_contact": "https://example.org"}
    found = read(monkeypatch, {**GOOD, **given})
    assert [worded(found.organisation, code) for code in ("kk", "ru", "en")] == [
        "Бюросы",
        "Бюро прав",
        "Бюро прав",
    ]
    assert worded(found.organisation_contact, "kk") == "https://example.org"
    assert worded(found.bot_name, "kk") == ""


def test_a_former_setting_changes_nothing_and_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the environment and in `.env`, in one line each, with what holds instead; a blank one is none."""
    (tmp_path / ".env").write_text(
        "KUAGER_CLAIM_HOURS=5\nkuager_undo_minutes=0\nKUAGER_SEND_BURST=\n", "utf-8"
    )
    monkeypatch.setenv("KUAGER_UPDATE_HOURS", "soon")
    settings = read(monkeypatch, GOOD)
    assert (settings.claim_hours, settings.undo_minutes) == (12, 10)
    assert gone_settings() == [
        f"{PREFIX}{name} is no setting any more and changes nothing: {GONE[name]}. Remove it."
        for name in ("UNDO_MINUTES", "CLAIM_HOURS", "UPDATE_HOURS")
    ]


def test_what_is_said_of_a_former_setting_holds() -> None:
    """Its constant stands in its line."""
    values = {name: str(field.default) for name, field in FixedValues.model_fields.items()} | {
        "send_at_once": str(sender.AT_ONCE),
        "webhook_connections": str(registration.CONNECTIONS),
        "invite_hours": str(people_service.INVITE_HOURS),
        "sharing_hours": str(sharing_service.OPEN_HOURS),
        "urgent_minutes": str(notices_jobs.URGENT_MINUTES),
        "reminder_hours": str(notices_service.UNSEEN_HOURS),
        "export_days": str(exports.KEPT_DAYS),
        "failed_days": str(retention.FAILED_DAYS),
        "update_hours": str(SEEN_HOURS),
        "message_hours": str(sent_messages.MESSAGE_HOURS),
    }
    assert {name.lower() for name in GONE} == values.keys()
    assert [name for name, said in GONE.items() if values[name.lower()].removesuffix(".0") not in said] == []


def test_what_moderators_were_shown_never_outlasts_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, GOOD).idle_minutes == 10
    assert read(monkeypatch, {**GOOD, "shown_minutes": "4"}).idle_minutes == 4
