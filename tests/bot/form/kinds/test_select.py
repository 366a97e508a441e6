"""Choices: tapped, toggled, typed, searched, turned over page by page."""

import sys
from dataclasses import replace
from types import FrameType

import pytest

from bot.form.answers import Chosen, Part, Written
from bot.form.draft import View
from bot.form.events import Back, Next, Page, Pick, Show, Toggle, WholeList
from bot.form.model import Choice, Question
from bot.form.screen import Joined, Key, Label, Said
from bot.form.typed.normalization import normalized
from tests.bot.form.talks import Talk, choices, form, question

REGIONS = tuple(
    Choice(name, {"kk": kk, "ru": ru, "en": en})
    for name, kk, ru, en in (
        ("KZ-10", "Абай облысы", "область Абай", "Abai Region"),
        ("KZ-43", "Қызылорда облысы", "Кызылординская область", "Kyzylorda Region"),
        ("KZ-75", "Алматы қаласы", "город Алматы", "Almaty City"),
        ("KZ-19", "Алматы облысы", "Алматинская область", "Almaty Region"),
        ("KZ-62", "Ұлытау облысы", "область Улытау", "Ulytau Region"),
        ("ART-272", "272-бап", "ст. 272", "article 272"),
    )
)


def talk(asked: Question) -> Talk:
    """A talk at this question, with another after it."""
    begun = Talk(form(asked, question("after")))
    begun.send(Show())
    return begun


def one(*names: str, **columns: object) -> Talk:
    """A talk at a choice of one."""
    return talk(question("one", "select_one", choices=choices(*names), **columns))


def many(*names: str, **columns: object) -> Talk:
    """A talk at a choice of several."""
    return talk(question("many", "select_multiple", choices=choices(*names), **columns))


def regions() -> Talk:
    """A talk at the regions."""
    return talk(question("one", "select_one", choices=REGIONS))


def names(count: int) -> tuple[str, ...]:
    """Names of choices whose labels are too long for two columns."""
    return tuple(f"a-choice-with-a-long-name-{number:02}" for number in range(count))


def test_one_tap_picks_and_leads_on() -> None:
    """Afterwards the choice is marked; the others are not markable."""
    begun = one("a", "b")
    begun.send(Pick(1))
    assert begun.answer("one") == Chosen(("b",))
    assert begun.place == "after"
    begun.send(Back())
    assert [button.marked for button in begun.buttons[:2]] == [None, True]
    begun.send(Pick(0))
    assert begun.answer("one") == Chosen(("a",))


def test_a_choice_that_is_not_there_is_told() -> None:
    """A button of a list that has changed."""
    begun = one("a", "b", choice_filter="name = 'b'")
    for index in (-1, 0, 2):
        begun.send(Pick(index))
        assert begun.notice == "flow.gone"
        assert begun.answer("one") is None
    begun.send(Pick(1))
    assert begun.answer("one") == Chosen(("b",))


def test_a_refused_choice_keeps_the_one_before() -> None:
    """With the form's reason."""
    begun = one("a", "b", constraint=". != 'b'", constraint_message={"en": "not b"})
    begun.send(Pick(0), Back(), Pick(1))
    assert begun.notice == "not b"
    assert begun.answer("one") == Chosen(("a",))


def test_marking_says_the_wanted_state() -> None:
    """So a second tap of the same button is harmless; the order is that of choosing."""
    begun = many("a", "b", "c")
    begun.send(Toggle(2, on=True), Toggle(0, on=True), Toggle(2, on=True))
    assert begun.answer("many") == Chosen(("c", "a"))
    assert [button.marked for button in begun.buttons[:3]] == [True, False, True]
    assert begun.buttons[0].event == Toggle(0, on=False)
    assert begun.buttons[1].event == Toggle(1, on=True)
    begun.send(Toggle(2, on=False), Toggle(2, on=False))
    assert begun.answer("many") == Chosen(("a",))
    begun.send(Toggle(0, on=False))
    assert begun.answer("many") is None


def test_done_comes_with_the_first_mark() -> None:
    """And goes with the last; several marks can be cleared at once."""
    begun = many("a", "b", required="true()")
    assert begun.labels == ["A", "B", "flow.cancel"]
    begun.send(Toggle(0, on=True))
    assert begun.labels == ["A", "B", "flow.done", "flow.clear", "flow.cancel"]
    begun.tap("flow.done")
    assert begun.place == "after"


def test_what_was_marked_is_not_thrown_away_beside_done() -> None:
    """A list that may be passed over is left by Skip or by Done, never by both."""
    begun = many("a", "b")
    assert "flow.skip" in begun.labels
    begun.send(Toggle(0, on=True))
    assert "flow.skip" not in begun.labels
    begun.tap("flow.done")
    assert begun.answer("many") == Chosen(("a",))


def test_too_many_marks_are_told_at_once_and_not_done() -> None:
    """The list may have to pass through what is not allowed, so nothing is unmarked for the person."""
    begun = many("a", "b", "c", constraint="count-selected(.) <= 2", constraint_message={"en": "two at most"})
    begun.send(Toggle(0, on=True), Toggle(1, on=True))
    assert begun.notice == ""
    begun.send(Toggle(2, on=True))
    assert begun.notice == "two at most"
    begun.send(Next())
    assert begun.notice == "two at most"
    assert begun.place == "many"
    begun.send(Toggle(1, on=False))
    assert begun.notice == ""
    begun.send(Next())
    assert begun.answer("many") == Chosen(("a", "c"))
    assert begun.place == "after"


def test_the_other_kind_of_button_means_the_same() -> None:
    """Pick marks in a list of several, Toggle picks in a list of one; unmarking there does nothing."""
    several = many("a", "b")
    several.send(Pick(1))
    assert several.answer("many") == Chosen(("b",))
    assert several.place == "many"
    single = one("a", "b")
    single.send(Toggle(1, on=False))
    assert single.place == "one"
    single.send(Toggle(1, on=True))
    assert single.answer("one") == Chosen(("b",))


def test_a_list_of_ten_is_whole_and_one_of_eleven_is_in_pages() -> None:
    """Eight choices a page, with the way there and back."""
    assert len(one(*names(10)).screen.rows) == 10 + 2
    begun = one(*names(20))
    assert begun.labels[8:] == ["flow.page", "flow.page.after", "flow.skip", "flow.cancel"]
    assert begun.button("flow.page").label == Key("flow.page", {"page": 1, "pages": 3})
    begun.tap("flow.page.after")
    assert begun.labels[0] == names(20)[8].upper()
    assert begun.labels[8:11] == ["flow.page.before", "flow.page", "flow.page.after"]
    begun.tap("flow.page.after")
    assert begun.labels[:6] == [*(name.upper() for name in names(20)[16:]), "flow.page.before", "flow.page"]
    assert begun.buttons[0].event == Pick(16)
    begun.tap("flow.page.before")
    assert begun.labels[0] == names(20)[8].upper()


def test_a_page_beyond_the_last_is_the_last() -> None:
    """And one before the first the first."""
    begun = one(*names(20))
    begun.send(Page(99))
    assert begun.labels[0] == names(20)[16].upper()
    begun.send(Page(-5))
    assert begun.labels[0] == names(20)[0].upper()


def test_a_list_opens_where_the_answer_is() -> None:
    """So that it is seen marked."""
    begun = one(*names(20))
    begun.send(Pick(17), Back())
    assert begun.button(names(20)[17].upper()).marked


def test_short_labels_stand_two_in_a_row() -> None:
    """If all are short in every language; then a page holds twelve."""
    assert [len(row) for row in one("a", "b", "c").screen.rows] == [2, 1, 1, 1]
    assert len(one("x" * 18, "b").screen.rows[0]) == 2
    assert len(one("x" * 19, "b").screen.rows[0]) == 1
    assert len([label for label in one(*(f"c{n}" for n in range(30))).labels if label.startswith("C")]) == 12


def test_part_of_a_label_in_any_language_finds_it() -> None:
    """Without Kazakh letters and capitals, in any order of words; of several, or where the words only stand somewhere
    in a label, nothing is picked yet."""
    for typed, found in {
        "орда": ["Kyzylorda Region"],
        "лыта": ["Ulytau Region"],
        "алмат": ["Almaty City", "Almaty Region"],
        "об": ["Abai Region", "Kyzylorda Region", "Almaty Region", "Ulytau Region"],
        "улытауский район": ["Ulytau Region"],
    }.items():
        begun = regions()
        begun.write(typed)
        assert begun.labels[: len(found) + 1] == [*found, "flow.search.all"], typed
        assert begun.shown("flow.search.found") == {"text": Said(typed)}
        assert begun.answer("one") is None


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("кызыл", "KZ-43"),
        ("улытау", "KZ-62"),
        ("ҰЛЫТ", "KZ-62"),
        ("City", "KZ-75"),
        ("облысы абай", "KZ-10"),
        ("272", "ART-272"),
    ],
)
def test_the_only_choice_that_is_clearly_named_is_taken(typed: str, name: str) -> None:
    """By whole words or their beginnings; what was taken is said, and Back undoes it."""
    begun = regions()
    begun.write(typed)
    assert begun.answer("one") == Chosen((name,))
    assert begun.place == "after"
    label = next(choice.label for choice in REGIONS if choice.name == name)
    assert begun.screen.notice == Key("flow.search.taken", {"choice": Label(label)})
    begun.send(Back())
    assert begun.place == "one"
    assert begun.draft.view == View()


def test_the_only_choice_that_is_clearly_named_is_marked_in_a_list_of_several() -> None:
    """More can be marked then."""
    begun = talk(question("many", "select_multiple", choices=REGIONS))
    begun.write("кызыл")
    begun.write("улыт")
    assert begun.answer("many") == Chosen(("KZ-43", "KZ-62"))
    assert begun.place == "many"
    assert begun.notice == "flow.search.taken"


SOUGHT = tuple(
    Choice(name, {"en": name.upper()}, {"search": search})
    for name, search in (
        ("north", "Петропавл Oral"),
        ("west", "Орал Ақсай"),
        ("both", "Ақсай Шу"),
        ("none", ""),
    )
)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("тропавл в городе Петропавле", ["NORTH"]),
        ("АКСАЙ", ["WEST", "BOTH"]),
        ("аксайда", ["WEST", "BOTH"]),
        ("в городе Петропавле", ["NORTH"]),
    ],
)
def test_further_words_of_a_choice_find_it(typed: str, found: list[str]) -> None:
    """They are never shown; words that say nothing do not hinder."""
    begun = talk(question("one", "select_one", choices=SOUGHT))
    begun.write(typed)
    assert begun.labels[: len(found) + 1] == [*found, "flow.search.all"]
    assert begun.answer("one") is None


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Петропавл", "north"),
        ("г. Петропавл", "north"),
        ("орал аксай", "west"),
        ("шу", "both"),
        ("north oral", "north"),
    ],
)
def test_further_words_of_a_choice_pick_it(typed: str, name: str) -> None:
    """Where they name one alone."""
    begun = talk(question("one", "select_one", choices=SOUGHT))
    begun.write(typed)
    assert begun.answer("one") == Chosen((name,))


@pytest.mark.parametrize("typed", ["пол", "где-то", "рал", "шуақ"])
def test_nothing_alike_is_found_for_what_is_not_there(typed: str) -> None:
    """Only labels are searched for parts of words."""
    begun = talk(question("one", "select_one", choices=SOUGHT))
    begun.write(typed)
    assert begun.notice == "flow.search.none"


def test_a_whole_label_or_code_picks() -> None:
    """In any language and case."""
    for typed in ("город алматы", "АЛМАТЫ ҚАЛАСЫ", "Алматы каласы", "almaty city", "kz-75"):
        begun = regions()
        begun.write(typed)
        assert begun.answer("one") == Chosen(("KZ-75",)), typed


@pytest.mark.parametrize("typed", ["0", "1", "2", "3", "-1", "№2"])
def test_a_number_is_no_place_in_a_list(typed: str) -> None:
    """Nothing on the screen is numbered, so whoever types one means something else; it is kept and told."""
    for begun in (one("a", "b", "c"), many("a", "b", "c")):
        place = begun.place
        begun.write(typed)
        assert begun.notice == "flow.search.none"
        assert begun.shown("flow.kept") == {"text": Said(typed)}
        assert (begun.answer(place), begun.place) == (None, place)


def test_a_number_finds_the_labels_that_have_it_and_picks_a_label_that_it_is() -> None:
    """Labels are on the screen, places are not."""
    begun = one("2", "1", "12-a")
    begun.write("1")
    assert begun.answer("one") == Chosen(("1",))
    begun.send(Back())
    begun.write("12")
    assert begun.answer("one") == Chosen(("12-a",))


def test_the_whole_list_comes_back() -> None:
    """By its button, beside which Back leads to the question before; a search that finds nothing shows it too, and not
    what was found before."""
    begun = Talk(form(question("before"), question("one", "select_one", choices=REGIONS)))
    begun.write("b")
    begun.write("алмат")
    assert "flow.back" in begun.labels
    begun.tap("flow.search.all")
    assert begun.labels[:6] == [choice.label["en"] for choice in REGIONS]
    begun.write("алмат")
    begun.write("Марс")
    assert begun.notice == "flow.search.none"
    assert begun.shown("flow.kept") == {"text": Said("Марс")}
    assert begun.labels[:6] == [choice.label["en"] for choice in REGIONS]
    begun.write("алмат")
    begun.send(Back())
    assert begun.place == "before"


ALONE = "not(selected(., 'none') or selected(., 'unknown')) or count-selected(.) = 1"


def test_a_choice_that_stands_alone_answers_at_once() -> None:
    """It has no box, as it leads on; which ones these are follows from the constraint."""
    begun = many("a", "b", "none", "unknown", constraint=ALONE)
    assert [button.marked for button in begun.buttons[:4]] == [False, False, None, None]
    begun.tap("NONE")
    assert begun.answer("many") == Chosen(("none",))
    assert begun.place == "after"
    begun.send(Back())
    assert begun.button("NONE").marked
    begun.tap("A")
    assert begun.answer("many") == Chosen(("a",))
    assert begun.place == "many"
    begun.tap("UNKNOWN")
    assert begun.notice == "flow.refused"
    assert begun.answer("many") == Chosen(("a", "unknown"))


def test_no_choice_stands_alone_by_an_answer_elsewhere() -> None:
    """A constraint that reads other questions may allow more by and by."""
    few = question("few", "integer")
    asked = question(
        "many", "select_multiple", choices=choices("a", "b"), constraint="count-selected(.) <= /f/few"
    )
    begun = Talk(form(few, asked, question("after")))
    begun.write("1")
    begun.tap("A")
    assert begun.place == "many"


TOWNS = tuple(
    Choice(name, {"en": label}, {"within": within, "search": search})
    for name, label, within, search in (
        ("east", "East Region", "Riddler Oskemen", "EKO"),
        ("north", "Oskemen Region", "Aksu", ""),
        ("south", "South Region", "Aksu Turkistan", ""),
    )
)


def towns() -> Talk:
    """A talk at regions with towns in them, and a question for the town."""
    asked = question("one", "select_one", choices=TOWNS, bot={"within": "town"})
    town = question("town", constraint="string-length(.) <= 20", bot={"also": "place"})
    return Talk(form(asked, town, question("place", "geopoint"), question("after")))


@pytest.mark.parametrize(
    ("typed", "region"), [("Turkistan", "south"), ("t. turkistan ", "south"), ("Riddler", "east")]
)
def test_a_town_typed_at_the_regions_answers_both(typed: str, region: str) -> None:
    """As it was typed; Back undoes both. What can be answered at the screen of the town, which never came, is asked."""
    begun = towns()
    begun.write(typed)
    assert begun.answer("one") == Chosen((region,))
    assert begun.answer("town") == Written((Part(typed.strip()),))
    assert begun.place == "place"
    label = next(choice.label for choice in TOWNS if choice.name == region)
    both = Joined((Label(label), Said(typed.strip())), " → ")
    assert begun.screen.notice == Key("flow.search.taken", {"choice": both})
    begun.send(Back())
    assert begun.place == "one"


def test_a_town_of_several_regions_is_asked_about() -> None:
    """The region that is tapped then has the town."""
    begun = towns()
    begun.write("aksu")
    assert begun.labels[:2] == ["Oskemen Region", "South Region"]
    begun.tap("South Region")
    assert begun.answer("town") == Written((Part("aksu"),))
    assert begun.place == "place"


@pytest.mark.parametrize("typed", ["South Region", "south", "Turk", "EKO", "Oskemen Region"])
def test_a_region_that_was_named_itself_leaves_its_town_to_be_asked(typed: str) -> None:
    """So does part of a town's name."""
    begun = towns()
    begun.write(typed)
    assert begun.answer("one") is not None
    assert begun.answer("town") is None
    assert begun.place == "town"


GROUPS = choices("jail", "net")
TYPES = (
    Choice("jail.mass", {"en": "Mass arrests"}, {"group": "jail"}),
    Choice("jail.days", {"en": "Some days in jail"}, {"group": "jail"}),
    Choice("net.block", {"en": "Site blocked"}, {"group": "net"}),
    Choice("net.down", {"en": "Internet down"}, {"group": "net"}),
)


def groups() -> Talk:
    """A talk at groups of acts whose types are found there too."""
    group_ = question("group", "select_one", choices=GROUPS, bot={"finds": "types/group"})
    types = question("types", "select_multiple", choices=TYPES, choice_filter="group = /f/group")
    return Talk(form(group_, types, question("after")))


def test_the_first_list_finds_what_hangs_on_it() -> None:
    """What is clearly named answers both at once; Back leads to where it was typed."""
    begun = groups()
    begun.write("blocked")
    assert begun.answer("group") == Chosen(("net",))
    assert begun.answer("types") == Chosen(("net.block",))
    assert begun.place == "after"
    (said,) = [begun.screen.notice]
    both = Joined((Label({"en": "NET"}), Label({"en": "Site blocked"})), " → ")
    assert said == Key("flow.search.taken", {"choice": both})
    begun.send(Back())
    assert begun.place == "group"


def test_types_of_several_groups_can_be_found_and_tapped() -> None:
    """The whole list has the groups alone."""
    begun = groups()
    begun.write("s")
    found = begun.labels
    assert {"Mass arrests", "Some days in jail", "Site blocked"} <= set(found)
    begun.tap("Mass arrests")
    assert begun.answer("group") == Chosen(("jail",))
    assert begun.answer("types") == Chosen(("jail.mass",))
    begun.send(Back())
    assert begun.labels[:2] == ["JAIL", "NET"]
    begun.send(Pick(99))
    assert begun.notice == "flow.gone"


def test_typing_marks_in_a_list_of_several() -> None:
    """A whole label is one more mark; part of one shows what can be marked."""
    begun = talk(question("many", "select_multiple", choices=REGIONS))
    begun.write("алмат")
    begun.send(Toggle(2, on=True))
    assert begun.labels[:2] == ["Almaty City", "Almaty Region"]
    begun.write("Abai Region")
    assert begun.answer("many") == Chosen(("KZ-75", "KZ-10"))
    assert begun.place == "many"


def test_a_long_list_says_that_it_can_be_searched() -> None:
    """A short one does not."""
    assert Key("flow.search.hint") in one(*names(11)).screen.body
    assert Key("flow.search.hint") not in one(*names(10)).screen.body


def test_the_answer_is_shown_by_its_label() -> None:
    """In every language of the form."""
    begun = regions()
    begun.send(Pick(0), Back())
    answer = begun.shown("flow.current")["answer"]
    assert Label(REGIONS[0].label) in getattr(answer, "phrases", ())


def many_words(asked: Question) -> Talk:
    """A talk at a question with a list of a hundred choices of ten words each, or at another question."""
    labels = (" ".join(f"w{number}x{place}" for place in range(10)) for number in range(100))
    listed = tuple(Choice(f"c{number}", {"en": label}) for number, label in enumerate(labels))
    return talk(replace(asked, choices=listed) if asked.kind == "select_one" else asked)


def calls(begun: Talk, text: str, name: str = "") -> int:
    """How many functions, or those of a name, are called to answer a text: what it costs, whatever else the machine
    does."""
    counted = 0

    def count(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"} and name in {"", frame.f_code.co_name}

    sys.setprofile(count)
    try:
        begun.write(text)
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize("kind", ["select_one", "date", "integer"])
def test_the_longest_message_costs_no_more_than_a_few_words(kind: str) -> None:
    """It is not searched, but shown again, with what to do; whoever floods the bot with such cannot hold up others."""
    long, short = many_words(question("one", kind)), many_words(question("one", kind))
    text = " ".join(str(number) for number in range(2000))[:4096]
    ordinary = calls(short, "three or four words")
    assert calls(long, text) < 2 * ordinary
    assert long.notice == "flow.text.few_words"
    assert (long.place, long.draft.view.kept) == ("one", text)


def test_the_words_of_a_list_are_made_comparable_once() -> None:
    """By whoever searches it first; all drafts of the form share them."""
    begun = many_words(question("one", "select_one"))
    assert calls(begun, "w7x3 nothing", normalized.__name__) >= 100
    begun.send(WholeList())
    assert calls(begun, "w8x3 nothing", normalized.__name__) < 50
