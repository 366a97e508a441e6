"""Rules and pictures for those who watch from outside ask for numbers that the bot exports, and Prometheus takes them."""

import json
import os
import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped] # it has no types

from bot.app.status import PrometheusMeter

ROOT = Path(__file__).parents[3]
MONITORING = ROOT / "scripts" / "monitoring"
ENDINGS = {
    "counter": ("_total",),
    "histogram": ("_bucket", "_sum", "_count"),
    "gauge": ("",),
    "info": ("_info",),
}
"""Series of a family by its kind (https://prometheus.io/docs/concepts/metric_types)."""


def exported() -> set[str]:
    """Names of all series of /metrics."""
    return {
        f"{family.name}{ending}"
        for family in PrometheusMeter().registry.collect()
        for ending in ENDINGS[family.type]
    }


def rules() -> list[dict[str, Any]]:
    """The rules of alerts."""
    (group,) = yaml.safe_load((MONITORING / "alerts.yaml").read_text("utf-8"))["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def panels() -> list[dict[str, Any]]:
    """The dashboard's pictures."""
    found: list[dict[str, Any]] = json.loads((MONITORING / "dashboard.json").read_text("utf-8"))["panels"]
    return found


def expressions() -> list[str]:
    """All that Prometheus is asked."""
    return [
        *(rule["expr"] for rule in rules()),
        *(one["expr"] for panel in panels() for one in panel["targets"]),
    ]


def test_every_number_that_is_asked_for_is_exported() -> None:
    """In rules, in pictures and in the guide; and the guide tells of every one but the version."""
    guide = (ROOT / "docs" / "watching.md").read_text("utf-8")
    named = {name for text in (*expressions(), guide) for name in re.findall(r"\bkuager_\w+", text)}
    families = {family.name for family in PrometheusMeter().registry.collect()}
    assert named - exported() - families == set()
    told = set(re.findall(r"`(kuager_\w+)`", guide))
    assert {name for name in families - {"kuager"} if told.isdisjoint({name, f"{name}_total"})} == set()


def test_each_rule_says_what_is_wrong_and_what_to_look_at() -> None:
    """As the guide has them, in the same order."""
    names = [rule["alert"] for rule in rules()]
    guide = (ROOT / "docs" / "watching.md").read_text("utf-8")
    assert len(names) == 5
    assert re.findall(r"(?m)^\| `(Kuager\w+)` \|", guide) == names
    for rule in rules():
        told = rule["annotations"]
        assert told["summary"].endswith(".")
        assert re.search(r"python -m bot check|the bot's log", told["description"])


def test_no_copy_that_only_stands_by_raises_an_alarm() -> None:
    """Of several copies without a webhook one fetches, and the others say 0."""
    assert all(re.search(r"\b(max|sum)\(", rule["expr"]) for rule in rules())


def test_the_dashboard_is_one_that_grafana_can_take_in() -> None:
    """Each picture has a name, an explanation, a place of its own and the source that its reader chooses."""
    board = json.loads((MONITORING / "dashboard.json").read_text("utf-8"))
    assert (board["uid"], board["schemaVersion"]) == ("kuager", 39)
    (source,) = board["templating"]["list"]
    places = []
    for panel in panels():
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert {one["datasource"]["uid"] for one in panel["targets"]} == {f"${{{source['name']}}}"}
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        places.append(
            {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])},
        )
    assert all(one.isdisjoint(other) for one, other in combinations(places, 2))


@pytest.mark.release
@pytest.mark.parametrize(
    "words",
    [
        ("check", "config", "prometheus.yaml"),
        ("check", "rules", "alerts.yaml"),
        ("test", "rules", "alerts.test.yaml"),
    ],
    ids=" ".join,
)
def test_prometheus_takes_the_rules_and_raises_each_when_it_should(words: tuple[str, ...]) -> None:
    """All five when everything is wrong, none when all is well though one of two copies stands by."""
    ask_promtool(*words, folder=MONITORING)


@pytest.mark.release
def test_prometheus_understands_what_the_dashboard_asks(tmp_path: Path) -> None:
    """Each expression as a rule of its own."""
    recorded = [{"record": f"asked:{number}", "expr": one} for number, one in enumerate(expressions())]
    rules = {"groups": [{"name": "asked", "rules": recorded}]}
    (tmp_path / "asked.yaml").write_text(yaml.safe_dump(rules), "utf-8")
    ask_promtool("check", "rules", "asked.yaml", folder=tmp_path)


def ask_promtool(*words: str, folder: Path) -> None:
    """Run promtool, which must find nothing wrong. Skips where there is none; where CI is set, fails."""
    path = shutil.which("promtool")
    if path is None:
        missing = "promtool is missing: apt-get install --no-install-recommends prometheus"
        if os.environ.get("CI"):
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    done = subprocess.run([path, *words], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.returncode == 0, done.stdout + done.stderr
