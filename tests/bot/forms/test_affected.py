"""The people whom a report and its public version tell of: how many, which groups, and whose name is asked."""

from collections.abc import Mapping

import pytest

from bot.form.answers import Answer, Chosen, Number, Precision, When
from bot.form.draft import Draft
from bot.form.events import Skip, Wrote
from bot.form.flow.advance import advance
from tests.bot.form.talks import Talk
from tests.bot.forms.questionnaires import INCIDENT, NOW, REVIEW, asked, full, instance

PERSON = "/incident/report/affected[1]"


@pytest.mark.parametrize(
    ("groups", "told", "is_asked"),
    [
        (("journalist",), {"affected_number": Chosen(("1",))}, True),
        (("journalist",), {"affected_number": Chosen(("2-5",))}, True),
        (("journalist",), {"affected_number": Chosen(("exact",)), "affected_exact": Number(5)}, True),
        (("journalist",), {"affected_number": Chosen(("exact",)), "affected_exact": Number(6)}, False),
        (("journalist",), {"affected_number": Chosen(("6-20",))}, False),
        (("journalist",), {"affected_number": Chosen(("unknown",))}, False),
        (("journalist",), {}, False),
        (("journalist",), {"affected_number": Chosen(("at_least",)), "affected_least": Number(2)}, True),
        (("journalist",), {"affected_number": Chosen(("at_least",)), "affected_least": Number(6)}, False),
        (("religious",), {"affected_number": Chosen(("1",))}, False),
        (("journalist", "child"), {"affected_number": Chosen(("1",))}, False),
        (("lgbtqi",), {"affected_number": Chosen(("1",))}, False),
        ((), {"affected_number": Chosen(("1",))}, False),
    ],
)
def test_a_name_is_asked_of_few_adults_alone(
    groups: tuple[str, ...], told: Mapping[str, Answer], is_asked: bool
) -> None:
    """Never of children, of LGBTQI+ or religious people, of more than five or of nobody knows how many; and only when
    it is public or agreed."""
    answers = full() | {f"{PERSON}/affected_groups": Chosen(groups)}
    answers |= {f"{PERSON}/{name}": answer for name, answer in told.items()}
    counts = {"/incident/report/affected": 1}
    assert ("affected_name_ok" in asked(INCIDENT, answers, counts)) == is_asked
    for code, named in (("public", True), ("agreed", True), ("no", False)):
        agreed = answers | {f"{PERSON}/affected_name_ok": Chosen((code,))}
        assert ("affected_name" in asked(INCIDENT, agreed, counts)) == (is_asked and named)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("3", {"affected_number": Chosen(("exact",)), "affected_exact": Number(3)}),
        *(
            (typed, {"affected_number": Chosen(("at_least",)), "affected_least": Number(31, beyond=True)})
            for typed in ("более 30", "30-дан астам", "over 30")
        ),
        *(
            (typed, {"affected_number": Chosen(("at_least",)), "affected_least": Number(1000)})
            for typed in ("тысячи людей", "мыңдаған адам", "thousands of people")
        ),
        (
            "30-дан 40-қа дейін",
            {
                "affected_number": Chosen(("range",)),
                "affected_least": Number(30),
                "affected_most": Number(40),
            },
        ),
        ("шамамен 50", {}),
        ("40–30", {}),
    ],
)
def test_how_many_may_be_typed(typed: str, told: Mapping[str, Answer]) -> None:
    """A reporter is understood, and asked where a number is only about so."""
    draft = Draft(
        INCIDENT.id,
        INCIDENT.digest,
        full() | {f"{PERSON}/affected_groups": Chosen(("journalist",))},
        {"/incident/report/affected": 1},
        f"{PERSON}/affected_number",
        now=NOW,
    )
    after, _ = advance(INCIDENT, draft, Wrote(typed))
    found = {path.rpartition("/")[2]: answer for path, answer in after.answers.items()}
    assert {name: answer for name, answer in found.items() if name in told or "number" in name} == told
    assert after.position == (f"{PERSON}/affected_name_ok" if told and typed == "3" else after.position)
    assert (after.position == f"{PERSON}/affected_number") == (not told)


def test_a_moderator_may_type_a_range_at_the_least_number() -> None:
    """Both ends are corrected, and the review comes again."""
    low, high = "/review/affected[1]/affected_number_min", "/review/affected[1]/affected_number_max"
    draft = Draft(
        REVIEW.id, REVIEW.digest, {}, {"/review/affected": 1}, low, trail=(low, high, ":review"),
        returning=True, now=NOW,
    )  # fmt: skip
    after, _ = advance(REVIEW, draft, Wrote("30 мен 40 аралығында"))
    assert (after.answers[low], after.answers[high]) == (Number(30), Number(40))
    assert after.position != high


def test_the_greatest_number_told_is_not_below_the_least() -> None:
    """Nor above a million; the least may still be missing."""
    most = f"{PERSON}/affected_most"
    told = full() | {f"{PERSON}/affected_number": Chosen(("range",))}
    counts = {"/incident/report/affected": 1}
    for least, number, allowed in ((30, 30, True), (30, 29, False), (None, 5, True), (1, 1_000_001, False)):
        answers = told | ({} if least is None else {f"{PERSON}/affected_least": Number(least)})
        assert instance(INCIDENT, answers, counts).allows(most, Number(number)) == allowed


def test_nobody_is_asked_for_people_of_an_organisation_that_stands_alone() -> None:
    """It has a name of its own, which is asked for; people beside it are counted and may have theirs."""
    place = "/incident/report/affected[1]"
    one = {"/incident/report/affected": 1}

    def asked_of(*groups: str) -> list[str]:
        told = {f"{place}/affected_groups": Chosen(groups), f"{place}/affected_number": Chosen(("2-5",))}
        return asked(INCIDENT, full() | told, one)

    assert "affected_organisation" in asked_of("organisation")
    assert {"affected_name_ok", "affected_number"}.isdisjoint(asked_of("organisation"))
    assert "affected_name_ok" in asked_of("organisation", "journalist")
    assert "affected_name_ok" in asked_of("journalist")


@pytest.mark.parametrize(
    ("least", "most", "allowed"), [(2, 2, True), (2, 5, True), (2, 1, False), (0, 0, False)]
)
def test_the_greatest_number_is_not_below_the_least(least: int, most: int, allowed: bool) -> None:
    """Both ends of the number of people are from 1 and in order, whichever is given first."""
    low, high = "/review/affected[1]/affected_number_min", "/review/affected[1]/affected_number_max"
    counts = {"/review/affected": 1}
    assert instance(REVIEW, {low: Number(least)}, counts).allows(high, Number(most)) == allowed
    assert instance(REVIEW, {high: Number(most)}, counts).allows(low, Number(least)) == allowed


def test_who_does_not_say_who_was_affected_is_asked_in_other_words_and_how_many() -> None:
    """Skipping all three names no one."""
    said = Talk(INCIDENT)
    affected = "/incident/report/affected"
    said.draft = said.draft.changed(
        answers=full(), counts={affected: 1}, trail=(affected,), position=f"{PERSON}/affected_groups"
    )
    said.send(Skip())
    assert said.draft.position == f"{PERSON}/affected_role"
    silent = replace_of(said)
    said.write("прохожие")
    assert said.draft.position == f"{PERSON}/affected_number"
    said.send(Skip())
    assert said.draft.counts[affected] == 1
    silent.send(Skip(), Skip())
    assert silent.draft.counts[affected] == 0
    assert silent.draft.position.endswith("perpetrator_type")


def replace_of(talk: Talk) -> Talk:
    """Another talk at the same place."""
    other = Talk(talk.form)
    other.draft = talk.draft
    return other


OUTCOME = "/incident/report/outcomes[{}]/outcome_{}"


@pytest.mark.parametrize(
    ("groups", "number", "outcomes", "is_asked"),
    [(1, "1", 2, False), (1, "2-5", 1, False), (1, "2-5", 2, True), (2, "1", 1, True)],
)
def test_each_persons_outcome_has_a_date_and_a_word_on_whose_it_is(
    groups: int, number: str, outcomes: int, is_asked: bool
) -> None:
    """Of several people on hunger strike each has a day of their own; of one person it is not asked whose."""
    answers = full() | {f"{PERSON}/affected_number": Chosen((number,))}
    for one in range(1, outcomes + 1):
        answers[OUTCOME.format(one, "status")] = Chosen(("hunger_strike",))
        answers[OUTCOME.format(one, "date")] = When(Precision.DAY, f"2024-05-0{one}")
    counts = {"/incident/report/affected": groups, "/incident/report/outcomes": outcomes}
    order = instance(INCIDENT, answers, counts).order()
    last = OUTCOME.format(outcomes, "whose")
    assert (last in order) == is_asked
    kept = instance(INCIDENT, answers, counts).submission()
    assert [kept[OUTCOME.format(one, "date")] for one in range(1, outcomes + 1)] == [
        When(Precision.DAY, f"2024-05-0{one}") for one in range(1, outcomes + 1)
    ]
