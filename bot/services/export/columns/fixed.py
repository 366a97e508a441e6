"""Columns that every export has, in a stable order: an allow-list. Only columns of `further` are added.

A column is an entry of _FIRST or _LAST. Its heading is `export.column.<name>` in the catalogues.
"""

from typing import Any

from bot.form.kinds.kind import FactType
from bot.languages import exported_codes
from bot.services.desk.publishing.published_languages import TEXTS, role_in
from bot.services.export.columns.definition import ExportColumn
from bot.services.export.columns.values import (
    approved_on,
    chosen_codes,
    codes_in,
    freedoms,
    links,
    locality,
    more_than,
    of_date,
    of_location,
    rights,
    sdg_16_10_1,
    tags,
    told_in_version,
    within_km,
)

_INTEGER, _DECIMAL, _BOOLEAN = FactType.INTEGER, FactType.DECIMAL, FactType.BOOLEAN
_RIGHTS, _WHOM = ("rights", "violations"), ("violations", "affected_groups")
_DAY, _DATE, _LINK = FactType.DAY, FactType.DATE, FactType.LINK


def _column(name: str, role: str = "", *, codes: str = "", **more: Any) -> ExportColumn:
    return ExportColumn(name, role, codes, **{"type": FactType.CODE if codes else FactType.TEXT} | more)


_C = _column
_FIRST = (
    _C("id", derive=lambda row: row.version.ref, how="made at submission, tells nothing"),
    _C("version", derive=lambda row: row.version.number, how="one more with each correction", type=_INTEGER),
    _C("approved_on", derive=approved_on, how="/approve", type=_DAY),
    _C("kind", "kind", codes="kind"),
    _C("title", "title", derive=told_in_version("title"), how="in `language`, or the first that it is written in"),
    _C("summary", "summary", derive=told_in_version("summary"), how="in `language`, or the first that it is written in"),
    _C("freedoms", "rights", codes="rights", derive=freedoms, by_codes=_RIGHTS, how="those of the rights that are freedoms of the mandate", several=True),
    _C("rights", "rights", codes="rights", derive=rights, by_codes=_RIGHTS, how="by the violations unless changed", several=True),
    _C("violations", "violations", codes="violations", reads=chosen_codes, several=True),
    _C("violation_primary", "violation_primary", codes="violations"),
    _C("date_start", "when", within="date", field="start", reads=of_date(lambda when: when["start"]), type=_DATE),
    _C("date_end", "when", within="date", field="end", reads=of_date(lambda when: when["end"]), type=_DATE),
    _C("date_precision", "when", codes="date_precision", within="date", field="precision", reads=of_date(lambda when: str(when["precision"]))),
    _C("date_ongoing", "when", within="date", field="ongoing", reads=of_date(lambda when: bool(when["ongoing"]), without=False), without=False, type=_BOOLEAN),
    _C("date_meaning", "date_meaning"),
    _C("underlying_event", "underlying_event", type=_DATE),
    _C("region", "region", codes="region", within="place"),
    _C("locality", "locality", within="place", derive=locality, how="of a region that is a city, the city"),
    _C("affected_role", "affected_role", repeat="affected", field="role"),
    _C("affected_groups", "affected_groups", codes="affected_groups", repeat="affected", field="groups", several=True),
    _C("affected_number_min", "affected_number_min", repeat="affected", field="number_min", type=_INTEGER),
    _C("affected_number_max", "affected_number_max", repeat="affected", field="number_max", type=_INTEGER),
    _C("affected_organisation", "affected_organisation", repeat="affected", field="organisation"),
    _C("perpetrators_type", "perpetrator_type", codes="perpetrator_type", repeat="perpetrators", field="type"),
    _C("perpetrators_detail", "perpetrator_detail", repeat="perpetrators", field="detail"),
    _C("legal_basis", "legal_basis", codes="legal_basis", reads=chosen_codes, several=True),
    _C("outcomes_status", "outcome_status", codes="outcome_status", repeat="outcomes", field="status"),
    _C("outcomes_date", "outcome_date", repeat="outcomes", field="date", type=_DATE),
    _C("consent", codes="consent_use", derive=lambda row: row.version.consent, reported="consent_use"),
    _C("language", derive=lambda row: row.version.content.language, how="of the moderator's form"),
    _C("latitude", "place_share", within="place", derive=of_location(lambda point, _: point.latitude), how="rounded", type=_DECIMAL),
    _C("longitude", "place_share", within="place", derive=of_location(lambda point, _: point.longitude), how="rounded", type=_DECIMAL),
    _C("within_km", "place_share", within="place", derive=of_location(within_km), how="by the rounding", type=_INTEGER),
    _C("links", "links", reads=links, type=_LINK, several=True),
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
    _C("tags", "tags", reads=tags, several=True),
    _C("source_reliability", "source_reliability", codes="source_reliability"),
    _C("information_credibility", "information_credibility", codes="information_credibility"),
    _C("evidence_origin", "evidence_origin", codes="evidence_origin"),
    _C("iccpr", "violations", derive=codes_in("iccpr"), by_codes=("violations",), how="by the violations", several=True),
    _C("civicus", "violations", derive=codes_in("civicus"), by_codes=_WHOM, how="by the violations and the groups affected", several=True),
    _C("sdg_16_10_1", "violations", derive=sdg_16_10_1, by_codes=("violations", "kind", "affected_groups"), how="by the violations, the kind and the groups affected", several=True),
    _C("acled", "violations", derive=codes_in("acled"), by_codes=_WHOM, how="by the violations and the groups affected", several=True),
    _C("huridocs", "violations", derive=codes_in("huridocs"), by_codes=("violations",), how="by the violations", several=True),
    _C("affected_number_more_than", "affected_number_min", repeat="affected", field="number_more_than", reads=more_than, how="where the least number was told as *more than*", type=_INTEGER),
)  # fmt: skip
"""Columns after the texts in each language. Add new columns at the end."""


def fixed_columns() -> tuple[ExportColumn, ...]:
    """Columns that do not depend on the review form. Raises LanguageError where a language's file is wrong."""
    in_languages = (role_in(role, code) for role in TEXTS for code in exported_codes())
    return (*_FIRST, *(ExportColumn(name, name) for name in in_languages), *_LAST)


REPEATS = frozenset(column.repeat for column in (*_FIRST, *_LAST) if column.repeat)
OBJECTS = frozenset(column.within for column in (*_FIRST, *_LAST) if column.within)
