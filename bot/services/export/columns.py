"""The columns of an export: an allow-list, in an order that stays. Nothing else of a version ever leaves.

A column is defined by one entry of _FIRST or _LAST. After these come the public questions that a review form has besides.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.form.answers import Place, When
from bot.form.derived import codes_by
from bot.form.kinds import fact_of, kind_of
from bot.form.model import Choice, Form, Group, Node, Privacy, Question, Text, schema_path
from bot.form.typed.links import links_in
from bot.form.typed.tracking import untracked
from bot.form.xlsform.lists import read_list
from bot.languages import exported_codes
from bot.services.desk.publishing import location
from bot.services.desk.publishing.published_languages import TEXTS, role_in
from bot.services.export.public_answers import ExportValue, PublicAnswers
from bot.services.export.selection import ApprovedVersion
from bot.services.unit import SECONDS_AN_HOUR

FREEDOMS = ("expression", "association", "assembly")
"""The rights of the mandate."""
_BETWEEN_TAGS = re.compile(r"[,;#\n]")
LABELS = "labels"
"""The field of a JSON object that holds the labels of its codes."""
_PRECISIONS = Path(__file__).resolve().parents[2] / "forms" / "date_precision.csv"


@dataclass(frozen=True, slots=True)
class RowSource:
    """What a row is made of: a version, its public answers, the time zone of its days."""

    version: ApprovedVersion
    answers: PublicAnswers
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column of values.

    `name` heads it in a table. In a JSON object it is the field `field` (`name`, if blank): of the object itself, of the
    object `within` it, or of each instance of the list `repeat`. `codes` names the list whose labels stand beside it.

    Its value is the answer to the review form's question of this `role` (`question`, once a form is known), unless
    `derive` works it out; `how` tells readers of docs/data.md what the program does. `reported` is the role of the
    report form's question where no moderator decides.
    """

    name: str
    role: str = ""
    codes: str = ""
    repeat: str = ""
    within: str = ""
    field: str = ""
    derive: Callable[[RowSource], ExportValue] | None = None
    how: str = ""
    reported: str = ""
    question: Question | None = None

    @property
    def key(self) -> str:
        """Its field in JSON."""
        return self.field or self.name

    @property
    def names(self) -> tuple[str, ...]:
        """The heads of this column and of the columns of its labels."""
        return (self.name, *(f"{self.name}_label_{language}" for language in exported_codes() if self.codes))


def _approved_on(row: RowSource) -> str:
    return datetime.fromtimestamp(row.version.approved_hour * SECONDS_AN_HOUR, row.zone).date().isoformat()


def _codes_of(role: str) -> Callable[[RowSource], ExportValue]:
    return lambda row: row.answers.codes_of_role(role)


def _rights(row: RowSource) -> list[str]:
    """The moderator's choice, else the rights of the violations in their order; a group of violations counts only
    where none of its types is named."""
    chosen = row.answers.codes_of_role("rights")
    if chosen:
        return chosen
    source = row.answers.form.by_role.get("violations")
    rights = codes_by(source, row.answers.codes_of_role("violations"), "rights") if source else ()
    return list(rights)


def _freedoms(row: RowSource) -> list[str]:
    rights = _rights(row)
    return [right for right in FREEDOMS if right in rights]


def _of_date(
    part: Callable[[When], ExportValue], without: ExportValue = None
) -> Callable[[RowSource], ExportValue]:
    def derive(row: RowSource) -> ExportValue:
        when = row.answers.date_of_role("when")
        return without if when is None else part(when)

    return derive


def _told_in_version(role: str) -> Callable[[RowSource], ExportValue]:
    """A text of TEXTS in the language of the version, where it is written in that, else in the first that it is written in."""

    def derive(row: RowSource) -> ExportValue:
        languages = (row.version.content.language, *exported_codes())
        told = (
            row.answers.value_of_role(one) for one in (role, *(role_in(role, code) for code in languages))
        )
        return next((text for text in told if text), None)

    return derive


def tags_in(text: str) -> list[str]:
    """The tags of a text, which commas, semicolons, line breaks or `#` part: in small letters, spaces as `_`, each once."""
    words = ("_".join(word.split()).casefold() for word in _BETWEEN_TAGS.split(text))
    return list(dict.fromkeys(filter(None, words)))


def _locality(row: RowSource) -> str | None:
    """The locality that was given, else the city that the region is: three cities have a region's rank."""
    given: str | None = row.answers.value_of_role("locality")
    region = row.answers.value_of_role("region")
    return given or (_of_choice(row, "region", region, "locality") or None if region else None)


def _of_choice(row: RowSource, role: str, code: str, column: str) -> str:
    """A column of the chosen choice of a role's question."""
    question = row.answers.form.by_role.get(role)
    choices = question.choices if question is not None else ()
    return next((choice.columns.get(column, "") for choice in choices if choice.name == code), "")


def _untracked(links: list[str]) -> list[str]:
    """The links, each once, without what tells who shared them."""
    return list(dict.fromkeys(untracked(link) for link in links))


def _of_location(part: Callable[[Place, Choice], ExportValue]) -> Callable[[RowSource], ExportValue]:
    """Of the public location, which is only there where a moderator chose how exact it may be."""

    def derive(row: RowSource) -> ExportValue:
        form, answers = row.answers.form, row.version.content.answers
        question, choice = form.by_role.get("place_public"), location.chosen(form, answers)
        point = answers.get(question.path) if question is not None else None
        return None if choice is None or not isinstance(point, Place) else part(point, choice)

    return derive


def _within_km(_point: Place, choice: Choice) -> int | None:
    kilometres = choice.columns.get("km", "")
    return int(kilometres) if kilometres.isdecimal() else None


_C = ExportColumn
_FIRST = (
    _C("id", derive=lambda row: row.version.ref, how="made at submission, tells nothing"),
    _C("version", derive=lambda row: row.version.number, how="one more with each correction"),
    _C("approved_on", derive=_approved_on, how="/approve"),
    _C("kind", "kind", codes="kind"),
    _C("title", "title", derive=_told_in_version("title"), how="in `language`, or the first that it is written in"),
    _C("summary", "summary", derive=_told_in_version("summary"), how="in `language`, or the first that it is written in"),
    _C("freedoms", "rights", codes="rights", derive=_freedoms, how="those of the rights that are freedoms of the mandate"),
    _C("rights", "rights", codes="rights", derive=_rights, how="by the violations unless changed"),
    _C("violations", "violations", codes="violations", derive=_codes_of("violations")),
    _C("violation_primary", "violation_primary", codes="violations"),
    _C("date_start", "when", within="date", field="start", derive=_of_date(lambda when: when.start)),
    _C("date_end", "when", within="date", field="end", derive=_of_date(lambda when: when.end)),
    _C("date_precision", "when", codes="date_precision", within="date", field="precision", derive=_of_date(lambda when: str(when.precision))),
    _C("date_ongoing", "when", within="date", field="ongoing", derive=_of_date(lambda when: when.ongoing, without=False)),
    _C("date_meaning", "date_meaning"),
    _C("underlying_event", "underlying_event"),
    _C("region", "region", codes="region", within="place"),
    _C("locality", "locality", within="place", derive=_locality, how="of a region that is a city, the city"),
    _C("affected_role", "affected_role", repeat="affected", field="role"),
    _C("affected_groups", "affected_groups", codes="affected_groups", repeat="affected", field="groups"),
    _C("affected_number_min", "affected_number_min", repeat="affected", field="number_min"),
    _C("affected_number_max", "affected_number_max", repeat="affected", field="number_max"),
    _C("affected_organisation", "affected_organisation", repeat="affected", field="organisation"),
    _C("perpetrators_type", "perpetrator_type", codes="perpetrator_type", repeat="perpetrators", field="type"),
    _C("perpetrators_detail", "perpetrator_detail", repeat="perpetrators", field="detail"),
    _C("legal_basis", "legal_basis", codes="legal_basis", derive=_codes_of("legal_basis")),
    _C("outcomes_status", "outcome_status", codes="outcome_status", repeat="outcomes", field="status"),
    _C("outcomes_date", "outcome_date", repeat="outcomes", field="date"),
    _C("consent", codes="consent_use", derive=lambda row: row.version.consent, reported="consent_use"),
    _C("language", derive=lambda row: row.version.content.language, how="of the moderator's form"),
    _C("latitude", "place_share", within="place", derive=_of_location(lambda point, _: point.latitude), how="rounded"),
    _C("longitude", "place_share", within="place", derive=_of_location(lambda point, _: point.longitude), how="rounded"),
    _C("within_km", "place_share", within="place", derive=_of_location(_within_km), how="by the rounding"),
    _C("links", "links", derive=lambda row: _untracked(links_in(row.answers.value_of_role("links") or ""))),
    _C("incident", derive=lambda row: row.version.belonging.incident or None, how="⋯ More, of the same event"),
    _C("people_counted", derive=lambda row: row.version.belonging.counts, how="of an incident, the record that was public first"),
    _C("related", derive=lambda row: list(row.version.belonging.related), how="⋯ More, related case; public ones alone"),
)  # fmt: skip
_LAST = (
    _C("assertion", "assertion", codes="assertion"),
    _C("outcomes_party", "outcome_party", codes="outcome_party", repeat="outcomes", field="party"),
    _C("outcomes_persons", "outcome_persons", repeat="outcomes", field="persons"),
    _C("outcomes_prison_years", "outcome_prison_years", repeat="outcomes", field="prison_years"),
    _C("outcomes_restriction_years", "outcome_restriction_years", repeat="outcomes", field="restriction_years"),
    _C("outcomes_arrest_days", "outcome_arrest_days", repeat="outcomes", field="arrest_days"),
    _C("outcomes_fine_mrp", "outcome_fine_mrp", repeat="outcomes", field="fine_mrp"),
    _C("outcomes_fine_tenge", "outcome_fine_tenge", repeat="outcomes", field="fine_tenge"),
    _C("sources_kind", "source_kind", codes="source_kind", repeat="sources", field="kind"),
    _C("sources_publisher", "source_publisher", repeat="sources", field="publisher"),
    _C("sources_date", "source_date", repeat="sources", field="date"),
    _C("sources_link", "source_link", repeat="sources", field="link"),
    _C("tags", "tags", derive=lambda row: tags_in(row.answers.value_of_role("tags") or "")),
    _C("source_reliability", "source_reliability", codes="source_reliability"),
    _C("information_credibility", "information_credibility", codes="information_credibility"),
    _C("evidence_origin", "evidence_origin", codes="evidence_origin"),
)  # fmt: skip
"""What follows the texts in each language; new columns come last."""
_REPEATS = {column.repeat for column in (*_FIRST, *_LAST) if column.repeat}
_OBJECTS = {column.within for column in (*_FIRST, *_LAST) if column.within}


def fixed_columns() -> tuple[ExportColumn, ...]:
    """Every column that an export has whatever the review form. Raises LanguageError where the file of a language is wrong."""
    in_languages = (role_in(role, code) for role in TEXTS for code in exported_codes())
    return (*_FIRST, *(ExportColumn(name, name) for name in in_languages), *_LAST)


def _covered() -> set[str]:
    """Roles whose questions have no column beside those above. How exactly a place may be shown is a question of its own: a form may
    publish its answer too."""
    return {column.role for column in fixed_columns()} - {"place_share"}


def columns_of(form: Form) -> tuple[ExportColumn, ...]:
    """All columns of an export of this review form, each with its question."""
    fixed = (replace(column, question=form.by_role.get(column.role)) for column in fixed_columns())
    return (*fixed, *_further(form))


def columns_told(questions: Iterable[Question], columns: Iterable[ExportColumn]) -> tuple[ExportColumn, ...]:
    """Columns for what reporters told, one a question with all its answers as a list; they follow those others."""
    taken = {
        LABELS,
        *_OBJECTS,
        *_REPEATS,
        *(name for column in columns for name in (*column.names, column.codes)),
    }
    told = []
    for question in questions:
        name = f"told_{question.name}"
        while name in taken:
            name = f"extra_{name}"
        taken.add(name)
        told.append(ExportColumn(name, derive=partial(_as_told, question)))
    return tuple(told)


def _as_told(question: Question, row: RowSource) -> ExportValue:
    """The answers to a question as the reporter gave them, those of all instances of its repeat."""
    told = row.version.told.items()
    facts = (fact_of(question, answer) for path, answer in told if schema_path(path) == question.path)
    each = (one for fact in facts for one in (fact if isinstance(fact, list) else [fact]))
    return [one for one in each if one not in {None, ""}]


def _further(form: Form) -> Iterator[ExportColumn]:
    """Columns for the public questions of a review form that the fixed columns do not cover, under their names.

    A question in a repeat has a value an instance; one in a repeat inside a repeat does not leave. A question or repeat
    whose name is taken, by a column, a list of labels or a question before it, gets `extra_` before it.
    """
    taken = {LABELS, *_OBJECTS, *_REPEATS}
    taken |= {name for column in fixed_columns() for name in (*column.names, column.codes)}
    repeats, covered = dict[str, str](), _covered()
    for question, around in _questions(form.children, None):
        if question.privacy is not Privacy.PUBLIC or not kind_of(question).is_exported:
            continue
        if question.role and question.role in covered:
            continue
        if around is not None and around.path not in repeats:
            repeats[around.path] = _name_of_repeat(around, taken)
        yield _column(question, repeats[around.path] if around is not None else "", taken)


def _name_of_repeat(repeat: Group, taken: set[str]) -> str:
    """A repeat's role or name, with `extra_` before it if that is taken. The repeat that the fixed columns take instances from
    keeps its name: its further questions belong into the same instances."""
    name = repeat.bot.get("role") or repeat.name
    roles = {column.role for column in fixed_columns() if column.repeat == name}
    if any(question.role in roles for question, _ in _questions(repeat.children, repeat)):
        return name
    while name in taken:
        name = f"extra_{name}"
    taken.add(name)
    return name


def _column(question: Question, repeat: str, taken: set[str]) -> ExportColumn:
    name = question.name
    while True:
        column = ExportColumn(
            name, question.role, name if question.choices else "", repeat, question=question
        )
        if taken.isdisjoint(column.names):
            taken |= set(column.names)
            return column
        name = f"extra_{name}"


def _questions(nodes: tuple[Node, ...], repeat: Group | None) -> Iterator[tuple[Question, Group | None]]:
    """Each question with the repeat around it, without those in a repeat inside a repeat."""
    for node in nodes:
        if isinstance(node, Group):
            if node.repeat and repeat is not None:
                continue
            yield from _questions(node.children, repeat or (node if node.repeat else None))
        else:
            yield node, repeat


def labels(review: Form, report: Form) -> Mapping[str, Mapping[str, Text]]:
    """The labels of all codes: by list, code and language."""
    return {
        column.codes: {choice.name: choice.label for choice in _choices(column, review, report)}
        for column in columns_of(review)
        if column.codes
    }


def _choices(column: ExportColumn, review: Form, report: Form) -> tuple[Choice, ...]:
    if column.codes == "date_precision":
        return _precisions()
    if column.codes == column.name:
        question = column.question
    else:
        question = (report if column.reported else review).by_role.get(column.codes)
    return question.choices if question is not None else ()


@cache
def _precisions() -> tuple[Choice, ...]:
    return read_list(_PRECISIONS)
