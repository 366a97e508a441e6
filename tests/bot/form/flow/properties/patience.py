"""What a patient person does: answers sensibly what is asked, with what is on the screen alone, until it is sent."""

from collections.abc import Iterator

from bot.form import events
from bot.form.answers import FileKind
from bot.form.flow.filling import Filling
from bot.form.screen import ScreenKind
from tests.bot.form.talks import Talk

FILES = {
    "image": FileKind.PHOTO,
    "audio": FileKind.AUDIO,
    "video": FileKind.VIDEO,
    "file": FileKind.PHOTO,
}

TYPED = {
    **dict.fromkeys(("text", "barcode"), "fine"),
    **dict.fromkeys(("integer", "decimal", "range"), "7"),
    "date": "вчера",
    "time": "14:30",
    "dateTime": "вчера 14:30",
}


def finish(talk: Talk) -> None:
    """Do what a patient person would, until it is sent."""
    talk.send(events.Show())
    for number in range(600):
        if talk.screen.kind is ScreenKind.SUBMITTED:
            return
        sensible(talk, number)
    raise AssertionError("stranded", talk.draft, talk.screen)


def sensible(talk: Talk, number: int) -> None:
    """One thing that leads on, with what is on the screen alone."""
    belongs = [button.event for button in talk.buttons if isinstance(button.event, events.Belongs)]
    if belongs:  # it is asked to which question a message belongs
        talk.send(belongs[0])
        return
    match talk.screen.kind:
        case ScreenKind.CONFIRM_CANCEL:
            talk.tap("flow.cancel.no")
        case ScreenKind.EDIT:
            talk.tap("flow.back")
        case ScreenKind.REVIEW:
            talk.tap("flow.send")
        case ScreenKind.REPEAT:
            talk.tap("flow.repeat.none" if "flow.repeat.none" in talk.labels else "flow.next")
        case _:
            _answer_sensibly(talk, number)


def _answer_sensibly(talk: Talk, number: int) -> None:
    asked = Filling(talk.form, talk.draft).question
    assert asked is not None
    onward = next((label for label in ("flow.skip", "flow.next") if label in talk.labels), None)
    if onward:
        talk.tap(onward)
        return
    if "flow.clear" in talk.labels:
        talk.tap("flow.clear")
    before = talk.draft.position
    match asked.kind:
        case kind if kind in TYPED:
            talk.write(TYPED[kind])
        case "geopoint" | "geotrace" | "geoshape" as kind:
            talk.send(*(events.PointSent(43.2, 76.9 + far) for far in range(1 if kind == "geopoint" else 3)))
        case "rank":
            for choice in asked.choices:
                talk.write(choice.label["en"])
        case "select_one" | "select_multiple" | "acknowledge":
            talk.send(talk.buttons[0].event)
        case _:
            talk.give(f"new{number}", FILES[asked.kind])
    if talk.draft.position == before and "flow.done" in talk.labels:
        talk.tap("flow.done")
    elif talk.draft.position == before and "flow.keep" in talk.labels:
        talk.tap("flow.keep")


def places_to_review(talk: Talk) -> Iterator[str]:
    """Where a patient person is led until the review."""
    talk.send(events.Show())
    for number in range(300):
        if talk.is_at(ScreenKind.REVIEW):
            return
        yield talk.draft.position
        sensible(talk, number)
    raise AssertionError("stranded", talk.draft)
