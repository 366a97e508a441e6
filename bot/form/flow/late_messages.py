"""Words for an earlier answer: sent before the next question was seen, or edited later."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.form.answers import Answer, Part, Written
from bot.form.draft import Doubted
from bot.form.events import Rewrote, Wrote
from bot.form.flow.filled.filling import Filling
from bot.form.kinds.text import told
from bot.form.screen import Label


def continue_earlier(filling: Filling, path: str, event: Wrote) -> Filling:
    question = filling.asked_at(path)
    if question is None:
        return filling
    old, label = filling.answer(path), Label(question.label)
    before = old if isinstance(old, Written) else Written()
    part = Part(told(question, event.text), event.source)
    answer = Written((*before.parts, part), before.voices)
    reason = filling.refusal(path, answer)
    if reason is not None:
        kept = filling.keep(event.text, event.source)
        return kept.say("flow.text.not_added", question=label, reason=reason)
    return filling.put(path, answer).say("flow.text.added", question=label)


def rewrite(filling: Filling, event: Rewrote) -> Filling:
    """Replace the part given by an edited message, if the answer stays allowed."""
    if not event.text.strip():
        return filling.say("flow.empty")
    changed, held = _changed(filling, event), tuple(_said_anew(one, event) for one in filling.draft.doubted)
    if held != filling.draft.doubted:
        return filling.change(doubted=held).say("flow.text.changed")
    if not changed:
        return filling.say("flow.text.not_found")
    for path, answer in changed.items():
        reason = filling.refusal(path, answer)
        if reason is not None:
            return filling.say("flow.text.not_changed", question=_label(filling, path), reason=reason)
    return filling.change(answers={**filling.draft.answers, **changed}).say("flow.text.changed")


def _said_anew(one: Doubted, event: Rewrote) -> Doubted:
    is_edited = event.source == one.said.parts[0].source and not one.said.voices
    return replace(one, said=Written((Part(event.text, event.source),))) if is_edited else one


def takes_words(filling: Filling, event: Rewrote) -> bool:
    """Whether answers stay allowed with the words of an edited message."""
    return all(filling.refusal(path, answer) is None for path, answer in _changed(filling, event).items())


def is_told(filling: Filling, source: str) -> bool:
    """Whether a message gave part of an answer, or rejected words that are kept."""
    return is_kept(filling, source) or any(True for _ in _with_source(filling.draft.answers, source))


def is_kept(filling: Filling, source: str) -> bool:
    """Whether a message gave the rejected words, so that an edit is a new attempt."""
    return bool(source) and source == filling.view.kept_source


def changes_nothing(filling: Filling, event: Rewrote) -> bool:
    """Whether an edit leaves the words as they are, since Telegram also reports other edits."""
    if is_kept(filling, event.source):
        return event.text.strip() == filling.view.kept.strip()
    answers, changed = filling.draft.answers, _changed(filling, event)
    return bool(changed) and all(answer == answers[path] for path, answer in changed.items())


def _changed(filling: Filling, event: Rewrote) -> dict[str, Answer]:
    return {
        path: _replaced(filling, path, event) for path in _with_source(filling.draft.answers, event.source)
    }


def _label(filling: Filling, path: str) -> Label:
    question = filling.form.question_at(path)
    return Label(question.label if question is not None else {})


def _with_source(answers: Mapping[str, Answer], source: str) -> Iterator[str]:
    for path, answer in answers.items():
        if source and isinstance(answer, Written) and any(part.source == source for part in answer.parts):
            yield path


def _replaced(filling: Filling, path: str, event: Rewrote) -> Answer:
    answer, question = filling.draft.answers[path], filling.form.question_at(path)
    if not isinstance(answer, Written):
        return answer
    text = event.text.strip() if question is None else told(question, event.text)
    parts = (Part(text, part.source) if part.source == event.source else part for part in answer.parts)
    return replace(answer, parts=tuple(parts))
