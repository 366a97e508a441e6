"""All columns of an export with their labels, and the question that fills each, by contract."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from bot.form.answers import Written
from bot.form.kinds import fact_of, value_kind
from bot.form.kinds.kind import FactType
from bot.form.markup import plain_text
from bot.form.model import Form, Group, Node, Privacy, Question, Text, schema_path
from bot.form.xlsform.sheets import read_list
from bot.languages import exported_codes
from bot.publish import location, versions
from bot.publish.export import column_values as values
from bot.publish.export.column_values import ExportColumn, ExportValue, RowSource, of_date, of_location
from bot.publish.location import sources
from bot.publish.published_languages import SHORT_TEXTS, TEXTS, language_told, role_in
from bot.publish.versions import VersionContent

_INTEGER, _DECIMAL, _BOOLEAN = FactType.INTEGER, FactType.DECIMAL, FactType.BOOLEAN
_RIGHTS, _WHOM = ("rights", "violations"), ("violations", "affected_groups")
_DAY, _DATE, _LINK = FactType.DAY, FactType.DATE, FactType.LINK


def _C(name: str, role: str = "", *, codes: str = "", **more: Any) -> ExportColumn:  # noqa: N802 - a narrow table
    return ExportColumn(name, role, codes, **{"type": FactType.CODE if codes else FactType.TEXT} | more)


_FIRST = (
    _C("id", derive=lambda row: row.version.ref, how="made at submission, tells nothing"),
    _C("version", derive=lambda row: row.version.number, how="one more with each correction", type=_INTEGER),
    _C("approved_on", derive=values.approved_on, how="/approve", type=_DAY),
    _C("kind", "kind", codes="kind"),
    _C("title", "title", derive=partial(values.told_in_version, role="title"), how="in `language`, or the first that it is written in"),
    _C("summary", "summary", derive=partial(values.told_in_version, role="summary"), how="in `language`, or the first that it is written in"),
    _C("freedoms", "rights", codes="rights", derive=values.freedoms, by_codes=_RIGHTS, how="those of the rights that are freedoms of the mandate", several=True),
    _C("rights", "rights", codes="rights", derive=values.rights, by_codes=_RIGHTS, how="by the violations unless changed", several=True),
    _C("violations", "violations", codes="violations", reads=values.chosen_codes, several=True),
    _C("violation_primary", "violation_primary", codes="violations"),
    _C("date_start", "when", within="date", field="start", reads=of_date(lambda when: when["start"]), type=_DATE),
    _C("date_end", "when", within="date", field="end", reads=of_date(lambda when: when["end"]), type=_DATE),
    _C("date_precision", "when", codes="date_precision", within="date", field="precision", reads=of_date(lambda when: str(when["precision"]))),
    _C("date_ongoing", "when", within="date", field="ongoing", reads=of_date(lambda when: bool(when["ongoing"]), without=False), without=False, type=_BOOLEAN),
    _C("date_meaning", "date_meaning", derive=values.date_meaning, how="in own words, else the code of `date_kind`"),
    _C("underlying_event", "underlying_event", type=_DATE),
    _C("region", "region", codes="region", within="place"),
    _C("locality", "locality", within="place", derive=values.locality, how="of a region that is a city, the city"),
    _C("affected_role", "affected_role", repeat="affected", field="role"),
    _C("affected_groups", "affected_groups", codes="affected_groups", repeat="affected", field="groups", several=True),
    _C("affected_number_min", "affected_number_min", repeat="affected", field="number_min", type=_INTEGER),
    _C("affected_number_max", "affected_number_max", repeat="affected", field="number_max", type=_INTEGER),
    _C("affected_organisation", "affected_organisation", repeat="affected", field="organisation"),
    _C("perpetrators_type", "perpetrator_type", codes="perpetrator_type", repeat="perpetrators", field="type"),
    _C("perpetrators_detail", "perpetrator_detail", repeat="perpetrators", field="detail"),
    _C("legal_basis", "legal_basis", codes="legal_basis", reads=values.chosen_codes, several=True),
    _C("outcomes_status", "outcome_status", codes="outcome_status", repeat="outcomes", field="status"),
    _C("outcomes_date", "outcome_date", repeat="outcomes", field="date", type=_DATE),
    _C("consent", codes="consent_use", derive=lambda row: row.version.consent, reported="consent_use"),
    _C("language", derive=lambda row: row.version.content.language, how="of the moderator's form"),
    _C("latitude", "place_share", within="place", derive=of_location(lambda point, _: point.latitude), how="rounded", type=_DECIMAL),
    _C("longitude", "place_share", within="place", derive=of_location(lambda point, _: point.longitude), how="rounded", type=_DECIMAL),
    _C("within_km", "place_share", within="place", derive=of_location(values.within_km), how="by the rounding", type=_INTEGER),
    _C("links", "links", reads=values.links, type=_LINK, several=True),
    _C("incident", derive=lambda row: row.version.belonging.incident or None, how="⋯ More, of the same event"),
    _C("people_counted", derive=lambda row: row.version.belonging.counts, how="of an incident, the record that was public first", type=_BOOLEAN),
    _C("related", derive=lambda row: list(row.version.belonging.related), how="⋯ More, related case; public ones alone", several=True),
)  # fmt: skip
_LAST = (
    _C("assertion", "assertion", codes="assertion"),
    _C("outcomes_party", "outcome_party", codes="outcome_party", repeat="outcomes", field="party"),
    _C("outcomes_persons", "outcome_persons", repeat="outcomes", field="persons", type=_INTEGER),
    _C("outcomes_prison_years", "outcome_prison_years", repeat="outcomes", field="prison_years", type=_DECIMAL),
    _C("outcomes_restriction_years", "outcome_restriction_years", repeat="outcomes", field="restriction_years", type=_DECIMAL),
    _C("outcomes_arrest_days", "outcome_arrest_days", repeat="outcomes", field="arrest_days", type=_INTEGER),
    _C("outcomes_fine_mrp", "outcome_fine_mrp", repeat="outcomes", field="fine_mrp", type=_DECIMAL),
    _C("outcomes_fine_tenge", "outcome_fine_tenge", repeat="outcomes", field="fine_tenge", type=_INTEGER),
    _C("sources_kind", "source_kind", codes="source_kind", repeat="sources", field="kind"),
    _C("sources_publisher", "source_publisher", repeat="sources", field="publisher"),
    _C("sources_date", "source_date", repeat="sources", field="date", type=_DATE),
    _C("sources_link", "source_link", repeat="sources", field="link", type=_LINK),
    _C("tags", "tags", reads=values.tags, several=True),
    _C("source_reliability", "source_reliability", codes="source_reliability"),
    _C("information_credibility", "information_credibility", codes="information_credibility"),
    _C("evidence_origin", "evidence_origin", codes="evidence_origin"),
    _C("iccpr", "violations", derive=partial(values.codes_in, column="iccpr"), by_codes=("violations",), how="by the violations", several=True),
    _C("civicus", "violations", derive=partial(values.codes_in, column="civicus"), by_codes=_WHOM, how="by the violations and the groups affected", several=True),
    _C("sdg_16_10_1", "violations", derive=values.sdg_16_10_1, by_codes=("violations", "kind", "affected_groups"), how="by the violations, the kind and the groups affected", several=True),
    _C("acled", "violations", derive=partial(values.codes_in, column="acled"), by_codes=_WHOM, how="by the violations and the groups affected", several=True),
    _C("huridocs", "violations", derive=partial(values.codes_in, column="huridocs"), by_codes=("violations",), how="by the violations", several=True),
    _C("affected_number_more_than", "affected_number_min", repeat="affected", field="number_more_than", reads=values.more_than, how="where the least number was told as *more than*", type=_INTEGER),
)  # fmt: skip
"""Columns after the texts in each language. Add new columns at the end."""


TABLE_VERSION = "1.0"
"""Version of the fixed columns. A new column raises the second number, any other change the first (docs/export.md)."""


def fixed_columns() -> tuple[ExportColumn, ...]:
    """Columns that do not depend on the review form. Raises LanguageError where a language's file is wrong."""
    in_languages = (role_in(role, code) for role in TEXTS for code in exported_codes())
    return (*_FIRST, *(ExportColumn(name, name) for name in in_languages), *_LAST)


TOLD_WITH = frozenset({"date_kind"})
"""Names and roles of questions that the column of another tells."""
REPEATS = frozenset(column.repeat for column in (*_FIRST, *_LAST) if column.repeat)
OBJECTS = frozenset(column.within for column in (*_FIRST, *_LAST) if column.within)


def further_columns(form: Form) -> Iterator[ExportColumn]:
    """Columns for the public questions that have no fixed column, but those in nested repeats. Taken names get `extra_`."""
    taken = _taken_by(fixed_columns())
    # A form may publish the precision of a place too.
    covered = {column.role for column in fixed_columns()} - {"place_share"} | TOLD_WITH
    repeats = dict[str, str]()
    for question, around in _questions(form.children, None):
        if question.privacy is not Privacy.PUBLIC or value_kind(question).fact_type is None:
            continue
        if question.role and question.role in covered:
            continue
        if around is not None and around.path not in repeats:
            repeats[around.path] = _name_of_repeat(around, taken)
        yield _further_column(question, repeats[around.path] if around is not None else "", taken)


def _taken_by(columns: Iterable[ExportColumn]) -> set[str]:
    names = (name for column in columns for name in (*column.names, column.codes))
    return {values.LABELS, *OBJECTS, *REPEATS, *names}


def told_columns(questions: Iterable[Question], columns: Iterable[ExportColumn]) -> tuple[ExportColumn, ...]:
    """Columns for answers of reporters: one for each question, with all its answers as a list."""
    taken = _taken_by(columns)
    named = [(values.free_name(f"told_{one.name}", taken), one) for one in questions]
    return tuple(
        _own_column(name, one, derive=partial(_as_told, one), several=True, privacy=one.privacy)
        for name, one in named
    )


def _own_column(name: str, question: Question, **more: Any) -> ExportColumn:
    found = value_kind(question).fact_type or FactType.TEXT
    type_ = FactType.TEXT if found is FactType.CODE and not question.choices else found
    return ExportColumn(name, question=question, type=type_, is_own=True, **more)


def _as_told(question: Question, row: RowSource) -> ExportValue:
    told = row.version.told.items()
    facts = (fact_of(question, answer) for path, answer in told if schema_path(path) == question.path)
    each = (one for fact in facts for one in (fact if isinstance(fact, list) else [fact]))
    return [one for one in each if one not in {None, ""}]


def _name_of_repeat(repeat: Group, taken: set[str]) -> str:
    """Name of a repeat, with `extra_` if taken. A repeat that fixed columns read keeps its name and takes more columns."""
    name = repeat.bot.get("role") or repeat.name
    roles = {column.role for column in fixed_columns() if column.repeat == name}
    if any(question.role in roles for question, _ in _questions(repeat.children, repeat)):
        return name
    return values.free_name(name, taken)


def _further_column(question: Question, repeat: str, taken: set[str]) -> ExportColumn:
    several, codes = value_kind(question).has_several_facts, question.name if question.choices else ""
    more = {"role": question.role, "codes": codes, "repeat": repeat, "several": several}
    column = _own_column(question.name, question, **more)
    while not taken.isdisjoint(column.names):
        name = f"extra_{column.name}"
        column = replace(column, name=name, codes=name if codes else "")
    taken |= set(column.names)
    return column


def _questions(nodes: tuple[Node, ...], repeat: Group | None) -> Iterator[tuple[Question, Group | None]]:
    for node in nodes:
        if isinstance(node, Group):
            if node.repeat and repeat is not None:
                continue
            yield from _questions(node.children, repeat or (node if node.repeat else None))
        else:
            yield node, repeat


def labels(columns: Iterable[ExportColumn], review: Form, report: Form) -> Mapping[str, Mapping[str, Text]]:
    found = {}
    for column in columns:
        question = question_of_codes(column, review, report)
        if column.codes == "date_precision":
            found[column.codes] = _precisions()
        elif column.codes:
            known = question.labels if question is not None else {}
            found[column.codes] = {name: plain_text(label) for name, label in known.items()}
    return found


def question_of_codes(column: ExportColumn, review: Form, report: Form) -> Question | None:
    """Question whose choices are the codes of a column."""
    question = (report if column.reported else review).by_role.get(column.codes)
    return column.question if column.codes == column.name else question


@cache
def _precisions() -> Mapping[str, Text]:
    listed = read_list(Path(__file__).resolve().parents[2] / "forms" / "date_precision.csv")
    return {choice.name: choice.label for choice in listed}


def columns_of(form: Form) -> tuple[ExportColumn, ...]:
    fixed = (replace(column, question=form.by_role.get(column.role)) for column in fixed_columns())
    return (*fixed, *further_columns(form))


def short_texts(
    form: Form, content: VersionContent, language: str, *, missing: bool = False
) -> Mapping[str, str]:
    """Public short texts in other languages than this one, by text with a path, or only the untranslated if `missing`."""
    choice = location.chosen(form, content.answers, "region")
    region, known = choice.name if choice is not None else "", content.translations.get(language, {})
    questions, found = _translated_questions(form), dict[str, str]()
    for path, answer in versions.public_answers(form, content).items():
        question = questions.get(schema_path(path))
        if question is None or not isinstance(answer, Written):
            continue
        text = versions.one_line(answer.text)
        is_listed = question.role == "locality" and location.locality_in(region, text, language) is not None
        is_own = language_told(text, content.language) in {"", language}
        if not is_listed and not is_own and not (missing and text in known):
            found.setdefault(text, path)
    return found


def _translated_questions(form: Form) -> Mapping[str, Question]:
    """Public questions by path whose short texts are translated: SHORT_TEXTS, and an organisation's own."""

    def questions() -> Mapping[str, Question]:
        found = (one.question for one in columns_of(form) if is_translated(one))
        return {one.path: one for one in found if one is not None}

    return form.once("translated", "", questions)


def is_translated(column: ExportColumn) -> bool:
    is_own_text = column.is_own and column.type is FactType.TEXT and not column.codes
    return is_own_text or column.role in SHORT_TEXTS


def origins(review: Form, report: Form) -> Sequence[tuple[ExportColumn, Sequence[Question]]]:
    """All columns, each with the report's questions behind it. `question` is the moderator's, `how` the program's part."""
    return [(column, list(_reported(column, review, report))) for column in columns_of(review)]


def _reported(column: ExportColumn, review: Form, report: Form) -> Iterator[Question]:
    if column.reported in report.by_role:
        yield report.by_role[column.reported]
    if column.question is None:
        return
    names = {question.name: question for question in report.questions}
    # A hidden question knows whether the report has a place, which is sealed.
    hidden = review.by_role.get("place_given") if column.question.role == "place_share" else None
    for node in (column.question, hidden):
        for source in sources(node) if node else ():
            yield names[source.partition("/")[0]]
