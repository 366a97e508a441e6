"""A place is told by a map without tiles, by a city, or by its coordinates."""

import pytest
from playwright.async_api import Locator

from tests.bot.local_api.conftest import Caller
from tests.browser.acting import Shown, expect
from tests.browser.conftest import Open
from tests.browser.kept import KeptPage


@pytest.fixture
async def shown(kept: KeptPage) -> Shown:
    """The reporter's phone with the dialog open."""
    one = Shown(kept.page)
    await one.say("/start")
    await one.attach("location")
    return one


def coordinates(shown: Shown) -> tuple[Locator, Locator]:
    """Latitude and longitude in the dialog."""
    return shown.root.get_by_label("Latitude"), shown.root.get_by_label("Longitude")


async def numbers(shown: Shown) -> tuple[float, float]:
    """What stands there."""
    latitude, longitude = [float(await one.input_value()) for one in coordinates(shown)]
    return latitude, longitude


async def sent(call: Caller, shown: Shown) -> tuple[float, float]:
    """Send it; what the bot hears."""
    before = await shown.bubbles.count()
    await shown.root.get_by_role("button", name="Send the place").click()
    await expect(shown.bubbles).to_have_count(before + 1)
    place = (await call.updates(offset=-1))[-1]["message"]["location"]
    return place["latitude"], place["longitude"]


async def test_a_click_on_a_city_of_the_map_sets_the_pin_there(call: Caller, shown: Shown) -> None:
    """To about a tenth of a degree, which is what a dot is wide; the pin stands where it was clicked."""
    dot = shown.root.locator(".city", has_text="Astana").locator("circle")
    box = await dot.bounding_box()
    assert box is not None
    await shown.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    pin = await shown.root.locator(".pin path").bounding_box()
    assert pin is not None
    assert pin["y"] + pin["height"] == pytest.approx(box["y"] + box["height"] / 2, abs=5)
    latitude, longitude = await sent(call, shown)
    assert latitude == pytest.approx(51.13, abs=0.1)
    assert longitude == pytest.approx(71.43, abs=0.1)


async def test_the_arrow_keys_move_the_pin(shown: Shown) -> None:
    """The map has the focus at once; Shift makes the steps small."""
    await expect(shown.root.get_by_role("application")).to_be_focused()
    for keys, expected in (
        (("ArrowUp", "ArrowUp", "ArrowLeft"), (43.74, 76.64)),
        (("Shift+ArrowDown", "Shift+ArrowRight"), (43.72, 76.66)),
    ):
        for key in keys:
            await shown.page.keyboard.press(key)
        assert await numbers(shown) == pytest.approx(expected)


async def test_a_city_is_chosen_by_its_name(call: Caller, shown: Shown) -> None:
    """In the language of the page; a place that is no city is called so."""
    city = shown.root.get_by_label("City")
    assert await city.locator("option").count() == 22
    await city.select_option("Semey")
    assert await sent(call, shown) == (50.41, 80.25)
    await shown.attach("location")
    await expect(city.locator("option:checked")).to_have_text("Semey")
    await coordinates(shown)[0].fill("50.5")
    await expect(city.locator("option:checked")).to_have_text("A place on the map")


async def test_coordinates_are_written_by_hand(call: Caller, shown: Shown) -> None:
    """What is no place on Earth is not sent."""
    latitude, longitude = coordinates(shown)
    await latitude.fill("95")
    await shown.root.get_by_role("button", name="Send the place").click()
    await expect(shown.root.get_by_role("dialog")).to_be_visible()
    await latitude.fill("-33.5")
    await longitude.fill("-70.6")
    assert await sent(call, shown) == (-33.5, -70.6)


async def test_nothing_is_sent_when_the_dialog_is_left(shown: Shown) -> None:
    """By its button or by Escape, even after a place was sent before."""
    await shown.root.get_by_role("button", name="Send the place").click()
    await expect(shown.bubbles).to_have_count(2)
    for leave in ("button", "Escape"):
        await shown.attach("location")
        if leave == "Escape":
            await shown.page.keyboard.press("Escape")
        else:
            await shown.root.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        await expect(shown.root.get_by_role("dialog")).to_be_hidden()
    await shown.say("the next message")
    await expect(shown.bubbles).to_have_count(3)


async def test_on_a_touch_screen_no_keys_are_spoken_of(visit: Open) -> None:
    """Where there are keys, they are."""
    for touch, words in ((True, "Tap the place on the map."), (False, "←↑↓→")):
        page = await visit(390, 844, has_touch=touch, is_mobile=touch)
        shown = Shown(page)
        await shown.attach("location")
        hint = await shown.root.locator(".location .hint").inner_text()
        assert words in hint
        assert ("←" in hint) == (not touch)
