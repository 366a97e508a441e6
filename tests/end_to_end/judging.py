"""The judge: what a case must look like on the moderator's screen and in the exports, and where the program says otherwise.

Each difference begins with the name of a fact, such as `screen.urgent` or `csv.outcomes`, so that a test can tell which fact
was lost. Expected values come from the case and from the domain, never from the program.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from bot.local_api.client import ShownMessage
from tests.end_to_end import domain
from tests.end_to_end.details import Affected, Alleged, Details, Outcome
from tests.end_to_end.exports import (
    HEADER,
    LIST_OF_COLUMN,
    STANDARDS,
    Facts,
    Labels,
    Row,
    csv_table,
    excel_csv_table,
    json_rows,
)
from tests.end_to_end.judged_people import JudgedModerator
from tests.end_to_end.people import Dated
from tests.end_to_end.reporting import Told
from tests.end_to_end.workbooks import workbook_rows

_UNDETAILED, _UNDATED = {"unknown", "private"}, {"unknown", "ongoing"}
_EVERYWHERE = {"KZ", "XX-ONLINE"}
"""Regions without a town."""


# --- the moderator's screen


def screen_differences(moderator: JudgedModerator, told: Told, voices: Sequence[bytes]) -> list[str]:
    """How the messages that show a report differ from what its reporter told."""
    text = "\n\n".join(bubble.text for bubble in moderator.shown)
    found, last = _answers_in(text, moderator)
    wanted = dict(_lines(moderator, told, len(voices)))
    told_last = next((answer for (_, title), answer in wanted.items() if title == last), "")
    if last and f"{found.get(last, '')}\n\n".startswith(f"{told_last}\n\n"):
        found[last] = told_last  # what follows is the bot's
    differences = [
        f"screen.{name}: {title!r} says {found.get(title)!r}, not {answer!r}"
        for (name, title), answer in wanted.items()
        if found.get(title) != answer
    ]
    titles = {title for _, title in wanted}
    differences += [f"screen.more: {title!r} says {found[title]!r}" for title in found.keys() - titles]
    is_urgent = told.urgent == "yes"
    if ("🔴" in text.partition("\n")[0]) is not is_urgent:
        differences.append(f"screen.urgent: the head says {text.partition(chr(10))[0]!r}")
    return differences + list(_file_differences(moderator.shown, told, voices))


def _answers_in(text: str, who: JudgedModerator) -> tuple[dict[str, str], str]:
    """The answers on a screen by the titles beside or above them, and the title of the last of these, behind whose answer stands what the
    bot says."""
    found: dict[str, list[str]] = {}
    title = ""
    for paragraph in text.split("\n\n"):
        if beside := _beside(paragraph, who):
            found |= beside
            continue
        head, _, answer = paragraph.partition("\n")
        if answer and head.rpartition(" · ")[2] in who.titles:
            title = head
            found[title] = [answer]
        elif title:
            found[title].append(paragraph)
    return {name: "\n\n".join(paragraphs) for name, paragraphs in found.items()}, title


def _beside(paragraph: str, who: JudgedModerator) -> dict[str, list[str]]:
    """The answers of a paragraph that has one a line; none of any other."""
    lines = [line.partition(": ") for line in paragraph.split("\n")]
    if not all(answer and title.rpartition(" · ")[2] in who.titles for title, _, answer in lines):
        return {}
    return {title: [answer] for title, _, answer in lines}


def _file_differences(shown: Sequence[ShownMessage], told: Told, voices: Sequence[bytes]) -> Iterator[str]:
    wanted = sorted(
        [
            *("photo" if name.endswith(".png") else "document" for name in told.files),
            *("document" for _ in voices),  # they are no sound, so they are shown as they came
        ]
    )
    found = sorted(file["kind"] for bubble in shown for file in bubble.files)
    if found != wanted:
        yield f"screen.files: {found}, not {wanted}"


def _lines(who: JudgedModerator, told: Told, voices: int) -> Iterator[tuple[tuple[str, str], str]]:
    """Every line that a report's screen must have: its fact and title, and its answer."""
    report = _Titles(who)
    details = told.details
    yield from report.chosen("category", told.category)
    yield from report.chosen("types", *told.types)
    if details:
        yield from report.chosen("more_groups", *details.more_groups)
        yield from report.chosen("more_types", *details.more_types)
    yield from report.chosen("urgent", told.urgent)
    spoken = [who.word("flow.voices", n=voices)] if voices else []
    yield from report.said("story", "\n".join([*told.story, *spoken]))
    yield from report.said("when", shown_date(who, told.when))
    yield from report.chosen("region", told.region)
    if told.files:
        yield from report.said("evidence", who.word("flow.files", n=len(told.files)))
    if details:
        yield from _details(report, told, details)
    yield from report.chosen("consent_use", told.consent)


def _details(report: "_Titles", told: Told, details: Details) -> Iterator[tuple[tuple[str, str], str]]:
    if told.region not in _EVERYWHERE and not domain.city_of(told.region):
        yield from report.said("locality", details.locality)
    for number, one in enumerate(details.affected, 1):
        yield from _affected(report.inside("affected", number), one)
    for number, who in enumerate(details.perpetrators or (Alleged("unknown"),), 1):
        yield from _alleged(report.inside("perpetrators", number), who)
    yield from report.chosen("legal_basis", *details.legal_basis)
    if not details.legal_basis:
        yield from report.said("law_text", details.law_text)
    after = (
        told.files and details.evidence_own,
        details.links,
        details.source,
        details.reported,
        details.needs,
    )
    unknown = (Outcome("unknown"),) if any(after) else ()  # else the person goes to the end from there
    for number, outcome in enumerate(details.outcomes or unknown, 1):
        yield from _outcome(report.inside("outcomes", number), outcome)
    yield from report.chosen("evidence_own", *filter(None, [details.evidence_own if told.files else None]))
    yield from report.said("links", " ".join(details.links))
    yield from report.chosen("source", *filter(None, [details.source]))
    yield from report.chosen("reported", *(details.reported if details.source != "public" else ()))
    yield from report.chosen("needs", *details.needs)


def _alleged(report: "_Titles", who: Alleged) -> Iterator[tuple[tuple[str, str], str]]:
    yield from report.chosen("perpetrator_type", who.type)
    if who.type not in _UNDETAILED:
        yield from report.said("perpetrator_detail", who.detail)


def _outcome(report: "_Titles", outcome: Outcome) -> Iterator[tuple[tuple[str, str], str]]:
    yield from report.chosen("outcome_status", outcome.status)
    if outcome.date and outcome.status not in _UNDATED:
        yield from report.said("outcome_date", shown_date(report.who, outcome.date))


def _affected(report: "_Titles", one: Affected) -> Iterator[tuple[tuple[str, str], str]]:
    yield from report.chosen("affected_groups", *one.groups)
    yield from report.said("affected_role", one.role)
    if one.number and one.groups != ("organisation",):
        yield from report.chosen("affected_number", one.number)
        least = {"exact": "affected_exact", "at_least": "affected_least", "range": "affected_least"}
        if one.number in least:
            yield from report.said(least[one.number], str(one.count))
        if one.number == "range":
            yield from report.said("affected_most", str(one.most))
    yield from report.said("affected_organisation", one.organisation)
    if one.name_ok:
        yield from report.chosen("affected_name_ok", one.name_ok)


class _Titles:
    """The lines of questions, in a repeat those of an instance."""

    def __init__(self, who: JudgedModerator, before: str = "") -> None:
        self.who, self._before = who, before

    def inside(self, repeat: str, number: int) -> "_Titles":
        return _Titles(self.who, f"{self.who.reported(repeat)} {number} · ")

    def said(self, name: str, text: str | None) -> Iterator[tuple[tuple[str, str], str]]:
        if text:
            yield (name, self._before + self.who.reported(name)), text

    def chosen(self, name: str, *codes: str) -> Iterator[tuple[tuple[str, str], str]]:
        labels = [domain.label_of(name, code, self.who.language) or code for code in codes]
        yield from self.said(name, ", ".join(labels))


def shown_date(who: JudgedModerator, date: Dated) -> str:
    """A date as the bot writes it."""
    if not date.start:
        return who.word("flow.date.until", end=who.shown_date(str(date.end)))
    if date.end in {None, date.start}:
        return who.shown_date(date.start)
    assert date.end is not None
    return who.word("flow.date.period", start=who.shown_date(date.start), end=who.shown_date(date.end))


# --- the exports


def _read_csv(
    content: bytes, read: Callable[[bytes], tuple[tuple[str, ...], list[Row]]]
) -> tuple[list[str], list[Row]]:
    header, rows = read(content)
    wrong = [] if content.startswith(b"\xef\xbb\xbf") else ["mark: no byte order mark"]
    return wrong + ([] if header == HEADER else [f"header: {header}"]), rows


FORMATS: Mapping[str, Callable[[bytes], tuple[list[str], list[Row]]]] = {
    "csv": partial(_read_csv, read=csv_table),
    "jsonl": json_rows,
    "excel-csv": partial(_read_csv, read=excel_csv_table),
    "xlsx": workbook_rows,
}
"""The formats whose rows are judged whole, and what reads each: what is wrong in itself, and the rows."""


def export_differences(exports: Mapping[str, bytes], wanted: Sequence[Row]) -> list[str]:
    """How exports, by their `FORMATS`, differ from the rows that they must have, and in the order of these from each other."""
    differences, orders = [], {}
    for format_, content in exports.items():
        wrong, rows = FORMATS[format_](content)
        orders[format_] = [row.ref for row in rows]
        differences += [f"{format_}.{one}" for one in (*wrong, *_table_differences(rows, wanted))]
    first = next(iter(orders.values()))
    return differences + [f"{name}.order: {order}" for name, order in orders.items() if order != first]


def _table_differences(rows: Sequence[Row], wanted: Sequence[Row]) -> Iterator[str]:
    by_title = {row.facts["title"]: row for row in rows}
    expected = {row.facts["title"]: row for row in wanted}
    if sorted(row.facts["title"] for row in rows) != sorted(expected):
        yield f"rows: {sorted(by_title.keys() ^ expected.keys())}"
    for title in by_title.keys() & expected.keys():
        yield from _row_differences(by_title[title], expected[title])
    if [row.approved_on for row in rows] != sorted(row.approved_on for row in rows):
        yield f"order: {[row.approved_on for row in rows]}"


def _row_differences(found: Row, wanted: Row) -> Iterator[str]:
    assert found.facts.keys() == wanted.facts.keys()
    for name, fact in wanted.facts.items():
        said = found.facts[name]
        if sorted(said) != sorted(fact) if name in _SETS else said != fact:
            yield f"{name}: {found.facts[name]!r}, not {fact!r} ({wanted.facts['title']})"
    for name in ("ref", "version", "approved_on", "language"):
        if getattr(found, name) != getattr(wanted, name):
            yield f"{name}: {getattr(found, name)!r}, not {getattr(wanted, name)!r}"
    labels = labels_of(found.facts)
    for name in sorted(labels.keys() | found.labels.keys()):
        if found.labels.get(name) != labels.get(name):
            yield f"labels.{name}: {found.labels.get(name)!r}, not {labels.get(name)!r}"


_SETS = {"rights", *STANDARDS}
"""Facts without an order of their own: a right that is added to those that follow from the violations stands behind them, and
the cases give the codes of standards in an order of their own."""
_DOMAIN_LIST = {
    "kind": "kinds",
    "region": "regions",
    "perpetrator_type": "perpetrator_types",
    "outcome_status": "statuses",
    "assertion": "assertions",
    "outcome_party": "outcome_parties",
    "source_kind": "source_kinds",
    "evidence_origin": "evidence_origins",
}


def labels_of(facts: Facts) -> Labels:
    """The labels of all codes in a row, by the domain."""
    labels: Labels = {}
    for column, name in LIST_OF_COLUMN.items():
        for code in _codes(facts, column):
            labels.setdefault(name, {})[code] = domain.LABELS[_DOMAIN_LIST.get(name, name)].get(code, {})
    return labels


def _codes(facts: Mapping[str, Any], column: str) -> Iterable[str]:
    match column:
        case "date_precision":
            yield facts["date"][2]
        case "affected_groups" | "perpetrators_type" | "outcomes_status" | "outcomes_party" | "sources_kind":
            repeat, field = column.split("_")
            for instance in facts[repeat]:
                yield from _each(instance[field])
        case _:
            yield from _each(facts[column])


def _each(found: Any) -> Iterable[str]:
    return found if isinstance(found, list) else [found] if found else []
