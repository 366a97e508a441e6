"""Choices of an export so far, as one value that fits a button."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.chat.moderation.exports.periods import PERIODS, days_of
from bot.errors import Refusal
from bot.form.model import Choice
from bot.languages import exported_codes
from bot.services.desk.lists.filters import mark
from bot.services.export.formats import FORMATS
from bot.services.export.request import ExportRequest
from bot.services.export.rows.filters import FREEDOMS, LAST, Filters
from bot.services.unit import REPORT_FORM, REVIEW_FORM, Unit

REGION, CATEGORY, FREEDOM, LANGUAGE = "region", "category", "freedom", "language"
FACETS = (REGION, CATEGORY, FREEDOM, LANGUAGE)
"""Filters with one chosen value."""
TAGS = {REGION: "R", CATEGORY: "C", FREEDOM: "F", LANGUAGE: "L"}
_INCIDENTS, _CHANGED = "I", "N"
_BETWEEN = "-"


@dataclass(frozen=True, slots=True)
class Wish:
    """Format, period of PERIODS ("" until it is chosen) and codes of filters ("" for any)."""

    format: str
    period: str = ""
    region: str = ""
    category: str = ""
    freedom: str = ""
    language: str = ""
    by_incident: bool = False
    changed: bool = False

    @classmethod
    def read(cls, unit: Unit, format_: str, code: str) -> "Wish":
        """Decode a button. Raises Refusal for invalid data and for choices that no longer exist."""
        period, *parts = code.split(_BETWEEN)
        if format_ not in FORMATS or period not in {"", *PERIODS}:
            raise Refusal("reporter.tap.stale")
        changes: dict[str, Any] = {}
        for part in parts:
            changes |= _read(unit, part)
        return replace(cls(format_, period), **changes)

    def choose(self, facet: str, code: str) -> "Wish":
        chosen: dict[str, Any] = {facet: code}
        return replace(self, **chosen)

    def code(self) -> str:
        """Period and filters in one word of at most 32 characters."""
        parts = [f"{tag}{mark(value)}" for facet, tag in TAGS.items() if (value := getattr(self, facet))]
        parts += [tag for tag, on in ((_INCIDENTS, self.by_incident), (_CHANGED, self.changed)) if on]
        return _BETWEEN.join([self.period, *parts])

    def request(self, unit: Unit) -> ExportRequest:
        filters = Filters(
            regions=(self.region,) if self.region else (),
            categories=(self.category,) if self.category else (),
            freedoms=(self.freedom,) if self.freedom else (),
            language=self.language,
            by_incident=self.by_incident,
            changed=LAST if self.changed else "",
        )
        made = ExportRequest.read(self.format, *days_of(self.period, unit.now.date()))
        return replace(made, filters=filters)


def _read(unit: Unit, part: str) -> dict[str, Any]:
    if part in {_INCIDENTS, _CHANGED}:
        return {"by_incident": True} if part == _INCIDENTS else {"changed": True}
    facet = next((one for one, tag in TAGS.items() if part.startswith(tag)), "")
    found = next((code for code in codes_of(unit, facet) if mark(code) == part[1:]), None)
    if found is None:
        raise Refusal("reporter.tap.stale")
    return {facet: found}


def codes_of(unit: Unit, facet: str) -> Sequence[str]:
    """Values of a filter, in the order of the form."""
    match facet:
        case "freedom":
            return FREEDOMS
        case "language":
            return exported_codes()
        case "category":
            groups = [one.columns.get("group") or one.name for one in _choices(unit, "violations")]
            return list(dict.fromkeys(groups))
        case "region":
            return [one.name for one in _choices(unit, REGION)]
    return ()


def choice_of(unit: Unit, facet: str, code: str) -> Choice | None:
    """Choice with a code's label, from the review form or from reporters' categories. None if there is no
    label."""
    choices = _choices(unit, {CATEGORY: "violations", FREEDOM: "rights"}.get(facet, facet))
    if facet == CATEGORY:
        choices = [*_choices(unit, CATEGORY, REPORT_FORM), *choices]
    return next((one for one in choices if one.name == code), None)


def _choices(unit: Unit, role: str, form: str = REVIEW_FORM) -> Sequence[Choice]:
    question = unit.forms[form].by_role.get(role)
    return question.choices if question is not None else ()
