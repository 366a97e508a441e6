"""/stats in a chat, and the openers that make its words and pictures at the moment of sending."""

import asyncio
from collections.abc import Mapping

from bot.chat.renderer import Renderer, act_button
from bot.chat.turn import Turn
from bot.desk.references import in_rows
from bot.desk.statistics import charts
from bot.errors import Refusal
from bot.form.screen import ButtonRole, Key
from bot.publish.statistics.service import PeriodLength, figures
from bot.store import audit
from bot.store.unit import REPORT_FORM, MakeUnit
from bot.transport.delivery import Attachment, Opener

PICTURES = ("periods", "categories", "regions", "decisions", "waiting")
ALL = "all"
_OTHER = {PeriodLength.WEEKS: PeriodLength.MONTHS, PeriodLength.MONTHS: PeriodLength.WEEKS}


async def show(turn: Turn) -> None:
    """Enqueue the figures by weeks or months, with buttons for the charts."""
    step = _step(turn.act.first or turn.argument or PeriodLength.WEEKS)
    await audit.record(turn.unit, turn.moderator.alias, "stats", "", step)
    shown = [act_button(f"moderator.stats.show.{name}", "mpicture", step, name) for name in PICTURES]
    everything = act_button("moderator.stats.show.all", "mpicture", step, ALL, ButtonRole.ONWARD)
    other = act_button(f"moderator.stats.step.{_OTHER[step]}", "mstats", _OTHER[step])
    rows = [*in_rows([*shown, everything]), [other]]
    params = turn.renderer.message(turn.language, [], rows).params()
    made = {"text": f"figures:{step}:{turn.language}"}
    turn.call("sendMessage", {"chat_id": turn.chat.id, **params, "protect_content": True}, attach=made)


async def picture(turn: Turn) -> None:
    step, asked = _step(turn.act.first), turn.act.second
    if asked not in {*PICTURES, ALL}:
        raise Refusal("reporter.tap.stale")
    await audit.record(turn.unit, turn.moderator.alias, "stats", "", f"{step} {asked}")
    params = {"chat_id": turn.chat.id, "protect_content": True}
    untaken = turn.renderer.phrase(Key("moderator.stats.untaken"), turn.language)
    for name in PICTURES if asked == ALL else [asked]:
        spec = f"{step}:{name}:{turn.language}"
        made = {"photo": f"picture:{spec}", "caption": f"caption:{spec}"}
        turn.call("sendPhoto", params, attach=made, otherwise=untaken)


def _step(word: str) -> PeriodLength:
    try:
        return PeriodLength(word.strip().lower())
    except ValueError:
        raise Refusal("moderator.stats.how") from None


MIME = "image/png"


def statistics_openers(read: MakeUnit, renderer: Renderer) -> Mapping[str, Opener]:
    """Openers of `figures:<step>:<language>` as HTML, and of `<step>:<name>:<language>` behind `picture:` as
    PNG and behind `caption:` in words."""

    async def counted(step: str, language: str) -> charts.Charts:
        async with read() as unit:
            found, form = await figures(unit, PeriodLength(step)), unit.forms[REPORT_FORM]
        return charts.Charts(found, form, renderer, language)

    async def open_figures(spec: str) -> str:
        step, language = spec.split(":")
        made = await counted(step, language)
        return renderer.message(language, charts.paragraphs(made.figures, made.form, language)).html

    async def open_picture(spec: str) -> Attachment:
        step, name, language = spec.split(":")
        drawn = await asyncio.to_thread((await counted(step, language)).picture, name)
        return f"{name}.png", drawn, MIME

    async def open_caption(spec: str) -> str:
        step, name, language = spec.split(":")
        return (await counted(step, language)).caption(name)

    return {"figures": open_figures, "picture": open_picture, "caption": open_caption}
