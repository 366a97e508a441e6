"""Reports named by a command or a button, with their age and unencrypted facts, and buttons of the whole desk."""

from collections.abc import Mapping, Sequence
from itertools import islice

from bot.chat.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.errors import WrongArgument
from bot.form.answers import Chosen, Number, Precision, When
from bot.form.kinds import answer_phrase
from bot.form.kinds.calendar import when_phrase
from bot.form.model import Privacy
from bot.form.screen import ButtonRole, Joined, Key, Label, Phrase, Said, form_title
from bot.form.typed.intervals import OPEN
from bot.reports import claims, reading
from bot.safety.sealing import UnsealError
from bot.store import vault
from bot.store.unit import HOURS_A_DAY, UnitOfWork
from db.models import Report

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
    """One line about each report: its reference as a link, the category or what stands in its place, region
    and date."""
    briefs, archived = await briefs_of(unit, reports), await claims.archived_of(unit, reports)
    lines: list[Phrase] = []
    for report in reports:
        told: list[Phrase] = [opening(report.ref), *([briefs[report.id]] if report.id in briefs else [])]
        for role, code in (("category", report.category), ("region", report.region)):
            label = unit.report_forms.labels(role).get(code or "")
            told += [Label(label)] if label is not None else []
        day = day_of(report)
        marks = [day] if day is not None else []
        marks += [Said(ARCHIVED)] if report.id in archived else []
        lines.append(Joined((*told, *marks), " · "))
    return lines


_MOST_BRIEF, _MOST_ANSWER = 2, 40
"""Most answers in a report's line, and most characters of each."""


async def briefs_of(unit: UnitOfWork, reports: Sequence[Report]) -> Mapping[str, Phrase]:
    """Title and first facts of reports without a category, by id.

    The facts are answers marked public other than words: a moderator has not claimed the report.
    """
    found = [one for one in reports if one.category is None and one.content is not None]
    await vault.open_keys(unit, [one.data_key_id for one in found], lenient=True)
    return {one.id: brief for one in found if (brief := _brief(unit, one)) is not None}


def _brief(unit: UnitOfWork, report: Report) -> Phrase | None:
    if report.data_key_id not in unit.keys or report.content is None:
        return None
    try:
        form, answers, _ = reading.told(unit, report.id, report.data_key_id, report.content)
    except UnsealError:
        return None
    asked = ((form.question_at(path), answer) for path, answer in answers.items())
    told = (
        answer_phrase(question, answer, _MOST_ANSWER)
        for question, answer in asked
        if question is not None and question.privacy is Privacy.PUBLIC
        if isinstance(answer, Chosen | Number | When)
    )
    return Joined((form_title(form), *islice(told, _MOST_BRIEF)), " · ")


def day_of(report: Report) -> Phrase | None:
    end = report.date_end
    if (report.date_start or end) is None or report.date_precision not in set(Precision):
        return None
    known = None if end == OPEN else end
    return when_phrase(When(Precision(report.date_precision), report.date_start, known, ongoing=end == OPEN))
