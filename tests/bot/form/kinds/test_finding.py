"""Choices found by what is typed: by labels in any language, by further words, or by nothing."""

import pytest

from bot.form.answers import Chosen
from bot.form.draft import ScreenState
from bot.form.events import Back, Show, Toggle
from bot.form.model import Choice
from bot.form.screen import Key, Label, Said
from tests.bot.form.kinds.lists import REGIONS, many, names, one, regions, talk
from tests.bot.form.talks import Talk, choices, form, question


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
    assert begun.draft.view == ScreenState()


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
    for begun in (one("a", "b", "c", "d"), many("a", "b", "c", "d")):
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
    assert Key("flow.search.hint") in one(*names(7)).screen.body
    assert Key("flow.search.hint") not in one(*names(6)).screen.body


def test_a_list_whose_hint_says_how_to_type_says_nothing_of_searching() -> None:
    """Where what is typed may be a place within a choice, or own words beside the list."""
    for column in ("within", "also"):
        hinted = question(
            "one", "select_one", choices=choices(*names(7)), hint={"en": "Type it."}, bot={column: "after"}
        )
        begun = Talk(form(hinted, question("after")))
        begun.send(Show())
        assert begun.screen.body == (Label({"en": "one"}), Label({"en": "Type it."}))


def test_words_at_a_choice_of_yes_or_no_are_told_to_tap() -> None:
    """No one would search it; of a whole story only the beginning is shown again."""
    begun = one("yes", "no")
    begun.write("they came at six and " * 9)
    assert begun.notice == "flow.use_buttons"
    assert begun.shown("flow.kept") == {"text": Said("they came at six and they came at six a…")}
