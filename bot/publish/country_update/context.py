"""Shared material of the sections: words and labels, tables of counts, and a record told in statements."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.form.model import Choice, Text
from bot.languages import name_of
from bot.publish.country_update.document import DocumentTexts, Statement
from bot.publish.country_update.request import Months, UpdateRecord
from bot.publish.export.cells import ExportTable
from bot.publish.export.column_values import FREEDOMS, ExportColumn
from bot.publish.export.selection import Statistics
from bot.publish.location import locality_in
from bot.publish.own_texts import OwnTexts
from bot.publish.statistics import choices_of, short_name
from bot.settings import Settings

ALLEGED = "alleged"
LAW = "law_policy"
PROGRESS = ("accountability", "positive")


@dataclass(frozen=True, slots=True)
class Lists:
    """Labels of codes, choices by role and code, labels of groups of violations, and columns of own questions."""

    labels: Mapping[str, Mapping[str, Text]]
    choices: Mapping[str, Mapping[str, Choice]]
    groups: Mapping[str, Text]
    own: Sequence[ExportColumn]

    @classmethod
    def of(cls, table: ExportTable) -> "Lists":
        meanings = {code: one.label for code, one in choices_of(table.review, "date_kind").items()}
        choices = {role: choices_of(table.review, role) for role in ("violations", "region", "legal_basis")}
        groups = {code: one.label for code, one in choices_of(table.report, "category").items()}
        own = [column for column in table.columns if column.is_own]
        return cls({**table.labels, "date_meaning": meanings}, choices, groups, own)


@dataclass(frozen=True, slots=True)
class Earlier:
    """Months of the last update of an earlier period, None for none, and the references of its records."""

    months: Months | None = None
    last: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class UpdateContext:
    """Material of a document. `withheld` counts all approved records, `questions` those asked of reporters.
    `undated` records have no known date and count in no figure. `changed` have a newer version than in an earlier
    update, those of other periods included."""

    words: DocumentTexts
    lists: Lists
    months: Months
    day: date
    settings: Settings
    withheld: Statistics
    questions: int
    dated: Sequence[UpdateRecord]
    undated: Sequence[UpdateRecord]
    changed: Sequence[UpdateRecord] = ()
    earlier: Earlier = Earlier()
    own: OwnTexts = field(default_factory=dict)
    numbers: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", {one.ref: place for place, one in enumerate(self.everything, 1)})

    @property
    def everything(self) -> Sequence[UpdateRecord]:
        return list(dict.fromkeys((*self.dated, *self.undated, *self.changed)))

    def references(self, records: Iterable[UpdateRecord]) -> Sequence[int]:
        return sorted({self.numbers[one.ref] for one in records})

    def statement(self, words: str, records: Iterable[UpdateRecord], language: str = "") -> Statement:
        other = language if language != self.words.language else ""
        return Statement(words, self.references(records), other)

    def fact(self, name: str, value: str, records: Iterable[UpdateRecord]) -> Statement:
        words = self.words.fact(name, value)
        return Statement(words, self.references(records), name=name if words.startswith(name) else "")

    def headline(self, record: UpdateRecord) -> Statement:
        """Title of a record, with a caveat if it is alleged or unassessed."""
        title, language = record.told("title", self.words.language)
        words = self.named(" ".join(title), language) if title else self.words.say("update.untitled")
        marks = {None: "update.unassessed", ALLEGED: "update.alleged"}
        if mark := marks.get(record["assertion"]):
            words = f"{words} ({self.words.say(mark)})"
        return self.statement(words, [record], language)

    def named(self, words: str, language: str) -> str:
        return words if language == self.words.language else f"{words} [{name_of(language)}]"

    def text(self, record: UpdateRecord, words: str | None) -> str:
        """Short text, such as a role, in the document's language if it is translated, else marked with its own."""
        return self.named(*record.in_language(words, self.words.language)) if words else ""

    def label(self, names: str, code: str) -> str:
        return self.words.label(self.lists.labels.get(names, {}).get(code), code)

    def violation(self, code: str) -> str:
        """Label of a violation. A group without a known type has the label of the group."""
        return self.theme(code) if code in self.lists.groups else self.label("violations", code)

    def theme(self, group: str) -> str:
        return self.words.label(self.lists.groups.get(group), "") or self.label("violations", group)

    def theme_of(self, record: UpdateRecord) -> str:
        """Group of the main violation, itself where the list has no groups. Blank for none."""
        primary = record["violation_primary"] or next(iter(record.listed("violations")), "")
        choice = self.lists.choices["violations"].get(primary)
        return (choice.columns.get("group") if choice is not None else "") or str(primary)

    def freedom_of(self, record: UpdateRecord) -> str:
        """Freedom whose section tells a record: one of its main violation, else its first. Blank for none."""
        concerned = [one for one in FREEDOMS if one in record.listed("freedoms")]
        choice = self.lists.choices["violations"].get(record["violation_primary"] or "")
        rights = choice.columns.get("rights", "").split() if choice is not None else []
        return next((one for one in concerned if one in rights), next(iter(concerned), ""))

    def place_of(self, record: UpdateRecord, *, short: bool = False) -> str:
        """Locality and region. The region has its short name if `short`."""
        region = record["region"]
        named = self.label("region", region) if region else ""
        if short and region in self.lists.choices["region"]:
            named = short_name(self.lists.choices["region"][region], self.words.language)
        return ", ".join(filter(None, (self.town_of(record), named)))

    def town_of(self, record: UpdateRecord) -> str:
        """Locality in the document's language, or marked with its own. Blank if it only repeats the region."""
        region, language = record["region"] or "", self.words.language
        locality = record["locality"] or ""
        choice = self.lists.choices["region"].get(region)
        city = choice.columns.get("locality", "") if choice is not None else ""
        town = locality_in(region, locality, language)
        same = locality == city or (town is not None and town == locality_in(region, city, language))
        return "" if same and region else town or self.text(record, locality)

    def date_of(self, record: UpdateRecord) -> str:
        return self.words.date(record.date) if record.date else self.words.say("update.undated")
