"""Any events in any form: nothing raises, nobody is stranded, nothing is lost, every screen has its texts."""

import json
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.form import events
from bot.form.answers import Chosen, FileKind, FileRef, Files, Place, When, Written
from bot.form.draft import REVIEW, dump, load
from bot.form.events import Event
from bot.form.flow.filled.filling import Filling
from bot.form.flow.filled.instance import Instance
from bot.form.model import Choice, Form, Node, Question
from bot.form.screen import Joined, Key, Label, Phrase, Said, ScreenKind
from bot.texts import Texts
from tests.bot.form.talks import Talk, form, group, question

LANGUAGES = ("kk", "ru", "en")
TEXTS = Texts(LANGUAGES)
CHOICES = tuple(
    Choice(
        name,
        {"kk": f"{name} қ", "ru": f"{name} я", "en": name * 9},
        contact={"ru": "тел. 1"} if "a" in name else {},
    )
    for name in ["a", "b", "ab", "ba", "bb"]
)
MANY = tuple(
    Choice(f"a{number}", {"en": f"A {number}", "ru": f"А {number}", "kk": f"Ә {number}"})
    for number in range(25)
)
FILES = {
    "image": FileKind.PHOTO,
    "audio": FileKind.AUDIO,
    "video": FileKind.VIDEO,
    "file": FileKind.PHOTO,
}
ASKED = [
    "text",
    "integer",
    "decimal",
    "date",
    "select_one",
    "select_multiple",
    "note",
    "image",
    "file",
    "geopoint",
    "hidden",
]
CONSTRAINTS = {
    "text": ["", "string-length(.) <= 12"],
    "integer": ["", ". < 100"],
    "decimal": ["", ". < 7.5"],
    "date": ["", ". <= '2024-06-06'"],
    "select_multiple": ["", "count-selected(.) <= 2"],
    "geopoint": ["", "selected-at(., 0) > 40"],
}
COLUMNS: dict[str, list[dict[str, Any]]] = {
    "text": [
        {},
        {"appearance": "multiline"},
        {"appearance": "multiline", "bot": {"voice": "yes"}},
        {"bot": {"voice": "yes"}},
    ],
    "date": [{}, {"bot": {"partial": "yes"}}],
    "file": [{}, {"bot": {"max": "3"}}],
    "note": [{}, {"bot": {"contacts": "gate"}}],
    "select_one": [{}, {"bot": {"extend": "a"}}],
}
CONDITIONS = {
    "text": "string-length({path}) > 3",
    "integer": "{path} > 5",
    "decimal": "{path} > 2.5",
    "select_one": "starts-with({path}, 'a')",
    "select_multiple": "selected({path}, 'a')",
    "date": "{path} > '2024-01-01'",
    "geopoint": "{path} != ''",
    "hidden": "{path} = 'so'",
}
DEFAULTS = {
    "text": "'so'",
    "integer": "7",
    "decimal": "2.5",
    "select_one": "'ab'",
    "geopoint": "'43.2 76.9 0 0'",
    "hidden": "'so'",
}


YES_NO = (Choice("yes", {"en": "Yes"}), Choice("no", {"en": "No"}))
REPORT = (
    question("consent", "select_one", choices=YES_NO, role="consent_store", required="true()"),
    question("urgent", "select_one", choices=YES_NO, role="urgent"),
    question("what", "select_one", choices=CHOICES, role="category"),
    question("story", role="story"),
)
"""What makes a form one of reports, which can be urgent."""


def condition(asked: Question, path: str) -> str:
    """Something that holds of some answers to a question."""
    return CONDITIONS[asked.kind].format(path=path)


@st.composite
def questions(draw: st.DrawFn, path: str, earlier: list[Question], beside: list[Question]) -> Question:
    """A question that may depend on earlier ones, and on those beside it in its instance."""
    kind = draw(st.sampled_from(ASKED))
    conditions = [condition(asked, asked.path) for asked in earlier if asked.kind in CONDITIONS]
    conditions += [condition(asked, f"../{asked.name}") for asked in beside if asked.kind in CONDITIONS]
    maybe = st.sampled_from(["", *conditions])
    columns = dict(draw(st.sampled_from(COLUMNS.get(kind, [{}]))))
    columns["relevant"] = draw(maybe)
    if kind != "note":
        columns["required"] = draw(st.one_of(st.sampled_from(["", "true()"]), maybe))
    columns["constraint"] = draw(st.sampled_from(CONSTRAINTS.get(kind, [""])))
    columns["default"] = draw(st.sampled_from(["", "", DEFAULTS.get(kind, "")]))
    if kind in {"select_one", "select_multiple"}:
        columns["choices"] = draw(st.sampled_from([CHOICES, MANY])) if "bot" not in columns else CHOICES
        lists = [asked.path for asked in earlier if asked.kind == "select_one"]
        filters = ["", *(f"starts-with(name, {path})" for path in lists)]
        columns["choice_filter"] = draw(st.sampled_from(filters))
    return question(path, kind, **columns)


@st.composite
def forms(draw: st.DrawFn) -> Form:
    """A form of questions and repeats, nested twice at most. A last question may rule over all."""
    gate = question("gate", "select_one", choices=CHOICES, bot=draw(st.sampled_from([{}, {"extend": "ab"}])))
    earlier, children = [gate], list[Node]()
    for number in range(draw(st.integers(1, 5))):
        if draw(st.integers(0, 3)):
            asked = draw(questions(f"q{number}", earlier, []))
            earlier.append(asked)
            children.append(asked)
        else:
            children.append(draw(repeats(f"r{number}", earlier, 2)))
    return form(*draw(st.sampled_from([(), REPORT])), *draw(hosted(children)), gate)


@st.composite
def hosted(draw: st.DrawFn, children: list[Node]) -> list[Node]:
    """The same, of which one question may have others as its guests."""
    guests = [
        node.name for node in children if isinstance(node, Question) and node.kind in {"text", "geopoint"}
    ]
    hosts = [node for node in children if isinstance(node, Question) and node.kind not in {"note", "hidden"}]
    if not guests or not hosts or not draw(st.booleans()):
        return children
    host = draw(st.sampled_from(hosts))
    names = [name for name in draw(st.permutations(guests)) if name != host.name]
    with_guests = replace(host, bot={**host.bot, **({"also": " ".join(names)} if names else {})})
    return [with_guests if node is host else node for node in children]


@st.composite
def repeats(draw: st.DrawFn, path: str, earlier: list[Question], depth: int) -> Node:
    """A repeat that may hold another and may be counted."""
    inner: list[Node] = []
    beside: list[Question] = []
    for number in range(draw(st.integers(1, 3))):
        asked = draw(questions(f"{path}/{path.replace('/', '')}q{number}", earlier, beside))
        beside.append(asked)
        inner.append(asked)
    if depth > 1 and draw(st.booleans()):
        inner.insert(draw(st.integers(0, len(inner))), draw(repeats(f"{path}/r", earlier, depth - 1)))
    counted = [f"{asked.path} mod 4" for asked in earlier if asked.kind == "integer"]
    bot = draw(st.sampled_from([{}, {"first": "yes"}]))
    return group(path, *inner, repeat=True, repeat_count=draw(st.sampled_from(["", *counted])), bot=bot)


small = st.integers(-1, 8)
texts = st.sampled_from(
    [
        "",
        "a",
        "ab я",
        "7",
        "7,5",
        "50",
        "500",
        "hello there, world",
        "вчера",
        "март 2024",
        "1-5 марта",
        "bb",
        "A 3",
        "нет",
        "43.2, 76.9",
        "33,2; 76,9",
        "99.5 200",
    ]
)
sources = st.sampled_from(["", "1", "2", "3"])
given_files = st.builds(FileRef, st.sampled_from("abcdefg"), st.sampled_from(FileKind))
degrees = st.sampled_from([-200.0, -0.00001, 43.238949, 76.9, float("nan")])
any_event: st.SearchStrategy[Event] = st.one_of(
    st.builds(events.Wrote, texts, sources, st.booleans()),
    st.builds(events.Rewrote, texts, sources),
    st.builds(events.Gave, given_files, sources, st.booleans()),
    st.builds(events.Located, degrees, degrees, sources, st.booleans()),
    st.builds(events.Pick, small),
    st.builds(events.Toggle, small, st.booleans()),
    st.builds(events.Page, small),
    st.builds(events.Goto, small),
    st.builds(events.RemoveRepeat, small),
    st.builds(events.RemoveFile, small),
    st.builds(
        events.DateMode,
        st.sampled_from(["today", "calendar", "month", "year", "range", "ongoing", "unknown", "what"]),
    ),
    st.builds(
        events.PickDate, st.sampled_from(["2024", "2024-03", "2024-03-08", "2025-01-01", "", "2024-99"])
    ),
    st.builds(events.Cancel),
    st.sampled_from(
        [
            events.Show(),
            events.Next(),
            events.Back(),
            events.Skip(),
            events.Clear(),
            events.Edit(),
            events.AddRepeat(),
            events.AddMore(),
            events.SkipRest(),
            events.WholeList(),
            events.Submit(),
            events.Extend(),
            events.SendUnfinished(),
            events.ListLeaving(),
        ]
    ),
    st.builds(events.LeaveNothing, st.booleans()),
    st.builds(events.Remind, st.booleans()),
    st.builds(events.Reveal, st.booleans()),
    st.builds(events.Withhold, st.integers(-1, 6), st.booleans()),
)
moves = st.lists(st.one_of(any_event, st.integers(0, 40), st.integers(0, 40)), max_size=45)
"""Events, and numbers of buttons that are tapped."""

many_examples = settings(
    max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def play(asked: Form, run: list[Event | int]) -> Iterator[tuple[Talk, Event]]:
    """Each talk after one of the moves, with the event that it was; a flow that ends goes on."""
    talk = Talk(asked)
    talk.send(events.Show())
    yield talk, events.Show()
    for move in run:
        event = (
            talk.buttons[move % len(talk.buttons)].event if isinstance(move, int) and talk.buttons else move
        )
        if not isinstance(event, int):
            talk.send(event)
            yield talk, event


@many_examples
@given(forms(), moves)
def test_every_screen_can_be_shown_in_every_language(asked: Form, run: list[Event | int]) -> None:
    """With texts for all its keys, buttons that fit a phone, and no more of them than Telegram takes."""
    for talk, _ in play(asked, run):
        screen = talk.screen
        for phrase in (*screen.body, *([screen.notice] if screen.notice else [])):
            assert spoken(phrase)
        assert screen.body
        assert all(screen.rows)
        assert len(talk.buttons) <= 100
        assert all(len(row) <= 8 for row in screen.rows)
        for button in talk.buttons:
            assert all(0 < len(text) <= 40 for text in spoken(button.label))


def spoken(phrase: Phrase) -> list[str]:
    """A phrase in each language. A missing text or placeholder raises."""
    return [_spoken(phrase, language) for language in LANGUAGES]


def _spoken(phrase: Phrase | str | int, language: str) -> str:
    match phrase:
        case Key():
            args = {
                name: value if isinstance(value, int) else _spoken(value, language)
                for name, value in phrase.args.items()
            }
            return TEXTS.text(language, phrase.key, args)
        case Joined():
            return phrase.separator.join(_spoken(part, language) for part in phrase.phrases)
        case Label():
            return phrase.text.get(language) or next(iter(phrase.text.values()))
        case Said():
            return phrase.text
    return str(phrase)


@many_examples
@given(forms(), moves)
def test_nobody_is_stranded(asked: Form, run: list[Event | int]) -> None:
    """From wherever the events have led, the buttons on the screen and sensible answers lead to the end,
    where nothing is missing and nothing is sent that is not asked."""
    *_, (talk, _) = play(asked, run)
    finish(talk)
    instance = Instance(asked, talk.draft.answers, talk.draft.counts, talk.now)
    submission = instance.submission()
    for path, answer in submission.items():
        assert instance.relevant(path)
        assert instance.allows(path, answer)
    turn = Filling(asked, talk.draft)
    for path in turn.steps:
        assert not turn.required(path) or path in submission


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
        case "text":
            talk.write("fine")
        case "integer" | "decimal":
            talk.write("7")
        case "date":
            talk.write("вчера")
        case "geopoint":
            talk.send(events.Located(43.2, 76.9))
        case "select_one" | "select_multiple":
            talk.send(talk.buttons[0].event)
        case _:
            talk.give(f"new{number}", FILES[asked.kind])
    if talk.draft.position == before and "flow.done" in talk.labels:
        talk.tap("flow.done")
    elif talk.draft.position == before and "flow.keep" in talk.labels:
        talk.tap("flow.keep")


@many_examples
@given(forms(), moves)
def test_back_returns_to_the_same_question_with_its_answer(asked: Form, run: list[Event | int]) -> None:
    """After every move from one question to another that leaves the first one asked; by way of the repeats
    that were begun, or left, in between. What leads back itself, to one more of what was told, is no such move."""
    before = None
    for talk, event in play(asked, run):
        here = talk.draft.position
        turned_back = isinstance(event, events.Back | events.AddMore)
        if before and not turned_back and REVIEW not in {here, before} and here != before:
            again = copy(talk)
            turn = Filling(asked, talk.draft)
            if before in turn.steps:
                again.send(events.Back())
                while again.draft.position != before and is_at_repeat(again):
                    again.send(events.Back())
                assert again.draft.position == before
                answer = turn.answer(before)
                assert Filling(asked, again.draft).answer(before) == answer
                shown = any(
                    isinstance(phrase, Key) and phrase.key == "flow.current" for phrase in again.screen.body
                )
                assert shown is (answer is not None)
        before = here


@many_examples
@given(forms(), moves)
def test_two_taps_delete_everything_from_any_screen(asked: Form, run: list[Event | int]) -> None:
    """Whatever else is on it, and whatever was asked for there."""
    for talk, _ in play(asked, run):
        if talk.screen.kind in {ScreenKind.SUBMITTED, ScreenKind.CANCELLED}:
            continue
        stopped = copy(talk)
        if stopped.screen.kind is not ScreenKind.CONFIRM_CANCEL:
            stopped.tap("flow.delete" if stopped.screen.kind is ScreenKind.REVIEW else "flow.cancel")
        stopped.tap("flow.cancel.sure")
        assert stopped.screen.kind is ScreenKind.CANCELLED


@many_examples
@given(forms(), moves)
def test_only_an_urgent_report_that_tells_something_is_sent_unfinished(
    asked: Form, run: list[Event | int]
) -> None:
    """Neither another form nor a report without consent; and it is offered where it can be."""
    for talk, _ in play(asked, run):
        turn = Filling(asked, talk.draft)
        told = {question.role: turn.answer(question.path) for question in asked.questions if question.role}
        yes = Chosen(("yes",))
        may = (told.get("consent_store"), told.get("urgent")) == (yes, yes)
        may = may and None not in {told.get("category"), told.get("story")}
        tried = copy(talk)
        tried.send(events.SendUnfinished())
        assert (tried.screen.kind is ScreenKind.SUBMITTED) is may
        if talk.screen.kind is ScreenKind.CONFIRM_CANCEL:
            assert ("flow.unfinished.send" in talk.labels) is may


def is_at_repeat(talk: Talk) -> bool:
    """Whether a repeat is asked, which may have needed no screen on the way here."""
    return Filling(talk.form, talk.draft).repeat is not None


@many_examples
@given(forms(), moves)
def test_going_to_the_end_loses_no_answer_and_no_question(asked: Form, run: list[Event | int]) -> None:
    """What was said stays, Back undoes it, and what was passed over is asked by way of the review."""
    for talk, _ in play(asked, run):
        if "flow.skip.rest" not in talk.labels:
            continue
        before, answers, turn = talk.draft.position, talk.draft.answers, Filling(asked, talk.draft)
        hurried = copy(talk)
        hurried.tap("flow.skip.rest")
        assert {**answers, **hurried.draft.answers} == {**hurried.draft.answers}
        passed = set(hurried.draft.passed)
        assert not any(turn.required(path) for path in passed & {*turn.steps} if "]/" not in path)
        again = copy(hurried)
        again.send(events.Back())
        is_taken_away = (
            before not in Filling(asked, hurried.draft).steps
        )  # an instance in which nothing was said
        assert again.draft.position == before or is_taken_away
        list(places_to_review(hurried))
        left = passed & {*Filling(asked, hurried.draft).steps} - {*hurried.draft.answers} - {
            *hurried.draft.trail
        }
        if left:
            hurried.tap("flow.extend")
            # A longer form may have other lists, and questions fewer.
            left &= {*Filling(asked, hurried.draft).steps} - {*hurried.draft.answers}
            offered = {hurried.draft.position, *places_to_review(hurried)}
            # Whether there is one more is asked behind what is already told of one.
            assert not left or any(
                place == path or place.startswith(f"{path}[") for path in left for place in offered
            )


@many_examples
@given(forms(), moves)
def test_one_more_is_told_and_the_same_question_comes_again(asked: Form, run: list[Event | int]) -> None:
    """With what was answered there so far."""
    for talk, _ in play(asked, run):
        if "flow.repeat.more_of" not in talk.labels:
            continue
        here, answers = talk.draft.position, talk.draft.answers
        more = copy(talk)
        more.tap("flow.repeat.more_of")
        assert sum(more.draft.counts.values()) >= sum(talk.draft.counts.values())
        assert {**answers, **more.draft.answers} == {**more.draft.answers}
        assert more.draft.position != here


@many_examples
@given(forms(), moves)
def test_making_a_form_longer_asks_only_what_is_new(asked: Form, run: list[Event | int]) -> None:
    """From the review with such a button: on the way back to it nothing is asked that was asked before, unless
    its answer no longer counts, it was passed over or it is an empty list that may hold other choices now; and no other answer is changed
    than the one that makes the form longer."""
    *_, (talk, _) = play(asked, run)
    list(places_to_review(talk))
    if "flow.extend" not in talk.labels:
        return
    before, answers = Filling(asked, talk.draft), talk.draft.answers
    longer = {path for path in before.steps if "extend" in before.instance.node(path).bot}
    talk.tap("flow.extend")
    places = set(places_to_review(talk))
    asked_before = {*before.steps} - {*answers} - {*before.draft.passed}
    again = [before.instance.node(path) for path in places & asked_before]
    assert all(isinstance(node, Question) and (node.choice_filter or node.required) for node in again)
    assert all(talk.draft.answers.get(path) == answers[path] for path in {*answers} - places - longer)


def places_to_review(talk: Talk) -> Iterator[str]:
    """Where a patient person is led until the review."""
    talk.send(events.Show())
    for number in range(300):
        if talk.is_at(ScreenKind.REVIEW):
            return
        yield talk.draft.position
        sensible(talk, number)
    raise AssertionError("stranded", talk.draft)


@many_examples
@given(forms(), moves)
def test_looking_around_changes_no_answer(asked: Form, run: list[Event | int]) -> None:
    """Showing, turning pages, going back, the lists, sending and stopping leave all that was said."""
    looking = (events.Show, events.Page, events.Back, events.Edit, events.Goto, events.Cancel, events.Submit)
    answers: Any = {}
    for talk, event in play(asked, run):
        if isinstance(event, looking) and answers:
            assert talk.draft.answers == answers
        answers = talk.draft.answers


@many_examples
@given(forms(), moves)
def test_no_words_and_no_files_are_lost(asked: Form, run: list[Event | int]) -> None:
    """What was typed has become an answer, or it stands on the screen or is told of; a file is kept, or it
    is told that it is not."""
    draft = None
    for talk, event in play(asked, run):
        if isinstance(event, events.Wrote) and event.text and draft is not None:
            taken = talk.draft.answers != draft.answers or talk.draft.position != draft.position
            shown = any(event.text in spoken(phrase)[0] for phrase in talk.screen.body)
            assert taken or shown or talk.notice or is_marked(talk, event.text)
            if event.text == talk.draft.view.kept and talk.screen.kind is ScreenKind.QUESTION:
                assert shown
        if isinstance(event, events.Gave):
            kept = {file.id for answer in talk.draft.answers.values() for file in files_of(answer)}
            assert event.file.id in kept or talk.notice.startswith("flow.file.")
        draft = talk.draft


def is_marked(talk: Talk, text: str) -> bool:
    """Whether a choice with this label is marked already."""
    turn = Filling(talk.form, talk.draft)
    chosen = turn.answer(turn.position) if turn.question else None
    names = chosen.names if isinstance(chosen, Chosen) else ()
    choices = turn.question.choices if turn.question else ()
    return any(choice.name in names and text in {choice.name, *choice.label.values()} for choice in choices)


def files_of(answer: object) -> tuple[FileRef, ...]:
    """The files of an answer."""
    match answer:
        case Files():
            return answer.files
        case Written():
            return answer.voices
    return ()


@many_examples
@given(forms(), moves)
def test_no_place_is_lost(asked: Form, run: list[Event | int]) -> None:
    """It has become the answer, or it is told why not and nothing is changed."""
    draft = None
    for talk, event in play(asked, run):
        if isinstance(event, events.Located) and draft is not None:
            place = Place(event.latitude, event.longitude)
            if talk.draft.answers.get(draft.position) != place:
                assert talk.notice
                assert talk.draft.answers == draft.answers
                assert talk.draft.position == draft.position
        draft = talk.draft


@many_examples
@given(forms(), moves)
def test_an_instance_that_was_left_says_something(asked: Form, run: list[Event | int]) -> None:
    """The last one of a repeat that is asked has an answer, unless one is being given in it, it was taken away or there
    is nothing to ask in it."""
    for talk, event in play(asked, run):
        turn = Filling(asked, talk.draft)
        if turn.repeat is None or not isinstance(event, events.Next | events.Skip | events.Back):
            continue
        number = talk.draft.counts.get(turn.position, 0)
        inside = f"{turn.position}[{number}]/"
        said = any(path.startswith(inside) for path in talk.draft.answers)
        assert said or not number or not any(path.startswith(inside) for path in turn.steps)


@many_examples
@given(forms(), moves)
def test_a_step_is_one_screen(asked: Form, run: list[Event | int]) -> None:
    """It rises by one with every other screen and with nothing else; a button of a step means one thing.
    A draft survives being stored after every event."""
    step, identity = 0, None
    for talk, event in play(asked, run):
        now = (talk.draft.position, talk.screen.kind)
        assert talk.draft.step in {step, step + 1}
        if talk.screen.kind not in {ScreenKind.SUBMITTED, ScreenKind.CANCELLED}:
            if identity is not None and now != identity:
                assert talk.draft.step == step + 1
            identity = now
        if isinstance(event, events.Show | events.Page | events.Toggle | events.Clear):
            assert talk.draft.step == step or isinstance(event, events.Toggle)
        step = talk.draft.step
        stored = load(json.loads(json.dumps(dump(talk.draft))))
        assert stored.at(talk.draft.now) == talk.draft
        assert len(talk.draft.trail) < 200


@many_examples
@given(forms(), moves)
def test_no_blank_answer_and_no_impossible_date_is_kept(asked: Form, run: list[Event | int]) -> None:
    """An answer says something; a period that is over ends after it begins."""
    for talk, _ in play(asked, run):
        for answer in talk.draft.answers.values():
            assert answer not in {Written(), Files(())}
            if isinstance(answer, When) and answer.start and answer.end:
                assert answer.start[:7] <= answer.end[:7]
