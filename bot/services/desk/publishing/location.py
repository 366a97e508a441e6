"""Public location: the reporter's sealed point, rounded as a moderator chooses, or none."""

import logging
from collections.abc import Mapping

from bot.form.answers import Answer, Chosen, Place
from bot.form.model import Choice, Form
from bot.safety.sealing import UnsealError
from bot.services.reports import reading
from bot.services.unit import REPORT_FORM, REVIEW_FORM, Unit
from db.models import Report

log = logging.getLogger(__name__)
MOST_DECIMALS = 2
"""Public decimals of a degree: about a kilometre."""


async def coarsened(
    unit: Unit, report: Report, form: Form, answers: Mapping[str, Answer], earlier: Mapping[str, Answer]
) -> Mapping[str, Answer]:
    """Answers with the public location that they ask for, or none.

    Once the report is destroyed, the point comes from the `earlier` version, never finer than there, and the
    choice is changed to match.
    """
    public, share = form.by_role.get("place_public"), form.by_role.get("place_share")
    if public is None or share is None:
        return answers
    rest = {path: answer for path, answer in answers.items() if path != public.path}
    choice = chosen(form, answers)
    if choice is None or not choice.columns.get("decimals"):
        return rest
    point = await _point(unit, report)
    if point is None:
        before, known = chosen(form, earlier), earlier.get(public.path)
        if before is None or not isinstance(known, Place):
            return rest
        point, choice = known, min(before, choice, key=_decimals)
    return rest | {share.path: Chosen((choice.name,)), public.path: rounded(point, _decimals(choice))}


async def finest(unit: Unit, report: Report) -> tuple[Place, int] | None:
    """Reporter's point at the finest public rounding, and the rounding in kilometres. None without a point
    or such a choice."""
    question = unit.forms[REVIEW_FORM].by_role.get("place_share")
    shared = [one for one in question.choices if one.columns.get("decimals")] if question is not None else []
    point = await _point(unit, report) if shared else None
    if point is None:
        return None
    choice = max(shared, key=_decimals)
    return rounded(point, _decimals(choice)), int(choice.columns["km"])


def chosen(form: Form, answers: Mapping[str, Answer]) -> Choice | None:
    question = form.by_role.get("place_share")
    answer = answers.get(question.path) if question is not None else None
    if question is None or not isinstance(answer, Chosen):
        return None
    return next((choice for choice in question.choices if choice.name in answer.names), None)


def rounded(point: Place, decimals: int) -> Place:
    """Point rounded to decimals of a degree. One decimal is about 11 km from south to north."""
    return Place(round(point.latitude, decimals), round(point.longitude, decimals))


def fault(form: Form) -> str | None:
    """Error in the form's choices of precision, as a sentence, or None."""
    public, share = form.by_role.get("place_public"), form.by_role.get("place_share")
    if (public is None) is not (share is None):
        return "the roles place_share and place_public go together."
    for choice in share.choices if share is not None else ():
        decimals, kilometres = choice.columns.get("decimals", ""), choice.columns.get("km", "")
        if decimals and not (decimals in set("012"[: MOST_DECIMALS + 1]) and kilometres.isdecimal()):
            return f"the choice {choice.name} of place_share needs decimals from 0 to {MOST_DECIMALS} and whole km."
    return None


def _decimals(choice: Choice) -> int:
    return int(choice.columns.get("decimals") or -1)


async def _point(unit: Unit, report: Report) -> Place | None:
    question = unit.forms[REPORT_FORM].by_role.get("place")
    try:
        content = await reading.content(unit, report)
    except UnsealError:
        log.error("report %s does not open: its key has left the ring", report.ref)  # noqa: TRY400 - no trace helps
        return None
    point = content.all.get(question.path) if content is not None and question is not None else None
    return point if isinstance(point, Place) else None
