"""Did we understand you: what a story tells is offered once, and is an answer only when it is confirmed."""

from collections.abc import Mapping

import pytest

from bot.form.answers import (
    Answer,
    Chosen,
    FileKind,
    Number,
    Precision,
    TextPart,
    When,
    Written,
    files_of,
    to_json,
)
from bot.form.draft import dump, load
from bot.form.events import Back, Cancel, Event, Misheard, Next, Pick, Rewrote, Show, Skip, Submit, Understood
from bot.form.screen import Joined, Key, Label, Phrase, ScreenKind
from tests.bot.form.talks import NOW, Talk, name_of
from tests.bot.forms.questionnaires import INCIDENT

TOLD = (
    "Вчера в Семее полиция задержала 12 человек, увезла в отдел, и суд дал всем 15 суток административного ареста. "
    "Об этом пишут: example.org/news"
)
"""A story with a fact of each kind that a short report asks."""
CATEGORY = INCIDENT.by_role["category"].path
SILENT = "Пришли ночью, ничего не объяснили."
HEARD: Mapping[str, Answer] = {
    "category": Chosen(("detention",)),
    "types": Chosen(("detention.administrative",)),
    "when": When(Precision.DAY, "2024-06-05", "2024-06-05"),
    "region": Chosen(("KZ-10",)),
    "locality": Written((TextPart("Семей"),)),
    "affected_number": Chosen(("exact",)),
    "affected_exact": Number(12),
    "links": Written((TextPart("https://example.org/news"),)),
}
LINES = {
    "What happened": "Detained or arrested",
    "Kind": "Administrative arrest (days)",
    "When": "05.06.2024",
    "Region": "Abai Region",
    "Town, village": "Семей",
    "Affected · How many": "12",
    "Links": "https://example.org/news",
}
"""The lines of it, in the order of the form."""


def story_of(*texts: str) -> Talk:
    """A talk after the story was told and left."""
    talk = Talk(INCIDENT)
    talk.send(Next(), Pick(0))
    for number, words in enumerate(texts):
        talk.write(words, f"m{number}")
    talk.send(Next())
    return talk


def proposed(talk: Talk) -> dict[str, Answer]:
    """The proposals, by the names of their questions."""
    return {name_at(path): answer for path, answer in talk.draft.proposed.items()}


def name_at(path: str) -> str:
    """The name of a question at a place."""
    return path.rpartition("/")[2]


def given(talk: Talk) -> dict[str, Answer]:
    """The answers but for consent and story, by the names of their questions."""
    found = {name_at(path): answer for path, answer in talk.draft.answers.items()}
    return {name: answer for name, answer in found.items() if name not in {"consent_store", "story"}}


def refuse(talk: Talk, name: str) -> None:
    """Tap what says that this line is wrong; an exact number stands in the line of its question."""
    talk.send(Misheard([one for one in proposed(talk) if one != "affected_exact"].index(name)))


def _keys(joined: Phrase) -> list[Key]:
    assert isinstance(joined, Joined)
    return [part for part in joined.phrases if isinstance(part, Key)]


def lines(talk: Talk) -> dict[str, str]:
    """The lines of the screen, in English."""
    told = [one.args for one in _keys(talk.screen.body[1]) if one.key == "flow.heard.line"]
    return {name_of(one["question"]): name_of(one["answer"]) for one in told}  # type: ignore[arg-type]


def test_each_fact_has_a_line_with_its_short_label_and_a_button() -> None:
    """One button takes all of them, one for each line says that it is wrong."""
    talk = story_of(TOLD)
    assert proposed(talk) == HEARD
    assert [*lines(talk).items()] == [*LINES.items()]
    assert talk.labels == ["flow.heard.right", *["flow.heard.wrong"] * len(LINES), "flow.cancel"]


def test_a_proposal_is_no_answer_until_it_is_confirmed() -> None:
    """Also not if the person goes on writing, comes back later, or taps what an older screen offers."""
    talk = story_of(TOLD)
    for event in (Show(), Next(), Back(), Skip(), Pick(0), Submit()):
        talk.send(event)
        assert (given(talk), proposed(talk)) == ({}, HEARD), event
    talk.write("Ещё у него забрали телефон.", "m9")
    talk.send(Rewrote("Ещё у него забрали два телефона.", "m9"))
    assert (given(talk), proposed(talk)) == ({}, HEARD)
    story = talk.draft.answers[INCIDENT.by_role["story"].path]
    assert isinstance(story, Written)
    assert story.text == f"{TOLD}\nЕщё у него забрали два телефона."


def test_yes_takes_all_lines_and_goes_on_to_the_first_question_not_answered() -> None:
    """None of those answered is asked any more, whichever way the others are answered."""
    talk = story_of(TOLD)
    talk.send(Understood())
    assert (given(talk), proposed(talk)) == (HEARD, {})
    asked = [name_at(talk.draft.position)]
    for event in (Pick(1), Pick(0), Pick(1)):
        talk.send(event)
        asked.append(name_at(talk.draft.position))
    assert asked == ["urgent", "consent_use", "consent_ask", ":review"]


def test_back_passes_what_was_confirmed() -> None:
    """To the story; on from there to where it was."""
    talk = story_of(TOLD)
    talk.send(Understood(), Back())
    assert name_at(talk.draft.position) == "story"
    talk.send(Next())
    assert (name_at(talk.draft.position), proposed(talk), given(talk)) == ("urgent", {}, HEARD)


@pytest.mark.parametrize(
    ("wrong", "gone"),
    [
        ("category", {"category", "types"}),
        ("types", {"types"}),
        ("when", {"when"}),
        ("region", {"region", "locality"}),
        ("affected_number", {"affected_number", "affected_exact"}),
    ],
)
def test_a_wrong_line_is_dropped_with_what_depends_on_it_and_is_asked(wrong: str, gone: set[str]) -> None:
    """The others stay to be confirmed."""
    talk = story_of(TOLD)
    refuse(talk, wrong)
    assert talk.notice == "flow.heard.dropped"
    assert proposed(talk) == {name: answer for name, answer in HEARD.items() if name not in gone}
    talk.send(Understood())
    asked = set()
    while (name := name_at(talk.draft.position)) != ":review":
        asked.add(name)
        talk.send(Skip() if name in {"types", "urgent"} else Pick(0))
        if name == "when":
            talk.write("вчера")
    only_in_full = {"locality", "affected_number", "affected_exact"}
    assert asked == {"urgent", "consent_use", "consent_ask"} | (gone - only_in_full)


def test_a_button_of_an_earlier_screen_drops_no_other_line() -> None:
    """Each line has its own screen, so a second tap on the first is late; a line that is not there is gone."""
    talk = story_of(TOLD)
    before = talk.draft.step
    refuse(talk, "types")
    assert talk.draft.step == before + 1
    talk.send(Misheard(len(proposed(talk))), Misheard(-1))
    assert talk.notice == "flow.gone"
    assert proposed(talk).keys() == HEARD.keys() - {"types"}


def test_where_all_lines_are_wrong_all_is_asked_as_of_a_silent_story() -> None:
    """Without one more screen."""
    talk = story_of(TOLD)
    while proposed(talk):
        talk.send(Misheard(0))
    silent = story_of(SILENT)
    assert (given(talk), talk.draft.position) == ({}, silent.draft.position)
    assert talk.screen.kind is silent.screen.kind
    assert talk.send(Show()).rows == silent.send(Show()).rows


def test_where_nothing_is_heard_there_is_no_screen() -> None:
    """The first question follows the story."""
    talk = story_of(SILENT)
    assert name_at(talk.draft.position) == "category"
    assert "flow.heard.right" not in talk.labels


def test_from_voice_nothing_is_heard() -> None:
    """It leaves the bot for no service; words beside it are heard."""
    talk = Talk(INCIDENT)
    talk.send(Next(), Pick(0))
    talk.give("v", FileKind.VOICE)
    talk.send(Next())
    assert (proposed(talk), name_at(talk.draft.position)) == ({}, "category")
    both = Talk(INCIDENT)
    both.send(Next(), Pick(0))
    both.give("v", FileKind.VOICE)
    both.write(TOLD)
    both.send(Next())
    assert proposed(both) == HEARD


def test_a_story_is_heard_once() -> None:
    """Told anew it is kept as it is, and what it tells now is asked."""
    talk = story_of(SILENT)
    talk.send(Back())
    talk.write(TOLD, "m5")
    talk.send(Next())
    assert (proposed(talk), name_at(talk.draft.position)) == ({}, "category")


def test_over_given_answers_nothing_is_proposed() -> None:
    """A story told after them, where a photo stood for it, fills what is open."""
    talk = Talk(INCIDENT)
    talk.send(Next(), Pick(0))
    talk.give("p")
    talk.send(Next(), Pick(3), Back(), Back())
    before = given(talk)
    assert before["category"] != HEARD["category"]
    talk.write(TOLD)
    talk.send(Next())
    assert given(talk) == before
    assert proposed(talk) == {
        name: answer for name, answer in HEARD.items() if name not in {"category", "types"}
    }


def test_a_story_changed_from_the_review_proposes_nothing() -> None:
    """The choices that were named stand in the review, line by line."""
    talk = story_of(SILENT)
    while talk.draft.position != ":review":
        name = name_at(talk.draft.position)
        talk.send(*(() if name == "when" else (Skip() if name in {"types", "urgent"} else Pick(0),)))
        if name == "when":
            talk.write("2023")
    before = given(talk)
    talk.tap("flow.edit")
    talk.send(next(one.event for one in talk.buttons if one.label.args.get("number") == 1))  # type: ignore[union-attr]
    talk.write(TOLD)
    talk.send(Next())
    assert (given(talk), proposed(talk)) == (before, {})


@pytest.mark.parametrize(
    ("story", "line", "ends"),
    [
        (
            "Нас было от 5 до 7 человек, нас задержали.",
            "From 5 to 7",
            {"least": Number(5), "most": Number(7)},
        ),
        ("Более 20 человек задержали.", "At least 21", {"least": Number(21, beyond=True)}),
        ("Задержали 15 активистов.", "15", {"exact": Number(15)}),
        ("Моего брата арестовали на пятнадцать суток.", "1", {}),
    ],
)
def test_a_number_of_people_has_one_line_and_keeps_its_ends(
    story: str, line: str, ends: dict[str, Number]
) -> None:
    """A short report asks nothing more of those affected. A full one goes on with who they are."""
    talk = story_of(story)
    assert lines(talk)["Affected · How many"] == line
    talk.send(Understood())
    found = given(talk)
    assert {name: found[f"affected_{name}"] for name in ends} == ends
    while (name := name_at(talk.draft.position)) != ":review":
        assert not name.startswith("affected")
        talk.send(Skip() if name in {"types", "urgent"} else Pick(0))
        if name == "when":
            talk.write("вчера")
    talk.tap("flow.extend")
    passed = []
    while not (place := talk.draft.position).endswith("affected_groups"):
        passed.append(name_at(place))
        talk.send(Skip())
    assert place == "/incident/report/affected[1]/affected_groups"
    assert "affected" not in passed
    talk.send(Pick(0), Next(), Skip())
    assert not {"affected_number", *(f"affected_{one}" for one in ends)} & {name_at(talk.draft.position)}


@pytest.mark.parametrize(
    ("story", "name", "named"),
    [
        ("Полицейские избили журналиста.", "perpetrator_type", "police"),
        ("Избили журналиста.", "affected_groups", "journalist"),
        ("Журналиста оштрафовали.", "outcome_status", "fined"),
    ],
)
def test_what_is_named_stands_first_in_its_own_question_unmarked(story: str, name: str, named: str) -> None:
    """Words alone cannot tell who did it to whom, so it is not proposed; all other choices stay."""
    talk = story_of(story)
    assert name not in proposed(talk)
    asked = INCIDENT.by_role[name]
    repeat = asked.path.rpartition("/")[0]
    answers = {**talk.draft.answers, CATEGORY: Chosen(("prosecution",))}
    answers |= {INCIDENT.by_role["depth"].path: Chosen(("full",))}
    place = f"{repeat}[1]/{name}"
    talk.draft = talk.draft.changed(answers=answers, counts={repeat: 1}, position=place, proposed={})
    talk.send(Show())
    assert talk.screen.path == place
    first, label = talk.buttons[0], next(one.label for one in asked.choices if one.name == named)
    assert (first.label, bool(first.marked)) == (Label(label), False)
    talk.send(first.event)
    answer = talk.draft.answers[place]
    assert isinstance(answer, Chosen)
    assert answer.names == (named,)


@pytest.mark.parametrize("event", [Cancel(), Cancel(sure=True)])
def test_stopping_works_while_a_story_is_understood(event: Event) -> None:
    """No leads back to the same lines; yes ends it."""
    talk = story_of(TOLD)
    talk.send(event)
    if event == Cancel():
        assert talk.is_at(ScreenKind.CONFIRM_CANCEL)
        talk.send(Understood())
        assert (given(talk), talk.notice) == ({}, "flow.use_buttons")
        talk.tap("flow.cancel.no")
        assert talk.labels[0] == "flow.heard.right"
    else:
        assert talk.is_at(ScreenKind.CANCELLED)
    assert proposed(talk) == HEARD


def test_files_and_more_words_are_taken_meanwhile() -> None:
    """Equal lines are shown again, and nothing is lost."""
    talk = story_of(TOLD)
    talk.give("p")
    assert (talk.labels[0], proposed(talk)) == ("flow.heard.right", HEARD)
    talk.send(Understood())
    assert [one.id for one in files_of(talk.draft.answers[INCIDENT.by_role["evidence"].path])] == ["p"]


def test_what_a_changed_form_does_not_take_is_dropped() -> None:
    """Proposals are kept with the draft, and a form can change under them."""
    talk = story_of(TOLD)
    kept = dump(talk.draft)
    assert load(kept).at(NOW) == talk.draft
    nonsense = {"/incident/report/gone": to_json(Chosen(("a",))), CATEGORY: to_json(Chosen(("gone",)))}
    talk.draft = load({**kept, "digest": "another", "proposed": {**kept["proposed"], **nonsense}})
    talk.send(Understood())
    assert (given(talk), talk.notice) == ({}, "flow.changed")
    assert proposed(talk) == {
        name: answer for name, answer in HEARD.items() if name not in {"category", "types"}
    }
