"""Answers as phrases: choices by their labels, dates in words, files counted."""

import re

from bot.form.answers import Answer, Chosen, Files, Number, Place, Precision, When, Written
from bot.form.kinds.values import degrees
from bot.form.model import Form, Question
from bot.form.screen import Joined, Key, Label, Phrase, Said

NO_ANSWER = Key("flow.answer.none")


def answer_phrase(question: Question, answer: Answer | None, most: int | None = None) -> Phrase:
    """An answer as the person who gave it would read it; a text no longer than `most` characters."""
    match answer:
        case Written():
            return _written(answer, most)
        case Number():
            return Said(str(answer.value))
        case When():
            return when_phrase(answer)
        case Chosen():
            return _chosen(question, answer)
        case Files():
            return Key("flow.files", {"n": len(answer.files)})
        case Place():
            return place_phrase(answer)
    return NO_ANSWER


def place_phrase(place: Place) -> Phrase:
    """A point to about ten metres."""
    latitude, longitude = degrees(place.latitude, 4), degrees(place.longitude, 4)
    return Key("flow.place.point", {"latitude": latitude, "longitude": longitude})


def title_phrase(form: Form, path: str) -> Phrase:
    """The label of the question or repeat at an instance path, after those of the instances it stands in."""
    around = [path[: match.end()] for match in re.finditer(r"\[\d+\](?=/)", path)]
    numbered = [
        Joined((_label_at(form, place), Said(place[place.rindex("[") + 1 : -1])), " ") for place in around
    ]
    label = _label_at(form, path)
    return Joined((*numbered, label), " · ") if numbered else label


def _label_at(form: Form, path: str) -> Phrase:
    return Label(form.nodes[re.sub(r"\[\d+\]", "", path)].label)


def when_phrase(when: When, in_words: bool = False) -> Phrase:
    """A date, as exact as it is; its days with their month's name or in numbers."""
    if when.precision is Precision.UNKNOWN or (when.start is None and not when.ongoing):
        return Key("flow.date.unknown")
    name = spelled_phrase if in_words else date_phrase
    if when.ongoing:
        return Key("flow.date.since", {"start": name(when.start)}) if when.start else Key("flow.date.ongoing")
    start = name(str(when.start))
    if when.end is None or when.end == when.start:
        return start
    return Key("flow.date.period", {"start": start, "end": name(when.end)})


def date_phrase(date: str) -> Phrase:
    """A day as `dd.mm.yyyy`, a month by its name, a year."""
    match date.split("-"):
        case [year, month, day]:
            return Said(f"{day}.{month}.{year}")
        case [year, month]:
            return month_phrase(int(year), int(month))
    return Key("flow.year", {"year": date})


def spelled_phrase(date: str) -> Phrase:
    """A day with the name of its month, so that nobody takes one for the other; a month, a year."""
    match date.split("-"):
        case [year, month, day]:
            return Key(f"flow.day.{int(month)}", {"day": str(int(day)), "year": year})
    return date_phrase(date)


def month_phrase(year: int, month: int) -> Phrase:
    """A month with its year."""
    return Key(f"flow.month.{month}", {"year": str(year)})


def _written(answer: Written, most: int | None) -> Phrase:
    text = answer.text.strip()
    if most is not None and len(text) > most:
        text = f"{text[: most - 1]}…"
    voices = Key("flow.voices", {"n": len(answer.voices)})
    if not text:
        return voices
    return Joined((Said(text), voices), "\n") if answer.voices else Said(text)


def _chosen(question: Question, answer: Chosen) -> Phrase:
    labels = {choice.name: choice.label for choice in question.choices if choice.name in answer.names}
    return Joined(tuple(Label(labels[name]) if name in labels else Said(name) for name in answer.names))
