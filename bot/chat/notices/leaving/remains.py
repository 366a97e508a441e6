"""What remains in a chat though it was to be deleted: Telegram refuses some messages (a dice for a day), and one whose id is
not known cannot be asked for. The person is told, and how to delete it by hand."""

from collections.abc import Sequence

from bot.chat.transport.sending.call import Call
from bot.chat.transport.sending.delivered import Delivered
from bot.chat.transport.sending.outbox import Outbox
from bot.services.sent_messages import Stay
from bot.services.unit import Unit

MOST_SHOWN = 20
"""Messages that are pointed at one by one."""


def tell(unit: Unit, outbox: Outbox, delivered: Sequence[Delivered]) -> None:
    """Point at each message that could not be deleted, by a reply to it: whoever taps that is led to it. A reply to a
    message that is gone after all is refused by Telegram and says nothing, which is right."""
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
