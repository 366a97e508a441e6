"""What axe-core has to say of a page."""

from collections.abc import Sequence
from typing import Any, Literal

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page

__all__ = ["LOOKS", "sound"]

LOOKS: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
COLOURS = ("color-contrast", "link-in-text-block")
"""The rules that another look can break: it changes colours, and nothing else.
https://github.com/dequelabs/axe-core/blob/develop/doc/rule-descriptions.md"""

RUN = """
async ([rules, within]) => {
  const only = rules.length ? { runOnly: { type: 'rule', values: rules } } : {};
  const { testEngine, passes, violations } = await axe.run(within || document, { resultTypes: ['violations'], ...only });
  return { testEngine, violations, looked: passes.length + violations.length };
}
"""


async def sound(page: Page, within: str = "") -> None:
    """Assert that axe-core finds no serious or critical issue on the page as it is, or in the one part of it that was not seen
    before (a CSS selector): light, and in its colours dark."""
    for look_of in LOOKS:
        rules = () if look_of == "light" else COLOURS
        await page.emulate_media(color_scheme=look_of)
        about = (look_of, page.url, within)
        assert (*about, await _serious_issues(page, rules, within)) == (*about, [])


async def _serious_issues(page: Page, rules: Sequence[str], within: str) -> list[Any]:
    """Rules that the page or a part of it breaks seriously or critically, with what breaks them; of these, or of all.

    axe-core is put into the page once: to compile it takes longer than to run it.
    """
    if await page.evaluate("typeof axe === 'undefined'"):
        await page.evaluate(Axe().axe_script)
    found = await page.evaluate(RUN, [list(rules), within])
    assert found["testEngine"]["name"] == "axe-core"
    assert found["looked"] > 0
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"]])
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]
