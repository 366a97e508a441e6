"""Expressions as another evaluator understands them: `@getodk/xpath`, with which ODK's forms run in browsers.

apt-get install --no-install-recommends nodejs npm && pytest -m outside

npm installs it, pinned, in a folder for temporary files. Of its dependencies `@getodk/common` is not published and not
needed.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.form.expressions.coercion import Scalar, to_text
from tests.bot.form.expressions.generated import Generator
from tests.bot.form.expressions.instances import INSTANCE, evaluated, planted

pytestmark = pytest.mark.outside
VERSION = "0.11.0"
PACKAGES = {
    "private": True,
    "dependencies": {"@getodk/xpath": VERSION, "jsdom": "26.1.0", "temporal-polyfill": "0.3.0"},
    "overrides": {"@getodk/common": "npm:crypto-js@4.2.0"},
}
SCRIPT = Path(__file__).with_name("other_evaluator.mjs")
ZONE = "Asia/Karachi"  # five hours before UTC throughout the year, as in `instances.NOW`
EXPRESSIONS = 5_000
SHARED = re.sub(r"\s*<(hidden|feeds|spaced).*\n|\n\s*", "", INSTANCE)
"""The instance without what only this program knows, and without blanks between its nodes."""


@pytest.fixture(scope="module")
def folder() -> Path:
    """Folder with the evaluator, installed at most once."""
    if not shutil.which("node") or not shutil.which("npm"):
        words = "Node is missing: apt-get install --no-install-recommends nodejs npm"
        if os.environ.get("CI"):
            pytest.fail(words, pytrace=False)
        pytest.skip(words)
    made = Path(tempfile.gettempdir()) / f"kuager-getodk-xpath-{VERSION}"
    made.mkdir(exist_ok=True)
    if not (made / "node_modules" / "@getodk").exists():
        (made / "package.json").write_text(json.dumps(PACKAGES))
        command = ["npm", "install", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=made, check=True)  # noqa: S603 - ours
    shutil.copy(SCRIPT, made)
    return made


def judged(folder: Path, sources: list[str]) -> list[Any]:
    """Values that the other evaluator gives, or its errors as `{"error": …}`."""
    given = {"instance": SHARED, "zone": ZONE, "sources": sources}
    command = ["node", SCRIPT.name]
    done = subprocess.run(  # noqa: S603 - ours
        command, cwd=folder, input=json.dumps(given), capture_output=True, check=True, text=True
    )
    found: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def alike(ours: Scalar, theirs: Any) -> bool:
    if isinstance(theirs, bool | dict):
        return ours is theirs
    if isinstance(ours, float):
        try:
            return bool(ours == pytest.approx(float(theirs or "nan"), rel=1e-9, abs=1e-9, nan_ok=True))
        except ValueError:
            return False
    return bool(to_text(ours) == theirs)


MOST_DIFFERENCES = 200
_PATH = r"/(\S*::\w+|f/missing|f/p\[[^]]*\]/[\w/:*.]+)"
DIFFERENCES = {
    r"sum\(/f/missing\)": "the sum of no nodes is 0 (XPath 1.0, 4.1), there NaN",
    r"\*\[2\]": "a position is one among siblings (XPath 1.0, 2.4), there one among the nodes of a whole step",
    r"/(following|preceding)::": "nodes inside and around a node neither follow nor precede it (XPath 1.0, 2.2), there they do",
    r"round\(": "of two equally near, the greater one (XPath 1.0, 4.4), there the one further from zero",
    r"number\('2024-03-08'\)|(number|coalesce)\(.*format-date": "a date is whole days (JavaRosa), there hours before UTC count",
    rf"{_PATH} (!?=|[<>]=?)|= {_PATH}": "no node compares as a blank (JavaRosa), there as nothing",
    r"substring-after\(.*(Сәлем|/f/text)": "all of the text sought is cut off, there one letter",
    r"selected\(": "the words of a choice stand among those chosen (JavaRosa), there one word alone can",
}
"""Patterns of expressions whose values may differ, with the reason. The first that fits counts."""


def test_generated_expressions_agree_with_the_evaluator_of_browsers(folder: Path) -> None:
    """Five thousand, by type, and each that differs for a reason that is listed."""
    generator = Generator(seed=1)
    sources = list(dict.fromkeys(generator.expression() for _ in range(EXPRESSIONS * 2)))[:EXPRESSIONS]
    assert len(sources) == EXPRESSIONS
    root, reasons, unexplained = planted(SHARED), Counter[str](), []
    for source, theirs in zip(sources, judged(folder, sources), strict=True):
        ours = evaluated(source, root)
        if alike(ours, theirs):
            continue
        reason = next((why for pattern, why in DIFFERENCES.items() if re.search(pattern, source)), "")
        reasons[reason] += 1
        if not reason:
            unexplained.append(f"{source}: {ours!r}, there {theirs!r}")
    print(f"{EXPRESSIONS - reasons.total()} of {EXPRESSIONS} agree", dict(reasons))  # noqa: T201
    assert not unexplained, "\n" + "\n".join(unexplained)
    assert set(reasons) == set(DIFFERENCES.values())
    assert reasons.total() <= MOST_DIFFERENCES
