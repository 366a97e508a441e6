"""Messages that may have been sent for an earlier screen. If several questions are possible, the person is
asked."""

from bot.form.answers import Part, Written
from bot.form.draft import Doubted, Origin
from bot.form.events import Belongs, Gave, Located, Wrote
from bot.form.flow.files import has_room
from bot.form.flow.filled.filling import Filling
from bot.form.flow.question import cancel_row
from bot.form.flow.routing.guests import guest_takes_places
from bot.form.kinds import kind_of
from bot.form.screen import Button, Key, Phrase, Said, Screen, ScreenKind, title_phrase

Sent = Wrote | Gave | Located
_SHOWN = 700


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
    question = filling.asked_at(place)
    match event:
        case Wrote():
            return place == filling.position or (question is not None and kind_of(question).takes_text)
        case Gave():
            return has_room(filling, place, event.file)
    points = question is not None and kind_of(question).takes_places
    return points or guest_takes_places(filling, place)


def is_doubted(filling: Filling, event: Wrote | Gave) -> bool:
    """Whether the person must say where a message belongs."""
    is_blank = isinstance(event, Wrote) and not event.text.strip()
    return not is_blank and (bool(filling.draft.doubted) or len(places_of(filling, event)) > 1)


def hold(filling: Filling, event: Wrote | Gave) -> Filling:
    """Hold a message until the person says where it belongs. Further ones are offered the questions of the
    first."""
    held, brought = filling.draft.doubted, dict(filling.draft.brought)
    if isinstance(event, Gave):
        said = Written((Part("", event.source),), (event.file,))
        brought[event.file.id] = Origin(event.source, event.look)
    else:
        said = Written((Part(event.text, event.source),))
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
    said: Phrase = Key("flow.files", {"n": 1}) if one.said.voices else Said(one.said.text[:_SHOWN])
    labels = [
        Key("flow.edit.entry", {"number": number, "question": _title(filling, place)})
        for number, place in enumerate(one.places, 1)
    ]
    rows = tuple((Button(label, Belongs(index)),) for index, label in enumerate(labels))
    body = (Key("flow.doubt", {"text": said}), *labels)
    return Screen(ScreenKind.QUESTION, body, (*rows, *cancel_row()), filling.notice)


def _title(filling: Filling, place: str) -> Phrase:
    known = filling.form.at(place) is not None
    return title_phrase(filling.form, place) if known else Key("flow.review")
