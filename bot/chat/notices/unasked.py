"""Messages to moderators that no update of theirs asked for."""

from bot.chat.screens.renderer import ActButtons, Renderer
from bot.chat.transport.sending.call import Call
from bot.chat.transport.sending.outbox import Outbox
from bot.form.screen import Phrase
from bot.services.desk.people import preferences, team
from bot.services.sent_messages import Stay
from bot.services.unit import Unit
from db.models import Moderator


def say(
    renderer: Renderer,
    unit: Unit,
    outbox: Outbox,
    moderator: Moderator,
    *phrases: Phrase,
    rows: ActButtons = (),
    report_id: str | None = None,
    quietly: bool = False,
    aloud: bool = False,
) -> None:
    """Enqueue a message to a moderator, which stays until it was seen. It is silent if `quietly`, or in
    quiet hours unless `aloud`."""
    chat_id = team.address(unit, moderator)
    if chat_id is None:  # its key has left the ring: that must not block reporters
        return
    message = renderer.message(moderator.language, phrases, rows)
    is_silent = quietly or (not aloud and preferences.is_quiet(unit, moderator))
    params = {"chat_id": chat_id, **message.params(), **({"disable_notification": True} if is_silent else {})}
    call = Call("sendMessage", params, guarded=True)
    outbox.add(moderator.chat_hash, call, report_id=report_id, stay=Stay.UNTIL_SEEN)
