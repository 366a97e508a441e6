"""What the detector finds in examples of ours, and what it promises of any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.safety.personal_data import found

_SAMPLES = (
    "Активиста Нурлана Ахметова задержали у дома: г. Алматы, ул. Абая, д. 12, кв. 5. ",
    "Белсенді Айгүл Серікқызы Самал-2 шағын ауданы, 33-үйде тұрады, нөмірі 8-(775)-123-45-67. ",
    "Aigerim T. lives at 25 Tole Bi Street, apartment 14; a white car, 123 ABC 02, 51.16052, 71.47036. ",
    "ИИН 850101300123, машина A 123 BCD, 43°14'20\"N 76°53'22\"E, 12-мкр, 5-үй, Ким О.В. ",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Суд оштрафовал А. Сейтказы и Ким О.В. на 100 МРП.", ["name: А. Сейтказы", "name: Ким О.В"]),
        ("Адвокат Елена Сидоренко, тел. 87772345678", ["name: Елена Сидоренко", "phone: 87772345678"]),
        ("Қанат Сағынтайды ұстады", ["name: Қанат Сағынтайды"]),
        ("задержан нурлан ахметов", ["name: нурлан"]),
        ("Вместе с Арманом Шураевым задержали 15 человек", ["name: Арманом Шураевым"]),
        ("Абай көшесі, 12-үй, 5-пәтер", ["address: Абай көшесі, 12-үй, 5-пәтер"]),
        ("г. Алматы, ул. Абая, д. 12, кв. 5.", ["address: г. Алматы, ул. Абая, д. 12, кв. 5"]),
        ("В доме 15 по улице Ержанова", ["address: доме 15 по улице Ержанова"]),
        ("at 12 Abay Street, apt 5", ["address: 12 Abay Street, apt 5"]),
        ("777abc05, 123 AB 02, A 123 BCD", ["plate: 777abc05", "plate: 123 AB 02"]),
        ("ЖСН: 900215450012", ["iin: 900215450012"]),
        ("43.238949, 76.889709", ["coordinates: 43.238949, 76.889709"]),
        ("+7 (727) 250-12-34 және 7011234567", ["phone: +7 (727) 250-12-34", "phone: 7011234567"]),
        ("На улице Абая 12 января собрались 40 человек у памятника Абаю.", []),
        ("Университет имени Аль-Фараби, улица Динмухамеда Кунаева, Абай атындағы театр, Abay Avenue.", []),
        ("Верховный Суд отменил. Снова задержали. Президент Токаев. Әділет министрлігі. ТОО «Айгерим».", []),
        ("87 001 234 567 тенге, дело № 7513-24-00-3/1234, счёт KZ86125KZT5004100100, БИН 040440000123", []),
        ("Телефон доверия 8 800 080 77 77, 102, ст. 488 КоАП, 100 МРП, 15.05.2024 10:30, 43.2, 76.9", []),
    ],
)
def test_what_gives_somebody_away_is_found_and_what_gives_nobody_away_is_not(
    text: str, expected: list[str]
) -> None:
    assert [f"{one.kind}: {text[one.start : one.end]}" for one in found(text)] == expected


@given(
    st.lists(st.sampled_from([*_SAMPLES, *"".join(_SAMPLES)]) | st.text(max_size=20), max_size=30).map(
        "".join
    )
)
def test_findings_lie_within_the_text_in_order_and_apart(text: str) -> None:
    end = 0
    for one in found(text):
        assert end <= one.start < one.end <= len(text)
        end = one.end


@pytest.mark.parametrize("piece", ["".join(_SAMPLES), "ул. ", "А.", "12-", "1"])
def test_a_text_of_a_hundred_thousand_characters_is_read_to_its_end(piece: str) -> None:
    """A pattern that looked through all of it again at each place would not come to an end."""
    text = (piece * (100_000 // len(piece) + 1))[:100_000]
    assert all(0 <= one.start < one.end <= len(text) for one in found(text))
    assert found(text + " +7 701 123 45 67 ")[-1].start >= 99_990
