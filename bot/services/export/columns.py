"""The columns of an export: an allow-list, in an order that stays. Nothing else of a version ever leaves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.form.model import Choice, Form, Group, Kind, Node, Privacy, Question, Text
from bot.form.xlsform.lists import read_list
from bot.languages import exported_codes

REPEATS = ("affected", "perpetrators", "outcomes")
FREEDOMS = ("expression", "association", "assembly")
_KINDS = {Kind.TEXT, Kind.INTEGER, Kind.DATE, Kind.SELECT_ONE, Kind.SELECT_MULTIPLE, Kind.CALCULATE}
_PRECISIONS = Path(__file__).resolve().parents[2] / "forms" / "date_precision.csv"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of facts. `field` is its name in JSON; in a `repeat` there is a value an instance; `codes`
    names the list whose labels stand beside it."""

    name: str
    field: str
    repeat: str = ""
    codes: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """This column and those of its labels."""
        return (self.name, *(f"{self.name}_label_{language}" for language in exported_codes() if self.codes))


FIXED = (
    Column("id", "id"),
    Column("version", "version"),
    Column("approved_on", "approved_on"),
    Column("kind", "kind", codes="kind"),
    Column("title", "title"),
    Column("summary", "summary"),
    Column("freedoms", "freedoms", codes="rights"),
    Column("rights", "rights", codes="rights"),
    Column("violations", "violations", codes="violations"),
    Column("violation_primary", "violation_primary", codes="violations"),
    Column("date_start", "date_start"),
    Column("date_end", "date_end"),
    Column("date_precision", "date_precision", codes="date_precision"),
    Column("date_ongoing", "date_ongoing"),
    Column("date_meaning", "date_meaning"),
    Column("underlying_event", "underlying_event"),
    Column("region", "region", codes="region"),
    Column("locality", "locality"),
    Column("affected_role", "role", repeat="affected"),
    Column("affected_groups", "groups", repeat="affected", codes="affected_groups"),
    Column("affected_number_min", "number_min", repeat="affected"),
    Column("affected_number_max", "number_max", repeat="affected"),
    Column("affected_organisation", "organisation", repeat="affected"),
    Column("perpetrators_type", "type", repeat="perpetrators", codes="perpetrator_type"),
    Column("perpetrators_detail", "detail", repeat="perpetrators"),
    Column("legal_basis", "legal_basis", codes="legal_basis"),
    Column("outcomes_status", "status", repeat="outcomes", codes="outcome_status"),
    Column("outcomes_date", "date", repeat="outcomes"),
    Column("consent", "consent", codes="consent_use"),
    Column("language", "language"),
    Column("latitude", "latitude"),
    Column("longitude", "longitude"),
    Column("within_km", "within_km"),
    Column("links", "links"),
)

ROLES: Mapping[str, str] = {
    "affected_role": "affected_role",
    "affected_groups": "affected_groups",
    "affected_number_min": "affected_number_min",
    "affected_number_max": "affected_number_max",
    "affected_organisation": "affected_organisation",
    "perpetrators_type": "perpetrator_type",
    "perpetrators_detail": "perpetrator_detail",
    "outcomes_status": "outcome_status",
    "outcomes_date": "outcome_date",
}
"""The role of the review form's question behind each column of a repeat."""

_ROLES_OF_FIXED = {*ROLES.values(), "kind", "title", "summary", "violations", "violation_primary", "rights"}
_ROLES_OF_FIXED |= {"when", "date_meaning", "underlying_event", "region", "locality", "legal_basis", "links"}


def further(form: Form) -> tuple[tuple[Column, Question], ...]:
    """Columns for the public questions of the review form that the fixed ones do not cover, by their names.
    One in a repeat has a value an instance; those in a repeat inside a repeat do not leave. A name of a question
    or repeat that is taken, by the fixed facts or one before it, gets `extra_` before it."""
    taken = {"date", "place", "labels", *REPEATS}
    taken |= {name for column in FIXED for name in (*column.names, column.codes)}
    repeats: dict[str, str] = {}
    found = []
    for question, around in _questions(form.children, None):
        public = question.privacy is Privacy.PUBLIC and question.kind in _KINDS
        if public and question.role not in _ROLES_OF_FIXED:
            if around is not None and around.path not in repeats:
                repeats[around.path] = _name_of_repeat(around, taken)
            repeat = repeats[around.path] if around is not None else ""
            found.append((_column(question, repeat, taken), question))
    return tuple(found)


def _name_of_repeat(repeat: Group, taken: set[str]) -> str:
    """Its role or name, unless a fact has that already; one that holds what the fixed columns have of it stands
    with them."""
    name = repeat.bot.get("role") or repeat.name
    roles = {ROLES[column.name] for column in FIXED if column.repeat == name}
    if any(question.role in roles for question, _ in _questions(repeat.children, repeat)):
        return name
    while name in taken:
        name = f"extra_{name}"
    taken.add(name)
    return name


def _column(question: Question, repeat: str, taken: set[str]) -> Column:
    column = Column(question.name, question.name, repeat, question.name if question.choices else "")
    while not taken.isdisjoint(column.names):
        name = f"extra_{column.name}"
        column = Column(name, name, repeat, name if question.choices else "")
    taken |= set(column.names)
    return column


def _questions(nodes: tuple[Node, ...], repeat: Group | None) -> Iterator[tuple[Question, Group | None]]:
    """Each question with the repeat around it."""
    for node in nodes:
        if isinstance(node, Group):
            if node.repeat and repeat is not None:
                continue
            yield from _questions(node.children, repeat or (node if node.repeat else None))
        else:
            yield node, repeat


def columns(form: Form) -> tuple[Column, ...]:
    """All columns of an export of this review form."""
    return (*FIXED, *(column for column, _ in further(form)))


def header(form: Form) -> tuple[str, ...]:
    """The names of all columns, those of labels too."""
    return tuple(name for column in columns(form) for name in column.names)


def labels(review: Form, report: Form) -> Mapping[str, Mapping[str, Text]]:
    """The labels of all codes: list, code, language."""
    lists: dict[str, tuple[Choice, ...]] = {"date_precision": _precisions()}
    asked = {column.codes for column in FIXED if column.codes}
    for role in asked - {"date_precision"}:
        question = (report if role == "consent_use" else review).by_role.get(role)
        lists[role] = question.choices if question is not None else ()
    for column, question in further(review):
        if column.codes:
            lists[column.codes] = question.choices
    return {name: {choice.name: choice.label for choice in choices} for name, choices in lists.items()}


@cache
def _precisions() -> tuple[Choice, ...]:
    return read_list(_PRECISIONS)
