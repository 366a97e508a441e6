"""How words of a text find choices of a list."""

import pytest

from bot.form.model import Choice
from bot.form.typed.labels import SearchIndex, matching


def index(**search: str) -> SearchIndex:
    """A list of choices with these search words, whose labels are their names."""
    return SearchIndex([Choice(name, {"en": name}, {"search": words}) for name, words in search.items()])


def found(listed: SearchIndex, typed: str) -> list[str]:
    """Names of the choices that a text finds, the best first."""
    return [choice.name for _, choice in matching(listed, typed)]


PLACES = index(first="Шымкент", second="Жаңаөзен", third="Қостанай", fourth="Усть-Каменогорск")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Shymkent", "first"),
        ("шимкент", "first"),
        ("Janaozen", "second"),
        ("жанаузень", "second"),
        ("костанайда", "third"),
        ("qostanay", "third"),
        ("усть каменагорск", "fourth"),
        ("устькаменогорск", "fourth"),
    ],
)
def test_a_name_is_found_by_its_sound_in_any_alphabet_and_misspelt(typed: str, name: str) -> None:
    """Up to two letters, with any ending, apart or in one."""
    assert found(PLACES, typed)[:1] == ([name] if typed != "устькаменогорск" else [])


OUTCOMES = index(
    released="отпустили босатты released",
    detained="не_отпустили босатпады not_released в_СИЗО",
    restored="включили_интернет no_longer_blocked",
    blocked="заблокировали blocked",
)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("отпустили вчера", "released"),
        ("его так и не отпустили", "detained"),
        ("неотпустили", "detained"),
        ("обещают отпустить", "detained"),
        ("wasn't released", "detained"),
        ("босатты", "released"),
        ("босатқан жоқ", "detained"),
        ("босатпады", "detained"),
        ("no longer blocked", "restored"),
        ("blocked", "blocked"),
    ],
)
def test_a_word_that_is_denied_is_another(typed: str, name: str) -> None:
    """Before or after it, in its ending, in one with it; what is only promised has not happened."""
    assert found(OUTCOMES, typed)[:1] == [name]


def test_what_is_denied_finds_nothing_where_it_is_only_affirmed() -> None:
    """Rather nothing than the opposite."""
    assert found(index(died="убили", other="вышел"), "никого не убили") == []


def test_a_phrase_that_decides_stands_before_where_it_happened() -> None:
    """Without its mark the place would be as good an answer."""
    marked = index(prison="в_тюрьме", died="*умер", fined="штраф")
    assert found(marked, "умер в тюрьме")[0] == "died"
    assert found(marked, "в тюрьме") == ["prison"]
    unmarked = index(prison="в_тюрьме", died="умер", fined="штраф")
    assert found(unmarked, "умер в тюрьме")[0] == "prison"


def test_more_words_of_one_phrase_weigh_more_than_words_of_several() -> None:
    """And words that nearly all choices have weigh nothing beside others."""
    listed = index(
        passport="отобрали_паспорт суд", search="отобрали_телефон суд", fired="уволили суд", court="суд"
    )
    assert found(listed, "у меня отобрали телефон")[0] == "search"
    assert found(listed, "суд, отобрали паспорт")[0] == "passport"


def test_a_choice_whose_label_was_said_is_shown_beside_a_better_one() -> None:
    """Two were named; one of them alone would lose a fact."""
    listed = index(masked="*люди_в_масках", court="судья", local="акимат", soldiers="армия")
    police = SearchIndex([*listed.listed.values(), Choice("police", {"ru": "Полиция"})])
    assert found(police, "полиция и люди в масках") == ["masked", "police"]


def test_two_errors_are_too_many_in_a_short_word() -> None:
    """One in five letters, two in eight."""
    listed = index(fined="штраф", tried="судят", arrested="задержали")
    assert found(listed, "штарф") == ["fined"]
    assert found(listed, "шартв") == []
    assert found(listed, "задиржаля") == ["arrested"]


def test_choices_of_a_dependent_list_come_first() -> None:
    """They say more than the one they belong to."""
    listed = [Choice("protest", {"en": "Protest"}), Choice("protest.banned", {"en": "Protest"})]
    assert found(SearchIndex(listed, own=1), "protest") == ["protest.banned", "protest"]
    assert found(SearchIndex(listed), "protest") == ["protest", "protest.banned"]
