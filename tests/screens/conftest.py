"""The walks, which all tests of screens share, and a bot that speaks a language of nobody's."""

import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from bot.demo.walk.steps import Visit
from bot.demo.walk.walking import walk
from bot.form.xlsform.reader import load
from bot.reports import commands as reporter_commands_chat
from bot.store.unit import QUESTION_FORM, REPLY_FORM
from db.engine import Database
from tests.bench import Bench, settings
from tests.conftest import sqlite_url
from tests.screens.kinds import FORMS, forms
from tests.screens.pseudo import LANGUAGE, in_pseudo, swapped
from tests.screens.pseudo_chats import PseudoChats

Walks = Mapping[str, tuple[Visit, ...]]


@pytest.fixture(scope="session")
def walks() -> Walks:
    """The visits of each form's walk."""
    return {name: tuple(walk(form, withholds=name == "review")) for name, form in forms().items()}


@pytest.fixture
async def chats(
    migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[PseudoChats]:
    """A bot that speaks only the language that nobody speaks."""
    monkeypatch.setattr(reporter_commands_chat, "name_of", lambda _code: swapped("Nobody's"))
    shutil.copy(migrated_file, tmp_path / "kuager.db")
    database = Database(sqlite_url(tmp_path / "kuager.db"))
    talk = {kind: load(FORMS / f"{kind}.md") for kind in (REPLY_FORM, QUESTION_FORM)}
    swapped_forms = {name: in_pseudo(form) for name, form in {**forms(), **talk}.items()}
    yield PseudoChats(
        Bench(database, swapped_forms, settings().model_copy(update={"languages": (LANGUAGE,)}))
    )
    await database.close()
