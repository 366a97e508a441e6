"""Words for an earlier answer: sent before the next question was seen, or edited later."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.form.answers import Answer, TextPart, Written
from bot.form.draft import Doubted, Origin
from bot.form.events import Belongs, Gave, PointSent, Rewrote, Wrote
from bot.form.flow.filling import Filling
from bot.form.flow.guests import guest_takes_places
from bot.form.flow.question import cancel_row, has_room
from bot.form.kinds.text import told
from bot.form.model import Question
from bot.form.screen import Button, Key, Label, Phrase, Said, Screen, ScreenKind, title_phrase

Sent = Wrote | Gave | PointSent


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
        if (reason := filling.refusal(path, answer)) is not None:
            label = Label(filling.instance.node(path).label)
            return filling.say("flow.text.not_changed", question=label, reason=reason)
    for path, answer in changed.items():
        filling = filling.put(path, answer)
    return filling.say("flow.text.changed")


def _said_anew(one: Doubted, event: Rewrote) -> Doubted:
    is_edited = event.source == one.said.parts[0].source and not one.said.voices
    return replace(one, said=Written.of(event.text, event.source)) if is_edited else one


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
        path: _replaced(filling.form.question_at(path), answer, event)
        for path, answer in _with_source(filling.draft.answers, event.source)
    }


def _with_source(answers: Mapping[str, Answer], source: str) -> Iterator[tuple[str, Written]]:
    for path, answer in answers.items():
        if source and isinstance(answer, Written) and any(part.source == source for part in answer.parts):
            yield path, answer


def _replaced(question: Question | None, answer: Written, event: Rewrote) -> Written:
    text = event.text.strip() if question is None else told(question, event.text)
    parts = (TextPart(text, part.source) if part.source == event.source else part for part in answer.parts)
    return replace(answer, parts=tuple(parts))


def is_early(filling: Filling, event: Sent) -> bool:
    """Whether a message was sent before the current screen was seen."""
    return bool(event.places) and (len(event.places) == 1 or filling.position not in event.places)


def places_of(filling: Filling, event: Sent) -> tuple[str, ...]:
    """Questions that a message may answer, the latest first. Only the current text, once it was begun."""
    begun = isinstance(event, Wrote) and filling.view.begun and filling.position in event.places
    if not event.places or begun:
        return (filling.position,)
    return tuple(place for place in event.places if _takes(filling, place, event))


def earlier_place(filling: Filling, event: Sent) -> str:
    """The one earlier question that a message can belong to."""
    places = places_of(filling, event)
    return places[0] if len(places) == 1 and places[0] != filling.position else ""


def _takes(filling: Filling, place: str, event: Sent) -> bool:
    match event:
        case Wrote():
            return place == filling.position or filling.kind_at(place).takes_text
        case Gave():
            return has_room(filling, place, event.file)
    return filling.kind_at(place).takes_places or guest_takes_places(filling, place)


def is_doubted(filling: Filling, event: Wrote | Gave) -> bool:
    """Whether the person must say where a message belongs."""
    is_blank = isinstance(event, Wrote) and not event.text.strip()
    return not is_blank and (bool(filling.draft.doubted) or len(places_of(filling, event)) > 1)


MOST_DOUBTED = 20
"""Limit on held messages. Each costs at every answer."""


def hold(filling: Filling, event: Wrote | Gave) -> Filling:
    """Hold a message until the person says where it belongs. Further ones are offered the questions of the first."""
    held, brought = filling.draft.doubted, dict(filling.draft.brought)
    if len(held) >= MOST_DOUBTED:
        return filling.say("flow.doubt.full", most=MOST_DOUBTED)
    said = Written.of("" if isinstance(event, Gave) else event.text, event.source)
    if isinstance(event, Gave):
        said = replace(said, voices=(event.file,))
        brought[event.file.id] = Origin(event.source, event.look)
    places = held[0].places if held else places_of(filling, event)
    return filling.change(doubted=(*held, Doubted(places, said)), brought=brought)


def decided(filling: Filling, event: Belongs) -> tuple[Filling, Wrote | Gave] | None:
    """The held message, addressed to the chosen question. None if that was not offered."""
    held = filling.draft.doubted
    if not held or not 0 <= event.index < len(held[0].places):
        return None
    place, (part,) = held[0].places[event.index], held[0].said.parts
    places = () if place == filling.position else (place,)
    left = filling.change(doubted=held[1:])
    for file in held[0].said.voices:
        return left, Gave(file, part.source, places, filling.draft.brought.get(file.id, Origin("")).look)
    return left, Wrote(part.text, part.source, places)


def doubt_screen(filling: Filling) -> Screen:
    one = filling.draft.doubted[0]
    said: Phrase = Key("flow.files", {"n": 1}) if one.said.voices else Said(one.said.text[:700])
    form, review = filling.form, Key("flow.review")
    titles = [title_phrase(form, place) if form.at(place) is not None else review for place in one.places]
    labels = [Key("flow.edit.entry", {"number": n, "question": title}) for n, title in enumerate(titles, 1)]
    rows = tuple((Button(label, Belongs(index)),) for index, label in enumerate(labels))
    body = (Key("flow.doubt", {"text": said}), *labels)
    return Screen(ScreenKind.QUESTION, body, (*rows, *cancel_row()), filling.notice)
