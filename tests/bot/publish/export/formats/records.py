"""What is written in the tests of formats: records of our form and of one of somebody's own, without a database."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.form.answers import Answer, Chosen, GeoPoint, Number, Precision, When
from bot.form.model import Form
from bot.form.xlsform.reader import load
from bot.publish.export.cells import ExportTable, Record
from bot.publish.export.formats.writing import ExportFacts, Format
from bot.publish.export.selection import ApprovedVersion, Belonging, ExportScope
from bot.publish.versions import VersionContent
from tests.bench import as_typed, typed
from tests.bot.publish.export.published import FULL

ZONE = ZoneInfo("Asia/Almaty")
PLACED: Mapping[str, Answer] = {"place_public": GeoPoint(43.2, 76.9), "place_share": Chosen(("10km",))}
"""Answers that show a place to ten kilometres."""
HOSTILE = (
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\ttab first",
    "\rreturn first",
    'comma, "quote", {brace}, [bracket], \\ backslash',
    "a; b;=c",
    "a | b || c :: d",
    "two\nlines\r\nthree",
    "\u2028line\u2029paragraph\x85next",
    "\u202eright to left\u202c",
    "\N{DOVE OF PEACE} \U0001f1f0\U0001f1ff",
    "null",
    "x" * 100_000,
)
"""Texts that come out of every format as they went in."""
CUT_SHORT = {"a\0b": "a\N{REPLACEMENT CHARACTER}b", "half \ud83d": "half ?"}
"""Those that come out otherwise, and how."""
OWN = """
| survey |
| | type | name | label::Русский (ru) | label::English (en) | bind::bot:privacy | bind::bot:role |
| | text | headline | Заголовок | Title | public | title |
| | text | reports | Отчёты | Reports | public | |
| | select_multiple tools | tools | Средства | Tools | public | |
| | select_multiple tools | incidents | Случаи | Incidents | public | |
| | decimal | hours | Часы | Hours | public | |
| | date | seen_on | День | Day | public | |
| | text | secret | Тайна | Secret | moderators | |
| | begin_repeat | witnesses | Свидетели | Witnesses | | |
| | text | number | Номер | Number | public | |
| | integer | age | Возраст | Age | public | |
| | select_multiple tools | saw | Что видели | Saw | public | |
| | end_repeat | | | | | |

| choices |
| | list_name | name | label::Русский (ru) | label::English (en) |
| | tools | water | Вода | Water |
| | tools | smoke | Дым | Smoke |

| settings |
| | form_title | form_id | name | version | namespaces |
| | Own | own | own | 1 | bot="https://kuager.org/xforms" |
"""
"""A form of one's own, of which some names are those of tables and columns."""
OWN_ANSWERS: Mapping[str, Answer] = {
    "headline": typed("Held"),
    "reports": typed("=none"),
    "tools": Chosen(("water", "smoke")),
    "incidents": Chosen(("smoke", "no_longer_listed")),
    "hours": Number(2),
    "seen_on": When(Precision.DAY, "2024-03-08", "2024-03-08"),
    "secret": typed("Aigerim Bekova"),
    "witnesses[1]/number": typed("one"),
    "witnesses[1]/age": Number(40),
    "witnesses[2]/saw": Chosen(("smoke",)),
}


def our_table(forms: Mapping[str, Form], scope: ExportScope = ExportScope.PUBLIC) -> ExportTable:
    """That of the forms that come with the program."""
    return ExportTable(forms["review"], forms["report"], ZONE, scope.questions(forms["report"]))


def own_table(forms: Mapping[str, Form], folder: Path) -> ExportTable:
    """That of OWN."""
    (folder / "own.md").write_text(OWN, "utf-8")
    return ExportTable(load(folder / "own.md"), forms["report"], ZONE)


def version(
    ref: str,
    answers: Mapping[str, Answer] = FULL,
    form: str = "review",
    told: Mapping[str, Answer] | None = None,
    **belonging: Any,
) -> ApprovedVersion:
    """An approved version of these answers, as moderators typed them."""
    given = {f"/{form}/{name}": answer for name, found in answers.items() if (answer := as_typed(found))}
    content = VersionContent(form, "3", "en", given, {})
    return ApprovedVersion(ref, 1, 500_000, "publish_no_names", content, told or {}, Belonging(**belonging))


def titled(table: ExportTable, titles: Iterable[str]) -> list[Record]:
    """A full record for each title, which is somebody's role too, as an instance beside a blank one."""
    return [
        {**table.record(version(f"R{place:05}")), "title": title, "affected_role": [title, None]}
        for place, title in enumerate(titles)
    ]


def written(
    format_: Format,
    table: ExportTable,
    found: Iterable[ApprovedVersion | Record],
    about: ExportFacts | None = None,
) -> bytes:
    """The export of these versions or records."""
    writer = format_.writer(table, about or ExportFacts())
    records = (table.record(one) if isinstance(one, ApprovedVersion) else one for one in found)
    return b"".join([writer.begin(), *map(writer.row, records), *writer.end()])
