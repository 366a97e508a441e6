"""Any events in any form: nothing raises, nothing is lost, every screen has its texts."""

import json
from typing import Any

import pytest
from hypothesis import given

from bot.form import events
from bot.form.answers import Chosen, FileRef, Files, GeoPoint, When, Written
from bot.form.draft import dump, load
from bot.form.events import Event
from bot.form.flow.filling import Filling
from bot.form.model import Form, Question
from bot.form.screen import Joined, Key, Label, Phrase, Said, ScreenKind
from bot.texts import Texts
from tests.bot.form.flow.properties.drawn_forms import forms
from tests.bot.form.flow.properties.drawn_moves import many_examples, moves, play
from tests.bot.form.talks import Talk

LANGUAGES = ("kk", "ru", "en")
TEXTS = Texts(LANGUAGES)


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
def test_looking_around_changes_no_answer(asked: Form, run: list[Event | int]) -> None:
    """Showing, turning pages, going back, the lists, sending and stopping leave all that was said."""
    looking = (
        events.Show,
        events.ShowPage,
        events.Back,
        events.Edit,
        events.Goto,
        events.Cancel,
        events.Submit,
    )
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
            taken = taken or talk.draft.doubted != draft.doubted
            taken = taken or talk.draft.view.start != draft.view.start  # the day, before its time
            shown = any(event.text in spoken(phrase)[0] for phrase in talk.screen.body)
            assert taken or shown or talk.notice or is_marked(talk, event.text)
            if event.text == talk.draft.view.kept and talk.screen.kind is ScreenKind.QUESTION:
                assert shown
        if isinstance(event, events.Gave):
            assert event.file.id in talk.draft.file_ids or talk.notice.startswith("flow.file.")
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


def is_last_of(answer: object, question: Question | None, place: GeoPoint) -> bool:
    """Whether a place is the last point of a line, or the last before the one that closes a shape."""
    if not isinstance(answer, Written) or question is None or question.kind not in {"geotrace", "geoshape"}:
        return False
    points = [[float(number) for number in part.split()[:2]] for part in answer.text.split(";")]
    return pytest.approx([place.latitude, place.longitude], abs=1e-6) in points[-2:]


@many_examples
@given(forms(), moves)
def test_no_place_is_lost(asked: Form, run: list[Event | int]) -> None:
    """It has become the answer or a point of its line, or it is told why not and nothing is changed."""
    draft = None
    for talk, event in play(asked, run):
        if isinstance(event, events.PointSent) and draft is not None:
            place = GeoPoint(event.latitude, event.longitude)
            answer = talk.draft.answers.get(draft.position)
            if answer != place and not is_last_of(answer, asked.question_at(draft.position), place):
                assert talk.notice
                assert talk.draft.answers == draft.answers
                assert talk.draft.position == draft.position
        draft = talk.draft


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
        if isinstance(event, events.Show | events.ShowPage | events.Toggle | events.Clear):
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
