"""The language of a phone."""

from tests.browser.acting import Shown, expect


async def test_a_chat_is_in_the_language_of_its_phone(shown: Shown) -> None:
    """For those who have it read out; days and buttons are in that of the page."""
    await shown.root.get_by_label("Phone language").select_option("kk")
    await expect(shown.root.locator(".list")).to_have_attribute("lang", "kk")
    await expect(shown.root.locator(".day")).to_have_attribute("lang", "en")
    await expect(shown.last.locator("footer")).to_have_attribute("lang", "en")
    await shown.root.get_by_label("Phone language").select_option("ru")
    await expect(shown.root.locator(".list")).to_have_attribute("lang", "ru")
