"""Faults that somebody could put into the program, each with the facts by which the acceptance test must notice it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_VIEW = "bot/desk/card/chat.py"
_FILES = "bot/desk/card/files.py"
_FIXED = "bot/publish/export/columns.py"
_VALUES = "bot/publish/export/column_values.py"
_STANDARDS = "bot/publish/export/column_values.py"
_XLSX = "bot/publish/export/formats/xlsx.py"
_CELLS = "bot/publish/export/cells.py"
_REVIEW = "bot/forms/review.md"


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change to one file of the program: what is replaced by what. `facts` are all that must be found wrong then."""

    name: str
    path: str
    edits: tuple[tuple[str, str], ...]
    facts: frozenset[str]

    @contextmanager
    def applied(self, root: Path) -> Iterator[None]:
        """The change stands in this tree inside the block."""
        path = root / self.path
        times, before = path.stat(), path.read_text("utf-8")
        changed = before
        for old, new in self.edits:
            assert changed.count(old) == 1, f"{self.name}: {self.path} has {changed.count(old)} times {old!r}"
            changed = changed.replace(old, new)
        path.write_text(changed, "utf-8")
        try:
            yield
        finally:
            path.write_text(before, "utf-8")
            # Compiled modules are known by these times: those of the fault must not pass for the file's own.
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _fault(name: str, path: str, *edits: tuple[str, str], facts: str) -> Mutation:
    return Mutation(name, path, edits, frozenset(facts.split()))


def _all(*names: str) -> str:
    return " ".join(
        f"{format_}.{name}" for name in names for format_ in ("csv", "excel-csv", "xlsx", "jsonl")
    )


def _hidden(question: str) -> tuple[str, str]:
    """The moderator is not shown the answer to a question."""
    shown = "question.role not in _UNSHOWN and"
    return shown, f'{shown} question.name != "{question}" and'


_LISTS = (
    *("kind", "rights", "violations", "date_precision", "region", "affected_groups"),
    *("perpetrator_type", "legal_basis", "outcome_status", "consent_use", "assertion", "outcome_party"),
    *("source_kind", "source_reliability", "information_credibility", "evidence_origin"),
)
"""All lists whose labels are exported."""
_DAY_LATER = (
    "when['start'] if len(when['start'] or '') < 10 else "
    "(__import__('datetime').date.fromisoformat(when['start']) + __import__('datetime').timedelta(1)).isoformat()"
)

FAULTS = (
    (
        _fault(
            "labels of Fined and In detention swapped",
            "bot/forms/statuses.csv",
            (
                "\ndetained,Под стражей,Қамауда,Под стражей,In detention,",
                "\ndetained,Штраф,Айыппұл салынды,Штраф,Fined,",
            ),
            (
                "\nfined,Штраф,Айыппұл салынды,Штраф,Fined,",
                "\nfined,Под стражей,Қамауда,Под стражей,In detention,",
            ),
            facts=_all("outcomes", "labels.outcome_status"),
        ),
        _fault(
            "the codes of two regions swapped",
            "bot/forms/regions.csv",
            ("\nKZ-75,", "\nKZ-7?,"),
            ("\nKZ-71,", "\nKZ-75,"),
            ("\nKZ-7?,", "\nKZ-71,"),
            facts=_all("region", "labels.region"),
        ),
        _fault(
            "all rights are privacy",
            _VALUES,
            ("or list(implied)", 'or ["privacy" for _ in implied][:1]'),
            facts=f"preview.rights {_all('rights')}",
        ),
        _fault(
            "files are not shown to moderators",
            _FILES,
            ("if (number := len(_of(found, album)))\n", "if (number := len(_of(found, album))) < 0\n"),
            facts="screen.files",
        ),
        _fault("reports elsewhere are not shown", _VIEW, _hidden("reported"), facts="screen.reported"),
        _fault(
            "the kind is not begun with",
            _REVIEW,
            ("| incident |  | public | kind |", "|  |  | public | kind |"),
            facts="carried.kind",
        ),
        _fault(
            "freedoms in another order",
            _VALUES,
            (
                'FREEDOMS = ("expression", "association", "assembly")',
                'FREEDOMS = ("assembly", "association", "expression")',
            ),
            facts=_all("freedoms"),
        ),
        _fault("needs are not shown", _VIEW, _hidden("needs"), facts="screen.needs"),
        _fault(
            "the greatest number of people lost",
            _REVIEW,
            ("| affected_exact affected_most affected_number/max |", "| affected_exact |"),
            facts="carried.affected_number_max",
        ),
        _fault(
            "a place is published as it was told",
            "bot/publish/location.py",
            (
                "return GeoPoint(round(point.latitude, decimals), round(point.longitude, decimals))",
                "return point",
            ),
            facts=_all("latitude", "longitude"),
        ),
        _fault(
            "a city has no locality",
            _VALUES,
            ("if not given and region and question is not None:", "if False:"),
            facts=_all("locality"),
        ),
        _fault(
            "the consent misread before the approval",
            "bot/desk/decisions/chat.py",
            (
                'f"moderator.use.{report.consent_use if',
                '"moderator.use.publish_no_names" or f"{report.consent_use if',
            ),
            facts="preview.consent",
        ),
        _fault(
            "of several people only the first",
            "bot/publish/location.py",
            ("return max((int(match[1])", "return min((int(match[1])"),
            facts="carried.affected carried.outcomes carried.perpetrators",
        ),
        _fault(
            "a sheet of sources without their publisher",
            _XLSX,
            (
                "values = [record[column.name] for column in",
                'values = [record[column.name] if "publisher" not in column.name else [None] * len(record[column.name]) for column in',
            ),
            facts="xlsx.sources",
        ),
        _fault("the source is not shown", _VIEW, _hidden("source"), facts="screen.source"),
    ),
    (
        _fault(
            "labels of a CSV in one language",
            _CELLS,
            (
                "label_cell(column, labels, language) for language in",
                'label_cell(column, labels, "ru") for language in',
            ),
            facts=" ".join(f"{format_}.labels.{name}" for format_ in ("csv", "excel-csv") for name in _LISTS),
        ),
        _fault(
            "added violations lost",
            _REVIEW,
            ("| types category more_types more_groups |", "| types category |"),
            facts="carried.violations",
        ),
        _fault(
            "consent ignored",
            "bot/publish/export/selection.py",
            ("period, Report.consent_use.in_(consents), *where", "period, *where"),
            facts=_all("rows"),
        ),
        _fault(
            "a date shifted by a day",
            _FIXED,
            ('of_date(lambda when: when["start"])', f"of_date(lambda when: {_DAY_LATER})"),
            facts=_all("date"),
        ),
        _fault(
            "who took the pictures is not shown", _VIEW, _hidden("evidence_own"), facts="screen.evidence_own"
        ),
        _fault(
            "urgency lost",
            _VIEW,
            ('"moderator.report.urgent" if report.urgent else "moderator.report"', '"moderator.report"'),
            facts="screen.urgent",
        ),
        _fault(
            "the earlier event lost",
            _FIXED,
            (
                '_C("underlying_event", "underlying_event", type',
                '_C("underlying_event", "underlying_event", derive=lambda _row: None, type',
            ),
            facts=_all("underlying_event"),
        ),
        _fault(
            "two columns in another order",
            _FIXED,
            ('_C("latitude", ', '_C("longitude?", '),
            ('_C("longitude", ', '_C("latitude", '),
            ('_C("longitude?", ', '_C("longitude", '),
            (
                "derive=of_location(lambda point, _: point.latitude)",
                "derive=of_location(lambda point, _: point.?)",
            ),
            ("point.longitude), how", "point.latitude), how"),
            ("point.?), how", "point.longitude), how"),
            facts="csv.header excel-csv.header xlsx.header",
        ),
        _fault(
            "labels in JSON without Kazakh",
            "bot/publish/export/formats/lines.py",
            (
                "dumped(cells.by_language(table.labels[name].get(code, {})))",
                'dumped({one: said for one, said in cells.by_language(table.labels[name].get(code, {})).items() if one != "kk"})',
            ),
            facts=" ".join(f"jsonl.labels.{name}" for name in _LISTS),
        ),
        _fault(
            "the date of an outcome lost",
            _REVIEW,
            ("| public | outcome_date | outcome_date |", "| public | outcome_date |  |"),
            facts="carried.outcome_date",
        ),
        _fault("the law in own words is not shown", _VIEW, _hidden("law_text"), facts="screen.law_text"),
        _fault(
            "the main violation is not begun with",
            _REVIEW,
            ("| violation_primary | types category |", "| violation_primary |  |"),
            facts="carried.violation_primary",
        ),
        _fault(
            "links lost",
            _VALUES,
            (
                "links_in(text)",
                'links_in(text and "")',
            ),
            facts=_all("links"),
        ),
        _fault(
            "a fine lost",
            _REVIEW,
            ("| public | outcome_fine_mrp |", "| | outcome_fine_mrp |"),
            facts=_all("outcomes"),
        ),
        _fault(
            "sources without their publisher",
            _REVIEW,
            ("| public | source_publisher |", "| | source_publisher |"),
            facts=_all("sources"),
        ),
        _fault(
            "several codes of a standard in one",
            _STANDARDS,
            ('cell.split(";")', "[cell]"),
            facts=_all("iccpr", "civicus"),
        ),
        _fault(
            "no case counts for the SDG",
            "bot/forms/kinds.csv",
            (",Single incident,yes", ",Single incident,"),
            facts=_all("sdg_16_10_1"),
        ),
        _fault(
            "the language of another form",
            _FIXED,
            ("derive=lambda row: row.version.content.language,", 'derive=lambda _row: "ru",'),
            facts=_all("language"),
        ),
        _fault(
            "decimals with a point for Excel",
            "bot/publish/export/formats/lines.py",
            ('partial(CsvWriter, ";", ",")', 'partial(CsvWriter, ";", ".")'),
            facts="excel-csv.latitude excel-csv.longitude",
        ),
        _fault(
            "instances in the workbook numbered from 0",
            _XLSX,
            ("enumerate(zip(*values, strict=True), 1)", "enumerate(zip(*values, strict=True), 0)"),
            facts="xlsx.instance xlsx.lists.affected_groups xlsx.lists.more",
        ),
    ),
)
"""In sets that run together: no fact is touched by two faults of a set."""
