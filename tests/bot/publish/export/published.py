"""Published records for tests of exports: one that says all, and how it comes to be approved and is read back."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.form.answers import Answer, Chosen, Number, Precision, When
from bot.publish.export import cells, exports
from bot.publish.export.request import ExportRequest
from bot.reports.states import Consent
from bot.store.unit import UnitOfWork
from db.models import Moderator, Report
from tests.bench import Bench, approve_proposal, reads_in, text

CSV, JSONL = ExportRequest.read("csv"), ExportRequest.read("jsonl")


SECRET = "Aigerim Bekova"
_GUARDED = re.compile(r"'(?:'*\s*[=+\-@＝＋－＠]|'*[\t\r])")


FULL: Mapping[str, Answer] = {
    "title": text("=Journalists held"),
    "summary": text("Two were held.\nOne; the other | later."),
    "kind": Chosen(("pattern",)),
    "violations": Chosen(("detention.mass", "detention")),
    "violation_primary": Chosen(("detention.mass",)),
    "when": When(Precision.RANGE, "2024-03", "2024-04"),
    "date_meaning": text("event"),
    "underlying_event": When(Precision.MONTH, "2022-01"),
    "region": Chosen(("KZ-75",)),
    "affected[1]/affected_role": text("journalists; two"),
    "affected[1]/affected_groups": Chosen(("journalist", "activist")),
    "affected[1]/affected_number_min": Number(2),
    "affected[1]/affected_number_max": Number(3),
    "affected[2]/affected_role": text("an outlet"),
    "affected[2]/affected_groups": Chosen(("organisation",)),
    "affected[2]/affected_organisation": text("Dala | Press"),
    "perpetrators[1]/perpetrator_type": Chosen(("police",)),
    "perpetrators[1]/perpetrator_detail": text("city police"),
    "legal_basis": Chosen(("KZ-AOC-488", "KZ-AOC-667")),
    "outcomes[1]/outcome_status": Chosen(("fined",)),
    "outcomes[1]/outcome_date": When(Precision.DAY, "2024-04-02", "2024-04-02"),
    "outcomes[1]/outcome_party": Chosen(("affected",)),
    "outcomes[1]/outcome_persons": Number(2),
    "outcomes[1]/outcome_fine_mrp": Number(50),
    "outcomes[1]/outcome_fine_tenge": Number(184600),
    "outcomes[2]/outcome_status": Chosen(("toughened",)),
    "outcomes[2]/outcome_party": Chosen(("officials",)),
    "outcomes[2]/outcome_prison_years": Number(3.5),
    "outcomes[2]/outcome_restriction_years": Number(2),
    "outcomes[2]/outcome_arrest_days": Number(15),
    "links": text("https://example.org/a\nhttps://example.org/b"),
    "assertion": Chosen(("confirmed",)),
    "sources[1]/source_kind": Chosen(("ngo",)),
    "sources[1]/source_publisher": text("Dala | Rights"),
    "sources[1]/source_date": When(Precision.MONTH, "2024-06"),
    "sources[2]/source_kind": Chosen(("court",)),
    "sources[2]/source_link": text("https://example.org/ruling"),
    "tags": text("Floods 2024, #january_2022; floods 2024"),
    "reliability": Chosen(("R2",)),
    "credibility": Chosen(("C1",)),
    "evidence_origin": Chosen(("from_person",)),
}


COUNTS = {"/review/affected": 2, "/review/perpetrators": 1, "/review/outcomes": 2, "/review/sources": 2}


def unguard(cell: str, at: str = cells.OF_COMMAS) -> str:
    """A cell as it was before `cells.guard`."""
    inner = rf"([{at}])'(?=['\"\s]*[=+\-@＝＋－＠])"
    return re.sub(inner, r"\1", cell[1:] if _GUARDED.match(cell) else cell)


async def approve(
    bench: Bench,
    unit: UnitOfWork,
    moderator: Moderator,
    consent: str = Consent.PUBLISH,
    written: Mapping[str, Answer | None] | None = None,
    **told: Answer | None,
) -> Report:
    """An approved report, whose version says what is `written`, by path below `/review/`; `told` is what its reporter told."""
    report = (await bench.submit(unit, consent_use=Chosen((consent,)), **told)).report
    given: dict[str, Any] = dict(written or {})
    await bench.propose(unit, moderator, report, _counts(given), **given)
    await approve_proposal(unit, moderator, report)
    return report


def _counts(paths: Iterable[str]) -> Mapping[str, int]:
    """How many instances of each repeat these paths are in."""
    counts: dict[str, int] = {}
    for path in paths:
        repeat, bracket, inside = path.partition("[")
        if bracket:
            number = int(inside.partition("]")[0])
            counts[f"/review/{repeat}"] = max(number, counts.get(f"/review/{repeat}", 0))
    return counts


async def exported(unit: UnitOfWork, request: ExportRequest) -> bytes:
    """The whole export."""
    return b"".join([piece async for piece in exports.stream(reads_in(unit), request)])


def read_csv(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV export, guards taken away."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return [{name: unguard(cell) for name, cell in row.items()} for row in rows]


OWN = """
| survey |
| | type | name | label | bind::bot:privacy | bind::bot:role |
| | text | headline | Title | public | title |
| | text | sort_label_en | A name to come | public | |
| | select_one kinds | sort | Sort | public | |
| | select_one kinds | outcome_status | Status | public | |
| | begin_repeat | links | Links | | |
| | text | href | Where? | public | |
| | end_repeat | | | | |
| | begin_repeat | region | Regions | | |
| | text | part | Which? | public | |
| | text | href | Where? | public | |
| | end_repeat | | | | |
| | begin_repeat | affected | Affected | | |
| | text | who | Who? | public | affected_role |
| | text | age | How old? | public | |
| | end_repeat | | | | |
| | begin_repeat | outcomes | Outcomes | | |
| | text | end | What came of it? | public | |
| | end_repeat | | | | |
| | text | extra_links | A name that is taken too | public | |

| choices |
| | list_name | name | label |
| | kinds | good | Good |

| settings |
| | form_title | form_id | name | version | namespaces |
| | Own | own | own | 1 | bot="https://kuager.org/xforms" |
"""
