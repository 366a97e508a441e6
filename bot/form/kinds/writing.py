"""Texts: of one message or several, continued after the next question was sent, edited in the chat."""

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.form.answers import Part, Written
from bot.form.events import Rewrote, Wrote
from bot.form.flow.objections import is_multiline, objection
from bot.form.flow.route import forward
from bot.form.flow.turn import Turn
from bot.form.model import Kind, Node, Question
from bot.form.screen import Label
from bot.form.typed.links import APPEARANCE, as_links


def write(turn: Turn, event: Wrote) -> Turn:
    """A message for the text question at hand; a text of one message leads on at once."""
    question, path = turn.question, turn.position
    if question is None:
        return turn
    old, several = written(turn, path), is_multiline(question)
    part = Part(_as_told(question, event.text), event.source)
    answer = Written((*old.parts, part) if several else (part,), old.voices)
    reason = objection(turn, path, answer)
    if reason is not None:
        return turn.keep(event.text, event.source).say(reason)
    turn = turn.put(path, answer).unkept()
    return turn.look(begun="yes") if several else forward(turn)


def earlier_text(turn: Turn) -> str | None:
    """The text question asked just before, which a message sent in time for it goes on with; none once
    the text at hand was begun."""
    before = turn.draft.trail[-1] if turn.draft.trail and not turn.view("begun") else ""
    question = turn.asked_at(before)
    return before if question is not None and question.kind is Kind.TEXT else None


def continue_earlier(turn: Turn, path: str, event: Wrote) -> Turn:
    """A message that goes on with an earlier text, which is not asked again."""
    old, question = written(turn, path), turn.instance.node(path)
    part = Part(_as_told(question, event.text), event.source)
    answer = Written((*old.parts, part), old.voices)
    label = Label(question.label)
    reason = objection(turn, path, answer)
    if reason is not None:
        return turn.keep(event.text, event.source).say("flow.text.not_added", question=label, reason=reason)
    return turn.put(path, answer).say("flow.text.added", question=label)


def rewrite(turn: Turn, event: Rewrote) -> Turn:
    """An edited message: its part is replaced wherever it stands, without being checked again."""
    if not event.text.strip():
        return turn.say("flow.empty")
    changed = {
        path: _replaced(turn, path, answer, event) for path, answer in _with_source(turn, event.source)
    }
    if not changed:
        return turn.say("flow.text.not_found")
    return turn.change(answers={**turn.draft.answers, **changed}).say("flow.text.changed")


def written(turn: Turn, path: str) -> Written:
    """What was written and spoken so far for a text question."""
    answer = turn.answer(path)
    return answer if isinstance(answer, Written) else Written()


def _with_source(turn: Turn, source: str) -> Iterator[tuple[str, Written]]:
    for path, answer in turn.draft.answers.items():
        if source and isinstance(answer, Written) and any(part.source == source for part in answer.parts):
            yield path, answer


def _replaced(turn: Turn, path: str, answer: Written, event: Rewrote) -> Written:
    question = turn.form.nodes.get(re.sub(r"\[\d+\]", "", path))
    text = event.text.strip() if question is None else _as_told(question, event.text)
    parts = (Part(text, part.source) if part.source == event.source else part for part in answer.parts)
    return replace(answer, parts=tuple(parts))


def _as_told(question: Node, text: str) -> str:
    """What counts of a text: of one that is answered with links, those alone."""
    return as_links(text).strip() if APPEARANCE in question.appearance.split() else text.strip()


def speaks(question: Question) -> bool:
    """Whether a text question takes voice messages too."""
    return question.kind is Kind.TEXT and question.bot.get("voice") == "yes"
