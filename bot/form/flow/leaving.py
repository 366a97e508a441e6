"""Withholding: optional public answers and whole instances can be left out of the submission, and put back.

Withheld answers stay in the form, so that dependent questions do not change. Only `parted` removes them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.form.answers import DERIVED, Answer
from bot.form.draft import REVIEW, Draft, instances_around
from bot.form.events import Back, ListLeaving, Withhold
from bot.form.flow.filling import Filling
from bot.form.flow.outline import FormPosition
from bot.form.flow.question import answered, cancel_row, lines, said_in
from bot.form.kinds import NO_ANSWER
from bot.form.model import Privacy
from bot.form.screen import Button, ButtonRow, Joined, Key, Phrase, Said, Screen, ScreenKind, button, page_of


@dataclass(frozen=True, slots=True)
class Withheld:
    """Withheld `answers` by instance path, and `instances`: each its repeat and its answers by their paths inside."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    instances: tuple[tuple[str, Mapping[str, Answer]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.answers or self.instances)


def parted(draft: Draft) -> tuple[Draft, Withheld]:
    """Split a draft into the part to submit and the withheld part. Later instances move up."""
    instances: list[tuple[str, Mapping[str, Answer]]] = []
    for path in sorted(filter(_is_instance, draft.withheld or ()), key=_number, reverse=True):
        repeat, inside = path.rpartition("[")[0], f"{path}/"
        answers = ((one, answer) for one, answer in draft.answers.items() if one.startswith(inside))
        instances.insert(0, (repeat, {one.removeprefix(inside): answer for one, answer in answers}))
        draft = draft.without_instance(repeat, _number(path))
    alone = {path: draft.answers[path] for path in draft.withheld or () if path in draft.answers}
    left = {path: answer for path, answer in draft.answers.items() if path not in alone}
    return draft.changed(answers=left, withheld=None), Withheld(alone, tuple(instances))


def joined(draft: Draft, kept: Withheld) -> Draft:
    """Inverse of `parted`. Withheld instances go to the end of their repeat, answers given again stay."""
    found = {
        path: answer
        for path, answer in kept.answers.items()
        if path not in draft.answers
        and all(number <= draft.count(repeat) for repeat, number in instances_around(path))
    }
    answers, counts, withheld = {**draft.answers, **found}, dict(draft.counts), [*found]
    for repeat, said in kept.instances:
        counts[repeat] = number = counts.get(repeat, 0) + 1
        answers.update({f"{repeat}[{number}]/{inside}": answer for inside, answer in said.items()})
        withheld.append(f"{repeat}[{number}]")
    return draft.changed(answers=answers, counts=counts, withheld=tuple(withheld))


def offered(filling: Filling) -> tuple[str, ...]:
    """Places that can be withheld: optional public answers, instances of repeats without a `repeat_count`."""
    return tuple(_offered(filling)) if filling.draft.withheld is not None else ()


def _offered(filling: Filling) -> Iterator[str]:
    seen: set[str] = set()
    for place in filling.asked_places.values():
        around = instances_around(place.path)
        repeat, number = around[-1] if around else ("", 0)
        instance = f"{repeat}[{number}]"
        if repeat and instance not in seen and filling.instance.place(repeat).part.number is None:
            seen.add(instance)
            if any(path.startswith(f"{instance}/") for path in filling.draft.answers):
                yield instance
        if instance not in _taken_out(filling) and _is_optional(filling, place):
            yield place.path


def _is_optional(filling: Filling, place: FormPosition) -> bool:
    question = place.part.question
    if question is None or question.privacy is not Privacy.PUBLIC or DERIVED in question.bot:
        return False
    if place.path not in filling.draft.answers or filling.answer(place.path) is None:
        return False
    return place.path in _taken_out(filling) or not filling.required(place.path)


def _taken_out(filling: Filling) -> tuple[str, ...]:
    return filling.draft.withheld or ()


def list_leaving(filling: Filling) -> Filling:
    if filling.position != REVIEW or filling.is_editing or not offered(filling):
        return filling.say("flow.gone")
    return filling.look(filling.view.changed(leaving=True, page=None))


def withhold(filling: Filling, event: Withhold) -> Filling:
    """Withhold an entry or put it back, unless required answers depend on it."""
    places = offered(filling)
    if not filling.view.leaving or not 0 <= event.index < len(places):
        return filling.say("flow.gone")
    path = places[event.index]
    others = tuple(one for one in _taken_out(filling) if one != path)
    changed = filling.change(withheld=(*others, path) if event.on else others)
    return filling.say("flow.leaving.needed") if event.on and lacks(changed) > lacks(filling) else changed


def lacks(filling: Filling) -> int:
    sent = Filling(filling.form, parted(filling.draft)[0])
    return sum(sent.answer(path) is None and sent.required(path) for path in sent.steps)


def leaving_row(filling: Filling) -> tuple[ButtonRow, ...]:
    places = offered(filling)
    number = sum(place in _taken_out(filling) for place in places)
    label = Key("flow.leaving.but", {"number": number}) if number else Key("flow.leaving")
    return ((Button(label, ListLeaving()),),) if places else ()


def leaving_screen(filling: Filling) -> Screen:
    taken = _taken_out(filling)
    numbers = {place.path: number for number, place in lines(filling)}
    shown, turning = page_of(list(enumerate(offered(filling))), filling.view.page)
    said, rows = list[Phrase](), list[ButtonRow]()
    for index, path in shown:
        line, title, answer = _line(filling, path)
        named = {"number": numbers[line], "question": title}
        said.append(Key("flow.review.line", {**named, "answer": marked(filling, path, answer)}))
        is_sent, label = path not in taken, Key("flow.edit.entry", named)
        rows.append((Button(label, Withhold(index, is_sent), marked=is_sent),))
    rows += [*turning, (button("flow.back", Back()),), *cancel_row()]
    return Screen(ScreenKind.EDIT, (Key("flow.leaving.ask"), *said), tuple(rows), filling.notice)


def _line(filling: Filling, path: str) -> tuple[str, Phrase, Phrase]:
    if not _is_instance(path):
        question, title = filling.asked_at(path), filling.instance.place(path).title
        return path, title, NO_ANSWER if question is None else answered(filling, path, question)
    repeat, number = path.rpartition("[")[0], _number(path)
    title = Joined((filling.instance.place(repeat).title, Said(str(number))), " ")
    return repeat, title, said_in(filling, repeat, number) or NO_ANSWER


def marked(filling: Filling, path: str, said: Phrase) -> Phrase:
    """An answer, marked if it is withheld by itself or with its instance."""
    if not (taken := _taken_out(filling)):
        return said
    around = (f"{repeat}[{number}]" for repeat, number in instances_around(path))
    return said if {path, *around}.isdisjoint(taken) else Key("flow.review.withheld", {"answer": said})


def _is_instance(path: str) -> bool:
    return path.endswith("]")


def _number(path: str) -> int:
    return int(path[path.rindex("[") + 1 : -1])
