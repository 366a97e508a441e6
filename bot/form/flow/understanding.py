"""Facts that were heard in a story, shown once on a screen of their own. Each becomes an answer when the person
confirms it, and is asked otherwise."""

from collections.abc import Mapping

from bot.form.answers import Answer, Written
from bot.form.events import Misheard, Understood
from bot.form.flow.filling import Filling
from bot.form.flow.question import cancel_row
from bot.form.flow.route import past_answered
from bot.form.kinds import answer_phrase
from bot.form.screen import Button, ButtonRole, Joined, Key, Phrase, Screen, ScreenKind, button, title_phrase
from bot.form.typed.heard import Heard, heard

_SHOWN = 300


def hear(before: Filling, after: Filling) -> Filling:
    """Offer what the story tells when it is left for the first time."""
    story, draft = before.form.by_role.get("story"), before.draft
    if story is None or before.position != story.path or draft.heard is not None or draft.returning:
        return after
    told = before.answer(story.path)
    words = "\n".join(part.text for part in told.parts) if isinstance(told, Written) else ""
    found = heard(before.form, words, draft.now.date()) if words.strip() else Heard()
    return after.change(heard=(), proposed=_fitting(after, _answers(found)), named_first=dict(found.first))


def _answers(found: Heard) -> Mapping[str, Answer]:
    answers: dict[str, Answer] = {}
    for path, proposal in found.proposals.items():
        answers |= {path: proposal.answer, **proposal.also}
    return answers


def _fitting(filling: Filling, answers: Mapping[str, Answer]) -> Mapping[str, Answer]:
    """Answers that open questions take if all are given, in the order of the form."""
    fitting: dict[str, Answer] = {}
    for question in filling.form.questions:
        answer, path = answers.get(question.path), question.path
        if answer is None or filling.asked_at(path) is None or filling.answer(path) is not None:
            continue
        if filling.refusal(path, answer) is None:
            fitting[path], filling = answer, filling.put(path, answer)
    return fitting


def understood(filling: Filling) -> Filling:
    """Take all lines as answers, and go on to the first question that none of them answers."""
    proposed, here = filling.draft.proposed, filling.position
    for path, answer in proposed.items():
        filling = filling.put(path, answer)
    filling = filling.change(proposed={}, heard=tuple(proposed))
    return past_answered(filling) if here in proposed else filling


def misheard(filling: Filling, event: Misheard) -> Filling:
    """Drop a line and what depends on it. Their questions are asked."""
    proposed = filling.draft.proposed
    if not 0 <= event.index < len(proposed):
        return filling.say("flow.gone")
    wrong = tuple(proposed)[event.index]
    left = {path: answer for path, answer in proposed.items() if path != wrong}
    title = title_phrase(filling.form, wrong, short=True)
    return filling.change(proposed=_fitting(filling, left)).say("flow.heard.dropped", question=title)


def understanding_screen(filling: Filling) -> Screen:
    titles = {path: title_phrase(filling.form, path, short=True) for path in filling.draft.proposed}
    lines = [_line(filling, path, titles[path]) for path in titles]
    wrong = tuple(
        (Button(Key("flow.heard.wrong", {"question": title}), Misheard(index)),)
        for index, title in enumerate(titles.values())
    )
    right = (button("flow.heard.right", Understood(), ButtonRole.ONWARD),)
    body = (Key("flow.heard"), Joined(tuple(lines), "\n"))
    return Screen(ScreenKind.QUESTION, body, (right, *wrong, *cancel_row()), filling.notice)


def _line(filling: Filling, path: str, title: Phrase) -> Phrase:
    question = filling.asked_at(path) or filling.form.question_at(path)
    assert question is not None  # noqa: S101 - `_fitting` proposes answers of this form's questions alone
    answer = answer_phrase(question, filling.draft.proposed[path], _SHOWN)
    return Key("flow.heard.line", {"question": title, "answer": answer})
