"""What a visitor does with a message of their own."""

from playwright.async_api import Locator


async def choose(bubble: Locator, name: str) -> None:
    """Open the menu of a message and choose from it."""
    await bubble.hover()
    await bubble.get_by_role("button", name="Actions").click()
    await bubble.get_by_role("button", name=name).click()
