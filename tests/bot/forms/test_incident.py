"""The questionnaire for reporters: what is asked of whom, offered and allowed."""

import pytest

from bot.form.answers import Chosen, Precision, TextPart, When, Written, files_of
from bot.form.draft import REVIEW as REVIEWED
from bot.form.draft import Draft
from bot.form.events import Back, DateMode, Next, Offer, Pick, Skip
from bot.form.flow.advance import advance
from bot.form.model import Privacy
from bot.form.screen import Label
from tests.bot.form.talks import Talk
from tests.bot.forms.questionnaires import INCIDENT, LANGUAGES, NOW, REGIONS, asked, full, instance


def test_what_moderators_read_has_a_short_label() -> None:
    """On a phone a fact is one line: its label takes less than half of it."""
    asked = [node for node in INCIDENT.nodes.values() if node.label and "extend" not in node.bot]
    unshown = {"consent_store", "consent_ask", "report", "contacts"}
    for node in (one for one in asked if one.name not in unshown):
        assert set(node.short) == LANGUAGES, node.path
        assert max(map(len, node.short.values())) <= 22, node.short


def test_every_question_of_a_report_has_what_the_moderators_can_find_it_by() -> None:
    """Each has a role or is private to the reading moderators."""
    for question in INCIDENT.questions:
        if question.privacy is Privacy.PUBLIC and question.kind != "note":
            assert question.role, question.path


def test_a_short_report_asks_the_least() -> None:
    """From the story to the consents it has eight screens: files come with the story, and how much is told is
    asked at the review."""
    talk = Talk(INCIDENT)
    talk.send(Next(), Pick(0))
    seen = [talk.place]
    talk.write("Расскажу по порядку.")
    for event in (Next(), Pick(0), Skip(), Pick(1), DateMode("yesterday"), Pick(0), Pick(0), Pick(1)):
        talk.send(event)
        seen.append(talk.place)
    names = ("story", "category", "types", "urgent", "when", "region", "consent_use", "consent_ask")
    assert seen == [*(f"/incident/report/{name}" for name in names), REVIEWED]


def test_a_full_report_asks_all_the_short_one_does() -> None:
    """Add details never takes an answer away."""
    told = {
        "/incident/consent_store": Chosen(("yes",)),
        "/incident/report/category": Chosen(("detention",)),
        "/incident/report/urgent": Chosen(("yes",)),
        "/incident/report/region": Chosen(("KZ-10",)),
    }
    short = asked(INCIDENT, told | {"/incident/report/depth": Chosen(("short",))})
    full = asked(INCIDENT, told | {"/incident/report/depth": Chosen(("full",))})
    assert [name for name in full if name in short] == short
    assert {"affected", "perpetrators", "outcomes", "legal_basis", "place", "links"} <= set(full)


def test_a_refusal_to_store_ends_the_questions() -> None:
    """After "No" nothing is asked; before any answer neither."""
    refused = asked(INCIDENT, {"/incident/consent_store": Chosen(("no",))})
    assert refused == asked(INCIDENT, {}) == ["consent_store"]


@pytest.mark.parametrize("category", [choice.name for choice in INCIDENT.by_role["category"].choices])
def test_danger_is_asked_whatever_happened(category: str) -> None:
    """A person may be beaten at a rally, or driven out for a post."""
    answers = {
        "/incident/consent_store": Chosen(("yes",)),
        "/incident/report/category": Chosen((category,)),
    }
    assert "urgent" in asked(INCIDENT, answers)
    types = instance(INCIDENT, answers).choices(INCIDENT.by_role["violations"].path)
    assert {choice.columns["group"] for _, choice in types} == {category}


@pytest.mark.parametrize("is_offered", [True, False])
def test_danger_told_with_the_story_is_not_asked_again(is_offered: bool) -> None:
    """The button on that screen answers it, and says what it does not promise; not tapped, it is asked."""
    talk = Talk(INCIDENT)
    talk.send(Next(), Pick(0))
    urgent = INCIDENT.by_role["urgent"]
    if is_offered:
        talk.send(Offer(0, on=True), Offer(0, on=False), Offer(0, on=True))
    assert (Label(urgent.hint) in talk.screen.body) == is_offered
    talk.write("Они ещё здесь.")
    talk.send(Next(), Pick(0), Skip())
    assert talk.place == INCIDENT.by_role["when" if is_offered else "urgent"].path
    assert talk.draft.answers.get(urgent.path) == (Chosen(("yes",)) if is_offered else None)
    talk.send(Back())
    assert talk.place == INCIDENT.by_role["violations"].path


def test_a_report_may_be_photos_alone() -> None:
    """They are taken on the screen of the story, in any order with words, and Done ends it."""
    talk = Talk(INCIDENT)
    talk.send(Next(), Pick(0), Next())
    assert talk.notice == "flow.required"
    talk.give("a")
    assert talk.notice == ""
    talk.give("b")
    talk.send(Next())
    assert talk.place == INCIDENT.by_role["category"].path
    evidence = talk.draft.answers[INCIDENT.by_role["evidence"].path]
    assert [file.id for file in files_of(evidence)] == ["a", "b"]


def test_three_types_may_be_chosen_and_no_fourth() -> None:
    """The prompt says up to 3."""
    question = INCIDENT.by_role["violations"]
    names = tuple(choice.name for choice in question.choices[:4])
    form = instance(INCIDENT, {})
    assert form.allows(question.path, Chosen(names[:3]))
    assert not form.allows(question.path, Chosen(names))


def test_what_may_become_public_is_marked_and_nothing_else() -> None:
    """The story, files, consents and names never leave the moderators' eyes; names and the point are sealed."""
    private = {
        question.name
        for question in INCIDENT.questions
        if question.privacy is Privacy.MODERATORS and question.kind != "note"
    }
    assert private >= {"story", "evidence", "consent_use", "urgent", "source", "reported", "needs"}
    sealed = {question.name for question in INCIDENT.questions if question.privacy is Privacy.SEALED}
    assert sealed == {"affected_name", "place"}


def test_every_free_text_that_may_become_public_says_so() -> None:
    """Whoever writes their own words is told that they may be published, or that no address belongs there."""
    words = ("published", "home address")
    for question in INCIDENT.questions:
        if question.kind == "text" and question.privacy is Privacy.PUBLIC:
            assert any(word in question.hint["en"] for word in words), question.path


def test_another_category_is_followed_up_at_once() -> None:
    """Its types are asked before the review comes again."""
    told = full("expression") | {
        "/incident/report/depth": Chosen(("short",)),
        "/incident/report/types": Chosen(("expression.obstruction",)),
        "/incident/report/story": Written((TextPart("story"),)),
        "/incident/report/when": When(Precision.YEAR, "2024"),
        "/incident/report/region": Chosen(("KZ-75",)),
        "/incident/report/consent_use": Chosen(("publish_no_names",)),
        "/incident/report/consent_ask": Chosen(("no",)),
    }
    steps = tuple(f"/incident/report/{name}" for name in asked(INCIDENT, told)[1:])
    draft = Draft(
        INCIDENT.id, INCIDENT.digest, told, position="/incident/report/category",
        trail=("/incident/consent_store", *steps, REVIEWED), returning=True, now=NOW,
    )  # fmt: skip
    detention = [choice.name for choice in INCIDENT.by_role["category"].choices].index("detention")
    places = []
    for event in (Pick(detention), Next()):
        draft, _ = advance(INCIDENT, draft.at(NOW), event)
        places.append(draft.position.rpartition("/")[2])
    assert places == ["types", REVIEWED]


@pytest.mark.parametrize("region", REGIONS)
def test_a_point_is_asked_where_the_map_of_the_country_has_one(region: str) -> None:
    """Not of the whole country, abroad, online or nowhere known: it could be a hiding place."""
    answers = full() | {"/incident/report/region": Chosen((region,))}
    assert ("place" in asked(INCIDENT, answers)) == (REGIONS[region] in {"city", "region"})


@pytest.mark.parametrize("category", [choice.name for choice in INCIDENT.by_role["category"].choices])
@pytest.mark.parametrize("name", ["legal_basis", "outcomes[1]/outcome_status"])
def test_shortlists_follow_all_groups_of_what_happened(category: str, name: str) -> None:
    """Codes of the closest group and of every other one that was chosen."""
    more = ("expression", "return")
    answers = full(category) | {"/incident/report/more_groups": Chosen(more)}
    offered = instance(INCIDENT, answers, {"/incident/report/outcomes": 1}).choices(
        f"/incident/report/{name}"
    )
    question = INCIDENT.by_role[name.rpartition("/")[2]]
    expected = {
        choice.name
        for choice in question.choices
        if {category, *more} & set(choice.columns["groups"].split()) and not choice.columns.get("valid_until")
    }
    undated = {choice.name for _, choice in offered if not choice.columns.get("valid_until")}
    assert undated == expected


def test_an_article_that_was_repealed_is_offered_for_its_time_alone() -> None:
    """Criminal slander ended in July 2020."""
    for day, offered in (("2019-05-01", True), ("2024-05-01", False)):
        answers = full("prosecution") | {"/incident/report/when": When(Precision.DAY, day, day)}
        names = {c.name for _, c in instance(INCIDENT, answers).choices("/incident/report/legal_basis")}
        assert ("KZ-CC-130" in names) == offered


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("https://example.org/a", True),
        ("http://a.kz https://b.kz\nhttps://c.kz", True),
        ("HTTPS://A.KZ/x Https://b.kz:8080?y=1", True),
        ("https://a.kz/x, https://b.kz/y.", True),
        ("https://a.kz;https://b.kz", False),
        ("https://user:word@a.kz/", False),
        ("https://localhost", False),
        ("https://", False),
        ("javascript:alert(1)", False),
        (" ".join(f"https://example.org/{n}" for n in range(6)), False),
        ("example.org", False),
        ("see https://example.org", False),
    ],
)
def test_links_are_whole_addresses_and_at_most_five(text: str, allowed: bool) -> None:
    """Anything else is refused with what to do."""
    answer = Written((TextPart(text),))
    assert instance(INCIDENT, full()).allows("/incident/report/links", answer) == allowed


@pytest.mark.parametrize(
    ("when", "allowed"),
    [
        (When(Precision.DAY, "2024-06-05", "2024-06-05"), True),
        (When(Precision.DAY, "2024-06-06", "2024-06-06"), True),
        (When(Precision.MONTH, "2024-06"), True),
        (When(Precision.YEAR, "2024"), True),
        (When(Precision.RANGE, "2024-01-01", "2024-12-31"), True),
        (When(Precision.RANGE, "2024-05", ongoing=True), True),
        (When(Precision.RANGE, ongoing=True), True),
        (When(Precision.RANGE, end="2024-06"), True),
        (When(Precision.RANGE, end="2024-07"), False),
        (When(Precision.UNKNOWN), True),
        (When(Precision.DAY, "2024-06-07", "2024-06-07"), False),
        (When(Precision.RANGE, "2025-01-01", "2025-01-31"), False),
    ],
)
def test_what_happened_did_not_happen_on_a_day_to_come(when: When, allowed: bool) -> None:
    """But a rally may be planned for one, and refused beforehand, and a law come into force."""
    path = INCIDENT.by_role["when"].path
    assert instance(INCIDENT, full("detention")).allows(path, when) == allowed
    assert instance(INCIDENT, full("assembly")).allows(path, when)
    assert instance(INCIDENT, full("other")).allows(path, when)
    also = full("detention") | {INCIDENT.by_role["more_groups"].path: Chosen(("assembly",))}
    assert instance(INCIDENT, also).allows(path, when)
