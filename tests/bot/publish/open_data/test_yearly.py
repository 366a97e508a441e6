"""The file of a year."""

import csv
import io
from collections import Counter
from collections.abc import Mapping

from bot.form.model import Form
from bot.languages import exported_codes
from bot.publish.open_data import UNDATED, YearlyCounts, as_csv
from bot.texts import Texts

HEAD = ["year", "by", "code", "label_en", "label_ru", "label_kk", "events"]


def rows(found: YearlyCounts, forms: Mapping[str, Form], least: int = 5) -> list[list[str]]:
    """The lines of the file of 2024 behind its head."""
    content = as_csv(2024, found, forms, Texts(exported_codes()), least).decode("utf-8-sig")
    head, *lines = csv.reader(io.StringIO(content, newline=""))
    assert head == HEAD
    return lines


def test_a_year_is_divided_in_three_ways_and_adds_up_in_each(forms: Mapping[str, Form]) -> None:
    """What is small stands with others, whose names are not told."""
    found = YearlyCounts(
        Counter({"01": 6, "02": 8, "03": 2, UNDATED: 3}),
        Counter({"KZ-75": 11, "KZ-71": 5, "KZ-10": 3}),
        Counter({"detention": 12, "assembly": 7}),
    )
    assert rows(found, forms) == [
        ["2024", "all", "", "All", "Всего", "Барлығы", "19"],
        *(["2024", "month", f"2024-{month:02}", *[f"2024-{month:02}"] * 3, "0"] for month in range(4, 13)),
        [
            *("2024", "month", "2024-Q1; 2024-XX"),
            *(
                "2024-Q1; 2024, month not known",
                "2024-Q1; 2024, месяц неизвестен",
                "2024-Q1; 2024, айы белгісіз",
            ),
            "19",
        ],
        ["2024", "region", "KZ-75", "Almaty", "г. Алматы", "Алматы қаласы", "11"],
        ["2024", "region", "others", "All others together", "Остальные вместе", "Қалғандары бірге", "8"],
        [
            "2024",
            "category",
            "detention",
            "Detained or arrested",
            "Задержание или арест",
            "Ұстау немесе қамау",
            "12",
        ],
        [
            *("2024", "category", "assembly"),
            *(
                "Protest banned or dispersed",
                "Запрет или разгон митинга",
                "Митингіге тыйым салу, оны тарату",
            ),
            "7",
        ],
    ]


def test_a_year_of_few_events_has_no_numbers(forms: Mapping[str, Form]) -> None:
    """Not even that there were any."""
    few = YearlyCounts(Counter({"01": 4}), Counter({"KZ-75": 4}), Counter({"detention": 4}))
    assert rows(few, forms) == rows(YearlyCounts(), forms) == []


def test_a_code_of_no_list_stands_behind_the_others_under_itself(forms: Mapping[str, Form]) -> None:
    """As of a form of another time."""
    found = YearlyCounts(Counter({"01": 9}), Counter({"KZ-OLD": 9}), Counter({"": 9}))
    assert [row[2:4] for row in rows(found, forms) if row[1] in {"region", "category"}] == [
        ["KZ-OLD", "KZ-OLD"],
        ["", ""],
    ]
