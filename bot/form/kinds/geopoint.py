"""A point on the map, sent or typed in degrees. No button or prompt ever requests the phone's location."""

import re
from collections.abc import Sequence
from typing import ClassVar

from bot.form.answers import Answer, GeoPoint, Written, degrees
from bot.form.events import Event, PointSent, Wrote
from bot.form.expressions.coercion import Scalar, to_text
from bot.form.kinds.kind import AnswerResult, Kind, QuestionContext
from bot.form.model import Question
from bot.form.screen import Key, Phrase

# 43.238, 76.945 or 43,238 76,945: numbers with a decimal comma cannot be separated by a comma.
_POINTED = r"[+-]?\d{1,3}(?:\.\d{1,15})?"
_COMMAED = r"[+-]?\d{1,3},\d{1,15}"
_DEGREES = re.compile(
    rf"({_POINTED})(?:\s*[,;]\s*|\s+)({_POINTED})|({_COMMAED})(?:\s*;\s*|,?\s+)({_COMMAED})", re.ASCII
)
# As ODK writes a geopoint: latitude, longitude, and perhaps altitude and accuracy.
_ODK = re.compile(r"-?\d{1,3}(\.\d+)? -?\d{1,3}(\.\d+)?( -?\d+(\.\d+)?){0,2}", re.ASCII)


class GeopointQuestion(Kind):
    name = "geopoint"
    answered_with: ClassVar[type[Answer] | None] = GeoPoint
    reads_words = True
    takes_places = True

    def answer_of(self, value: Scalar) -> Answer | None:
        return _of_odk(to_text(value).strip())

    def prompt(self, asked: QuestionContext) -> tuple[Phrase, ...]:
        how = Key("flow.place.how" if asked.question.has_own_columns else "flow.place.send")
        return (how,) if asked.required else (how, Key("flow.place.optional"))

    def take(self, asked: QuestionContext, event: Event) -> AnswerResult | None:
        match event:
            case PointSent(latitude, longitude):
                point = _point(latitude, longitude)
                return _taken(asked, point) if point else AnswerResult(notice=Key("flow.place.nowhere"))
            case Wrote():
                pair = _typed(event.text)
                point = _point(*pair) if pair else None
                unclear = "flow.place.nowhere" if pair else "flow.place.not_understood"
                return _taken(asked, point) if point else asked.refused(event, unclear)
        return None

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        if not isinstance(answer, GeoPoint):
            raise TypeError(answer)
        # Four decimals are about ten metres.
        latitude, longitude = degrees(answer.latitude, 4), degrees(answer.longitude, 4)
        return Key("flow.place.point", {"latitude": latitude, "longitude": longitude})


class GeotraceQuestion(GeopointQuestion):
    """Points, sent or typed one after another until Done: `latitude longitude 0 0; …`, as in ODK."""

    name = "geotrace"
    answered_with = Written
    least: ClassVar[int] = 2
    is_closed: ClassVar[bool] = False

    def fits(self, answer: Answer) -> bool:
        return bool(self._points(answer))

    def answer_of(self, value: Scalar) -> Answer | None:
        points = self._points(Written.of(to_text(value)))
        return self._answer(points) if points else None

    def prompt(self, asked: QuestionContext) -> tuple[Phrase, ...]:
        return (Key("flow.place.points", {"least": self.least}),)

    def is_gathered(self, question: Question) -> bool:
        return True

    def take(self, asked: QuestionContext, event: Event) -> AnswerResult | None:
        taken, points = super().take(asked, event), self._points(asked.answer)
        point = taken.answers.get(asked.path) if taken is not None else None
        if not isinstance(point, GeoPoint):
            return taken
        if len(points) == _MOST_POINTS:
            return AnswerResult(notice=Key("flow.place.full", {"most": _MOST_POINTS}))
        answer, view = self._answer([*points, point]), asked.view.keeping("", "")
        is_short = len(points) + 1 < self.least
        return AnswerResult({asked.path: answer}, view=view, lenient=True, unfinished=is_short)

    def refusal(self, question: Question, answer: Answer) -> Phrase | None:
        is_short = len(self._points(answer)) < self.least
        return Key("flow.place.few", {"least": self.least}) if is_short else None

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        return Key("flow.place.told", {"n": len(self._points(answer))})

    def _points(self, answer: Answer | None) -> list[GeoPoint]:
        parts = answer.text.strip().rstrip(";").split(";") if isinstance(answer, Written) else []
        points = [point for part in parts if (point := _of_odk(part.strip())) is not None]
        if len(points) < len(parts):
            return []
        return points[:-1] if self.is_closed and len(points) > self.least else points

    def _answer(self, points: Sequence[GeoPoint]) -> Written:
        closing = points[:1] if self.is_closed and len(points) >= self.least else ()
        listed = (f"{degrees(one.latitude)} {degrees(one.longitude)} 0 0" for one in (*points, *closing))
        return Written.of("; ".join(listed))


class GeoshapeQuestion(GeotraceQuestion):
    name = "geoshape"
    least = 3
    is_closed = True


_MOST_POINTS = 200


def _typed(text: str) -> tuple[float, float] | None:
    """Degrees in a text. Whole degrees alone are more likely a house number or a count."""
    found = _DEGREES.fullmatch(text.replace("°", "").replace("−", "-").strip())
    pair = [group.replace(",", ".") for group in found.groups() if group] if found else []
    return (float(pair[0]), float(pair[1])) if any("." in number for number in pair) else None


def _taken(asked: QuestionContext, point: GeoPoint) -> AnswerResult:
    return AnswerResult({asked.path: point}, done=True, view=asked.view.keeping("", ""))


def _of_odk(text: str) -> GeoPoint | None:
    return _point(*map(float, text.split()[:2])) if _ODK.fullmatch(text) else None


def _point(latitude: float, longitude: float) -> GeoPoint | None:
    is_on_earth = abs(latitude) <= 90 and abs(longitude) <= 180
    return GeoPoint(float(latitude), float(longitude)) if is_on_earth else None
