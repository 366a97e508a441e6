"""A line in the team's group, if the operator wishes one: that there is something new, or something urgent. Neither a reference nor a
number: whoever is in the group, or reads over a shoulder, learns no more than that the bot is at work."""

from collections.abc import Sequence

from bot.chat.screens.renderer import Renderer
from bot.chat.transport.sending.call import Call
from bot.chat.transport.sending.outbox import Outbox
from bot.form.screen import Key
from bot.services.unit import Unit
from db.models import Report


def notify(renderer: Renderer, unit: Unit, outbox: Outbox, reports: Sequence[Report]) -> None:
    """Owe the group one line for all of these reports, in the first of the bot's languages."""
    chat_id = unit.settings.notice_chat
    if chat_id is None or not reports:
        return
    key = "moderator.group.urgent" if any(one.urgent for one in reports) else "moderator.group.new"
    message = renderer.message(unit.settings.languages[0], [Key(key)])
    call = Call("sendMessage", {"chat_id": chat_id, **message.params()}, guarded=True)
    outbox.add(unit.safe.pseudonyms.chat(chat_id), call)
