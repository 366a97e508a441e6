"""The acceptance cases as country updates: in each language and format, made once."""

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.form.model import Form
from bot.publish.country_update.rendering import rendered
from bot.publish.country_update.request import UpdateFormat, UpdateRequest
from bot.publish.country_update.service import composed
from db.engine import Database
from tests.bench import Bench
from tests.bot.publish.country_update.casework import LANGUAGES, approve_cases
from tests.conftest import sqlite_url

FIRST, LAST = "2023-01", "2024-04"


@dataclass(frozen=True)
class Made:
    """The files by language and format, and the references of the records by the ids of their cases."""

    files: Mapping[tuple[str, str], bytes]
    refs: Mapping[str, str]
    short: Mapping[tuple[str, str], bytes]
    """The short edition."""


@pytest.fixture(scope="session")
def made(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory, forms: Mapping[str, Form]) -> Made:
    """The updates of January 2023 to April 2024, each record with a title and a summary in each language."""
    path = tmp_path_factory.mktemp("updates") / "kuager.db"
    shutil.copy(migrated_file, path)
    return asyncio.run(_make(sqlite_url(path), forms))


async def _make(url: str, forms: Mapping[str, Form]) -> Made:
    database = Database(url)
    bench = Bench(database, forms)
    own = {"published_languages": LANGUAGES, "organisation": {"": "Bureau"}}
    bench.settings = bench.settings.model_copy(update=own)
    files: dict[str, dict[tuple[str, str], bytes]] = {"full": {}, "short": {}}
    async with bench.write() as unit:
        reports = await approve_cases(bench, unit, await bench.moderator(unit, language="en"))
        for language in LANGUAGES:
            for edition, of_edition in files.items():
                document = await composed(unit, UpdateRequest.read(FIRST, LAST, language, "md", edition))
                of_edition |= {(language, str(one)): rendered(document, one) for one in UpdateFormat}
    await database.close()
    refs = {case: report.ref for case, report in reports.items()}
    return Made(files["full"], refs, files["short"])
