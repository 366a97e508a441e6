"""The questionnaire for reporters and the moderators' form."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyxform.xls2xform import convert  # type: ignore[import-untyped]

from bot.form.answers import Answer, Chosen, Number, Part, Precision, When, Written
from bot.form.draft import REVIEW as REVIEWED
from bot.form.draft import Draft
from bot.form.events import Next, Pick, Skip, Wrote
from bot.form.flow.advance import advance
from bot.form.flow.filled.instance import Instance
from bot.form.kinds.counting import takers
from bot.form.model import Form, Group, Privacy, Question, Text
from bot.form.screen import Label
from bot.form.xlsform.reader import load

ROOT = Path(__file__).parents[3]
FORMS = sorted((ROOT / "bot" / "forms").glob("*.md"))
INCIDENT = load(ROOT / "bot" / "forms" / "incident.md")
REVIEW = load(ROOT / "bot" / "forms" / "review.md")
NOW = datetime(2024, 6, 6, tzinfo=UTC)
LANGUAGES = {"kk", "ru", "en"}
REGIONS = {choice.name: choice.columns["type"] for choice in REVIEW.by_role["region"].choices}

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


def test_what_moderators_read_has_a_short_label() -> None:
    """On a phone a fact is one line: its label takes less than half of it."""
    asked = [node for node in INCIDENT.nodes.values() if node.label and "extend" not in node.bot]
    unshown = {"consent_store", "consent_ask", "report", "contacts"}
    for node in (one for one in asked if one.name not in unshown):
        assert set(node.short) == LANGUAGES, node.path
        assert max(map(len, node.short.values())) <= 22, node.short


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


def test_every_question_of_a_report_has_what_the_moderators_can_find_it_by() -> None:
    """Each has a role or is private to the reading moderators."""
    for question in INCIDENT.questions:
        if question.privacy is Privacy.PUBLIC and question.kind != "note":
            assert question.role, question.path


def test_a_short_report_asks_the_least() -> None:
    """From the story to the consent it is eleven questions, notes left out."""
    told = {
        "/incident/consent_store": Chosen(("yes",)),
        "/incident/report/depth": Chosen(("short",)),
        "/incident/report/category": Chosen(("detention",)),
    }
    assert asked(INCIDENT, told) == [
        "consent_store",
        "depth",
        "category",
        "types",
        "urgent",
        "story",
        "when",
        "region",
        "evidence",
        "consent_use",
        "consent_ask",
    ]


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
def test_danger_is_asked_where_someone_may_be_in_it(category: str) -> None:
    """Detention, violence, forced return and threats are asked about danger now, the rest is not."""
    answers = {
        "/incident/consent_store": Chosen(("yes",)),
        "/incident/report/category": Chosen((category,)),
    }
    assert ("urgent" in asked(INCIDENT, answers)) == (
        category in {"detention", "violence", "return", "pressure"}
    )
    types = instance(INCIDENT, answers).choices(INCIDENT.by_role["violations"].path)
    assert {choice.columns["group"] for _, choice in types} == {category}


def test_danger_is_asked_for_what_else_happened_too() -> None:
    """A closed site is no danger to anybody, a beating with it is."""
    told = full("expression")
    assert "urgent" not in asked(INCIDENT, told)
    assert "urgent" in asked(INCIDENT, told | {"/incident/report/more_groups": Chosen(("violence",))})


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


def test_every_question_of_the_public_version_has_a_role() -> None:
    """The export finds it by its role; what is not public only says what is asked, and how exactly a place is shown."""
    for question in REVIEW.questions:
        assert question.role, question.path
    own = {question.name for question in REVIEW.questions if question.privacy is not Privacy.PUBLIC}
    assert own == {"place_given", "place_share", "published"}
    repeats = {node.bot["role"] for node in REVIEW.nodes.values() if isinstance(node, Group) and node.repeat}
    assert repeats == {"affected", "perpetrators", "outcomes", "sources"}


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
        ("более 100", {"affected_number": Chosen(("at_least",)), "affected_least": Number(100)}),
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


def test_another_category_is_followed_up_at_once() -> None:
    """Its types, and whether somebody is in danger, are asked before the review comes again."""
    told = full("expression") | {
        "/incident/report/depth": Chosen(("short",)),
        "/incident/report/types": Chosen(("expression.obstruction",)),
        "/incident/report/story": Written((Part("story"),)),
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
    for event in (Pick(detention), Next(), Skip()):
        draft, _ = advance(INCIDENT, draft.at(NOW), event)
        places.append(draft.position.rpartition("/")[2])
    assert places == ["types", "urgent", REVIEWED]


@each_form
def test_the_questions_that_take_typed_amounts_are_there(path: Path) -> None:
    """Beside each list whose codes name them."""
    form = load(path)
    for question in form.questions:
        around = question.path.rpartition("/")[0]
        for taker in takers(question, question.choices).values():
            for name in taker.names:
                asked = form.nodes[f"{around}/{name}"]
                assert isinstance(asked, Question)
                assert asked.kind == "integer"


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
    answer = Written((Part(text),))
    assert instance(INCIDENT, full()).allows("/incident/report/links", answer) == allowed


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
    assert found == (None if links is None else Written((Part(links),)))
    assert screen.notice == (Label(asked.constraint_message) if links is None else None)


@pytest.mark.parametrize("region", REGIONS)
def test_a_locality_is_asked_where_there_can_be_one(region: str) -> None:
    """A city is its own locality and the net has none; a reporter of the whole country is not asked either."""
    answers = {REVIEW.by_role["region"].path: Chosen((region,))}
    has_one = REGIONS[region] != "city" and region != "XX-ONLINE"
    assert ("locality" in asked(REVIEW, answers)) == has_one
    told = full() | {INCIDENT.by_role["region"].path: Chosen((region,))}
    assert ("locality" in asked(INCIDENT, told)) == (has_one and region != "KZ")


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


def test_a_locality_is_not_asked_before_the_region() -> None:
    """Without a region nobody is asked for a town."""
    assert "locality" not in asked(REVIEW, {})


@pytest.mark.parametrize(
    ("least", "most", "allowed"), [(2, 2, True), (2, 5, True), (2, 1, False), (0, 0, False)]
)
def test_the_greatest_number_is_not_below_the_least(least: int, most: int, allowed: bool) -> None:
    """Both ends of the number of people are from 1 and in order, whichever is given first."""
    low, high = "/review/affected[1]/affected_number_min", "/review/affected[1]/affected_number_max"
    counts = {"/review/affected": 1}
    assert instance(REVIEW, {low: Number(least)}, counts).allows(high, Number(most)) == allowed
    assert instance(REVIEW, {high: Number(most)}, counts).allows(low, Number(least)) == allowed


@pytest.mark.parametrize(
    ("role", "alone"), [("affected_groups", "unknown"), ("legal_basis", "UNKNOWN"), ("legal_basis", "NONE")]
)
def test_not_knowing_is_chosen_alone(role: str, alone: str) -> None:
    """ "Don't know" beside something known is no answer."""
    question = REVIEW.by_role[role]
    path = question.path.replace("/affected/", "/affected[1]/")
    form = instance(REVIEW, {}, {"/review/affected": 1})
    known = question.choices[0].name
    assert form.allows(path, Chosen((alone,)))
    assert not form.allows(path, Chosen((known, alone)))


def test_the_main_violation_is_one_of_the_chosen() -> None:
    """Only the chosen violations are offered as the main one."""
    answers = {REVIEW.by_role["violations"].path: Chosen(("detention", "detention.mass"))}
    offered = instance(REVIEW, answers).choices(REVIEW.by_role["violation_primary"].path)
    assert [choice.name for _, choice in offered] == ["detention", "detention.mass"]


def full(category: str = "detention") -> dict[str, Answer]:
    """A full report's first answers."""
    return {
        "/incident/consent_store": Chosen(("yes",)),
        "/incident/report/depth": Chosen(("full",)),
        "/incident/report/category": Chosen((category,)),
    }


def instance(form: Form, answers: Mapping[str, Answer], counts: Mapping[str, int] | None = None) -> Instance:
    """The form with these answers."""
    return Instance(form, answers, counts or {}, NOW)


def asked(form: Form, answers: Mapping[str, Answer], counts: Mapping[str, int] | None = None) -> list[str]:
    """The names of what is asked, in order; what is hidden is not, nor a note that has nothing to tell."""
    order = instance(form, answers, counts).order()
    nodes = [form.nodes[re.sub(r"\[\d+\]", "", path)] for path in order]
    return [node.name for node in nodes if "contacts" not in node.bot]
