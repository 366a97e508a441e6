"""What an export costs beside a plain loop over the same rows.

Run as `PTB_TIMEDELTA=1 uv run python -m tests.benchmarks.exports`; it is no test and is not collected. Every report is approved, with a full
version. The plain loop reads and decrypts the same rows and writes with `csv` or `json` as many cells or objects, which it has ready: those
of a sample, again and again. XlsxWriter alone, in its constant-memory mode, gets the cells of a workbook in the same way.

What counts is the ratio of the processor's time, the best of `--rounds`, each format and its plain loop in turns: other work on the
machine makes both slower. `--memory 10000,1000000` prints the largest resident memory of a process that exports so many.
"""

import argparse
import asyncio
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl  # type: ignore[import-untyped] # it has no types
import xlsxwriter  # type: ignore[import-untyped] # it has no types
from sqlalchemy import select, text, tuple_

from bot.app.wiring import spare_collector
from bot.form.answers import to_json
from bot.form.xlsform.reader import load
from bot.publish.export import exports
from bot.publish.export.formats import FORMATS
from bot.publish.export.formats.writing import ExportFacts
from bot.publish.export.request import ExportRequest
from bot.publish.export.selection import Period, approved_versions
from bot.reports.states import Consent
from bot.store import vault
from bot.store.unit import UnitOfWork
from db.engine import Database
from db.models import IS_PUBLIC, PublicVersion
from tests.bench import FORMS, Bench, as_typed, reads_in, typed
from tests.benchmarks.growth.filling import fill
from tests.benchmarks.growth.measuring import urls
from tests.benchmarks.growth.rows import AT_ONCE, Rows, Years
from tests.bot.publish.export.published import COUNTS, FULL

_PAGE = 200
_NOWHERE = Path(os.devnull)
_SAMPLE = 500
"""Records whose cells XlsxWriter alone is given, again and again."""
_ZONE = ZoneInfo("Asia/Almaty")
_SUMMARY = "Утром 8 марта 2024 года у здания акимата задержали трёх человек, через час их отпустили. " * 6


_USUAL = frozenset(
    [
        "title",
        "summary",
        "kind",
        "violations",
        "violation_primary",
        "when",
        "date_meaning",
        "region",
        "affected[1]/affected_role",
        "affected[1]/affected_groups",
        "affected[1]/affected_number_min",
        "perpetrators[1]/perpetrator_type",
        "legal_basis",
        "outcomes[1]/outcome_status",
        "outcomes[1]/outcome_date",
        "outcomes[1]/outcome_party",
        "assertion",
        "sources[1]/source_kind",
        "sources[1]/source_publisher",
        "sources[1]/source_date",
        "reliability",
        "credibility",
    ]
)
"""What is said in most versions."""


@dataclass
class Published(Years):
    """So many approved reports, each with a version that says all that can be said, or what most do."""

    is_full: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        kept = {**FULL, "title": typed("Задержания у акимата"), "summary": typed(_SUMMARY)}
        if not self.is_full:
            kept = {path: answer for path, answer in kept.items() if path in _USUAL}
        said = {
            f"/review/{path}": to_json(typed_)
            for path, answer in kept.items()
            if (typed_ := as_typed(answer))
        }
        self._content: dict[str, Any] = {
            "form": "review", "version": "3", "language": "ru", "answers": said,
            "counts": COUNTS, "confirmed": [], "consent": "publish_no_names", "named": False, "checked": True,
        }  # fmt: skip

    def chunks(self) -> Iterator[Rows]:
        """All rows, in pieces."""
        for first in range(0, self.number, AT_ONCE):
            made: dict[str, list[Mapping[str, Any]]] = {
                name: [] for name in ("key_slots", "data_keys", "reports", "public_versions", "audit_log")
            }
            for number in range(first, min(first + AT_ONCE, self.number)):
                self._published(made, number)
            yield self._proved(made)

    def _published(self, made: dict[str, list[Mapping[str, Any]]], number: int) -> None:
        region = self._regions[number % len(self._regions)]
        answers = self._content["answers"] | {"/review/region": {"chosen": {"names": [region]}}}
        written = json.dumps(self._content | {"answers": answers}, ensure_ascii=False).encode()
        self._written = {Consent.PUBLISH: written}
        report_id = vault.new_id()
        hour = self._hour - 20_000 + number * 20_000 // self.number
        made["reports"].append(
            {
                "id": report_id, "ref": f"R{number:07}", "status": "approved", "receipt_hash": os.urandom(32),
                **self._form, "language": "ru", "urgent": False, "category": None, "region": region,
                "date_start": None, "date_end": None, "date_precision": None, "submitted_hour": hour,
                "closed_hour": hour, "consent_use": "publish_no_names", "reject_reason": None, "data_key_id": None,
                "content": None, "moderator_id": None, "claimed_until_hour": None, "announced": True,
            }
        )  # fmt: skip
        self._version(made, report_id, hour, Consent.PUBLISH)
        if not number:
            self._entry(made, hour, "approve", "R0000000")


# --- what is compared


async def exported(unit: UnitOfWork, name: str) -> int:
    """An export of all; how many bytes it has."""
    size = 0
    with _NOWHERE.open("wb") as file:  # noqa: ASYNC230 - nothing waits for it
        async for piece in exports.stream(reads_in(unit), ExportRequest.read(name)):
            size += file.write(piece)
    return size


async def opened(unit: UnitOfWork) -> AsyncIterator[Mapping[str, Any]]:
    """What the same versions say, as it was sealed."""
    version, after = PublicVersion, None
    while True:
        query = select(version.id, version.approved_hour, version.data_key_id, version.content)
        query = query.where(text(IS_PUBLIC)).order_by(version.approved_hour, version.id).limit(_PAGE)
        if after is not None:
            query = query.where(tuple_(version.approved_hour, version.id) > after)
        rows = (await unit.session.execute(query)).all()
        await vault.open_keys(unit, [row.data_key_id for row in rows])
        for row in rows:
            assert row.data_key_id is not None
            yield vault.unseal(unit, row.data_key_id, row.content, f"public_versions.content:{row.id}")
        unit.keys.clear()
        if len(rows) < _PAGE:
            return
        after = (rows[-1].approved_hour, rows[-1].id)


async def plain_csv(unit: UnitOfWork, rows: Sequence[Sequence[str]]) -> int:
    """Each version opened, and a line of the sample written."""
    with _NOWHERE.open("w", encoding="utf-8", newline="") as file:  # noqa: ASYNC230 - as above
        writer, of_sample = csv.writer(file, quoting=csv.QUOTE_ALL), cycle(rows)
        return sum([writer.writerow(next(of_sample)) async for _ in opened(unit)])


async def plain_json(unit: UnitOfWork, objects: Sequence[object]) -> int:
    """Each version opened, and an object of the sample written."""
    with _NOWHERE.open("w", encoding="utf-8") as file:  # noqa: ASYNC230 - as above
        of_sample = cycle(objects)
        return sum(
            [file.write(f"{json.dumps(next(of_sample), ensure_ascii=False)}\n") async for _ in opened(unit)]
        )


Sheets = Mapping[str, Sequence[Sequence[tuple[int, Any]]]]
"""By sheet, the cells of each row that are not blank, with their columns."""


def cells_of(workbook: bytes) -> Sheets:
    """The cells of the sheets of data of a workbook."""
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    return {
        sheet.title: [
            [(at, cell) for at, cell in enumerate(row) if cell is not None]
            for row in sheet.iter_rows(min_row=2, values_only=True)
        ]
        for sheet in book
        if sheet.title not in {"dictionary", "codes"}
    }


def xlsxwriter_alone(sheets: Sheets, times: int, folder: str) -> int:
    """The cells, so many times, written by XlsxWriter."""
    path = Path(folder) / "alone.xlsx"
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": folder, "use_zip64": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(islice(cycle(rows), len(rows) * times), 1):
            for at, value in row:
                match value:
                    case bool():
                        sheet.write_boolean(number, at, value)
                    case int() | float():
                        sheet.write_number(number, at, value)
                    case datetime():
                        sheet.write_datetime(number, at, value, day)
                    case _:
                        sheet.write_string(number, at, value)
    book.close()
    return path.stat().st_size


# --- measuring


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds on the clock and of the processor, and bytes."""

    wall: float
    cpu: float
    size: int


async def took(act: Callable[[], Awaitable[int]]) -> Took:
    """What an act takes."""
    wall, cpu = perf_counter(), process_time()
    size = await act()
    return Took(perf_counter() - wall, process_time() - cpu, size)


async def compare(
    bench: Bench, rounds: int, names: Sequence[str], folder: str
) -> Mapping[str, Sequence[Took]]:
    """Each act in turns; what each took, the best by the processor first."""
    async with bench.read() as unit:
        number = len((await unit.session.execute(select(PublicVersion.id))).all())
    rows = list(csv.reader(io.StringIO((await _sample(bench, "csv")).decode("utf-8-sig"), newline="")))[1:]
    objects = [json.loads(line) for line in (await _sample(bench, "jsonl")).splitlines()]
    acts = {
        "plain csv": _reading(bench, lambda unit: plain_csv(unit, rows)),
        "plain json": _reading(bench, lambda unit: plain_json(unit, objects)),
        **{name: _reading(bench, partial(exported, name=name)) for name in names},
    }
    if "xlsx" in names:
        sheets = cells_of(await _sample(bench, "xlsx"))

        async def alone() -> int:
            return xlsxwriter_alone(sheets, max(1, number // _SAMPLE), folder)

        acts["XlsxWriter alone"] = alone
    found: dict[str, list[Took]] = {name: [] for name in acts}
    for _ in range(rounds):
        for name, act in acts.items():
            found[name].append(await took(act))
    return {name: sorted(many, key=lambda one: one.cpu) for name, many in found.items()}


def _reading(bench: Bench, read: Callable[[UnitOfWork], Awaitable[int]]) -> Callable[[], Awaitable[int]]:
    async def act() -> int:
        async with bench.read() as unit:
            return await read(unit)

    return act


async def _sample(bench: Bench, name: str) -> bytes:
    """An export of the first records."""
    async with bench.read() as unit:
        table = exports.table_of(unit)
        writer = FORMATS[name].writer(table, ExportFacts())
        pieces = [writer.begin()]
        async for version in approved_versions(unit, Period()):
            pieces.append(writer.row(table.record(version)))
            if len(pieces) > _SAMPLE:
                break
        return b"".join([*pieces, *writer.end()])


def tell(engine: str, number: int, rounds: int, found: Mapping[str, Sequence[Took]]) -> None:
    """One table."""
    beside = {"jsonl": "plain json", "xlsx": "XlsxWriter alone"}
    _say(f"\n{engine}, {number:,} approved reports, best of {rounds}, load {os.getloadavg()[0]:.1f}")
    _say(f"{'':18}{'processor s':>12}{'wall s':>9}{'MB':>9}  times")
    for name, many in found.items():
        best = many[0]
        against = found.get(beside.get(name, "plain csv"), many)[0]
        is_plain = name.startswith("plain") or name == "XlsxWriter alone"
        ratio = "" if is_plain else f"  {best.cpu / against.cpu:.2f} of {beside.get(name, 'plain csv')}"
        _say(f"{name:18}{best.cpu:12.2f}{best.wall:9.2f}{best.size / 1e6:9.1f}{ratio}")


# --- running


async def filled(url: str, number: int, note: Path, *, is_full: bool = False) -> Bench:
    """A database of so many; one that is there is taken."""
    bench = Bench(Database(url), {"report": load(FORMS / "incident.md"), "review": load(FORMS / "review.md")})
    bench.now = datetime.now(_ZONE)
    if not note.exists():  # noqa: ASYNC240 - nothing waits for it
        await fill(url, Published(bench, number, is_full=is_full))
        note.touch()  # noqa: ASYNC240 - as above
    return bench


async def _compared(engine: str, asked: argparse.Namespace, folder: Path) -> None:
    with urls(engine, folder) as url_of:
        note = folder / f"{engine}-{asked.size}.exports"
        bench = await filled(url_of(asked.size), asked.size, note, is_full=asked.full)
        found = await compare(bench, asked.rounds, asked.formats.split(","), str(folder))
        tell(engine, asked.size, asked.rounds, found)
        await bench.database.close()


async def _one(url: str, name: str) -> None:
    """An export in a process of its own: how much memory it took."""
    bench = await filled(url, 0, Path(os.devnull))
    async with bench.read() as unit:
        await exported(unit, name)
    await bench.database.close()
    _say(f"{_most_resident() / 1024:.0f}")


def _most_resident() -> int:
    """KiB that this process had resident at most. `getrusage` would count its parent, which has just filled the database, as well."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


async def _memory(engine: str, asked: argparse.Namespace, folder: Path) -> None:
    with urls(engine, folder) as url_of:
        for size in map(int, asked.memory.split(",")):
            url = url_of(size)
            bench = await filled(url, size, folder / f"{engine}-{size}.exports")
            await bench.database.close()
            for name in asked.formats.split(","):
                command = [sys.executable, "-m", "tests.benchmarks.exports", "--one", url, "--formats", name]
                done = await asyncio.to_thread(
                    subprocess.run,
                    command,
                    check=True,
                    capture_output=True,
                    text=True,
                )
                _say(f"{engine}, {size:,} reports, {name}: {done.stdout.strip()} MB resident at most")


def main() -> None:
    """Measure each engine, and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.exports")
    parser.add_argument("--size", type=int, default=100_000, help="approved reports")
    parser.add_argument("--engines", default="sqlite,postgresql")
    parser.add_argument(
        "--formats", default=",".join(name for name, one in FORMATS.items() if not one.of_reporters)
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", help="keep the databases here, and use those that are here already")
    parser.add_argument("--memory", help="measure memory instead, at these sizes")
    parser.add_argument("--full", action="store_true", help="versions that say all that can be said")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    spare_collector()  # as the bot does
    if asked.one:
        asyncio.run(_one(asked.one, asked.formats))
        return
    with ExitStack() as stack:
        folder = Path(asked.folder or stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        for engine in asked.engines.split(","):
            asyncio.run((_memory if asked.memory else _compared)(engine, asked, folder))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
