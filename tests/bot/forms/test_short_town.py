"""The town of a short report: typed where the region is asked, kept, corrected, and asked once the report grows."""

import pytest

from bot.form.answers import Chosen, Precision, TextPart, When, Written
from bot.form.draft import REVIEW
from bot.form.events import Edit, Extend, Goto, Next, Pick
from bot.form.flow.filling import Filling
from bot.form.flow.question import lines
from tests.bot.form.talks import Talk
from tests.bot.forms.questionnaires import INCIDENT

REGION, LOCALITY, POINT = (f"/incident/report/{name}" for name in ("region", "locality", "place"))
TOLD = {
    "/incident/consent_store": Chosen(("yes",)),
    "/incident/report/depth": Chosen(("short",)),
    "/incident/report/category": Chosen(("expression",)),
    "/incident/report/story": Written((TextPart("…"),)),
    "/incident/report/when": When(Precision.MONTH, "2024-04"),
}


def at_region() -> Talk:
    """A short report at its question for the region."""
    begun = Talk(INCIDENT)
    trail = (
        "/incident/consent_store",
        *(f"/incident/report/{name}" for name in ("story", "category", "when")),
    )
    begun.draft = begun.draft.changed(answers=TOLD, trail=trail, position=REGION)
    return begun


def name(talk: Talk) -> str:
    """The question at hand."""
    return talk.draft.position.rpartition("/")[2]


def to_review(talk: Talk) -> None:
    """Skip what is left."""
    for _ in range(8):
        if talk.draft.position == REVIEW:
            return
        talk.send(Pick(0) if name(talk).startswith("consent") else Next())


def correct(talk: Talk, path: str) -> None:
    """From the review to one of its lines."""
    told = [place.path for _, place in lines(Filling(INCIDENT, talk.draft))]
    talk.send(Edit(), Goto(told.index(path)))


@pytest.mark.parametrize(
    ("typed", "region"),
    [("Темиртау", "KZ-35"), ("Теміртау", "KZ-35"), ("Temirtau", "KZ-35"), ("г. Экибастуз", "KZ-55")],
)
def test_a_town_typed_in_a_short_report_is_submitted(typed: str, region: str) -> None:
    """No question more is asked for it."""
    begun = at_region()
    begun.write(typed)
    assert name(begun) == "consent_use"
    sent = begun.submission
    assert (sent[REGION], sent[LOCALITY]) == (Chosen((region,)), Written((TextPart(typed),)))


@pytest.mark.parametrize("typed", ["Павлодар обл", "Aktobe Regi", "Қостанай облы"])
def test_a_region_that_is_half_typed_is_no_town(typed: str) -> None:
    """Though the city has the name of its region."""
    begun = at_region()
    begun.write(typed)
    assert name(begun) == "consent_use"
    assert LOCALITY not in begun.submission


def test_a_short_report_does_not_ask_for_its_town() -> None:
    """It stands in the review, from where it can be told; with another region the old town is gone."""
    begun = at_region()
    begun.write("Карагандинская")
    assert name(begun) == "consent_use"
    to_review(begun)
    correct(begun, LOCALITY)
    begun.write("Шахтинск")
    assert (begun.draft.position, begun.submission[LOCALITY]) == (REVIEW, Written((TextPart("Шахтинск"),)))
    correct(begun, REGION)
    begun.write("Павлодарская")
    assert begun.draft.position == REVIEW
    assert LOCALITY not in begun.submission


@pytest.mark.parametrize(("typed", "asked"), [("Темиртау", POINT), ("Карагандинская", LOCALITY)])
def test_a_report_that_grows_asks_for_the_town_that_it_lacks(typed: str, asked: str) -> None:
    """One that was told is kept, and its point is asked for by itself."""
    begun = at_region()
    begun.write(typed)
    to_review(begun)
    begun.send(Extend())
    seen = [begun.draft.position]
    while seen[-1] != asked and len(seen) < 10:
        begun.send(Next())
        seen.append(begun.draft.position)
    assert seen[-1] == asked, seen
    assert (LOCALITY in seen) == (asked == LOCALITY)
