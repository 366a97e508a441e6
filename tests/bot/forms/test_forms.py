"""All forms alike: other programs open them, and people are told enough and understood in each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyxform.xls2xform import convert  # type: ignore[import-untyped]

from bot.form.answers import TextPart, Written
from bot.form.draft import Draft
from bot.form.events import Wrote
from bot.form.flow.advance import advance
from bot.form.model import Form, Question, Text
from bot.form.screen import Label
from bot.form.typed.amounts import takers
from bot.form.xlsform.reader import load
from tests.bot.forms.questionnaires import FORMS, LANGUAGES, NOW, full

each_form = pytest.mark.parametrize("path", FORMS, ids=[path.stem for path in FORMS])


def texts(form: Form) -> Iterator[tuple[str, Text]]:
    """Every text of the form that a person sees, by where it stands."""
    for node in form.nodes.values():
        if isinstance(node, Question) and node.kind == "hidden":
            continue
        yield node.path, node.label
        if node.short:
            yield f"{node.path} short", node.short
        if isinstance(node, Question):
            yield from ((node.path, text) for text in (node.hint, node.constraint_message) if text)
            yield from ((f"{node.path} {choice.name}", choice.label) for choice in node.choices)


@each_form
def test_a_form_opens_in_odk_and_kobo(path: Path) -> None:
    """pyxform makes an XForm of it and has nothing to warn of."""
    assert convert(xlsform=str(path)).warnings == []


@each_form
def test_every_text_stands_in_three_languages(path: Path) -> None:
    """A person sees no text in another language than their own."""
    for where, text in texts(load(path)):
        assert set(text) == LANGUAGES, where
        assert all(words.strip() for words in text.values()), where


@each_form
def test_every_constraint_says_what_is_wrong(path: Path) -> None:
    """Whoever gives an answer that is not allowed is told what would be."""
    for question in load(path).questions:
        assert bool(question.constraint) == bool(question.constraint_message), question.path


@each_form
def test_every_choice_fits_a_button(path: Path) -> None:
    """No label of a choice is longer than 40 characters, the mark of a multiple choice counted."""
    for question in load(path).questions:
        most = 40 - len("☐ ") if question.kind == "select_multiple" else 40
        for choice in question.choices:
            assert all(len(words) <= most for words in choice.label.values()), (question.path, choice.name)


@each_form
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_two_questions_read_the_same(path: Path, language: str) -> None:
    """Whoever looks at a review knows which question a line is of."""
    labels = [node.label[language] for node in load(path).nodes.values() if node.label]
    assert len(labels) == len(set(labels))


@each_form
def test_the_questions_that_take_typed_amounts_are_there(path: Path) -> None:
    """Beside each list whose codes name them."""
    form = load(path)
    for question in form.questions:
        around = question.path.rpartition("/")[0]
        for taker in takers(question, question.choices).values():
            for name in taker.ends:
                asked = form.nodes[f"{around}/{name}"]
                assert isinstance(asked, Question)
                assert asked.kind == "integer"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("example.org/news", "https://example.org/news"),
        ("t.me/abc/12, www.azattyq.org/a/1.html", "https://t.me/abc/12 https://www.azattyq.org/a/1.html"),
        ("See example.org.", "https://example.org"),
        (" ".join(f"example.org/{n}" for n in range(11)), None),
        ("I saw it on television", None),
        ("javascript:alert(1)", None),
    ],
)
@pytest.mark.parametrize(
    "path", [one for one in FORMS if one.stem in {"incident", "review"}], ids=lambda path: path.stem
)
def test_links_may_be_written_as_people_do(path: Path, text: str, links: str | None) -> None:
    """Without https:// and in a sentence; what holds no link is refused with what to do."""
    form = load(path)
    asked = form.by_role["links"]
    draft = Draft(
        form.id, form.digest, full() if path.stem == "incident" else {}, position=asked.path, now=NOW
    )
    after, screen = advance(form, draft, Wrote(text))
    found = after.answers.get(asked.path)
    assert found == (None if links is None else Written((TextPart(links),)))
    assert screen.notice == (Label(asked.constraint_message) if links is None else None)
