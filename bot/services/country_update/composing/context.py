"""What all parts of a document are made with: its words, the labels of codes, the numbers of its references."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.form.model import Choice, Form, Text
from bot.languages import name_of
from bot.services.country_update.document import Statement
from bot.services.country_update.records import Chosen, UpdateRecord
from bot.services.country_update.request import Months
from bot.services.country_update.template import Words
from bot.services.export.columns import ExportColumn
from bot.services.export.columns.values import FREEDOMS
from bot.services.statistics.figures import choices_of

ALLEGED = "alleged"
INCIDENT, PATTERN, LAW = "incident", "pattern", "law_policy"
PROGRESS = ("accountability", "positive")
"""The kinds of records that tell of accountability, and of what became better."""


@dataclass(frozen=True, slots=True)
class About:
    """What the settings and counts say of the records: who publishes them, the day of the data, how many moderators have to approve
    a record and one in which a reporter named somebody, how many approved records may only leave encrypted, or only be counted, and
    what reporters are asked."""

    publisher: str
    months: Months
    day: date
    approvals: int
    approvals_named: int
    shared: int
    counted: int
    questions: int
    languages: Sequence[str]


@dataclass(frozen=True, slots=True)
class Lists:
    """The labels of codes by list, code and language; the choices of violations, of regions and of articles of law by code; the labels
    of groups of violations by code; and the columns of an organisation's own questions."""

    labels: Mapping[str, Mapping[str, Text]]
    violations: Mapping[str, Choice]
    regions: Mapping[str, Choice]
    laws: Mapping[str, Choice]
    groups: Mapping[str, Text]
    own: Sequence[ExportColumn]

    @classmethod
    def of(
        cls,
        review: Form,
        report: Form,
        labels: Mapping[str, Mapping[str, Text]],
        columns: Iterable[ExportColumn],
    ) -> "Lists":
        """Those of an installation's forms."""
        return cls(
            labels,
            choices_of(review, "violations"),
            choices_of(review, "region"),
            choices_of(review, "legal_basis"),
            {code: one.label for code, one in choices_of(report, "category").items()},
            [column for column in columns if column.is_own],
        )


@dataclass(frozen=True, slots=True)
class Context:
    """The records of a document, and what is said of them."""

    words: Words
    lists: Lists
    about: About
    records: Chosen
    numbers: Mapping[str, int] = field(init=False)
    """The number of each record's reference."""

    def __post_init__(self) -> None:
        everything = (*self.records.dated, *self.records.undated)
        object.__setattr__(self, "numbers", {one.ref: place for place, one in enumerate(everything, 1)})

    def references(self, records: Iterable[UpdateRecord]) -> Sequence[int]:
        """The numbers of records."""
        return sorted({self.numbers[one.ref] for one in records})

    def statement(self, words: str, records: Iterable[UpdateRecord], language: str = "") -> Statement:
        """Words that come from these records; `language`, where that may be another one."""
        other = language if language != self.words.language else ""
        return Statement(words, self.references(records), other)

    def fact(self, name: str, value: str, records: Iterable[UpdateRecord]) -> Statement:
        """A name and what is known of it from these records."""
        words = self.words.fact(name, value)
        return Statement(words, self.references(records), name=name if words.startswith(name) else "")

    def headline(self, record: UpdateRecord) -> Statement:
        """What a record is called: its title, and a mark where it is no more than an allegation."""
        told = record.told("title", self.words.language)
        title, language = (" ".join(told.lines), told.language) if told is not None else ("", "")
        mark = self.mark_of(record)
        words = self.named(title, language) if title else self.words.say("update.untitled")
        return self.statement(f"{words} ({mark})" if mark else words, [record], language)

    def named(self, words: str, language: str) -> str:
        """Words, and the name of their language where it is not the document's."""
        return words if language == self.words.language else f"{words} [{name_of(language)}]"

    def mark_of(self, record: UpdateRecord) -> str:
        """What is said of a record that is alleged, or of which nobody said how far it is established; blank for any other."""
        assertion = record["assertion"]
        if assertion is None:
            return self.words.say("update.unassessed")
        return self.words.say("update.alleged") if assertion == ALLEGED else ""

    def label(self, names: str, code: str) -> str:
        """The label of a code of a list."""
        return self.words.label(self.lists.labels.get(names, {}).get(code), code)

    def labelled(self, names: str, codes: Iterable[str]) -> str:
        """The labels of several."""
        return self.words.listed(self.label(names, code) for code in codes)

    def violation(self, code: str) -> str:
        """What a violation is called; a group whose type is not known as the group."""
        return self.theme(code) if code in self.lists.groups else self.label("violations", code)

    def group_of(self, violation: str) -> str:
        """The group of a violation; itself where the list has none."""
        choice = self.lists.violations.get(violation)
        return (choice.columns.get("group") if choice is not None else "") or violation

    def theme(self, group: str) -> str:
        """What a group of violations is called."""
        return self.words.label(self.lists.groups.get(group), "") or self.label("violations", group)

    def theme_of(self, record: UpdateRecord) -> str:
        """The group of what a record mainly is about; blank for none."""
        primary = record["violation_primary"] or next(iter(record.listed("violations")), "")
        return self.group_of(primary) if primary else ""

    def freedom_of(self, record: UpdateRecord) -> str:
        """The freedom that a record is told under: of those that it concerns, one that its main violation is against, else the first;
        blank for none."""
        concerned = [one for one in FREEDOMS if one in record.listed("freedoms")]
        choice = self.lists.violations.get(record["violation_primary"] or "")
        rights = choice.columns.get("rights", "").split() if choice is not None else []
        return next((one for one in concerned if one in rights), next(iter(concerned), ""))

    def place_of(self, record: UpdateRecord) -> str:
        """Where it was: the locality, where it is no other name of the region, and the region."""
        region, locality = record["region"], record["locality"]
        choice = self.lists.regions.get(region or "")
        named = self.label("region", region) if region else ""
        same = choice is not None and locality == choice.columns.get("locality")
        return ", ".join(filter(None, ("" if same and named else locality, named)))

    def date_of(self, record: UpdateRecord) -> str:
        """Its date in words; that it is not known where it is not."""
        return self.words.date(record.date) if record.date else self.words.say("update.undated")
