"""Columns as definitions, with the public answers, codes of standards and derived values behind them."""

import re
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from bot.form.answers import (
    TAGS,
    Answer,
    Chosen,
    Fields,
    GeoPoint,
    Number,
    StoredAnswers,
    When,
    cells_by,
    codes_by,
    tag_of,
)
from bot.form.kinds import fact_of_stored, readers_of
from bot.form.kinds.kind import FactType
from bot.form.markup import plain_words
from bot.form.model import Choice, Form, Privacy, Question, schema_path
from bot.form.typed.links import links_in
from bot.form.typed.links import untracked as without_tracking
from bot.languages import exported_codes
from bot.publish import location
from bot.publish.export.selection import ApprovedVersion
from bot.publish.published_languages import role_in
from bot.store.unit import SECONDS_AN_HOUR
from bot.texts import Texts

ExportValue = Any
"""None, a text, a number, a bool, or a list of codes or links. In a column of a repeat a list of these."""
_INSTANCE = re.compile(r"\[(\d+)\]")

LABELS = "labels"
Reads = Mapping[str, Callable[[Fields], ExportValue]]
"""Readers of a value from the fields of an answer, by its tag."""

FREEDOMS = ("expression", "association", "assembly")


class RowSource:
    """Source of a row: a version, its answers to public questions, and the time zone of its days."""

    def __init__(self, form: Form, version: ApprovedVersion, answers: StoredAnswers, zone: ZoneInfo) -> None:
        self.form, self.version, self.zone = form, version, zone
        self._answers = answers

    def answers_to(self, question: Question | None) -> Mapping[int, Answer]:
        """Answers to a question by instance, 0 outside of repeats. None to a question that is not public."""
        return self._by_instance.get(question.path, {}) if question is not None else {}

    @cached_property
    def _by_instance(self) -> Mapping[str, Mapping[int, Answer]]:
        found: dict[str, dict[int, Answer]] = {}
        for path, answer in self._answers.items():
            plain, number = place_of(path)
            if plain in self.form.public_paths:
                found.setdefault(plain, {})[number] = answer
        return found

    def value_of_role(self, role: str) -> ExportValue:
        question = self.form.by_role.get(role)
        if question is None:
            return None
        is_public = question.path in self.form.public_paths
        return fact_of_stored(question, self._answers.stored.get(question.path) if is_public else None)

    def codes_of_role(self, role: str) -> list[str]:
        answer = self.answers_to(self.form.by_role.get(role)).get(0)
        return list(answer.names) if isinstance(answer, Chosen) else []


@lru_cache(maxsize=4096)
def place_of(path: str) -> tuple[str, int]:
    """Path without its instance, and the instance, 0 outside of repeats. The cache holds paths of forms, no personal data."""
    number = _INSTANCE.search(path)
    return schema_path(path), int(number[1]) if number else 0


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """Column of values.

    - `name`: its head in a table.
    - `field`: its field in JSON (`name` if blank), in the row, in the object `within` it, or in each instance
      of the list `repeat`.
    - `codes`: the list whose labels stand beside it.
    - `type`: of its values, lists of it with `several`. A column of a repeat has one for each instance.
    - `derive`: computes the value, with `by_codes` only from the codes chosen for these roles.
    - `reads`: takes it from the answer to the question with `role`, or `without` if there is none. The
      default is the whole answer.
    - `how`: explains it in docs/data.md.
    - `reported`: role of the report's question where no moderator decides.
    - `privacy`: of the question behind it.
    """

    name: str
    role: str = ""
    codes: str = ""
    repeat: str = ""
    within: str = ""
    field: str = ""
    derive: Callable[[RowSource], ExportValue] | None = None
    reads: Callable[[Question], Reads] | None = None
    without: ExportValue = None
    how: str = ""
    by_codes: tuple[str, ...] = ()
    reported: str = ""
    question: Question | None = None
    type: FactType = FactType.TEXT
    several: bool = False
    privacy: Privacy = Privacy.PUBLIC
    is_own: bool = False
    """Given by an organisation's own question, not by `columns.fixed_columns`."""

    @property
    def is_filled(self) -> bool:
        """Whether instances in JSON have it: those of a repeat only with a question behind it."""
        return not self.repeat or self.question is not None

    @property
    def key(self) -> str:
        return self.field or self.name

    @property
    def names(self) -> tuple[str, ...]:
        labels = (f"{self.name}_label_{language}" for language in exported_codes() if self.codes)
        return (self.name, *labels)

    def heading(self, texts: Texts, language: str) -> str:
        """Heading for people. For an organisation's own question its short label, or its label."""
        question = self.question
        if question is None or not self.is_own:
            return texts.text(language, f"export.column.{self.name}")
        return plain_words((question.short or question.label).get(language, "")) or self.name


def free_name(name: str, taken: set[str]) -> str:
    """Reserve a name, with the prefix `extra_` as often as needed."""
    while name in taken:
        name = f"extra_{name}"
    taken.add(name)
    return name


def approved_on(row: RowSource) -> str:
    return _day_of(row.version.approved_hour, row.zone)


@lru_cache
def _day_of(hour: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(hour * SECONDS_AN_HOUR, zone).date().isoformat()


def _reads_of(kind: type[Answer], read: Callable[[Fields], ExportValue], without: ExportValue) -> Reads:
    return {**dict.fromkeys(TAGS, lambda _fields: without), tag_of(kind): read}


def chosen_codes(_question: Question) -> Reads:
    return _reads_of(Chosen, lambda fields: list(fields["names"]), [])


def rights(row: RowSource) -> list[str]:
    """Rights that the moderator chose, else those of the violations. A group counts only if none of its types is named."""
    source = row.form.by_role.get("violations")
    implied = codes_by(source, row.codes_of_role("violations"), "rights") if source else ()
    return row.codes_of_role("rights") or list(implied)


def freedoms(row: RowSource) -> list[str]:
    concerned = rights(row)
    return [right for right in FREEDOMS if right in concerned]


def more_than(_question: Question) -> Reads:
    """Exclusive lower bound, where a number was given as *more than*. Else None."""
    return _reads_of(Number, lambda fields: fields["value"] - 1 if fields.get("beyond") else None, None)


def of_date(part: Callable[[Fields], ExportValue], without: ExportValue = None) -> Callable[..., Reads]:
    reads = _reads_of(When, part, without)
    return lambda _question: reads


def told_in_version(row: RowSource, role: str) -> ExportValue:
    """Text in the version's language, else in the first language that has one."""
    languages = (row.version.content.language, *exported_codes())
    roles = (role, *(role_in(role, code) for code in languages))
    return next(filter(None, map(row.value_of_role, roles)), None)


def date_meaning(row: RowSource) -> ExportValue:
    return row.value_of_role("date_meaning") or row.value_of_role("date_kind")


def tags(question: Question) -> Reads:
    """Tags separated by commas, semicolons, line breaks or `#`: lower case, spaces as `_`, each once."""

    def tags_in(text: str) -> list[str]:
        words = ("_".join(word.split()).casefold() for word in re.split(r"[,;#\n]", text))
        return list(dict.fromkeys(filter(None, words)))

    return _of_text(question, tags_in)


def _of_text(question: Question, values_in: Callable[[Any], ExportValue]) -> Reads:
    def read_by(fact: Callable[[Fields], Any]) -> Callable[[Fields], ExportValue]:
        return lambda fields: values_in(fact(fields) or "")

    return {tag: read_by(fact) for tag, fact in readers_of(question).items()}


def locality(row: RowSource) -> str | None:
    """Locality as given, else the city that the region is: three cities have the rank of a region."""
    given, region = row.value_of_role("locality"), row.value_of_role("region")
    question = row.form.by_role.get("region")
    if not given and region and question is not None:
        given = question.columns.get(region, {}).get("locality")
    return given or None


def links(question: Question) -> Reads:
    """Links of a text, each once, without tracking parameters that reveal who shared them."""
    return _of_text(question, lambda text: list(dict.fromkeys(map(without_tracking, links_in(text)))))


def of_location(part: Callable[[GeoPoint, Choice], ExportValue]) -> Callable[[RowSource], ExportValue]:
    """Part of the public location. It exists only where a moderator chose its precision."""

    def derive(row: RowSource) -> ExportValue:
        form, answers = row.form, row.version.content.answers
        question = form.by_role.get("place_public")
        if question is None or question.path not in answers:
            return None
        point, choice = answers[question.path], location.chosen(form, answers)
        return None if choice is None or not isinstance(point, GeoPoint) else part(point, choice)

    return derive


def within_km(_point: GeoPoint, choice: Choice) -> int | None:
    """Largest error of the public location in kilometres."""
    kilometres = choice.columns.get("km", "")
    return int(kilometres) if kilometres.isdecimal() else None


def sdg_16_10_1(row: RowSource) -> list[str]:
    """Acts that SDG indicator 16.10.1 counts: against journalists, trade unionists and human rights defenders."""
    counted = (any(_cells(row, role, "sdg_16_10_1")) for role in ("kind", "affected_groups"))
    return codes_in(row, "sdg_16_10_1") if all(counted) else []


def codes_in(row: RowSource, column: str) -> list[str]:
    """Codes of the violations in a column of their list that apply to the people affected. Groups count as in `rights`."""
    affected = {one for cell in _cells(row, "affected_groups", "counts_as") for one in cell.split()}
    parts = (part for cell in _cells(row, "violations", column) for part in cell.split(";"))
    return list(dict.fromkeys(filter(None, (_sayable(part, affected) for part in parts))))


def _sayable(part: str, affected: Set[str]) -> str:
    """First code between bars that applies, else blank. `code @whom` needs someone affected who counts as `whom`."""
    pairs = (one.partition("@") for one in part.split("|"))
    return next((code.strip() for code, _, whom in pairs if not whom or whom.strip() in affected), "")


def _cells(row: RowSource, role: str, column: str) -> Iterator[str]:
    question = row.form.by_role.get(role)
    if question is not None:
        for answer in row.answers_to(question).values():
            yield from cells_by(question, answer.names if isinstance(answer, Chosen) else (), column)
