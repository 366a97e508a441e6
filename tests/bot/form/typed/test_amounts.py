"""How many people, as it is typed."""

import pytest

from bot.form.typed.amounts import Amount, amount_of


@pytest.mark.parametrize(
    "typed",
    [
        "3",
        " 3. ",
        "3 человека",
        "3-х",
        "трое",
        "три человека",
        "үш адам",
        "үшеу",
        "3 people",
        "three",
        "ровно 3",
    ],
)
def test_a_single_number_is_exact(typed: str) -> None:
    """In digits or words, with the people counted or without."""
    assert amount_of(typed) == Amount(3, 3)


@pytest.mark.parametrize(
    "typed", ["2000", "2 000", "2,000", "2\u00a0000", "2 тысячи", "две тысячи", "2 мың", "2 thousand"]
)
def test_thousands_are_one_number(typed: str) -> None:
    """However they are set apart."""
    assert amount_of(typed) == Amount(2000, 2000)


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "30–40",
            "30-40",
            "30 — 40 человек",
            "от 30 до 40",
            "от 30 человек до 40",
            "между 30 и 40",
            "30 или 40",
        ),
        *("30 мен 40 аралығында", "30-дан 40-қа дейін", "30-дан 40 адамға дейін", "отыздан қырыққа дейін"),
        *("from 30 to 40", "between 30 and 40", "30 to 40 people", "примерно 30-40", "шамамен 30-40 адам"),
    ],
)
def test_two_ends_are_a_range(typed: str) -> None:
    """Both are included; a range that is only about so is still that range."""
    assert amount_of(typed) == Amount(30, 40)


@pytest.mark.parametrize(
    "typed",
    [
        *("at least 20", "20+", "20 or more", ">= 20", "not less than 20"),
        *(
            "не менее 20",
            "не меньше 20 человек",
            "от 20",
            "20 и более",
        ),
        *(
            "кемінде 20",
            "20-дан кем емес",
            "20 және одан көп",
        ),
    ],
)
def test_a_least_number_is_the_one_that_was_said(typed: str) -> None:
    """The other end stays open."""
    assert amount_of(typed) == Amount(20, None)


@pytest.mark.parametrize(
    "typed",
    [
        *("more than 30", "over 30", "over 30 people", "above 30", ">30", "more than thirty"),
        *("более 30", "больше 30 человек", "более чем 30", "свыше 30", "30 с лишним", "более тридцати"),
        *("30-дан астам", "30 адамнан астам", "отыздан астам", "30-дан көп", "30-дан артық", "30 астам"),
    ],
)
def test_more_than_a_number_is_one_more_at_least(typed: str) -> None:
    """And it is known that it was told so."""
    assert amount_of(typed) == Amount(31, None, beyond=True)


@pytest.mark.parametrize(
    ("typed", "least"),
    [
        *(
            ("тысячи людей", 1000),
            ("тысячи", 1000),
            ("сотни человек", 100),
            ("десятки", 10),
            ("миллионы", 1_000_000),
        ),
        *(("мыңдаған адам", 1000), ("жүздеген адам", 100), ("ондаған", 10), ("жүздеп", 100)),
        *(("thousands of people", 1000), ("Hundreds", 100), ("dozens of", 12), ("tens of people", 10)),
        *(
            ("сотни тысяч", 100_000),
            ("десятки тысяч человек", 10_000),
            ("более тысячи", 1001),
            ("жүз мыңдаған", 100_000),
        ),
    ],
)
def test_a_plural_without_a_number_is_at_least_one_of_its_units(typed: str, least: int) -> None:
    """Never exactly that many."""
    found = amount_of(typed)
    assert found is not None
    assert (found.least, found.most, found.about) == (least, None, False)


@pytest.mark.parametrize(
    ("typed", "number"), [("тысяча", 1000), ("мың адам", 1000), ("hundred", 100), ("три тысячи", 3000)]
)
def test_one_unit_is_a_number(typed: str, number: int) -> None:
    """So is a plural that another number counts."""
    assert amount_of(typed) == Amount(number, number)


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "up to 20",
            "at most 20",
            "no more than 20",
            "fewer than 20",
            "до 20",
            "не более 20 человек",
            "менее 20",
        ),
        *("20-ға дейін", "20 адамға дейін", "ең көбі 20", "20-дан аспайды", "20-дан артық емес"),
    ],
)
def test_a_greatest_number_leaves_the_least_open(typed: str) -> None:
    """Nobody said one."""
    assert amount_of(typed) == Amount(None, 20)


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "около 50",
            "примерно 50",
            "человек 50",
            "человек пятьдесят",
            "наверное, 50",
            "почти 50",
            "50 где-то",
            "50?",
        ),
        *(
            "about 50",
            "~50",
            "almost 50 people",
            "50 or so",
            "шамамен 50",
            "50-ге жуық",
            "50 шақты",
            "50-дей",
            "елудей",
        ),
        *("50 журналистов", "не 50", "arrested 50 of them"),
    ],
)
def test_a_number_with_other_words_around_it_is_only_about_so(typed: str) -> None:
    """Whatever those words are: they may say anything of it."""
    assert amount_of(typed) == Amount(50, 50, about=True)


@pytest.mark.parametrize(
    "typed",
    [
        *("", "много", "несколько десятков", "он", "не знаю", "көп адам"),
        *("3 5", "2-3-4", "40-30", "двадцать сорок", "от 3 до 5 или 6"),
        *("-3", "3.5", "1,5 тысячи", "1/2", "5%", "№5", "12.05.2024", "12:30", "87011234567", "+77011234567"),
    ],
)
def test_what_is_not_understood_as_a_whole_is_no_amount(typed: str) -> None:
    """Several numbers, ends in the wrong order, parts of one, dates, hours, telephones."""
    assert amount_of(typed) is None
