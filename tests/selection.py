"""Which tests run where, and in which order: all of them on one Python, and on the newest those that another Python can change."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

_HERE = Path(__file__).parent

LONGEST = (
    "end_to_end/test_acceptance", "browser/test_looks", "bot/demo/test_gallery", "crashes/",
    "end_to_end/test_unseen_cases", "linking/", "end_to_end/test_mutations", "browser/test_memory", "secrets/", "browser/",
    "end_to_end/", "clients/", "readers/", "screens/", "bot/demo/", "bot/safety/cleaning/", "bot/cli", "bot/chat/",
)  # fmt: skip
"""Where the tests are that take longest, by the beginnings of their paths."""

WAITING = "bot/chat/transport/"
"""Where tests wait, for a flood limit to be over or a server to be back: while all workers are among them no core has anything to do."""

ONCE = (
    "browser/", "screens/", "secrets/", "linking/", "adversaries/",  # a page, texts, and the bytes of a database
    "bot/forms/", "test_documents", "test_floors", "test_guides", "test_texts", "test_wording",  # what is written
    "crashes/", "end_to_end/", "bot/form/kinds/dates/test_calendar", "bot/services/test_vault",  # what others do once, again and again
    "bot/chat/test_desk", "bot/chat/test_talks", "bot/form/flow/properties/", "bot/form/flow/filled/test_changed_instance",  # the same: forms and moves at random
    "bot/safety/cleaning/test_hostile",  # decoders, which are no Python; that they are run as they should, clean copies show
    "db/test_migrations",  # what they make of any data; each test that runs on a database begins with one that they made
)  # fmt: skip
"""Where the tests are that run on one Python alone, by the beginnings of their paths. Those among them that are `long` or
`outside` run on the newest, the others on the oldest. So it is with PostgreSQL: on the newest Python tests that run on either
database run on SQLite."""

NEWEST = ("bot/demo/test_launch",)
"""What runs on the newest Python alone, since another test does most of it on the older: a demo starts, is used and is told to stop in
`bot/cli/test_application` too."""

IN_TURN, OF_SQL = (
    ("bot/chat/", "bot/services/", "bot/cli/test_upgrades", "bot/cli/test_migrating"),
    ("bot/chat/transport/", "bot/chat/test_plans", "bot/chat/test_statements"),
)
"""Where tests that run on either database take turns, and where they do not, since SQL itself is tried: the older Python has PostgreSQL, on
which no other test runs the whole bot, the newest has SQLite (`newest`). Whole bots run on SQLite on the older too, in `end_to_end`,
`browser`, `secrets` and the demo."""

ONCE_TESTS = ("test_the_first_page_speaks_every_language",)
ONCE_LANGUAGES = ("ru", "en")
"""What of the gallery's tests runs once too: what stands in it no Python changes. On the other it is made in
one language, which is a third of the work."""

SESSION_LOOP = pytest.mark.asyncio(loop_scope="session")
"""An event loop for one test after another, for what belongs to one: a browser, and connections to PostgreSQL."""


def mark(items: Sequence[pytest.Item]) -> None:
    """Mark the tests that run on one Python alone, and those of PostgreSQL with the event loop that its connections live in."""
    names = {item.nodeid for item in items}
    for item in items:
        path, database = _path_of(item), _parameters(item).get("database_url")
        if path.startswith(ONCE) or database == "postgresql" or _sees_gallery_once(item):
            item.add_marker("once")
        takes_turns = path.startswith(IN_TURN) and not path.startswith(OF_SQL)
        has_other = item.nodeid.replace("sqlite", "postgresql") in names
        if path.startswith(NEWEST) or (takes_turns and database == "sqlite" and has_other):
            item.add_marker("newest")
        if database == "postgresql" and item.get_closest_marker("asyncio"):
            item.add_marker(SESSION_LOOP, append=False)


def in_order(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The longest files begin first: a worker that is given one at the end lets the others wait. Those that wait themselves are spread
    among them all."""
    files = [list(tests) for _, tests in groupby(sorted(items, key=_place), _path_of)]
    waiting = [tests for tests in files if _waits(tests[0])]
    spread = [tests for tests in files if not _waits(tests[0])]
    for number, tests in enumerate(waiting):
        spread.insert(round((number + 0.5) * len(files) / len(waiting)), tests)
    return [test for tests in spread for test in tests]


def sees_gallery(item: pytest.Item) -> bool:
    """Whether a test looks at the gallery."""
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
    """Whether a test looks at the gallery for what no Python changes."""
    whole = item.name in ONCE_TESTS or _parameters(item).get("language") in ONCE_LANGUAGES
    return whole and sees_gallery(item)
