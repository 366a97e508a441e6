"""The image and the compositions are what docs/container.md promises, as far as their texts tell; test_image.py builds it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped] # it has no types

from bot.settings import PREFIX, SETTINGS, load_settings
from tests.bot.test_settings import GOOD
from tests.scripts.container.steps import CONTAINER, CONTAINERFILE, KNOWN, ROOT, stages

COMPOSITIONS = ("compose.yaml", "compose.copies.yaml")
ROOMS = ("bot", "db", "migrations", "locales")
DOMAIN, PASSWORD = "bot.example.org", "made-up"


def composition(name: str) -> dict[str, Any]:
    """A composition, with the variables of its file of values filled in."""
    text = (CONTAINER / name).read_text("utf-8")
    text = text.replace("${DOMAIN:?}", DOMAIN).replace("${POSTGRES_PASSWORD:?}", PASSWORD)
    assert "${" not in text
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def bots(name: str) -> list[dict[str, Any]]:
    """The services that run the image."""
    return [one for one in composition(name)["services"].values() if one["image"] == "kuager"]


def last() -> dict[str, str]:
    """The last stage's steps by their words, the last of each."""
    return dict(stages(CONTAINERFILE.read_text("utf-8"))[-1])


def test_the_image_has_two_stages_of_debian_and_only_steps_that_the_test_of_it_carries_out() -> None:
    """The build stage stays out of the image. Debian, since there are no wheels of the cleaners for musl."""
    found = stages(CONTAINERFILE.read_text("utf-8"))
    assert [stage[0] for stage in found] == [
        ("FROM", "docker.io/library/debian:trixie-slim AS build"),
        ("FROM", "docker.io/library/debian:trixie-slim"),
    ]
    assert {word for stage in found for word, _ in stage} <= KNOWN


def test_the_image_takes_the_program_and_nothing_else() -> None:
    """Copied files are there and are let through; tests, keys and this machine's own files stay out."""
    steps = [step for stage in stages(CONTAINERFILE.read_text("utf-8")) for step in stage]
    copied = [rest.split()[:-1] for word, rest in steps if word == "COPY" and "--from=" not in rest]
    names = {name for group in copied for name in group}
    assert names >= {*ROOMS, "pyproject.toml", "uv.lock"}
    assert [name for name in names if not (ROOT / name).exists()] == []
    let_through = (CONTAINER / "Containerfile.dockerignore").read_text("utf-8").splitlines()
    assert let_through[0] == "*"
    assert {line[1:] for line in let_through if line.startswith("!")} == names


def test_the_image_installs_the_versions_of_the_lock() -> None:
    """With their hashes, and every driver that a setting can name."""
    (sync,) = [
        rest
        for word, rest in stages(CONTAINERFILE.read_text("utf-8"))[0]
        if word == "RUN" and "uv sync" in rest
    ]
    assert {"--frozen", "--no-dev", "postgresql", "s3"} <= set(sync.split())


def test_the_image_runs_the_bot_as_a_user_without_rights() -> None:
    """Whose folder is /data."""
    said = last()
    assert (said["USER"], said["WORKDIR"], said["VOLUME"]) == ("999:999", "/data", "/data")
    assert json.loads(said["ENTRYPOINT"]) + json.loads(said["CMD"]) == ["python", "-m", "bot", "run"]
    assert "--owner=999 --group=999 --mode=0700 /data" in said["RUN"]


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_each_bot_of_a_composition_can_write_only_its_data(name: str) -> None:
    """And has no rights to change that."""
    for one in bots(name):
        assert (one["read_only"], one["user"], one["cap_drop"]) == (True, last()["USER"], ["ALL"])
        assert one["security_opt"] == ["no-new-privileges:true"]
        assert [tmp.partition(":")[0] for tmp in one["tmpfs"]] == ["/tmp"]  # noqa: S108 - its own
        assert one["volumes"] == ["data:/data"]
        assert one["ulimits"] == {"core": 0}
        assert "ports" not in one
        assert (CONTAINER / one["build"]["context"]).resolve() == ROOT
        assert ROOT / one["build"]["dockerfile"] == CONTAINERFILE


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_the_health_that_a_composition_looks_at_is_that_of_the_image(name: str) -> None:
    """Engines that do not know the image's own take that of the composition."""
    own = re.search(r"CMD (\[.*\])", last()["HEALTHCHECK"])
    assert own is not None
    assert {json.dumps(one["healthcheck"]["test"][1:]) for one in bots(name)} == {
        json.dumps(json.loads(own[1]))
    }
    port = re.search(r"KUAGER_STATUS_PORT=(\d+)", last()["ENV"])
    assert port is not None
    assert f"127.0.0.1:{port[1]}/health" in own[1]


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_the_settings_of_a_composition_are_accepted(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By the bot, beside what `.env` holds."""
    monkeypatch.chdir(tmp_path)
    for one in bots(name):
        given = {key: value for key, value in one.get("environment", {}).items() if key.startswith(PREFIX)}
        assert {key.removeprefix(PREFIX).lower() for key in given} <= SETTINGS.keys()
        for key, value in ({f"{PREFIX}{key.upper()}": value for key, value in GOOD.items()} | given).items():
            monkeypatch.setenv(key, value)
        settings = load_settings()
        assert settings.webhook_url == (f"https://{DOMAIN}/updates" if given else "")


def test_caddy_asks_each_copy_where_it_listens_and_nothing_else_is_reached() -> None:
    """PostgreSQL is on a network without a way out, and only Caddy has ports of the machine."""
    services = composition("compose.copies.yaml")["services"]
    copies = [name for name, one in services.items() if one["image"] == "kuager"]
    (asked,) = re.findall(r"reverse_proxy (.+) \{", (CONTAINER / "Caddyfile").read_text("utf-8"))
    listens = {services[name]["environment"]["KUAGER_WEBHOOK_LISTEN"].rpartition(":")[2] for name in copies}
    assert len(copies) == 2
    assert asked.split() == [f"{name}:{port}" for name in copies for port in listens]
    assert [name for name, one in services.items() if "ports" in one] == ["caddy"]
    assert services["postgres"]["networks"] == ["inside"]
    assert composition("compose.copies.yaml")["networks"]["inside"] == {"internal": True}


def test_caddy_is_told_what_the_guides_tell() -> None:
    """Line by line, but for the names."""
    guides = "".join((ROOT / "docs" / name).read_text("utf-8") for name in ("webhook.md", "copies.md"))
    lines = [line.strip() for line in (CONTAINER / "Caddyfile").read_text("utf-8").splitlines()]
    own = [line for line in lines if line and not line.startswith(("#", "{$DOMAIN}", "reverse_proxy"))]
    assert len(own) > 10
    assert [line for line in own if line not in guides] == []
