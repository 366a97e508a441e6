"""Search of stories and public versions, a few at a time, by words, tags and grades."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import select, text

from bot.desk.queue.service import Filter, ListCursor, walk, walk_of
from bot.errors import Refusal
from bot.form.answers import Answer, Chosen, Written
from bot.form.model import Form, Privacy, Question
from bot.form.typed.phrases import normalized, words
from bot.publish import versions
from bot.publish.versions import VersionContent
from bot.reports import reading
from bot.reports.reading import Told
from bot.safety.sealing import UnsealError
from bot.store import vault
from bot.store.unit import HOURS_A_DAY, REVIEW_FORM, UnitOfWork
from db.engine import padded_to_power_of_two
from db.models import IS_ARCHIVED, AuditEntry, DataKey, KeySlot, Moderator, PublicVersion, Report

TAGS, GRADES = "tags", ("source_reliability", "information_credibility")
MOST_TYPED, FEWEST_LETTERS = 100, 3
_HASH = "#"
_T = TypeVar("_T")
_LIKE_LATIN = str.maketrans("АВСЕР", "ABCEP")


@dataclass(frozen=True, slots=True)
class Sought:
    """Search query, all parts required.

    - `words`: each in the story, also within longer words, in any case and without letters special to a
      language.
    - `tags`, `grades`: each in the newest version, by code.
    """

    words: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    grades: frozenset[str] = frozenset()

    @property
    def in_records(self) -> bool:
        return bool(self.tags or self.grades)

    @property
    def kinds(self) -> str:
        """Kinds of the parts, without values, for the audit log."""
        asked = {"words": self.words, "tags": self.tags, "grades": self.grades}
        return "+".join(name for name, some in asked.items() if some)

    def is_in_record(self, form: Form, answers: Mapping[str, Answer]) -> bool:
        given = [answers.get(question.path) for question in graded(form)]
        grades = {name for answer in given if isinstance(answer, Chosen) for name in answer.names}
        tags = form.by_role.get(TAGS)
        told = answers.get(tags.path) if tags is not None else None
        typed = told.text.split(",") if isinstance(told, Written) else ()
        return self.grades <= grades and self.tags <= {
            normalized(one.strip().removeprefix(_HASH)) for one in typed
        }


NOTHING = Sought()


def read(form: Form, typed: str) -> Sought:
    """Parse a query of `#tag`, codes of grades and words. NOTHING without any, or with too few letters."""
    tags, grades, rest = set[str](), set[str](), list[str]()
    for one in typed[:MOST_TYPED].split():
        code = grade(form, one)
        if one.startswith(_HASH) and one != _HASH:
            tags.add(normalized(one.removeprefix(_HASH)))
        elif code is not None:
            grades.add(code)
        else:
            rest.append(one)
    found = words(" ".join(rest))
    if not (tags or grades or any(len(one) >= FEWEST_LETTERS for one in found)):
        return NOTHING
    return Sought(found, frozenset(tags), frozenset(grades))


def graded(form: Form) -> Iterator[Question]:
    return (form.by_role[role] for role in GRADES if role in form.by_role)


def grade(form: Form, typed: str) -> str | None:
    code = typed.upper().translate(_LIKE_LATIN)
    return code if any(code == one.name for question in graded(form) for one in question.choices) else None


AT_ONCE, STORY = 50, "story"
"""Stories opened by one step, some ten milliseconds, and their role."""
MOST_A_DAY = 200
"""Search steps of a moderator a day. Many could reveal sealed words."""
_MOST_ACTS = 2000


@dataclass(frozen=True, slots=True)
class SearchStep:
    """Matching report ids with cursors, number of opened reports, and cursor to go on, or None."""

    found: Sequence[tuple[str, ListCursor]]
    opened: int
    place: ListCursor | None


async def require_allowed(unit: UnitOfWork, moderator: Moderator) -> None:
    """Raise Refusal over MOST_A_DAY."""
    own = select(AuditEntry.act, AuditEntry.hour).where(AuditEntry.actor == moderator.alias)
    newest = await unit.session.execute(own.order_by(AuditEntry.id.desc()).limit(_MOST_ACTS))
    today = [row for row in newest if row.act == "search" and row.hour > unit.hour - HOURS_A_DAY]
    if len(today) >= MOST_A_DAY:
        raise Refusal("moderator.search.enough", {"n": MOST_A_DAY})


async def step(
    unit: UnitOfWork, wanted: Filter, holder: Moderator | None, sought: Sought, place: ListCursor | None
) -> SearchStep:
    """Search the reports after a cursor: stories for words, newest versions for tags and grades."""
    way = walk_of(unit, wanted, holder)
    has_story = [Report.data_key_id.is_not(None), ~Report.sealed] if sought.words else []
    version = PublicVersion.report_id == Report.id, PublicVersion.content.is_not(None)
    has_version = [select(PublicVersion.id).where(*version).exists()] if sought.in_records else []
    way = replace(way, besides=(*way.besides, *has_story, *has_version))
    walked, stopped = await walk(unit, way, AT_ONCE, place)
    places = dict(walked)
    told = await _stories(unit, list(places)) if sought.words else {}
    records = await _records(unit, list(places)) if sought.in_records else {}
    form = unit.forms[REVIEW_FORM]

    def holds(report_id: str) -> bool:
        record, story = records.get(report_id), told.get(report_id, "")
        in_record = record is not None and sought.is_in_record(form, record.answers)
        return all(word in story for word in sought.words) and (in_record or not sought.in_records)

    found = [(one, places[one]) for one in places if holds(one)]
    last = walked[-1][1] if len(walked) == AT_ONCE else stopped
    return SearchStep(found, len(told.keys() | records.keys()), last)


async def leaves_out(unit: UnitOfWork) -> bool:
    """Whether there is a sealed archive, which no search opens."""
    sealed = select(DataKey.id).where(text(IS_ARCHIVED)).limit(1)
    return await unit.session.scalar(sealed) is not None


async def _records(unit: UnitOfWork, ids: Sequence[str]) -> Mapping[str, VersionContent]:
    columns = PublicVersion.id, PublicVersion.report_id, PublicVersion.data_key_id, PublicVersion.content
    query = select(*columns, PublicVersion.version, KeySlot.content.label("slot"))
    query = query.join(DataKey, DataKey.id == PublicVersion.data_key_id)
    of_these = PublicVersion.report_id.in_(padded_to_power_of_two(ids)), PublicVersion.content.is_not(None)
    query = query.join(KeySlot, KeySlot.number == DataKey.slot).where(*of_these)
    told = sorted(await unit.session.execute(query), key=lambda row: row.version) if ids else ()
    return _opened(unit, {row.report_id: row for row in told}, versions.read)


async def _stories(unit: UnitOfWork, ids: Sequence[str]) -> Mapping[str, str]:
    query = select(Report.id, Report.data_key_id, Report.content, KeySlot.content.label("slot"))
    query = query.join(DataKey, DataKey.id == Report.data_key_id)
    query = query.join(KeySlot, KeySlot.number == DataKey.slot)
    query = query.where(Report.id.in_(padded_to_power_of_two(ids)), Report.content.is_not(None))
    rows = {row.id: row for row in await unit.session.execute(query)} if ids else {}
    told = _opened(unit, rows, reading.told)
    return {one: normalized(_story(content)) for one, content in told.items()}


def _story(told: Told) -> str:
    story = told.form.by_role.get(STORY)
    asked = ((told.form.question_at(path), answer) for path, answer in told.answers.items())
    return "\n".join(
        answer.text
        for question, answer in asked
        if isinstance(answer, Written) and question and question.privacy is not Privacy.SEALED
        if story is None or question is story
    )


def _opened(
    unit: UnitOfWork, rows: Mapping[str, Any], read: Callable[[UnitOfWork, str, str, bytes], _T]
) -> dict[str, _T]:
    vault.open_slots(unit, {row.data_key_id: row.slot for row in rows.values()})
    found = {}
    for report_id, row in rows.items():
        if row.data_key_id in unit.keys:
            with suppress(UnsealError):
                found[report_id] = read(unit, row.id, row.data_key_id, row.content)
    return found
