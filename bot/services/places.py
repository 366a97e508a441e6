"""Places: a reporter's sealed point becomes public only rounded, and only where a moderator says how much."""

from collections.abc import Mapping

from bot.form.answers import Answer, Chosen, Place
from bot.form.model import Choice, Form
from bot.services import drafting, reading
from bot.services.unit import Unit
from db.models import Report


async def coarsened(
    unit: Unit, report: Report, form: Form, answers: Mapping[str, Answer]
) -> Mapping[str, Answer]:
    """The answers of a moderator's form with the public place that they ask for: the reporter's point
    rounded to the decimals of the choice, or none. A raw report that is destroyed by now leaves the place
    as an earlier version had it, rounded at least as much."""
    question = form.by_role.get("place_public")
    if question is None:
        return answers
    choice = chosen(form, answers)
    earlier = answers.get(question.path)
    point = await _point(unit, report) or (earlier if isinstance(earlier, Place) else None)
    rest = {path: answer for path, answer in answers.items() if path != question.path}
    decimals = choice.columns.get("decimals", "") if choice is not None else ""
    if point is None or not decimals:
        return rest
    return rest | {question.path: rounded(point, int(decimals))}


def chosen(form: Form, answers: Mapping[str, Answer]) -> Choice | None:
    """The choice of how exact the public place is."""
    question = form.by_role.get("place_share")
    answer = answers.get(question.path) if question is not None else None
    if question is None or not isinstance(answer, Chosen):
        return None
    return next((choice for choice in question.choices if choice.name in answer.names), None)


def rounded(point: Place, decimals: int) -> Place:
    """The point with this many decimals of a degree: one is about 11 km from south to north."""
    return Place(round(point.latitude, decimals), round(point.longitude, decimals))


async def _point(unit: Unit, report: Report) -> Place | None:
    content = await reading.content(unit, report)
    question = unit.forms[drafting.REPORT].by_role.get("place")
    point = content.all.get(question.path) if content is not None and question is not None else None
    return point if isinstance(point, Place) else None
