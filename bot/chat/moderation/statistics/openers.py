"""What makes the figures and the pictures when they are sent."""

import asyncio
from collections.abc import Mapping

from bot.chat.moderation.statistics import told
from bot.chat.screens.renderer import Renderer
from bot.chat.transport.sending.attachments import Attachment, Opener
from bot.services.statistics.figures import figures
from bot.services.statistics.span import Step
from bot.services.unit import REPORT_FORM, MakeUnit

MIME = "image/png"


def openers(read: MakeUnit, renderer: Renderer) -> Mapping[str, Opener]:
    """`figures:<step>:<language>` as the HTML of a message, `picture:<step>:<name>:<language>` as a PNG file."""

    async def open_figures(spec: str) -> str:
        step, language = spec.split(":")
        async with read() as unit:
            found, form = await figures(unit, Step(step)), unit.forms[REPORT_FORM]
        return renderer.message(language, told.paragraphs(found, form, language)).html

    async def open_picture(spec: str) -> Attachment:
        from bot.chat.moderation.statistics.charts import Charts  # noqa: PLC0415 - a start needs no library of pictures

        step, name, language = spec.split(":")
        async with read() as unit:
            charts = Charts(await figures(unit, Step(step)), unit.forms[REPORT_FORM], renderer, language)
        return f"{name}.png", await asyncio.to_thread(charts.picture, name), MIME

    return {"figures": open_figures, "picture": open_picture}
