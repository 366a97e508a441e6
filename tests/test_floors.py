"""What import contracts cannot see: who asks for the time, and what is imported only when it is needed."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
CLOCKS = {ROOT / "bot" / "app" / "wiring.py", ROOT / "bot" / "local_api" / "__main__.py"}
ASKING = (
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns", "time.localtime",
    "time.gmtime", "func.now", "func.current_timestamp", "func.current_date", "func.localtimestamp",
)  # fmt: skip
"""What gives the time of day, by the end of its name. Monotonic clocks, which pace and wait, tell nobody when
something was."""
LAST_WORDS = {name.rpartition(".")[2] for name in ASKING}
SQL_WORDS = ("CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "NOW()")


def test_only_the_wiring_and_the_local_bot_apis_own_command_ask_for_the_time() -> None:
    """Neither Python nor SQL is asked for the time anywhere else: everything else is told it."""
    found = {path: list(asked_in(path.read_text("utf-8"))) for path in sources()}
    assert {str(path): asked for path, asked in found.items() if asked and path not in CLOCKS} == {}
    assert all(found[path] for path in CLOCKS)


def test_every_way_to_ask_is_noticed() -> None:
    """The search finds the calls it is meant to find, and no others."""
    asking = (
        "datetime.now(zone)", "datetime.datetime.utcnow()", "date.today()", "time.time()", "f(time.time)",
        "from time import time", "from time import time as t", "sa.func.now()", "text('select current_timestamp')",
    )  # fmt: skip
    for source in asking:
        assert list(asked_in(source)), source
    for source in (
        "time.monotonic()",
        "loop.time()",
        "unit.now",
        "world.now()",
        "draft.now.date()",
        "'now, please'",
    ):
        assert not list(asked_in(source)), source


def test_a_start_imports_only_what_the_bot_needs() -> None:
    """What converts forms, migrates and demonstrates is imported where it is called: it would be a third of each start."""
    late = ("pyxform", "openpyxl", "alembic", "bot.demo", "bot.form.xlsform.tree")
    allowed = {path for room in ("bot/demo", "migrations/versions") for path in (ROOT / room).rglob("*.py")}
    allowed.add(ROOT / "migrations" / "env.py")
    allowed |= {ROOT / "bot/form/xlsform" / f"{name}.py" for name in ("columns", "questions", "tree")}
    found = {
        (str(path.relative_to(ROOT)), name)
        for path in sources()
        for name in imported_at_once(path.read_text("utf-8"))
        if path not in allowed and name.startswith(late)
    }
    assert found == set()
    assert list(imported_at_once("import alembic.op\nfrom pyxform import x")) == ["alembic.op", "pyxform"]


def imported_at_once(source: str) -> Iterator[str]:
    """The modules that a module imports as soon as it is imported."""
    for node in ast.parse(source).body:
        match node:
            case ast.Import(names=names):
                yield from (one.name for one in names)
            case ast.ImportFrom(module=str(name)):
                yield name


def sources() -> list[Path]:
    """All Python of the program."""
    return [path for room in ("bot", "db", "migrations") for path in sorted((ROOT / room).rglob("*.py"))]


def asked_in(source: str) -> Iterator[str]:
    """Each place of a source that asks for the time, as it is written."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(attr=name) if name in LAST_WORDS and ast.unparse(node).endswith(ASKING):
                yield ast.unparse(node)
            case ast.ImportFrom(module="time", names=names) if {"time", "time_ns"} & {n.name for n in names}:
                yield ast.unparse(node)
            case ast.Constant(str(words)) if any(word in words.upper() for word in SQL_WORDS):
                yield words
