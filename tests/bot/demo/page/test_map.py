"""The map of Kazakhstan is right."""

import json
from pathlib import Path

STATIC = Path(__file__).parents[4] / "bot" / "demo" / "page" / "static"
LANGUAGES = ("kk", "ru", "en")


def test_the_cities_lie_in_the_country_drawn_or_at_its_coast() -> None:
    """By the even-odd rule; half a degree is what the rough outline may err by. Each has its three names."""
    places = json.loads((STATIC / "kazakhstan.json").read_text())
    for city in places["cities"]:
        assert all(city[language] for language in LANGUAGES), city
        around = [(x, y) for x in (-0.5, 0.0, 0.5) for y in (-0.5, 0.0, 0.5)]
        assert any(inside(places["outline"], city["longitude"] + x, city["latitude"] + y) for x, y in around)
    assert not inside(places["outline"], 74.6, 42.87)  # Bishkek


def inside(outline: list[list[float]], x: float, y: float) -> bool:
    """Whether a point lies in a polygon."""
    crossed = 0
    for (x1, y1), (x2, y2) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            crossed += 1
    return crossed % 2 == 1
