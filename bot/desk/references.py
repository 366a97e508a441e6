"""Reports named by a command or a button, in lists and lines without a word of any story, and buttons of the whole desk."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, Renderer, act_button, shortened
from bot.chat.turn import Turn
from bot.desk.queue.service import CATEGORY, REGION, file_counts, names
from bot.errors import WrongArgument
from bot.form.answers import Chosen, Number, Precision, When
from bot.form.kinds import answer_phrase
from bot.form.kinds.calendar import when_phrase
from bot.form.model import Privacy
from bot.form.screen import ButtonRole, Joined, Key, Label, Phrase, Said, form_title
from bot.form.typed.intervals import OPEN
from bot.languages import name_of
from bot.reports import approvals, claims, reading
from bot.reports.approvals import Votes
from bot.reports.reading import Told
from bot.reports.states import Status
from bot.safety.sealing import UnsealError
from bot.store import vault
from bot.store.unit import HOURS_A_DAY, UnitOfWork
from db.models import Incident, Moderator, Report

KEEP = act_button("moderator.keep", "mkeep")
"""Button that changes nothing."""
PRACTICE, PRACTICE_ID = "PRACT1", "practice" * 4
"""Reference and id of each practice report. References of reports begin with R, those of incidents with E."""
ARCHIVED = "🗄"
"""Mark of a report in the sealed archive."""


def practice_report(turn: Turn) -> Report:
    """Made-up report in no session and no table, for the desk to show."""
    known = {"id": PRACTICE_ID, "ref": PRACTICE, "urgent": False, "consent_use": "publish_no_names"}
    return Report(**known, waits=False, language=turn.language, submitted_hour=turn.unit.hour)


def open_button(ref: str, role: ButtonRole | None = ButtonRole.ONWARD) -> ActButton:
    return act_button("moderator.open", "mopen", ref, role=role)


def in_rows(buttons: Sequence[ActButton], most: int = 2) -> list[list[ActButton]]:
    """Rows of at most `most` buttons."""
    return [list(buttons[at : at + most]) for at in range(0, len(buttons), most)]


def box(label: Phrase, *, on: bool) -> Phrase:
    """Label behind a box, ticked or empty."""
    return Joined((Said("☐☑"[on]), label), " ")


async def named(turn: Turn) -> Report:
    """Report that a command or a button names, by default the only one that the moderator holds. A command's message is deleted with it. Raises Refusal."""
    if turn.update.callback_query is not None:
        return await claims.find(turn.unit, turn.act.first)
    if words := turn.argument.split():
        report = await claims.find(turn.unit, words[0])
    else:
        held = await claims.held_by(turn.unit, turn.moderator)
        if len(held) != 1:
            raise WrongArgument("moderator.which")
        report = await claims.find(turn.unit, held[0].ref)
    turn.keep_own_message(report.id)
    return report


async def taken(turn: Turn) -> Report:
    """Named report, claimed by the moderator, or the practice report. Raises Refusal."""
    if turn.practises:
        return practice_report(turn)
    report = await named(turn)
    await claims.claim(turn.unit, turn.moderator, report)
    return report


def opening(ref: str) -> Said:
    """Reference as a command, which Telegram links whole."""
    return Said(f"/open_{ref}")


def age_of(unit: UnitOfWork, report: Report) -> Phrase:
    return ago(max(0, unit.hour - report.submitted_hour))


def ago(hours: int) -> Phrase:
    if hours >= 2 * HOURS_A_DAY:
        return Key("moderator.age.days", {"n": hours // HOURS_A_DAY})
    return Key("moderator.age.hours", {"n": hours}) if hours else Key("moderator.age.fresh")


async def facts(unit: UnitOfWork, reports: Sequence[Report]) -> list[Phrase]:
    """One line about each report: its reference as a link, the category or a brief, region and date."""
    briefs, archived = await briefs_of(unit, reports), await claims.archived_of(unit, reports)
    lines: list[Phrase] = []
    for report in reports:
        told: list[Phrase | None] = [opening(report.ref), briefs.get(report.id)]
        for role, code in (("category", report.category), ("region", report.region)):
            label = unit.report_forms.labels(role).get(code or "")
            told.append(Label(label) if label is not None else None)
        told += [day_of(report), Said(ARCHIVED) if report.id in archived else None]
        lines.append(Joined(tuple(one for one in told if one is not None), " · "))
    return lines


_MOST_BRIEF, _MOST_ANSWER = 2, 40
"""Most answers in a report's line, and most characters of each."""


async def briefs_of(unit: UnitOfWork, reports: Sequence[Report]) -> Mapping[str, Phrase]:
    """Title and first facts, without words, of reports without a category, by id: a moderator has not claimed them."""
    found = [one for one in reports if one.category is None and one.content is not None]
    await vault.open_keys(unit, [one.data_key_id for one in found], lenient=True)
    briefs = {}
    for one in found:
        if one.data_key_id in unit.keys and one.content is not None:
            with suppress(UnsealError):
                briefs[one.id] = _brief(reading.told(unit, one.id, one.data_key_id, one.content))
    return briefs


def _brief(told: Told) -> Phrase:
    asked = ((told.form.question_at(path), answer) for path, answer in told.answers.items())
    facts = (
        answer_phrase(question, answer, _MOST_ANSWER)
        for question, answer in asked
        if question is not None and question.privacy is Privacy.PUBLIC
        if isinstance(answer, Chosen | Number | When)
    )
    return Joined((form_title(told.form), *islice(facts, _MOST_BRIEF)), " · ")


def day_of(report: Report) -> Phrase | None:
    end = report.date_end
    if (report.date_start or end) is None or report.date_precision not in set(Precision):
        return None
    known = None if end == OPEN else end
    return when_phrase(When(Precision(report.date_precision), report.date_start, known, ongoing=end == OPEN))


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


async def list_lines(
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
        told = Joined(tuple(_row_facts(shown, one)), " · ")
        found.append(Key(key, {"ref": one.ref, "category": kind, "facts": told}))
    return found


def open_buttons(reports: Sequence[Report]) -> list[list[ActButton]]:
    """Buttons that open reports, two in a row."""
    return in_rows([ActButton(Said(report.ref), Act("mopen", report.ref)) for report in reports])


def marks_of(report: Report, votes: Mapping[str, Votes]) -> Iterator[Phrase]:
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


def _row_facts(shown: _Shown, report: Report) -> Iterator[Phrase]:
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
    yield from marks_of(report, shown.votes)


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
