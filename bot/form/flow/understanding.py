"""Facts heard in a story, shown once. Each becomes an answer when the person confirms it, and is asked otherwise."""

from collections.abc import Mapping, Sequence

from bot.form.answers import Answer, Chosen, Number, Written
from bot.form.draft import instances_around
from bot.form.events import Misheard, Understood
from bot.form.flow.filling import Filling
from bot.form.flow.question import cancel_row
from bot.form.flow.route import past_answered
from bot.form.kinds import answer_phrase
from bot.form.model import Form, Group, Question, schema_path
from bot.form.screen import (
    Button,
    ButtonRole,
    Joined,
    Key,
    Label,
    Phrase,
    Said,
    Screen,
    ScreenKind,
    button,
    title_phrase,
)
from bot.form.typed.amounts import takers
from bot.form.typed.heard import Heard, heard


def hear(before: Filling, after: Filling) -> Filling:
    """Offer what the story tells when it is left for the first time."""
    story, draft = before.form.by_role.get("story"), before.draft
    if story is None or before.position != story.path or draft.heard is not None or draft.returning:
        return after
    told = before.answer(story.path)
    words = "\n".join(part.text for part in told.parts) if isinstance(told, Written) else ""
    found = heard(before.form, words, draft.now.date()) if words.strip() else Heard()
    answers = {_in_first(after, path): answer for path, answer in found.answers.items()}
    return after.change(heard=(), proposed=_fitting(after, answers), named_first=dict(found.first))


def _in_first(filling: Filling, path: str) -> str:
    nodes = filling.form.nodes.items()
    repeats = [one for one, node in nodes if isinstance(node, Group) and node.repeat]
    around = [one for one in repeats if path.startswith(f"{one}/") and not filling.draft.count(one)]
    return f"{around[0]}[1]{path.removeprefix(around[0])}" if len(around) == 1 else path


def _fitting(filling: Filling, answers: Mapping[str, Answer]) -> Mapping[str, Answer]:
    """Answers that open questions take if all are given, in the order of the form."""
    fitting: dict[str, Answer] = {}
    order = [question.path for question in filling.form.questions]
    known = (path for path in answers if schema_path(path) in order)
    for path in sorted(known, key=lambda path: order.index(schema_path(path))):
        answer, there = answers[path], _with_instances(filling, path)
        if there.asked_at(path) is None or there.answer(path) is not None:
            continue
        put = there.put(path, answer)
        if there.refusal(path, answer) is None and (taken := put.answer(path)) is not None:
            fitting[path], filling = taken, put
    return fitting


def _with_instances(filling: Filling, path: str) -> Filling:
    for repeat, number in instances_around(path):
        if filling.draft.count(repeat) < number:
            filling = filling.with_instance(repeat)
    return filling


def refitted(filling: Filling) -> Filling:
    """Drop proposals that a changed form does not take."""
    return filling.change(proposed=_fitting(filling, filling.draft.proposed))


def understood(filling: Filling) -> Filling:
    """Take all lines as answers, and go on to the first question that none of them answers."""
    proposed, here = filling.draft.proposed, filling.position
    for path, answer in proposed.items():
        filling = _with_instances(filling, path).put(path, answer)
    filling = filling.change(proposed={}, heard=tuple(proposed))
    return past_answered(filling) if here in proposed else filling


def misheard(filling: Filling, event: Misheard) -> Filling:
    """Drop a line and what depends on it. Their questions are asked."""
    proposed, lines = filling.draft.proposed, _lines(filling)
    if not 0 <= event.index < len(lines):
        return filling.say("flow.gone")
    wrong = lines[event.index]
    left = {path: answer for path, answer in proposed.items() if path != wrong}
    title = _title(filling.form, wrong)
    return filling.change(proposed=_fitting(filling, left)).say("flow.heard.dropped", question=title)


def understanding_screen(filling: Filling) -> Screen:
    titles = {path: _title(filling.form, path) for path in _lines(filling)}
    lines = [_line(filling, path, titles[path]) for path in titles]
    labels = [Key("flow.heard.wrong", {"question": title}) for title in titles.values()]
    wrong = [(Button(label, Misheard(index)),) for index, label in enumerate(labels)]
    right = (button("flow.heard.right", Understood(), ButtonRole.ONWARD),)
    body = (Key("flow.heard"), Joined(tuple(lines), "\n"))
    return Screen(ScreenKind.QUESTION, body, (right, *wrong, *cancel_row()), filling.notice)


def _title(form: Form, path: str) -> Phrase:
    around = [repeat for repeat, _ in instances_around(path)]
    labels = [title_phrase(form, schema_path(one), short=True) for one in (path, *around)]
    return Joined(tuple(labels[::-1]), " · ")


def _lines(filling: Filling) -> tuple[str, ...]:
    """Places of the lines: the ends of a number stand in its line."""
    proposed = filling.draft.proposed
    ends = {end for path in proposed for end in _ends(filling, path)}
    return tuple(path for path in proposed if path not in ends)


def _ends(filling: Filling, path: str) -> Mapping[str, str]:
    question, proposed = filling.form.question_at(path), filling.draft.proposed
    counted = takers(question, question.choices).values() if question is not None else ()
    chosen = [one for one in counted if proposed[path] == Chosen((one.choice.name,))]
    places = [f"{path.rpartition('/')[0]}/{name}" for one in chosen for name in one.ends]
    found = ((place, proposed.get(place)) for place in places)
    return {place: str(end.value) for place, end in found if isinstance(end, Number)}


def _line(filling: Filling, path: str, title: Phrase) -> Phrase:
    question = filling.form.question_at(path)
    assert question is not None  # noqa: S101 - `_fitting` proposes answers of this form's questions alone
    answer = answer_phrase(question, filling.draft.proposed[path], 300)
    if ends := _ends(filling, path):
        answer = _numbered(question, filling.draft.proposed[path], tuple(ends.values()))
    return Key("flow.heard.line", {"question": title, "answer": answer})


def _numbered(question: Question, answer: Answer, ends: Sequence[str]) -> Phrase:
    choice = next(one for one in question.choices if answer == Chosen((one.name,)))
    said = {code: label.replace("…", "{}").format(*ends) for code, label in choice.label.items()}
    return Label(said) if said != choice.label else Said(ends[0])
