"""Pictures of figures: what is painted is as large as its number, whole, and legible in every language."""

import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageFont

from bot.form.xlsform.sheets import read_list
from bot.publish import painting
from bot.publish.painting import (
    WIDTH,
    Bar,
    ChartHeading,
    Series,
    Tile,
    fitting,
    lying_bars,
    standing_bars,
    tile_map,
    width_of,
    wrapped,
)
from tests.bench import FORMS
from tests.test_texts import by_key, forms_of

RED, BLUE = "#ff0000", "#0000ff"
LONG = "Солтүстік Қазақстан облысының барлық аудандары мен қалалары, олардың маңы және басқа жерлер"
HEADING = ChartHeading("Неліктен?", [LONG], [Series("A", RED, 3), Series("B", BLUE, 5)])
MONO = ChartHeading("Ұзақ тақырып", ["1 — 2"], [Series("A", RED, 3)])


def opened(png: bytes) -> Image.Image:
    """The picture in a PNG file."""
    return Image.open(io.BytesIO(png)).convert("RGB")


def painted(png: bytes, color: tuple[int, int, int]) -> Sequence[int]:
    """How many pixels of a colour each row of a picture has below its legend, for rows that differ from the one before."""
    image = opened(png)
    rows = [
        sum(image.getpixel((x, y)) == color for x in range(image.width)) for y in range(280, image.height)
    ]
    return [row for row, before in zip(rows[1:], rows, strict=False) if row != before and row > 20]


def test_lying_bars_are_as_long_as_their_numbers() -> None:
    """The second is twice the first, and its two parts are as 1 to 3."""
    png = lying_bars(HEADING, [Bar("x", [10, 10]), Bar("y", [10, 30])])
    (first, second) = (Counter(painted(png, color)).most_common(9) for color in ((255, 0, 0), (0, 0, 255)))
    reds, blues = sorted({length for length, _ in first}), sorted({length for length, _ in second})
    assert reds[-1] == pytest.approx(blues[-1] / 3, abs=3)
    assert blues[-1] + reds[-1] == pytest.approx(painting.INNER - 110, abs=3)


def test_standing_bars_are_as_high_as_their_numbers() -> None:
    """Counted in one pixel of each column."""
    image = opened(standing_bars(MONO, [Bar("1", [4]), Bar("2", [8]), Bar("3", [0])]))
    wide = painting.INNER / 3
    heights = [
        sum(
            image.getpixel((round(painting.MARGIN + wide * (place + 0.5)), y)) == (255, 0, 0)
            for y in range(280, image.height)
        )
        for place in range(3)
    ]
    assert heights == [pytest.approx(320, abs=2), pytest.approx(640, abs=2), 0]


def test_a_tile_is_the_darker_the_more_there_is() -> None:
    """And stands where its column and row say."""
    tiles = [Tile(place, 0, "x", number) for place, number in enumerate((0, 1, 10, 20))]
    image = opened(tile_map(MONO, [*tiles, Tile(3, 1, "y", 5)], [("Басқа", 3)]))
    side = (painting.INNER + 10) / 4
    places = [painting.MARGIN + side * (place + 0.1) for place in range(4)]
    shades = [sum(image.getpixel((round(x), 340))) for x in places]  # type: ignore[arg-type] # RGB has three values
    assert shades == sorted(shades, reverse=True)
    assert len(set(shades)) == 4
    below = 340 + round(side)
    assert (
        image.getpixel((round(places[0]), below))
        == (255, 255, 255)
        != image.getpixel((round(places[3]), below))
    )


def test_long_words_stay_on_the_sheet() -> None:
    """Whatever is said: the margins stay white, long labels become smaller, long lines become two."""
    bar = Bar(LONG * 2, [123_456, 7])
    pictures = [
        lying_bars(HEADING, [bar, bar]),
        standing_bars(HEADING, [Bar("31.12", [123_456, 7], "2026")] * 12),
        tile_map(MONO, [Tile(5, 0, "Маңғыстау обл.", 123_456)], [(LONG, 1)]),
    ]
    for png in pictures:
        image = opened(png)
        assert image.width == WIDTH
        for x in (*range(painting.MARGIN // 2), *range(WIDTH - painting.MARGIN // 2, WIDTH)):
            assert {image.getpixel((x, y)) for y in range(image.height)} == {(255, 255, 255)}, x


def test_a_line_breaks_between_words_and_begins_with_no_dash() -> None:
    """No line is wider than the sheet, and no word is lost."""
    words = "Решено — 193, половина — за 30 часов " * 6
    lines = wrapped(words.strip(), 34)
    assert len(lines) > 2
    assert " ".join(lines).replace("\u00a0", " ") == words.strip()
    assert not any(line.startswith("—") or width_of(line, 34) > painting.INNER for line in lines)


def test_words_become_small_but_not_smaller_than_can_be_read() -> None:
    """As large as there is room."""
    assert fitting("Алматы", 30, 500) == 30
    assert width_of("Маңғыстау", fitting("Маңғыстау", 60, 150)) <= 150 < width_of("Маңғыстау", 60)
    assert fitting(LONG, 30, 50) == 20  # and what is left is cut


def test_a_picture_tells_neither_a_time_nor_a_program() -> None:
    """The same figures are the same bytes, in which nothing stands beside the picture."""
    one, other = (lying_bars(HEADING, [Bar("x", [1, 2])]) for _ in range(2))
    assert one == other
    assert Image.open(io.BytesIO(one)).info == {}


@pytest.mark.parametrize("name", ["NotoSans-Regular.ttf", "NotoSans-Bold.ttf"])
@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_the_font_has_every_letter(language: str, name: str) -> None:
    """Of all that pictures say in each language, and of what regions and violations are called."""
    font = ImageFont.truetype(Path(painting.__file__).parent / "fonts" / name, 40)
    said = [
        form
        for key, one in by_key(language).items()
        if key.startswith("moderator.stats.")
        for form in forms_of(one)
    ]
    said = [one for one in said if one[0].isalpha() or one[0] == "{"]  # a button's emoji is in no picture
    for path in ("regions", "groups"):
        for choice in read_list(FORMS / f"{path}.csv"):
            said += [choice.label[language], *choice.columns.values()]
    missing = bytes(font.getmask("\U0010fffd"))
    letters = {letter for words in said for letter in words if not letter.isspace()}
    assert len(letters) > 50
    assert [letter for letter in sorted(letters) if bytes(font.getmask(letter)) == missing] == []
