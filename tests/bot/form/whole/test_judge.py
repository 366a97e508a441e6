"""The judge of filled forms notices each kind of lie."""

from dataclasses import replace
from functools import cache

import pytest

from bot.form.answers import Answer, Chosen, Number, TextPart, Written
from bot.form.flow.instance import Instance
from bot.form.model import Form
from bot.form.xlsform.reader import load
from tests.bot.form.talks import NOW
from tests.bot.form.whole.judge import XForm, faults_of
from tests.bot.form.whole.own_forms import FOLDER

TRUE: dict[str, Answer] = {
    "/gate/agreed": Chosen(("yes",)),
    "/gate/asked/how": Chosen(("bus",)),
    "/gate/asked/minutes": Number(20),
    "/gate/asked/change[1]/stop": Written((TextPart("Abai Street"),)),
}
SHIFTS: dict[str, Answer] = {
    "/labour/firm": Written((TextPart("Oil"),)),
    "/labour/shift[1]/hours": Number(8),
    "/labour/shift[2]/hours": Number(14),
    "/labour/paid": Number(20),
}


@cache
def read(name: str) -> tuple[Form, XForm]:
    path = FOLDER / f"{name}.md"
    form = load(path)
    return form, XForm.of(path, form)


def judged(name: str, answers: dict[str, Answer], submitted: dict[str, Answer]) -> list[str]:
    form, xform = read(name)
    counts = {"/gate/asked/change": 1} if name == "gate" else {}
    return faults_of(xform, form, Instance(form, answers, counts, NOW), submitted)


def test_nothing_is_said_of_the_truth() -> None:
    """What the flow submits of these answers, calculations too."""
    assert judged("gate", TRUE, TRUE) == []
    form, _ = read("labour")
    submission = dict(Instance(form, SHIFTS, {}, NOW).submission())
    assert submission["/labour/all_hours"] == Written((TextPart("22"),))
    assert judged("labour", SHIFTS, submission) == []


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        ({"/gate/asked/minutes": Number(400)}, "/gate/asked/minutes: '400' breaks"),
        ({"/gate/asked/minutes": Number(2.5)}, "/gate/asked/minutes: '2.5' is no int"),
        ({"/gate/asked/how": Chosen(("home",))}, "/gate/asked/minutes: submitted, though not relevant"),
        ({"/gate/agreed": Chosen(("no",))}, "/gate/asked/how: submitted, though not relevant"),
        ({"/gate/asked/how": Chosen(())}, "/gate/asked/how: required, and blank"),
        ({"/gate/asked/change[1]/stop": Written()}, "/gate/asked/change[1]/stop: required, and blank"),
        ({"/gate/asked/change[2]/stop": Written()}, "/gate/asked/change[2]/stop: not in the instance"),
        ({"/gate/other": Number(1)}, "/gate/other: not in the instance"),
    ],
)
def test_each_lie_is_told_with_its_path(lie: dict[str, Answer], told: str) -> None:
    """Of values, relevance, requirements and places."""
    assert [one for one in judged("gate", TRUE, {**TRUE, **lie}) if one.startswith(told)]


def test_a_wrong_calculation_is_told() -> None:
    """With the value afresh, also inside a repeat."""
    form, _ = read("labour")
    submission = dict(Instance(form, SHIFTS, {}, NOW).submission())
    for path, value in (("/labour/long", "1"), ("/labour/shift[2]/before", "8")):
        lie = {**submission, path: replace(Written(), parts=(TextPart("7"),))}
        assert judged("labour", SHIFTS, lie) == [f"{path}: '7' is submitted, and '{value}' calculated"]
