"""What an answer costs in the form alone: `advance` and the rendering of its screen, at each step of whole walks.

Run as `uv run python -m tests.benchmarks.advance`, with `--json` for a program; it is no test and is not collected. Three
forms: the one that comes with the program, told in full; one of 300 questions and 60 calculations; the last instances of
a repeat of 50. Each draft is as it comes out of the database, so that nothing worked out before can help.
Times are the processor's, which are those of the clock on an idle machine. What can be compared between machines are the
multiples of evaluating one relevance, timed in the same run.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median, quantiles
from typing import Any

from bot.chat.renderer import Renderer
from bot.demo.walk.answering import Respondent, attempts
from bot.demo.walk.steps import WALK_TIME
from bot.form import events
from bot.form.answers import Answer, Chosen
from bot.form.draft import MOST_INSTANCES, REVIEW, Draft, dump, load
from bot.form.events import Event
from bot.form.flow.advance import advance, begin
from bot.form.flow.instance import Instance
from bot.form.model import Choice, Form, Group, Node, Question
from bot.form.screen import Screen
from bot.form.xlsform import reader
from bot.texts import Texts
from tests.bench import FORMS

ROUNDS = 5
QUESTIONS, CALCULATIONS, EVERY = 300, 60, 5
_LAST_INSTANCES = 3
LANGUAGE = "ru"
TOLD: dict[str, Answer] = {
    "consent_store": Chosen(("yes",)),
    "depth": Chosen(("full",)),
    "category": Chosen(("detention",)),
    "more_groups": Chosen(("violence", "assembly")),
    "urgent": Chosen(("yes",)),
    "region": Chosen(("KZ-19",)),
    "affected_number": Chosen(("range",)),
    "needs": Chosen(("lawyer",)),
}
"""What opens the way to most questions of the form that comes with the program, by role."""

Step = tuple[Draft, Event]


@dataclass(frozen=True)
class Walk:
    """A form, the steps to be timed, and the draft that they lead to."""

    name: str
    form: Form
    steps: Sequence[Step]
    end: Draft


@dataclass(frozen=True)
class Figures:
    """Milliseconds of one walk: of `advance`, of rendering, of evaluating one relevance."""

    advance_p50: float
    advance_p95: float
    render_p50: float
    render_p95: float
    relevance: float


# The walks


def walks() -> Iterator[Walk]:
    """The three walks."""
    shipped = reader.load(FORMS / "incident.md")
    wishes = {shipped.by_role[role].path: answer for role, answer in TOLD.items() if role in shipped.by_role}
    yield walk("the default form in full", shipped, Respondent(wishes, instances=2))
    yield walk(f"{QUESTIONS} questions, {CALCULATIONS} calculations", long_form(), Respondent())
    whole = walk(f"a repeat of {MOST_INSTANCES}", repeating_form(), Respondent(instances=MOST_INSTANCES))
    last = [step for step in whole.steps if step[0].count("/f/person") > MOST_INSTANCES - _LAST_INSTANCES]
    yield replace(whole, steps=last)


def walk(name: str, form: Form, respondent: Respondent, *, extended: bool = True) -> Walk:
    """Filling in a form and making it longer if `extended`, up to the review, where all and the list of answers are looked at."""
    draft, steps, is_long = begin(form), list[Step](), not extended
    while draft.position != REVIEW or not is_long:
        if draft.position == REVIEW:
            longer, _ = advance(form, draft.at(WALK_TIME), events.Extend())
            is_long = True
            if longer.position != REVIEW:
                steps.append((_stored(draft), events.Extend()))
                draft = longer
            continue
        found = next(
            filter(
                None, (_tried(form, draft, one) for one in attempts(form, draft.at(WALK_TIME), respondent))
            )
        )
        draft = found[-1][2]
        steps += [(_stored(before), event) for before, event, _ in found]
    steps += [(_stored(draft), events.Show()), (_stored(draft), events.Edit())]
    return Walk(name, form, steps, draft)


def _tried(form: Form, draft: Draft, attempt: Sequence[Event]) -> list[tuple[Draft, Event, Draft]]:
    """The steps of an attempt to answer; none unless its last event leads on."""
    here, found = (draft.position, draft.counts), list[tuple[Draft, Event, Draft]]()
    for event in attempt:
        after, _ = advance(form, draft.at(WALK_TIME), event)
        found.append((draft, event, after))
        draft = after
    return found if (draft.position, draft.counts) != here else []


def _stored(draft: Draft) -> Draft:
    return load(dump(draft)).at(WALK_TIME)


def long_form() -> Form:
    """Questions of all kinds, most of them under a condition, five and then a calculation over them that later
    conditions read."""
    children: list[Node] = [_question("q0", "select_one", 0)]
    for number in range(1, QUESTIONS):
        children.append(_question(f"q{number}", _KINDS[number % len(_KINDS)], number))
        if number % EVERY == 0 or number == QUESTIONS - 1:
            children.append(_calculation(number // EVERY))
    return _form(*children)


def repeating_form() -> Form:
    """Six questions and two calculations an instance."""
    inside = "/f/person/"
    people = (
        Question("name", f"{inside}name", "text", {"en": "Name"}),
        Question("age", f"{inside}age", "integer", {"en": "Age"}, constraint=". < 120"),
        Question("place", f"{inside}place", "calculate", {}, calculation="position(..)"),
        Question("minor", f"{inside}minor", "calculate", {}, calculation=f"if({inside}age < 18, 'yes', 'no')"),
        Question("school", f"{inside}school", "text", {"en": "School"}, relevant=f"{inside}minor = 'yes'"),
        Question("work", f"{inside}work", "select_one", {"en": "Work"}, choices=_CHOICES),
        Question("sort", f"{inside}sort", "select_one", {"en": "Sort"}, choices=_CHOICES, choice_filter=f"name != {inside}work"),
        Question("more", f"{inside}more", "text", {"en": "More"}, relevant=f"{inside}work = 'a' and {inside}place <= 60"),
    )  # fmt: skip
    first = {"first": "yes"}
    return _form(
        Group("person", "/f/person", {"en": "People"}, people, repeat=True, bot=first),
        Question("sum", "/f/sum", "calculate", {}, calculation=f"sum({inside}age)"),
        Question("end", "/f/end", "text", {"en": "End"}, relevant="/f/sum > 0 and count(/f/person) > 1"),
    )


_CHOICES = tuple(Choice(name, {"en": name.upper()}) for name in "abcdef")
_KINDS = ("text", "integer", "select_one", "select_multiple", "date", "decimal", "select_one")


def _question(name: str, kind: str, number: int) -> Question:
    columns: dict[str, Any] = {}
    if number > 14:
        columns["relevant"] = _CONDITIONS[number % len(_CONDITIONS)](number)
    if kind == "integer":
        columns["constraint"] = ". >= 0 and . <= 1000000"
    if kind == "select_one" and number % 14 == 2:
        columns["choice_filter"] = "name != /f/q0 or name = 'a'"
    choices = _CHOICES if kind.startswith("select") else ()
    return Question(name, f"/f/{name}", kind, {"en": f"Question {number}"}, choices=choices, **columns)


def _of_kind(kind: str, number: int) -> str:
    """The path of the last question of this kind before the one of this number."""
    return f"/f/q{next(one for one in range(number - 1, 0, -1) if _KINDS[one % len(_KINDS)] == kind)}"


_CONDITIONS: Sequence[Callable[[int], str]] = (
    lambda _: "/f/q0 = 'a'",
    lambda number: (
        f"{_of_kind('select_one', number)} != '' and not(selected('b c', {_of_kind('select_one', number)}))"
    ),
    lambda number: f"{_of_kind('integer', number)} > 0 or {_of_kind('text', number)} != ''",
    lambda number: f"selected({_of_kind('select_multiple', number)}, 'a') or /f/q0 = 'a'",
    lambda number: f"/f/c{number // EVERY - 1} != 'no'",
)


def _calculation(number: int) -> Question:
    last = (number + 1) * EVERY
    before = f"/f/c{number - 1}" if number else "''"
    source = (
        f"if({_of_kind('integer', last + 2)} > 2, {_of_kind('integer', last + 2)} * 2 + 1, 'no')"
        if number % 2
        else f"concat({_of_kind('text', last + 2)}, ' ', {before})"
    )
    return Question(f"c{number}", f"/f/c{number}", "calculate", {}, calculation=source)


def _form(*children: Node) -> Form:
    return Form("f", "f", "1", "F", ("kk", "ru", "en"), "en", children)


# Timing


def figures(walk: Walk, renderer: Renderer) -> Figures:
    """The figures of one walk."""
    advancing, rendering = list[float](), list[float]()
    for draft, event in walk.steps:
        fresh = replace(draft)
        begun = time.thread_time()
        _, screen = advance(walk.form, fresh, event)
        advancing.append(time.thread_time() - begun)
        rendering.append(_rendering(renderer, screen))
    return Figures(*_p50_p95(advancing), *_p50_p95(rendering), 1000 * relevance(walk))


def _rendering(renderer: Renderer, screen: Screen) -> float:
    begun = time.thread_time()
    renderer.screen(LANGUAGE, screen, "abcd", 1)
    renderer.notes(LANGUAGE, screen)
    return time.thread_time() - begun


def _p50_p95(seconds: Sequence[float]) -> tuple[float, float]:
    return 1000 * median(seconds), 1000 * quantiles(seconds, n=20)[-1]


def relevance(walk: Walk) -> float:
    """The mean seconds of evaluating one relevance of the form, every value that it reads being there already."""
    state = Instance(walk.form, walk.end.answers, walk.end.counts, WALK_TIME)
    places = [state.place(_first(walk.form, node.path)) for node in walk.form.nodes.values() if node.relevant]
    ready = [(place.part.relevance, place) for place in places if place.part.relevance is not None]
    taken = []
    for _ in range(20):
        begun = time.thread_time()
        for formula, place in ready:
            state.evaluated(formula, place)
        taken.append((time.thread_time() - begun) / len(ready))
    return median(taken)


def _first(form: Form, path: str) -> str:
    """The instance path in the first instance of each repeat."""
    for repeat in sorted(form.repeats, reverse=True):
        path = path.replace(f"{repeat}/", f"{repeat}[1]/")
    return path


def main() -> None:
    """Time all walks as often as there are rounds, and print the medians."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    as_json = parser.parse_args().json
    renderer, found = Renderer(Texts(("kk", "ru", "en"))), dict[str, list[Figures]]()
    every = list(walks())
    for _ in range(ROUNDS):
        for walk in every:
            found.setdefault(walk.name, []).append(figures(walk, renderer))
    results = [_result(walk, found[walk.name]) for walk in every]
    load_average = os.getloadavg()[0]
    sys.stdout.write(
        json.dumps({"load": load_average, "walks": results}) + "\n"
        if as_json
        else _table(results, load_average)
    )


def _result(walk: Walk, rounds: Sequence[Figures]) -> dict[str, str | float]:
    names = [name for name in Figures.__dataclass_fields__ if name != "relevance"]
    result: dict[str, str | float] = {"walk": walk.name, "steps": len(walk.steps)}
    result["relevance_us"] = 1000 * median(one.relevance for one in rounds)
    for name in names:
        result[f"{name}_ms"] = median(getattr(one, name) for one in rounds)
        result[f"{name}_relevances"] = median(getattr(one, name) / one.relevance for one in rounds)
    return result


def _table(results: Sequence[dict[str, str | float]], load_average: float) -> str:
    head = f"{'':32} {'steps':>5} {'p50 ms':>7} {'p95 ms':>7} {'in relevances':>13} {'one, µs':>8} {'rendering p95 ms':>17}"
    rows = (
        f"{one['walk']:32} {one['steps']:5} {one['advance_p50_ms']:7.2f} {one['advance_p95_ms']:7.2f} "
        f"{one['advance_p95_relevances']:13.0f} {one['relevance_us']:8.2f} {one['render_p95_ms']:17.2f}"
        for one in results
    )
    return "\n".join([head, *rows, f"medians of {ROUNDS} rounds; load {load_average:.1f}", ""])


if __name__ == "__main__":
    main()
