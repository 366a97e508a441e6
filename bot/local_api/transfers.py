"""The methods that copy and forward messages: https://core.telegram.org/bots/api#forwardmessage."""

from __future__ import annotations

from collections.abc import Callable

from bot.local_api.apierror import bad_request
from bot.local_api.params import Params
from bot.local_api.sends import caption_of, send
from bot.local_api.state import JSON, Message
from bot.local_api.world import World

MOST = 100
"""Messages that one call may copy, forward or delete."""

Passing = Callable[[World, Params, Message], Message]


def _source(world: World, call: Params, verb: str) -> Message:
    chat = world.chat(call.text("from_chat_id"))
    message = chat.messages.get(call.integer("message_id") or 0)
    if message is None:
        raise bad_request(f"message to {verb} not found")
    return message


def message_numbers(call: Params) -> list[int]:
    """`message_ids`, 1 to 100 whole numbers. Raises ApiError otherwise."""
    numbers = call.structure("message_ids", "message identifiers")
    if not isinstance(numbers, list) or not numbers:
        raise bad_request("message identifiers are not specified")
    if len(numbers) > MOST:
        raise bad_request("too many message identifiers specified")
    try:
        return [int(number) for number in dict.fromkeys(numbers)]
    except (TypeError, ValueError, OverflowError):
        raise bad_request("can't parse message identifiers JSON object") from None


def _copy(world: World, call: Params, message: Message) -> Message:
    body = {name: value for name, value in message.body.items() if name != "media_group_id"}
    if call.text("caption") is not None:
        body = {name: value for name, value in body.items() if not name.startswith("caption")}
        body |= caption_of(world, call.text("caption"), call.text("parse_mode"), None)
    elif call.boolean("remove_caption"):
        body = {name: value for name, value in body.items() if not name.startswith("caption")}
    return send(world, call, body, message.files)


def _forward(world: World, call: Params, message: Message) -> Message:
    if message.protected:
        raise bad_request("the message can't be forwarded")
    origin = {"type": "user", "sender_user": message.sender, "date": message.date}
    return send(world, call, {"forward_origin": origin, **message.body}, message.files)


async def copy_message(world: World, call: Params) -> object:
    """CopyMessage: as if the bot wrote it itself; a new caption replaces the old one."""
    return {"message_id": _copy(world, call, _source(world, call, "copy")).id}


async def forward_message(world: World, call: Params) -> object:
    """ForwardMessage: with where it came from."""
    return _forward(world, call, _source(world, call, "forward")).as_json()


def _several(world: World, call: Params, one: Passing, verb: str) -> list[JSON]:
    there = world.chat(call.text("from_chat_id")).messages
    # What is gone or protected is passed over.
    found = [there[number] for number in message_numbers(call) if number in there]
    wanted = [message for message in found if verb == "copy" or not message.protected]
    if not wanted:
        raise bad_request(f"there are no messages to {verb}")
    return [{"message_id": one(world, call, message).id} for message in wanted]


async def copy_messages(world: World, call: Params) -> object:
    """CopyMessages: 1 to 100; their new ids."""
    return _several(world, call, _copy, "copy")


async def forward_messages(world: World, call: Params) -> object:
    """ForwardMessages: 1 to 100; their new ids."""
    return _several(world, call, _forward, "forward")
