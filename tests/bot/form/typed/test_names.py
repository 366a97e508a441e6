"""Names of months and weekdays, judged by CLDR, the register of locales that Babel brings."""

from datetime import date
from typing import Literal

import pytest
from babel.dates import get_day_names, get_month_names

from bot.form.typed.dates import readings
from bot.form.typed.partial_dates import weekday
from bot.form.typed.phrases import normalized
from bot.languages import codes

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize("language", codes())
@pytest.mark.parametrize("width", ["wide", "abbreviated"])
@pytest.mark.parametrize("context", ["format", "stand-alone"])
def test_every_name_of_a_month_and_weekday_is_read(
    language: str, width: Literal["wide", "abbreviated"], context: Literal["format", "stand-alone"]
) -> None:
    """In a date and alone, in full and short."""
    for number, name in get_month_names(width, context, language).items():
        found = readings(f"5 {name} 2022", TODAY)
        assert isinstance(found, tuple), name
        assert [when.start for when in found] == [f"2022-{number:02}-05"], name
    for place, name in get_day_names(width, context, language).items():
        assert weekday(normalized(name).strip(".")) == place + 1, name
