"""The one line that stays of a question."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.prompt import MOST_ANSWER, MOST_TITLE, Trace, trace_of
from bot.chat.renderer import Renderer
from bot.form.answers import Answer, Chosen, FileKind, FileRef, Files, GeoPoint, Number, TextPart, Written
from bot.form.draft import REVIEW, Draft, ScreenState
from bot.form.flow.filling import Filling
from bot.form.model import Form
from bot.form.screen import Label, Said
from bot.form.xlsform.reader import load
from bot.local_api.html import parse_html
from bot.texts import Texts

RENDERER = Renderer(Texts(("kk", "ru", "en")))
FORM = """
| survey |
| | type | name | label::Русский (ru) | label::English (en) | relevant | bind::bot:privacy | bind::bot:contacts |
| | note | safety | Осторожно. | Take care. | | | |
| | select_one what | what | Что было? Выберите. | What was it? Choose. | | | |
| | select_one what | hidden | Кто это был | Who it was | | sealed | |
| | text | story | Рассказ | The story | | | |
| | text | source | Источник | The source | | sealed | |
| | integer | people | Людей | People | | | |
| | image | photos | Фото | Photos | | | |
| | geopoint | point | Место | The place | | | |
| | note | help | Вам помогут: | They help: | | | what |
| | begin_repeat | group | Группы | Groups | | | |
| | text | role | Кто они | Who they are | | | |
| | end_repeat | | | | | | |
| | text | last | Остальное | The rest | ${what} = 'fire' | | |

| choices |
| | list_name | name | label::Русский (ru) | label::English (en) |
| | what | fire | Пожар & дым | Fire & smoke |
| | what | flood | Потоп | A flood |

| settings |
| | form_title | form_id | name | version | default_language | namespaces |
| | F | f | f | 1 | Русский (ru) | bot="https://kuager.org/xforms" |
"""
FILES = Files((FileRef("1", FileKind.PHOTO), FileRef("2", FileKind.PHOTO)))


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Form:
    """A form with a question of each kind."""
    path: Path = tmp_path_factory.mktemp("form") / "f.md"
    path.write_text(FORM)
    return load(path)


def line_of(form: Form, name: str, answer: Answer | None = None, language: str = "ru") -> str:
    """What stays of a question that was answered like this."""
    path = f"/f/{name}"
    before = Draft("f", "1", position=path)
    after = replace(before, answers={path: answer} if answer else {}, position=REVIEW)
    trace = trace_of(before, Filling(form, after))
    assert trace is not None
    return trace.message(RENDERER, language).html


@pytest.mark.parametrize(
    ("name", "answer", "line"),
    [
        ("what", Chosen(("fire",)), "✓ <b>Что было?</b> Пожар &amp; дым"),
        ("what", None, "✓ <b>Что было?</b> —"),
        ("people", Number(12), "✓ <b>Людей</b>: 12"),
        ("photos", FILES, "✓ <b>Фото</b>: 2 файла"),
        ("photos", None, "✓ <b>Фото</b>: —"),
        ("story", Written((TextPart("Всё было так."),)), "✓ <b>Рассказ</b>"),
        ("story", Written(voices=(FileRef("1", FileKind.VOICE),)), "✓ <b>Рассказ</b>"),
        ("story", None, "✓ <b>Рассказ</b>: —"),
        ("safety", None, "✓ <b>Осторожно.</b>"),
        ("group", None, "✓ <b>Группы</b>: —"),
    ],
)
def test_a_question_leaves_its_label_and_its_answer(
    form: Form, name: str, answer: Answer | None, line: str
) -> None:
    """A text stands beneath in the person's own message; an instruction behind the question mark goes."""
    assert line_of(form, name, answer) == line


def test_the_line_is_in_the_language_of_now(form: Form) -> None:
    """Label and answer alike."""
    assert line_of(form, "what", Chosen(("flood",)), "en") == "✓ <b>What was it?</b> A flood"


def test_a_place_is_repeated(form: Form) -> None:
    """Typed or sent from the map."""
    assert "43.2" in line_of(form, "point", GeoPoint(43.25, 76.95))


@pytest.mark.parametrize(
    ("name", "answer", "label"),
    [
        ("hidden", Chosen(("flood",)), "Кто это был"),
        ("hidden", None, "Кто это был"),
        ("source", Written((TextPart("Айгүл"),)), "Источник"),
        ("source", None, "Источник"),
    ],
)
def test_a_sealed_answer_is_never_repeated(form: Form, name: str, answer: Answer | None, label: str) -> None:
    """Nor is it told that there is none."""
    assert line_of(form, name, answer) == f"✓ <b>{label}</b>"


def test_an_answer_that_no_longer_counts_is_none(form: Form) -> None:
    """Of a question that has become irrelevant."""
    path = "/f/people"
    before = Draft("f", "1", position="/f/last", answers={path: Number(1)})
    trace = trace_of(before, Filling(form, replace(before, position=path)))
    assert trace is not None
    assert trace.message(RENDERER, "ru").html == "✓ <b>Остальное</b>: —"


def test_a_repeat_leaves_the_number_of_its_instances(form: Form) -> None:
    """As many as there are after the tap."""
    before = Draft("f", "1", position="/f/group")
    after = replace(before, position=REVIEW, counts={"/f/group": 3})
    trace = trace_of(before, Filling(form, after))
    assert trace is not None
    assert trace.message(RENDERER, "en").html == "✓ <b>Groups</b>: 3"


def test_a_repeat_to_which_one_more_is_added_leaves_nothing_yet(form: Form) -> None:
    """It counts its instances once, when all are told."""
    before = Draft("f", "1", position="/f/group", counts={"/f/group": 1})
    after = replace(before, position="/f/group[2]/role", counts={"/f/group": 2})
    assert trace_of(before, Filling(form, after)) is None


def test_a_question_of_an_instance_that_is_gone_leaves_its_label(form: Form) -> None:
    """Back from an instance in which nothing was said takes it away."""
    before = Draft("f", "1", position="/f/group[1]/role", counts={"/f/group": 1})
    trace = trace_of(before, Filling(form, replace(before, position="/f/group", counts={"/f/group": 0})))
    assert trace is not None
    assert trace.message(RENDERER, "en").html == "✓ <b>Who they are</b>: —"


def test_a_review_that_is_left_says_that_answers_are_corrected(form: Form) -> None:
    """Its answers come again after the correction."""
    before = Draft("f", "1", position=REVIEW)
    trace = trace_of(before, Filling(form, replace(before, view=ScreenState(editing=True))))
    assert trace is not None
    assert trace.message(RENDERER, "en").html == "✓ <b>Correcting answers</b>"


@pytest.mark.parametrize(
    ("position", "view", "then", "then_view"),
    [
        (REVIEW, ScreenState(editing=True), "/f/what", ScreenState()),
        (REVIEW, ScreenState(), "/f/what", ScreenState()),
        (REVIEW, ScreenState(), REVIEW, ScreenState(confirming=True)),
        ("/f/what", ScreenState(), "/f/what", ScreenState(confirming=True)),
        ("/f/what", ScreenState(confirming=True), "/f/what", ScreenState()),
        ("/f/group", ScreenState(), "/f/group", ScreenState()),
        ("/f/gone", ScreenState(), "/f/what", ScreenState()),
    ],
)
def test_what_asked_nothing_leaves_nothing(
    form: Form, position: str, view: ScreenState, then: str, then_view: ScreenState
) -> None:
    """A menu, a confirmation, the same question in another way, one that the form has no more."""
    before = Draft("f", "1", position=position, view=view)
    assert trace_of(before, Filling(form, replace(before, position=then, view=then_view))) is None


def test_who_helps_stays_to_be_read(form: Form) -> None:
    """A note that tells contacts is left as it is; one that does not is a line."""
    for name, whole in (("help", True), ("safety", False)):
        before = Draft("f", "1", position=f"/f/{name}")
        trace = trace_of(before, Filling(form, replace(before, position=REVIEW)))
        assert trace is not None
        assert trace.whole is whole


@given(st.text(max_size=400), st.text(max_size=400))
def test_the_line_is_one_short_line_whatever_it_says(title: str, answer: str) -> None:
    """It parses, has no line breaks and is cut where it is too long."""
    message = Trace(Label({"ru": title}), Said(answer)).message(RENDERER, "ru")
    shown = parse_html(message.html)[0]
    assert "\n" not in shown
    assert len(shown) <= MOST_TITLE + MOST_ANSWER + 6
    assert message.keyboard == []


def test_long_words_are_cut_between_words() -> None:
    """With an ellipsis."""
    message = Trace(Label({"ru": "слово " * 40}), Said("ответ " * 20)).message(RENDERER, "ru")
    title, _, answer = parse_html(message.html)[0].removeprefix("✓ ").partition("… ")
    assert set(title.split()) == {"слово"}
    assert set(answer.removesuffix("…").split()) == {"ответ"}
    assert answer.endswith("…")
