"""Answers inside the texts of a form, labels of groups above their first question, and guidance on demand."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.prompt import trace_of
from bot.chat.renderer import Renderer
from bot.form.answers import Chosen, TextPart, Written
from bot.form.events import AddRepeat, Back, Guide, Next, Pick, Show, Skip
from bot.form.flow.filling import Filling
from bot.form.model import Form, Node
from bot.form.screen import Label
from bot.form.xlsform.reader import load
from bot.texts import Texts
from tests.bot.form.talks import NOW, Talk, choices, form, group, question

RENDERER = Renderer(Texts(("kk", "ru", "en")))
FORM = """
| survey |
| | type | name | label::Русский (ru) | label::English (en) | hint::Русский (ru) | hint::English (en) | constraint | constraint_message::Русский (ru) | constraint_message::English (en) | calculation | bind::bot:privacy |
| | text | who | Имя | Name | | | | | | | sealed |
| | select_one town | town | Город | Town | | | | | | | |
| | date | day | День | Day | | | | | | | |
| | calculate | ending | | | | | | | | if(${many} > 1, 's', '') | |
| | integer | many | Сколько видел(а) ${who}? | How many did ${who} see in ${town}? | С ${day} | Since ${day} | . < 9 | Не больше 8 в городе ${town} | Fewer than 9 in ${town} | | |
| | select_one yn | sure | Точно ${many}? | Are you sure of the ${many} thing${ending}? | | | | | | | |
| | begin_repeat | thing | Вещи ${who} | Things of ${who} | | | | | | | |
| | text | called | Название | What is it called? | | | | | | | |
| | select_one yn | broken | Сломано: ${called}? | Is ${called} of ${town} broken? | | | | | | | |
| | end_repeat | | | | | | | | | | |
| | note | thanks | Спасибо, ${who} | Thanks, ${who} of ${town} | | | | | | | |
| | text | rest | Остальное | The rest | | | | | | | |

| choices |
| | list_name | name | label::Русский (ru) | label::English (en) |
| | town | ala | Алматы | Almaty |
| | town | ast | Астана | Astana |
| | yn | yes | Да, это ${who} | Yes, it is ${who} |
| | yn | no | Нет | No |

| settings |
| | form_id | name | version | default_language | namespaces |
| | f | f | 1 | Русский (ru) | bot="https://kuager.org/xforms" |
"""

MATRIX = """
| survey |
| | type | name | label | appearance |
| | begin_group | meals | Meals | field-list |
| | select_one yn | head | Which of them? | label |
| | select_one yn | breakfast | Breakfast | list-nolabel |
| | select_one yn | supper | Supper | list-nolabel |
| | end_group | | | |
| | begin_group | taste | Taste | table-list |
| | select_one yn | sweet | Sweet | |
| | select_one yn | sour | Sour | |
| | end_group | | | |

| choices |
| | list_name | name | label |
| | yn | yes | Yes |
| | yn | no | No |

| settings |
| | form_id | name |
| | f | f |
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Form:
    """A form whose texts name answers."""
    path: Path = tmp_path_factory.mktemp("form") / "f.md"
    path.write_text(FORM)
    return load(path)


def said(talk: Talk, language: str = "en") -> str:
    """The words of a screen and its notes, without tags."""
    messages = [*RENDERER.notes(language, talk.screen), *RENDERER.screen(language, talk.screen, "abcd", 1)]
    return "\n".join(message.html for message in messages).replace("<b>", "").replace("</b>", "")


def labels(talk: Talk, language: str = "en") -> list[str]:
    """Labels of the buttons."""
    return [RENDERER.phrase(button.label, language) for button in talk.buttons]


def at_number(form: Form) -> Talk:
    """A talk at the number."""
    talk = Talk(form)
    talk.send(Show())
    talk.write("Ayan <b>*K*</b>")
    talk.send(Pick(0))
    talk.write("3.6.2024")
    return talk


def test_a_question_names_answers_as_people_read_them(told: Form) -> None:
    """A choice by its label, a date in words, both in the language of the reader, a person's words as they are."""
    talk = at_number(told)
    assert "How many did Ayan &lt;b&gt;*K*&lt;/b&gt; see in Almaty?\n\nSince 3 June 2024" in said(talk)
    assert "Сколько видел(а) Ayan &lt;b&gt;*K*&lt;/b&gt;?\n\nС 3 июня 2024" in said(talk, "ru")


def test_what_is_not_answered_is_a_gap(told: Form) -> None:
    """But a calculation that is blank is blank, since that is its value."""
    talk = Talk(told)
    talk.send(Show(), Skip(), Skip(), Skip())
    assert "How many did … see in …?\n\nSince …" in said(talk)
    talk.write("1")
    assert "Are you sure of the 1 thing?" in said(talk)
    talk.send(Back())
    talk.write("2")
    assert "Are you sure of the 2 things?" in said(talk)


def test_messages_of_a_question_and_labels_of_choices_name_answers_too(told: Form) -> None:
    """A refusal, and a button."""
    talk = at_number(told)
    talk.write("12")
    assert "Fewer than 9 in Almaty" in said(talk)
    talk.write("2")
    assert labels(talk)[:2] == ["Yes, it is Ayan <b>*K*</b>", "No"]


def test_inside_a_repeat_a_text_names_the_answer_of_its_instance(told: Form) -> None:
    """At the question, in the summary, and in the review; answers outside as well."""
    talk = at_number(told)
    talk.write("2")
    talk.send(Pick(1))
    assert "Things of Ayan" in said(talk)
    for name in ("Cup", "Jug"):
        talk.send(AddRepeat())
        talk.write(name)
        assert f"Is {name} of Almaty broken?" in said(talk)
        talk.send(Pick(0))
        talk.send(Back())
    assert "2. Jug, Yes, it is Ayan" in said(talk)
    talk.send(Next())
    talk.send(Skip())
    review = said(talk)
    assert "Things of Ayan &lt;b&gt;*K*&lt;/b&gt; 1 · Is Cup of Almaty broken?" in review
    assert "Things of Ayan &lt;b&gt;*K*&lt;/b&gt; 2 · Is Jug of Almaty broken?" in review
    assert "How many did Ayan &lt;b&gt;*K*&lt;/b&gt; see in Almaty?" in review


def test_what_stays_in_the_chat_names_no_sealed_answer(told: Form) -> None:
    """A note, and the line that is left of a question; the question itself is deleted, and may."""
    talk = at_number(told)
    before = talk.draft
    talk.write("2")
    trace = trace_of(before, Filling(told, talk.draft.at(NOW)))
    assert trace is not None
    assert "How many did … see in Almaty?" in trace.message(RENDERER, "en").html
    talk.send(Pick(0))
    talk.send(Next())
    assert "Thanks, … of Almaty" in said(talk)


def test_an_answer_that_is_not_possible_any_more_is_not_named() -> None:
    """Of a question that became irrelevant."""
    talk = Talk(
        form(
            question("keep", "select_one", choices=choices("yes", "no")),
            question("who", relevant="/f/keep = 'yes'"),
            replace(question("age"), label={"en": "How old is ${/f/who}?"}),
        )
    )
    talk.send(Show(), Pick(0))
    talk.write("Ayan")
    assert "How old is Ayan?" in said(talk)
    talk.send(Back(), Back(), Pick(1))
    assert "How old is …?" in said(talk)


def test_labels_that_name_each_other_end() -> None:
    """A choice whose label names its own question."""
    own = replace(choices("a")[0], label={"en": "A of ${/f/x}"})
    talk = Talk(form(question("x", "select_one", choices=(own,)), question("z")))
    talk.send(Show(), Pick(0), Back())
    assert labels(talk)[0] == "A of A of …"


def household(*first: Node) -> Form:
    """Groups within groups."""
    members = group("h/m", *first, question("h/m/a"), question("h/m/b"))
    return form(question("x"), group("h", members, question("h/c")), question("z"))


def test_the_label_of_a_group_heads_its_first_question_alone() -> None:
    """The outer group's first; after it the answers of that question as ever."""
    talk = Talk(household())
    talk.send(Show())
    heads = []
    for _ in range(5):
        heads.append(said(talk).partition("</u>")[0].removeprefix("<u>") if "<u>" in said(talk) else "")
        talk.send(Skip())
    assert heads == ["", "h\nh/m", "", "", ""]
    talk.send(Back(), Back(), Back(), Back())
    assert said(talk).startswith("<u>h\nh/m</u>\n\nh/m/a")


def test_a_group_whose_first_question_is_not_asked_is_headed_by_the_next() -> None:
    """And one that begins with a note, at that note."""
    hidden = question("h/m/no", relevant="false()")
    talk = Talk(household(hidden))
    talk.send(Show(), Skip())
    assert said(talk).startswith("<u>h\nh/m</u>\n\nh/m/a")
    talk = Talk(household(question("h/m/n", "note")))
    talk.send(Show(), Skip())
    assert said(talk).startswith("h\nh/m\n\nh/m/n\nh/m/a")


def test_each_instance_of_a_counted_repeat_is_headed_by_its_number() -> None:
    """Such a repeat has no screen of its own that says its label."""
    talk = Talk(form(group("p", question("p/a"), question("p/b"), repeat=True, repeat_count="2")))
    talk.send(Show())
    shown = []
    for _ in range(4):
        shown.append(said(talk).partition("\n\n")[0])
        talk.send(Skip())
    assert shown == ["<u>p 1</u>", "p 1 · p/b"[6:], "<u>p 2</u>", "p/b"]


def test_guidance_takes_the_place_of_the_hint_until_it_is_hidden() -> None:
    """One tap each; the answer is given as ever, and the next question begins without."""
    asked = replace(question("a", hint={"en": "hint"}), guidance={"en": "More **words**"})
    talk = Talk(form(asked, replace(asked, name="b", path="/f/b"), question("z")))
    talk.send(Show())
    assert said(talk) == "a\n\nhint"
    assert "ⓘ More about this" in labels(talk)
    talk.tap("flow.guidance")
    assert said(talk) == "a\n\nMore words"
    talk.tap("flow.guidance.hide")
    assert said(talk) == "a\n\nhint"
    talk.tap("flow.guidance")
    talk.write("answer")
    assert said(talk) == "a\n\nhint"
    assert talk.answer("a") == Written((TextPart("answer"),))


def test_files_stand_above_their_question_at_most_ten_of_them() -> None:
    """Those of the note above first, then the question's own, the big picture for the small one, then its choices'."""
    listed = tuple(
        replace(one, media={"image": {"en": f"{one.name}.png"}}) for one in choices(*"abcdefghijkl")
    )
    note = question("n", "note", media={"video": {"en": "n.mp4"}})
    own = {"image": {"en": "small.png"}, "big-image": {"en": "big.png"}, "audio": {"en": "q.mp3"}}
    talk = Talk(form(note, question("q", "select_one", choices=listed, media=own), question("z")))
    talk.send(Show())
    files = [(str(one.kind), one.file["en"]) for one in talk.screen.media]
    assert files[:4] == [("video", "n.mp4"), ("photo", "big.png"), ("audio", "q.mp3"), ("photo", "a.png")]
    assert [one.caption for one in talk.screen.media[2:5]] == [None, Label({"en": "A"}), Label({"en": "B"})]
    assert len(files) == 10
    talk.send(Pick(0))
    assert talk.screen.media == ()


def test_the_head_of_a_matrix_is_not_asked(tmp_path: Path) -> None:
    """Its label stands above the first row, each row is a question of its own."""
    (tmp_path / "f.md").write_text(MATRIX)
    talk = Talk(load(tmp_path / "f.md"))
    talk.send(Show())
    assert said(talk, "und").startswith("Meals\n\nWhich of them?\nBreakfast")
    talk.send(Pick(0))
    assert said(talk, "und").startswith("Supper")
    talk.send(Pick(1))
    assert said(talk, "und").startswith("<u>Taste</u>\n\nSweet")


def test_guidance_is_gone_where_there_is_none() -> None:
    """A button of an older form."""
    talk = Talk(form(question("a", "select_one", choices=choices("a")), question("z")))
    talk.send(Show(), Guide(on=True))
    assert talk.notice == "flow.gone"
    talk.send(Pick(0))
    assert talk.answer("a") == Chosen(("a",))
