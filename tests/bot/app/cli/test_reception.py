"""`check` tells what is doubtful about how updates come, from the settings and from what Telegram says."""

from pathlib import Path

import pytest

from bot.app.cli.checks import SOON, doubts_of_telegram, doubts_of_webhook
from bot.settings import Settings, load_settings
from tests.bot.app.cli.conftest import Kuager
from tests.bot.transport.test_certificate import write

NOW = 1_790_000_000.0
URL = "https://bot.example.org"


@pytest.fixture
def hooked(set_up: None, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a bot with a webhook behind a proxy."""
    del set_up
    monkeypatch.setenv("KUAGER_WEBHOOK_URL", URL)
    return load_settings()


def test_a_webhook_without_tls_that_others_reach_is_doubtful(hooked: Settings) -> None:
    """On this machine alone, or with a key, it is well."""
    assert list(doubts_of_webhook(hooked, NOW)) == []
    (doubt,) = doubts_of_webhook(hooked.model_copy(update={"webhook_listen": "0.0.0.0:8080"}), NOW)
    assert "without TLS" in doubt


def test_a_certificate_that_ends_soon_is_doubtful(hooked: Settings, tmp_path: Path) -> None:
    """Two weeks before, and after; one that is good for longer is well, also where others reach it."""
    made = write(tmp_path)
    files = {"webhook_certificate": made.path, "webhook_key": made.key, "webhook_listen": "0.0.0.0:8443"}
    given, end = hooked.model_copy(update=files), made.first().not_valid_after_utc.timestamp()
    assert list(doubts_of_webhook(given, end - SOON)) == []
    assert list(doubts_of_webhook(given, end - SOON + 1)) == [
        "the certificate is good for 13 days only. Renew it"
    ]
    assert list(doubts_of_webhook(given, end + 1)) == ["the certificate is over. Renew it"]


def test_what_telegram_says_of_a_webhook_is_compared_with_the_settings(hooked: Settings) -> None:
    """Whether it is set, by whom, and whether updates reach it."""
    polling = hooked.model_copy(update={"webhook_url": ""})

    def doubt(settings: Settings, **info: object) -> str:
        return " ".join(doubts_of_telegram(settings, info, NOW))

    assert doubt(polling, url="") == ""
    assert (
        doubt(polling, url="https://example.net/")
        == "a webhook is set. `run` removes it and fetches what waits"
    )
    assert doubt(hooked, url="") == "the webhook is not set yet. `run` sets it"
    assert doubt(hooked, url="https://example.net/").startswith("another webhook is set.")
    assert doubt(hooked, url=f"{URL}/") == ""
    error = {"last_error_date": NOW - 7300, "last_error_message": "SSL error {certificate verify failed}"}
    told = "Telegram could not deliver an update 2 hours ago: SSL error {certificate verify failed}"
    assert doubt(hooked, url=f"{URL}/", **error) == told


@pytest.mark.usefixtures("telegram")
def test_check_names_the_webhook_and_its_files(
    kuager: Kuager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that do not fit are a fault."""
    monkeypatch.setenv("KUAGER_WEBHOOK_URL", "http://127.0.0.1:8080/")
    done = kuager("check")
    assert (
        "well     webhook: Telegram is to send updates, and the bot listens at 127.0.0.1:8080\n" in done.out
    )
    assert "warning  Telegram: the webhook is not set yet. `run` sets it\n" in done.out
    monkeypatch.setenv("KUAGER_WEBHOOK_CERTIFICATE", str(tmp_path / "none.pem"))
    done = kuager("check", "--offline")
    assert (done.code, done.err.startswith("KUAGER_WEBHOOK_CERTIFICATE is wrong: it cannot be read")) == (
        1,
        True,
    )
