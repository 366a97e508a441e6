"""The reporter's location on a map, no finer than what could be published, for the decision how much of it
is public."""

from collections.abc import Sequence

from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.answers import Place, degrees
from bot.form.screen import Key
from bot.services import audit
from bot.services.desk import claims
from bot.services.desk.card.cards import Card
from bot.services.desk.publishing import location


def buttons(card: Card) -> Sequence[Sequence[ActButton]]:
    answers = card.content.all.values() if card.content is not None else ()
    given = any(isinstance(answer, Place) for answer in answers)
    return [[act_button("moderator.place.show", "mplace", card.report.ref)]] if given else []


async def show(turn: Turn) -> None:
    """Send the approximate location, which cannot be forwarded."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    found = await location.finest(turn.unit, report)
    if found is None:
        raise Refusal("moderator.place.none", {"ref": report.ref})
    point, kilometres = found
    title = turn.renderer.phrase(Key("moderator.place.title", {"km": kilometres}), turn.language)
    params = {
        "chat_id": turn.chat.id,
        "latitude": float(degrees(point.latitude)),
        "longitude": float(degrees(point.longitude)),
        "title": title,
        "address": report.ref,
        "protect_content": True,
    }
    turn.call("sendVenue", params, report_id=report.id)
    await audit.record(turn.unit, turn.moderator.alias, "place", report.ref, f"km {kilometres}")
    turn.answer_tap()
