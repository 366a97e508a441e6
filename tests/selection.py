"""Selection and order of tests: all run on one Python, and on the newest those that depend on the Python
version."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

_HERE = Path(__file__).parent

LONGEST = (
    "end_to_end/test_acceptance", "browser/test_looks", "bot/demo/test_gallery", "crashes/",
    "end_to_end/test_unseen_cases", "linking/", "end_to_end/test_mutations", "browser/test_memory", "secrets/", "browser/",
    "end_to_end/", "clients/", "readers/", "screens/", "bot/demo/", "bot/safety/cleaning/", "bot/app/cli", "bot/chat/", "bot/desk/", "bot/reports/",
)  # fmt: skip
"""Path prefixes of the slowest tests."""

WAITING = "bot/transport/"
"""Path prefix of tests that wait, for example for a flood limit. Cores idle while all workers run them."""

ONCE = (
    "browser/", "screens/", "secrets/", "linking/", "adversaries/",  # a page, texts, bytes of a database
    "bot/forms/", "test_documents", "test_floors", "test_guides", "test_texts", "test_wording", "test_package",  # documents, texts and a list of files
    "crashes/", "end_to_end/", "bot/form/kinds/test_calendar", "bot/store/test_vault",  # repetitions of other tests
    "bot/chat/test_desk", "bot/chat/test_talks", "bot/form/flow/properties/", "bot/form/whole/", "bot/form/flow/filled/test_changed_instance",  # repetitions: random forms and moves
    "bot/safety/cleaning/test_hostile",  # decoders are not Python, and tests of clean copies cover their use
    "db/test_migrations", "db/test_phases",  # all other tests on databases begin with migrated ones
)  # fmt: skip
"""Path prefixes of tests that run on one Python only.

Tests marked `long` or `outside` among them run on the newest, the others on the oldest. Tests for either
database run on SQLite on the oldest and on PostgreSQL on the newest, if they take turns (`IN_TURN`).
"""

NEWEST = ("bot/demo/test_launch",)
"""Path prefixes of tests that run on the newest Python only.

On the older one, `bot/app/cli/test_application` covers most of them: a demo starts, is used and is told to stop.
"""

IN_TURN, OF_SQL = (
    (
        "bot/chat/",
        "bot/transport/",
        "bot/desk/",
        "bot/reports/",
        "bot/publish/",
        "bot/store/",
        "bot/app/test_",
        "bot/app/cli/test_upgrades",
        "bot/app/cli/test_migrating",
    ),
    ("bot/transport/", "bot/chat/test_plans", "bot/chat/test_statements"),
)
"""Path prefixes of tests for either database that take turns, and of those that do not, since they test SQL
itself.

The older Python uses SQLite, which takes less time, and the newest PostgreSQL (`newest`). Tests of SQL itself
run on both databases on the older.
"""

ONCE_TESTS = ("test_the_first_page_speaks_every_language",)
ONCE_LANGUAGES = ("ru", "en")
"""Parts of the gallery's tests that run on one Python only, since no Python changes their content.

The other Python makes the gallery in one language, a third of the work.
"""

SESSION_LOOP = pytest.mark.asyncio(loop_scope="session")
"""One event loop for consecutive tests that share a browser or connections to PostgreSQL."""


def mark(items: Sequence[pytest.Item]) -> None:
    """Mark tests for one Python only, and PostgreSQL tests with the event loop of their connections."""
    names = {item.nodeid for item in items}
    for item in items:
        path, database = _path_of(item), _parameters(item).get("database_url")
        other = {"sqlite": "postgresql", "postgresql": "sqlite"}.get(str(database))
        has_other = other is not None and item.nodeid.replace(str(database), other) in names
        takes_turns = path.startswith(IN_TURN) and not path.startswith(OF_SQL) and has_other
        if path.startswith(ONCE) or database == "postgresql" or takes_turns or _sees_gallery_once(item):
            item.add_marker("once")
        if path.startswith(NEWEST) or (takes_turns and database == "postgresql"):
            item.add_marker("newest")
        if database == "postgresql" and item.get_closest_marker("asyncio"):
            item.add_marker(SESSION_LOOP, append=False)


def in_order(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Order the slowest files first, since a late one would keep the other workers waiting. Waiting tests
    are spread evenly."""
    files = [list(tests) for _, tests in groupby(sorted(items, key=_place), _path_of)]
    waiting = [tests for tests in files if _waits(tests[0])]
    spread = [tests for tests in files if not _waits(tests[0])]
    for number, tests in enumerate(waiting):
        spread.insert(round((number + 0.5) * len(files) / len(waiting)), tests)
    return [test for tests in spread for test in tests]


def sees_gallery(item: pytest.Item) -> bool:
    """Whether a test reads the gallery."""
    return isinstance(item, pytest.Function) and "gallery_folder" in item.fixturenames


def _path_of(item: pytest.Item) -> str:
    return item.path.relative_to(_HERE).as_posix()


def _place(item: pytest.Item) -> int:
    path = _path_of(item)
    return next((at for at, begins in enumerate(LONGEST) if path.startswith(begins)), len(LONGEST))


def _waits(item: pytest.Item) -> bool:
    return _path_of(item).startswith(WAITING)


def _parameters(item: pytest.Item) -> Mapping[str, Any]:
    return item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}


def _sees_gallery_once(item: pytest.Item) -> bool:
    """Whether a test reads only parts of the gallery that no Python changes."""
    whole = item.name in ONCE_TESTS or _parameters(item).get("language") in ONCE_LANGUAGES
    return whole and sees_gallery(item)
