"""Check that a point is in the place chosen before (`bot:bounds`)."""

from bot.form.answers import Answer, Chosen, Place
from bot.form.flow.filled.instance import Instance
from bot.form.model import SIDES, Choice, Question
from bot.form.screen import Key, Label, Phrase


def outside(instance: Instance, question: Question, answer: Answer) -> Phrase | None:
    """Why a point cannot be in the chosen place. None without a bounding box."""
    place = _chosen(instance, question) if isinstance(answer, Place) else None
    if place is None or not isinstance(answer, Place) or _holds(place, answer):
        return None
    return Key("flow.place.elsewhere", {"place": Label(place.label)})


def _chosen(instance: Instance, question: Question) -> Choice | None:
    name = question.bot.get("bounds")
    asked = next((one for one in instance.form.questions if one.name == name), None) if name else None
    answer = instance.answer(asked.path) if asked is not None else None
    if asked is None or not isinstance(answer, Chosen):
        return None
    return next((choice for choice in asked.choices if choice.name in answer.names), None)


def _holds(place: Choice, point: Place) -> bool:
    cells = [place.columns.get(side, "") for side in SIDES]
    if not all(cells):
        return True
    south, west, north, east = map(float, cells)
    return south <= point.latitude <= north and west <= point.longitude <= east
