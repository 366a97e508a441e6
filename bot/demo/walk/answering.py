"""Answers and provocations of a simulated respondent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.form import events
from bot.form.answers import Answer, Chosen, FileKind, FileRef, Number, When, Written, files_of
from bot.form.draft import REVIEW, Draft, ScreenState
from bot.form.events import Event
from bot.form.flow.filling import Filling
from bot.form.flow.guests import guests_asked_here, guests_of
from bot.form.flow.route import repeat_before
from bot.form.kinds import kind_of
from bot.form.kinds.text import is_multiline, longest
from bot.form.model import Form, Group, Question, schema_path
from bot.form.screen import Screen
from bot.form.typed.amounts import takers

ARMENIAN_LETTERS = "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ"
"""A script that the bot never writes, so that tests can recognise the respondent's words."""
SHORT_TEXT = "Գիր & <բառ>"
EXAMPLE_LINK = "https://example.org/1"
ALMATY = (43.238949, 76.889709)
"""Latitude and longitude."""
SEMEY = (50.4111, 80.2275)
"""A point in the list's first region that is not a city."""
BETWEEN = (47.1, 79.5)
_TYPED_AS = {"time": "14:30", "dateTime": "8 марта 2024 14:30"}

TYPED_DATES = (
    "вчера",
    "31.02.2024",
    "31 февраля",
    "март 2024",
    "8 марта 2024",
    "1-5 марта 2024",
    "с марта 2024 по сей день",
    "до марта 2024",
    "2024",
    "в прошлый вторник",
    *(f"1.{month}.2023 - 5.{month + 1}.2023" for month in range(1, 12, 2)),
    EXAMPLE_LINK,
)
"""Dates as people type them, understood or not. Together they name every month."""


@dataclass(frozen=True, slots=True)
class SampleTexts:
    """A few `short` words, a `long` sentence to repeat, a text's `last` character, and the name of a `file`."""

    short: str = SHORT_TEXT
    long: str = f"{ARMENIAN_LETTERS[:9]} {ARMENIAN_LETTERS[9:20]}, {ARMENIAN_LETTERS[20:]} & <{ARMENIAN_LETTERS[:3]}>. "
    last: str = ARMENIAN_LETTERS[0]
    file: str = ARMENIAN_LETTERS

    def story(self, length: int) -> str:
        return (self.long * (length // len(self.long) + 1))[: length - 1] + self.last

    def document(self, file_id: str) -> FileRef:
        return FileRef(file_id, FileKind.DOCUMENT, f"{self.file}-{file_id}.pdf", self.short)


ARMENIAN = SampleTexts()


def nameless_file(file_id: str, kind: FileKind = FileKind.PHOTO) -> FileRef:
    return FileRef(file_id, kind)


_MESSAGE_LENGTH = 4096
_SENT_AS = {"image": FileKind.PHOTO, "audio": FileKind.AUDIO, "video": FileKind.VIDEO}
_DATE_MODES = ("today", "yesterday", "unknown")
_LATE, _EARLY = "2099-12-31", "1901-01-01"
_ALL_DATE_MODES = (
    "calendar", "month", "year", "range", "ongoing", "today", "yesterday", "unknown", "nothing",
)  # fmt: skip

MORE_THAN = events.Wrote(">7", "odd")
"""An amount that is not shown as a number when reviewed."""

TELLING = "8.03.2024 в Семее на площади задержали 20 человек. https://example.org/1"
"""A story in which much is heard."""

Attempt = tuple[Event, ...]


@dataclass(frozen=True)
class Respondent:
    """A person's way of answering. `wishes` are answers by question path, None to skip. `instances` counts
    those of each repeat. `verbose` gives the longest allowed answers, `skips` skips optional questions."""

    wishes: Mapping[str, Answer | None] = field(default_factory=dict)
    instances: int = 1
    verbose: bool = False
    skips: bool = False
    words: SampleTexts = ARMENIAN


def moved(before: Draft, after: Draft) -> bool:
    """Whether an attempt has led on, also from what was heard."""
    return (before.position, *before.proposed) != (after.position, *after.proposed)


def attempts(form: Form, draft: Draft, respondent: Respondent) -> Iterator[Attempt]:
    """Ways to answer the current question, best first. Use the first that moves the form on."""
    filling = Filling(form, draft)
    if filling.view.confirming:
        yield (events.Back(),)
        return
    if draft.proposed:
        yield _reply_to_heard(draft, respondent)
        return
    if filling.repeat is not None:
        some = draft.counts.get(draft.position, 0)
        yield (events.AddRepeat(),) if some < respondent.instances else (events.Next(),)
        return
    asked = filling.question
    if asked is None:
        return
    told = repeat_before(filling)
    if told is not None and draft.count(told) < respondent.instances:
        yield (events.AddMore(),)
    wished = asked.path in respondent.wishes
    if respondent.wishes[asked.path] is None if wished else respondent.skips:
        yield (events.Skip(),)
    for attempt in _answers(filling, asked, respondent):
        yield (*([events.Clear()] if filling.answer(draft.position) is not None else []), *attempt)
        yield attempt
    yield (events.Next(),)
    yield (events.Skip(),)


def _reply_to_heard(draft: Draft, respondent: Respondent) -> Attempt:
    """Refuse what differs from a wish, and confirm the rest."""
    for index, (path, answer) in enumerate(draft.proposed.items()):
        if respondent.wishes.get(schema_path(path), answer) != answer:
            return (events.Misheard(index),)
    return (events.Understood(),)


def _answers(filling: Filling, asked: Question, respondent: Respondent) -> Iterator[Attempt]:
    wish = respondent.wishes.get(asked.path)
    if kind_of(asked).has_list:
        yield from _choices(filling, asked, respondent)
    elif kind_of(asked).takes_text:
        beside = () if respondent.skips else tuple(_files_beside(filling, respondent))
        yield from ((*beside, *attempt) for attempt in _texts(asked, respondent))
    elif kind_of(asked).answered_with is Number:
        first = [wish.value] if isinstance(wish, Number) else []
        yield from ((events.Wrote(str(number), "s"),) for number in (*first, 5.5, 5, 1, 20, 0, 1000))
    elif asked.kind == "date":
        if isinstance(wish, When):
            yield (events.PickDate(str(wish.start)),)
        yield from ((events.DateMode(mode),) for mode in _DATE_MODES)
        yield (events.PickDate(_LATE),)
    elif kind_of(asked).takes_places:
        yield (events.PointSent(*ALMATY, "s"),)
        yield (events.PointSent(*ALMATY, "s"), events.Next())
        yield (*(events.PointSent(*point, "s") for point in (ALMATY, SEMEY, BETWEEN)), events.Next())
    elif asked.kind in _TYPED_AS:
        yield (events.Wrote(_TYPED_AS[asked.kind], "s"),)
    elif asked.kind == "acknowledge":
        yield (events.Pick(0),)
    elif kind_of(asked).takes_files:
        number = kind_of(asked).most_files(asked) if respondent.verbose else 1
        kind, names = _SENT_AS.get(asked.kind), [f"f{place}" for place in range(number)]
        files = [nameless_file(one, kind) if kind else respondent.words.document(one) for one in names]
        yield (*(events.Gave(file, file.id) for file in files), events.Next())
    else:
        yield (events.Next(),)


def _files_beside(filling: Filling, respondent: Respondent) -> Iterator[Event]:
    """A file for each guest that takes one and is not to be skipped."""
    for _, guest in guests_asked_here(filling, filling.position):
        is_skipped = guest.path in respondent.wishes and respondent.wishes[guest.path] is None
        if kind_of(guest).takes_files and not is_skipped:
            yield events.Gave(respondent.words.document("f9"), "f9")


def _choices(filling: Filling, asked: Question, respondent: Respondent) -> Iterator[Attempt]:
    places = filling.instance.choices(filling.position)
    wish = respondent.wishes.get(asked.path)
    if isinstance(wish, Chosen):
        places = tuple(place for place in places if place[1].name in wish.names) or places
    if kind_of(asked).needs_all:
        yield (*(events.Toggle(index, on=True) for index, _ in places), events.Next())
    if asked.kind == "select_one":
        yield from ((events.Pick(index),) for index, _ in places)
        return
    for most in (len(places), 3, 2) if respondent.verbose else ():
        by_length = sorted(places, key=lambda place: -max(map(len, place[1].label.values())))
        yield (*(events.Toggle(index, on=True) for index, _ in by_length[:most]), events.Next())
    if isinstance(wish, Chosen):
        yield (*(events.Toggle(index, on=True) for index, _ in places), events.Next())
    yield from ((events.Toggle(index, on=True), events.Next()) for index, _ in places)


def _texts(asked: Question, respondent: Respondent) -> Iterator[Attempt]:
    done = (events.Next(),) if is_multiline(asked) else ()
    wish = respondent.wishes.get(asked.path)
    if isinstance(wish, Written):
        yield (events.Wrote(wish.text, "s"), *done)
    if respondent.verbose:
        left = longest(asked) if is_multiline(asked) else min(_MESSAGE_LENGTH, longest(asked))
        parts = []
        while left > 0:
            parts.append(respondent.words.story(min(_MESSAGE_LENGTH, left)))
            left -= len(parts[-1]) + 1
        yield (*(events.Wrote(part, f"s{number}") for number, part in enumerate(parts)), *done)
    for text in (respondent.words.short, EXAMPLE_LINK, *TYPED_DATES):
        yield (events.Wrote(text, "s"), *done)


def provocations(
    form: Form, draft: Draft, screen: Screen, words: SampleTexts, *, wide: bool
) -> Iterator[Event]:
    """Possible events at a screen: its buttons, inputs it must refuse and, if `wide`, all others."""
    filling = Filling(form, draft)
    yield from _taps(screen)
    if filling.question is not None:
        yield from _refusable(filling, filling.question, words)
        yield from _to_guests(filling, words)
    if wide:
        yield from _anything(filling, words)


def _taps(screen: Screen) -> Iterator[Event]:
    buttons = list(dict.fromkeys(button.event for row in screen.rows for button in row))
    alike = (events.PickDate, events.Pick, events.Toggle)
    many = [event for event in buttons if isinstance(event, alike)]
    some = {*many[:1], *many[-1:]}
    yield from (event for event in buttons if not isinstance(event, alike) or event in some)


def _to_guests(filling: Filling, words: SampleTexts) -> Iterator[Event]:
    for _, guest in guests_of(filling, filling.position):
        if kind_of(guest).takes_places:
            yield from (events.PointSent(*point, "g") for point in (ALMATY, SEMEY))
        else:
            yield from (events.Wrote(text, "g") for text in (EXAMPLE_LINK, words.short))


def _refusable(filling: Filling, asked: Question, words: SampleTexts) -> Iterator[Event]:
    if filling.required(filling.position):
        yield events.Skip()
    if kind_of(asked).takes_text:
        yield events.Wrote(words.story(longest(asked) + 2), "long")
    if takers(asked, asked.choices):
        yield from (events.Wrote(text, "odd") for text in ("~7", "7-8-9", "0"))
    if not asked.constraint:
        return
    if kind_of(asked).takes_text:
        yield from (events.Wrote(text, "odd") for text in ("?", words.short, "1"))
    if kind_of(asked).answered_with is Number:
        yield from (events.Wrote(number, "odd") for number in ("-1", "0", "999999999999"))
        yield MORE_THAN
    if asked.kind == "date":
        yield from (events.PickDate(day) for day in (_LATE, _EARLY))


def _anything(filling: Filling, words: SampleTexts) -> Iterator[Event]:
    if filling.question is not None and filling.question.kind == "date":
        yield from (events.DateMode(mode) for mode in _ALL_DATE_MODES)
        yield from (events.PickDate(date) for date in ("2024-05-08", "2024-05", "2024", _EARLY, "nothing"))
        yield from (events.Wrote(text, "t") for text in TYPED_DATES)
    if filling.question is not None and kind_of(filling.question).answered_with is Number:
        yield from (events.Wrote(text, "t") for text in ("2.5", "1,234"))
    if filling.question is not None and kind_of(filling.question).takes_places:
        yield from (events.PointSent(*point, "l") for point in ((95.0, 0.0), (0.0, 0.0)))
        yield from (events.Wrote(text, "t") for text in ("95, 0", "43.2, 76.9", words.short))
    if not (filling.view.picker or filling.view.search):
        yield from _unexpected(filling, words)
        yield from (events.Wrote(text, "t") for text in _searches(filling))


def _unexpected(filling: Filling, words: SampleTexts) -> Iterator[Event]:
    earlier = (filling.asked_before,)
    yield events.Wrote("", "e")
    yield from (events.Wrote(text, "w") for text in (words.short, words.story(_MESSAGE_LENGTH)))
    yield from (events.Wrote(text, "w", earlier) for text in (words.short, words.story(19_999)))
    yield events.Wrote(words.short, "w", (filling.position, *earlier))
    yield from (
        events.Rewrote(words.short, "s"),
        events.Rewrote(words.short, "none"),
        events.Rewrote(" ", "s"),
    )
    yield from (events.Gave(nameless_file(f"p{kind}", kind), "p") for kind in FileKind)
    yield events.Gave(words.document("d"), "p")
    yield events.Gave(nameless_file("c", FileKind.VOICE), "p", earlier)
    yield events.Replaced("none", words.document("d"), "p")
    for file in (file for answer in filling.draft.answers.values() for file in files_of(answer)):
        yield events.Replaced(file.id, nameless_file("r", file.kind), "p")
    yield from (events.PointSent(*ALMATY, "l"), events.PointSent(*ALMATY, "l", earlier))
    yield from (events.Pick(999), events.Toggle(999, on=True), events.ShowPage(10**6), events.ShowPage(0))
    yield from (events.Goto(999), events.RemoveFile(99), events.RemoveRepeat(99), events.AddRepeat())
    yield from (events.Submit(), events.Edit(), events.Extend(), events.Cancel(), events.Clear())
    yield from (events.Next(), events.Skip(), events.SkipRest(), events.Back(), events.Show())
    yield from (events.AddMore(), events.WholeList(), events.SendUnfinished(), events.Guide(on=True))
    yield from (events.LeaveNothing(on=True), events.Remind(on=True), events.Reveal(on=True))
    yield from (events.DateMode("today"), events.PickDate("2024"))


def _searches(filling: Filling) -> Iterator[str]:
    if filling.question is None or not kind_of(filling.question).has_list:
        return
    for _, choice in filling.instance.choices(filling.position)[:2]:
        label = next(iter(choice.label.values()), "")
        yield from (label[:3], label)
    yield "1"


def signature(form: Form, draft: Draft) -> tuple[object, ...]:
    """Key of similar questions: `provocations` are wide only once for each."""
    filling = Filling(form, draft)
    before = filling.asked_at(filling.asked_before)
    after_text = before is not None and kind_of(before).takes_text
    asked = filling.question
    if asked is None:
        return (draft.position == REVIEW, isinstance(filling.repeat, Group))
    many = len(filling.instance.choices(draft.position)) > 10 if kind_of(asked).has_list else False
    after_text = after_text and draft.view == ScreenState() and draft.position not in draft.answers
    voice, partial = asked.bot.get("voice") == "yes", asked.bot.get("partial")
    return (asked.kind, is_multiline(asked), voice, partial, many, after_text)
