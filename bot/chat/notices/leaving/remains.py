"""Messages that could not be deleted, since Telegram refuses some (a dice for a day) or their ids are
unknown."""

from collections.abc import Sequence

from bot.chat.transport.sending.call import Call
from bot.chat.transport.sending.delivered import Delivered
from bot.chat.transport.sending.outbox import Outbox
from bot.services.sent_messages import Stay
from bot.services.unit import Unit

MOST_SHOWN = 20


def tell(unit: Unit, outbox: Outbox, delivered: Sequence[Delivered]) -> None:
    """Point at each message that could not be deleted by replying to it. If the message is gone after all,
    Telegram rightly refuses the reply."""
    for done in delivered:
        if not done.left:
            continue
        call = Call.of(unit.safe.ring, done.row)
        if call.if_left is None:
            continue
        for message_id in done.left[:MOST_SHOWN]:
            params = {**call.if_left, "reply_parameters": {"message_id": message_id}}
            reply = Call("sendMessage", params, guarded=call.guarded, passing=call.passing)
            stay = Stay.UNTIL_SEEN if call.guarded else Stay.DAYS
            outbox.add(done.row.chat_hash, reply, report_id=done.row.report_id, stay=stay)
