"""`setup`: from nothing to a bot that starts, by questions or a file of answers."""

import re
import shutil
import stat
import subprocess
from pathlib import Path

import pyrage  # type: ignore[import-untyped] # untyped
import pytest
from typer.testing import CliRunner

from bot.app.cli.application import app
from bot.demo import TOKEN, USERNAME
from bot.settings import load_settings
from tests.bot.app.cli.conftest import Done, Kuager

PASSWORD = "four words drawn at random"
ANSWERS = (
    f"KUAGER_BOT_TOKEN={TOKEN}\nKUAGER_ORGANISATION=ru: Бюро | en: Bureau's\nKEYS_PASSPHRASE={PASSWORD}\n"
)

pytestmark = pytest.mark.usefixtures("bot_api")


def answered(kuager: Kuager, text: str = ANSWERS) -> Done:
    """How setup ends with these answers."""
    Path("answers.env").write_text(text, "utf-8")
    return kuager("setup", "--answers", "answers.env")


def keys_shown(text: str) -> list[str]:
    return [key for key in re.findall(r"[\w+/]{43}=", Path("keys").read_text("utf-8")) if key in text]


def opened_copy(passphrase: str) -> str:
    return str(pyrage.passphrase.decrypt(Path("keys.age").read_bytes(), passphrase).decode())


def test_answers_make_settings_keys_a_database_and_a_unit(kuager: Kuager) -> None:
    """For this user alone. No key is shown, an encrypted copy holds them all, and what comes next is told: the copy, @BotFather, one
    command of root, a link for the first administrator. `check` finds nothing wrong."""
    done = answered(kuager)
    assert (done.code, done.err) == (0, "")
    for name in (".env", "keys", "keys.age"):
        assert stat.S_IMODE(Path(name).stat().st_mode) == 0o600
    assert opened_copy(PASSWORD) == Path("keys").read_text("utf-8")
    assert keys_shown(done.out + Path(".env").read_text("utf-8")) == []
    settings = load_settings()
    assert (settings.organisation["en"], settings.keys_from) == ("Bureau's", "keys")
    for told in (
        "Destroy answers.env",
        "Move keys.age to another machine",
        "Decided reports can be kept from them: docs/archive.md.",
        f"At @BotFather: /setjoingroups, @{USERNAME}, Disable.",
        f"https://t.me/{USERNAME}?start=",
    ):
        assert told in done.out
    assert (
        len(re.findall(r"(?m)^sudo .+ systemctl enable kuager && systemctl restart kuager'$", done.out)) == 1
    )
    checked = kuager("check")
    assert (checked.code, checked.err) == (0, "")


def test_a_second_time_changes_only_what_is_answered_anew(kuager: Kuager) -> None:
    """Keys, other settings and comments stay, and no second link is made."""
    answered(kuager)
    keys, copy = Path("keys").read_bytes(), Path("keys.age").read_bytes()
    before = [*Path(".env").read_text("utf-8").splitlines(), "# mine", "KUAGER_DRAFT_HOURS=5"]
    Path(".env").write_text("\n".join(before) + "\n", "utf-8")
    done = answered(kuager, "KUAGER_ORGANISATION=Another\n")
    assert (done.code, done.err, "t.me" in done.out) == (0, "", False)
    after = Path(".env").read_text("utf-8").splitlines()
    changed = [line for line in before if line not in after]
    assert [line.partition("=")[0] for line in changed] == ["KUAGER_ORGANISATION"]
    assert [line for line in after if line not in before] == ["KUAGER_ORGANISATION=Another"]
    assert (Path("keys").read_bytes(), Path("keys.age").read_bytes()) == (keys, copy)


def test_keys_come_back_from_their_copy(kuager: Kuager) -> None:
    """On a new server, by the passphrase. With another one nothing is written: no new keys take their place."""
    answered(kuager)
    keys = Path("keys").read_text("utf-8")
    for name in ("keys", ".env", "kuager.service"):
        Path(name).unlink()
    shutil.rmtree("data")
    refused = answered(kuager, ANSWERS.replace("four", "five"))
    assert (refused.code, refused.err.partition(":")[0]) == (1, "KEYS_PASSPHRASE is wrong")
    assert sorted(path.name for path in Path().iterdir()) == ["answers.env", "keys.age"]
    assert answered(kuager).code == 0
    assert Path("keys").read_text("utf-8") == keys


def test_lost_keys_are_not_replaced_by_others(kuager: Kuager) -> None:
    """They would open nothing of what is stored: keys or copy are to be put back."""
    answered(kuager)
    for name in ("keys", "keys.age"):
        Path(name).unlink()
    refused = answered(kuager)
    assert (refused.code, refused.err) == (
        1,
        "KUAGER_KEYS_FROM is wrong: keys is gone. Put it back, or keys.age, its copy. Example: KUAGER_KEYS_FROM=keys\n",
    )
    assert not Path("keys").exists()


def test_another_copy_is_made_once_the_first_is_elsewhere(kuager: Kuager) -> None:
    """After a change of the ring's key, by a passphrase."""
    answered(kuager)
    first = Path("keys.age").read_bytes()
    Path("keys.age").unlink()
    assert answered(kuager, f"KEYS_PASSPHRASE={PASSWORD}!\n").code == 0
    assert len(Path("keys.age").read_bytes()) == len(first)


def test_keys_that_stand_elsewhere_are_left_there(kuager: Kuager) -> None:
    """As in a folder that was set up by hand."""
    Path(".env").write_text(kuager("keys", "new").out, "utf-8")
    assert answered(kuager).code == 0
    assert not Path("keys").exists()
    assert kuager("check", "--offline").code == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ANSWERS.replace(TOKEN, "5:another"), "KUAGER_BOT_TOKEN is wrong: Telegram does not know it. "),
        (ANSWERS.replace(TOKEN, "x"), "KUAGER_BOT_TOKEN is wrong: must be digits"),
        (ANSWERS.replace(PASSWORD, "short"), "KEYS_PASSPHRASE is wrong: it has at least 12 characters"),
        (ANSWERS.partition("KEYS")[0], "KEYS_PASSPHRASE is missing: it has at least 12 characters"),
        (f"{ANSWERS}KUAGER_REPORT_DAYS=0\n", "KUAGER_REPORT_DAYS is wrong: "),
        (f"{ANSWERS}KUAGER_REPORT_DAY=5\n", "answers.env: KUAGER_REPORT_DAY is not a setting. Did you mean"),
    ],
)
def test_a_wrong_answer_is_told_in_one_line_and_nothing_is_written(
    kuager: Kuager, text: str, told: str
) -> None:
    """With its name and what is wrong."""
    done = answered(kuager, text)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith(told)
    assert [path.name for path in Path().iterdir()] == ["answers.env"]


def test_questions_are_asked_again_until_the_answer_is_right() -> None:
    """A token by Telegram, the rest by what holds of the setting. Enter takes what is shown; no secret is."""
    typed = [PASSWORD, PASSWORD, "5:another", TOKEN, "xx", "", "", "soon", "90", ""]
    done = CliRunner().invoke(app, ["setup"], input="\n".join(typed) + "\n")
    assert done.exit_code == 0, done.output
    for told in ("Telegram does not know it", "KUAGER_LANGUAGES is wrong: ", "KUAGER_REPORT_DAYS is wrong: "):
        assert done.output.count(told) == 1
    assert [one for one in (PASSWORD, TOKEN, *keys_shown(done.output)) if one in done.output] == []
    settings = load_settings()
    assert (settings.languages, settings.report_days) == (("kk", "ru", "en"), 90)
    before = Path(".env").read_bytes()
    again = CliRunner().invoke(app, ["setup"], input="\n" * 5)
    assert (again.exit_code, TOKEN in again.output) == (0, False), again.output
    assert Path(".env").read_bytes() == before


def test_the_unit_starts_what_was_called_in_this_folder(kuager: Kuager, tmp_path: Path) -> None:
    """systemd finds no fault in it, where it is there to ask."""
    answered(kuager)
    unit = Path("kuager.service").read_text("utf-8")
    assert f"WorkingDirectory={tmp_path}\n" in unit
    assert f"ReadWritePaths={tmp_path}/data\n" in unit
    assert re.search(r"(?m)^ExecStart=/\S+ -m bot run$", unit)
    if systemd := shutil.which("systemd-analyze"):
        judged = subprocess.run([systemd, "verify", "./kuager.service"], capture_output=True, text=True)  # noqa: S603, PLW1510 - its output is judged
        assert "kuager" not in judged.stderr


def test_each_step_names_the_next(kuager: Kuager) -> None:
    """From keys to the first administrator; where keys become lines of a file, beside them."""
    made = kuager("keys", "new")
    assert "Next: " not in made.out
    assert made.err.endswith("python -m bot migrate\n")
    Path(".env").write_text(f"{made.out}KUAGER_BOT_TOKEN={TOKEN}\n", "utf-8")
    assert kuager("migrate").out.endswith("\nNext: python -m bot check\n")
    assert "\nNext: start the bot" in kuager("check").out
    assert kuager("invite", "--role", "admin").out.endswith("python -m bot moderators list\n")
