"""Rows and filters of a list in words, without a word of any story."""

from calendar import monthrange
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, Renderer, shortened
from bot.desk.queue.filters import CATEGORY, REGION, TOGGLES, Filter, ReportScope
from bot.desk.queue.service import Count, file_counts, names
from bot.desk.references import ARCHIVED, age_of, ago, briefs_of, day_of, in_rows
from bot.form.answers import Precision, When
from bot.form.kinds.calendar import when_phrase
from bot.form.screen import Joined, Key, Label, Phrase, Said
from bot.languages import name_of
from bot.reports import approvals, claims
from bot.reports.approvals import Votes
from bot.reports.states import Status
from bot.store.unit import UnitOfWork
from db.models import Incident, Moderator, Report

MOST_ROWS = 6
"""Most rows of buttons under a list: a phone still shows the text above them."""
MOST_LABEL = 120
"""Most characters of a label, so that a page stays below Telegram's 4096."""
_FAST = "\N{NO-BREAK SPACE}"
_DECIDED = {Status.APPROVED: "✅", Status.REJECTED: "🚫"}


@dataclass(frozen=True, slots=True)
class _Shown:
    unit: UnitOfWork
    renderer: Renderer
    language: str
    files: Mapping[str, int]
    aliases: Mapping[str, str]
    incidents: Mapping[str, str]
    votes: Mapping[str, Votes]
    archived: Collection[str]


async def lines(
    unit: UnitOfWork, renderer: Renderer, language: str, reports: Sequence[Report]
) -> list[Phrase]:
    files, votes = await file_counts(unit, reports), await approvals.votes(unit, reports)
    aliases = await names(unit, Moderator.alias, (one.moderator_id for one in reports))
    incidents = await names(unit, Incident.ref, (one.incident_id for one in reports))
    archived = await claims.archived_of(unit, reports)
    shown = _Shown(unit, renderer, language, files, aliases, incidents, votes, archived)
    found: list[Phrase] = []
    briefs = await briefs_of(unit, reports)
    for one in reports:
        key = "moderator.queue.urgent" if one.urgent else "moderator.queue.line"
        kind = _short(shown, briefs.get(one.id) or label_of(unit, CATEGORY, one.category))
        told = Joined(tuple(_facts(shown, one)), " · ")
        found.append(Key(key, {"ref": one.ref, "category": kind, "facts": told}))
    return found


def opens(reports: Sequence[Report]) -> list[list[ActButton]]:
    """Buttons that open reports, two in a row."""
    return in_rows([ActButton(Said(report.ref), Act("mopen", report.ref)) for report in reports])


def turning(
    rows: Sequence[Sequence[ActButton]], page: str, further: Callable[[str], Act], *last: ActButton
) -> list[Sequence[ActButton]]:
    """Rows of a page, counted from 0, and below them `last`, with a button to the next page if there is one."""
    most, number = MOST_ROWS - 1, int(page) if page.isdecimal() else 0
    begin = number * most if number * most < len(rows) else 0
    more = [ActButton(Key("moderator.queue.more"), further(str(number + 1)))]
    return [*rows[begin : begin + most], [*last, *(more if begin + most < len(rows) else [])]]


def marks(report: Report, votes: Mapping[str, Votes]) -> Iterator[Phrase]:
    """Marks of unread and unanswered talks, and the number of approvals."""
    if report.unread:
        yield Key("moderator.queue.unread")
    if report.waits:
        yield Key("moderator.queue.waits")
    if (one := votes.get(report.id)) is not None:
        yield Key("moderator.queue.approvals", {"n": len(one.given), "of": one.needed})


def label_of(unit: UnitOfWork, role: str, code: str | None) -> Phrase:
    text = unit.report_forms.labels(role).get(code or "")
    return Label(text) if text is not None else Said(code or "—")


def _facts(shown: _Shown, report: Report) -> Iterator[Phrase]:
    if report.region:
        yield _short(shown, label_of(shown.unit, REGION, report.region))
    day = day_of(report)
    if day is not None:
        yield day
    if number := shown.files.get(report.id):
        yield Said(f"📎{_FAST}{number}")
    yield Said(name_of(report.language))
    yield from _state(shown, report)
    yield from [Said(ARCHIVED)] if report.id in shown.archived else ()
    if incident := shown.incidents.get(report.incident_id or ""):
        yield Said(f"🔗{_FAST}{incident}")
    yield from marks(report, shown.votes)


def _short(shown: _Shown, phrase: Phrase) -> Phrase:
    return Said(shortened(shown.renderer.phrase(phrase, shown.language), MOST_LABEL))


def _state(shown: _Shown, report: Report) -> Iterator[Phrase]:
    status, hour = Status(report.status), shown.unit.hour
    if status in _DECIDED:
        since = ago(max(0, hour - (report.closed_hour or hour)))
        yield Joined((Said(_DECIDED[status]), since), _FAST)
    elif status in {Status.WITHDRAWN, Status.EXPIRED}:
        yield Key(f"moderator.row.{status}")
    else:
        yield Joined((Said("🕒"), age_of(shown.unit, report)), _FAST)
    if status is Status.NEEDS_INFO:
        yield Key("moderator.row.needs_info")
    held = status is Status.CLAIMED and (report.claimed_until_hour or 0) > hour
    if held and (alias := shown.aliases.get(report.moderator_id or "")):
        yield Said(f"👤{_FAST}{alias}")


def what(unit: UnitOfWork, wanted: Filter) -> Phrase:
    """Description of a filter, with its scope first."""
    parts = [scope_phrase(wanted.scope)]
    parts += [label_of(unit, CATEGORY, wanted.category)] if wanted.category else []
    parts += [label_of(unit, REGION, wanted.region)] if wanted.region else []
    parts += [Key(f"moderator.filter.{name}") for name in TOGGLES if getattr(wanted, name)]
    parts += [older_phrase(wanted.older)] if wanted.older else []
    parts += [days_phrase(wanted)] if wanted.dated else []
    return Joined(tuple(parts), " · ")


def title(unit: UnitOfWork, wanted: Filter, number: Count) -> Phrase:
    return Key("moderator.list.title", {"what": what(unit, wanted), "n": str(number) or "…"})


def scope_phrase(scope: ReportScope) -> Phrase:
    return Key(f"moderator.scope.{scope.name.lower()}")


def older_phrase(days: int) -> Phrase:
    return Key("moderator.filter.older", {"n": days})


def days_phrase(wanted: Filter) -> Phrase:
    first, last = wanted.since, wanted.until
    if first is not None and last is not None:
        if first == last:
            return when_phrase(When(Precision.DAY, first.isoformat(), first.isoformat()))
        if (first, last) == month_of(first):
            return when_phrase(When(Precision.MONTH, f"{first:%Y-%m}"))
        if (first, last) == year_of(first):
            return when_phrase(When(Precision.YEAR, f"{first:%Y}"))
    since, until = (day.isoformat() if day is not None else None for day in (first, last))
    return when_phrase(When(Precision.RANGE, since, until))


def month_of(day: date) -> tuple[date, date]:
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def year_of(day: date) -> tuple[date, date]:
    return date(day.year, 1, 1), date(day.year, 12, 31)
