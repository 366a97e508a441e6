"""/stats and its buttons."""

from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import ButtonRole, Key
from bot.services import audit
from bot.services.statistics.span import Step

PICTURES = ("periods", "categories", "regions", "decisions", "waiting")
"""The pictures by their names, in the order in which they are offered."""
ALL = "all"
_OTHER = {Step.WEEKS: Step.MONTHS, Step.MONTHS: Step.WEEKS}


async def show(turn: Turn) -> None:
    """/stats [weeks or months], or a button for one of them: the figures, and buttons for the pictures."""
    step = _step(turn.act.first or turn.argument or Step.WEEKS)
    await audit.record(turn.unit, turn.moderator.alias, "stats", "", step)
    params = turn.renderer.message(turn.language, [], _rows(step)).params()
    made = {"text": f"figures:{step}:{turn.language}"}
    turn.call("sendMessage", {"chat_id": turn.chat.id, **params, "protect_content": True}, attach=made)
    turn.answer_tap()


def _rows(step: Step) -> list[list[ActButton]]:
    shown = [act_button(f"moderator.stats.show.{name}", "mpicture", step, name) for name in PICTURES]
    everything = act_button("moderator.stats.show.all", "mpicture", step, ALL, ButtonRole.ONWARD)
    other = act_button(f"moderator.stats.step.{_OTHER[step]}", "mstats", _OTHER[step])
    return [shown[:2], shown[2:4], [shown[4], everything], [other]]


async def picture(turn: Turn) -> None:
    """The button of a picture, or of all: each is painted when it is sent."""
    step, asked = _step(turn.act.first), turn.act.second
    if asked not in {*PICTURES, ALL}:
        raise Refusal("reporter.tap.stale")
    await audit.record(turn.unit, turn.moderator.alias, "stats", "", f"{step} {asked}")
    for name in PICTURES if asked == ALL else [asked]:
        _owe(turn, step, name)
    turn.answer_tap()


def _owe(turn: Turn, step: Step, name: str) -> None:
    caption = turn.renderer.phrase(Key(f"moderator.stats.chart.{name}"), turn.language)
    params = {"chat_id": turn.chat.id, "caption": caption, "protect_content": True}
    untaken = turn.renderer.phrase(Key("moderator.stats.untaken"), turn.language)
    made = {"photo": f"picture:{step}:{name}:{turn.language}"}
    turn.call("sendPhoto", params, attach=made, otherwise=untaken)


def _step(word: str) -> Step:
    try:
        return Step(word.strip().lower())
    except ValueError:
        raise Refusal("moderator.stats.how") from None
