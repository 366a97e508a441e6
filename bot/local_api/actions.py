"""What a person can do in Telegram alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

from bot.local_api.apierror import ApiError, bad_request
from bot.local_api.entities import detected, formatted
from bot.local_api.files import KINDS
from bot.local_api.params import Upload
from bot.local_api.pictures import POINT
from bot.local_api.sends import CAPTION_LIMIT, TEXT_LIMIT
from bot.local_api.state import JSON, Chat, Details, Message, Person, member
from bot.local_api.utf16 import width
from bot.local_api.world import World


@dataclass(frozen=True, slots=True)
class Seat:
    """A person in one of their chats with the bot."""

    world: World
    person: Person
    chat: Chat


def seat(world: World, person: Person, number: int | None) -> Seat:
    """The person in the chat of this id, by default in the private one. Raises ApiError if not in it."""
    chat = world.chats.get(person.id if number is None else number)
    if chat is None or person.id not in chat.members:
        raise bad_request("you are not in this chat")
    return Seat(world, person, chat)


def _write(seat: Seat, body: JSON, **details: Unpack[Details]) -> Message:
    if seat.chat.kind == "private":
        if seat.chat.status == "kicked":
            raise ApiError(409, "Conflict: the bot is blocked on this phone")
        seat.chat.status = "member"
    message = seat.world.post(seat.chat, seat.person.as_user(), body, **details)
    if _reaches_bot(seat.world, message):
        seat.world.send_update("message", message.as_json(), ("chat", seat.chat.id))
    return message


def _reaches_bot(world: World, message: Message) -> bool:
    """In groups a bot in privacy mode hears commands for it, replies to it and what Telegram itself says."""
    if message.chat.status != "member" or message.chat.kind == "private":
        return message.chat.status == "member"
    quoted = message.quoted is not None and message.quoted.sender == world.me
    return quoted or "new_chat_members" in message.body or _commands(world, message.body)


def _commands(world: World, body: JSON) -> bool:
    """Whether a text begins with a command for no other bot."""
    first: JSON = next((one for one in body.get("entities", []) if one["offset"] == 0), {})
    if first.get("type") != "bot_command":
        return False
    named = body["text"][: first["length"]].partition("@")[2]
    return named.lower() in {"", world.me["username"].lower()}


def pieces(text: str) -> list[str]:
    """A long text as Telegram clients split it: up to 4096 units each, at a line or word if there is one."""
    result = []
    while width(text) > TEXT_LIMIT:
        cut = TEXT_LIMIT
        while width(text[:cut]) > TEXT_LIMIT:
            cut -= width(text[:cut]) - TEXT_LIMIT
        seam = max(text.rfind("\n", cut // 2, cut), text.rfind(" ", cut // 2, cut))
        cut = seam + 1 if seam > 0 else cut
        result.append(text[:cut])
        text = text[cut:]
    return [*result, text]


def say(seat: Seat, text: str, reply_to: int | None = None) -> list[Message]:
    """Write a text. Raises ApiError for an empty one."""
    said = []
    quoted = seat.chat.messages.get(reply_to or 0)
    for piece in pieces(text):
        words = formatted(piece)
        if not words.text:
            continue
        body: JSON = {"text": words.text}
        if words.entities:
            body["entities"] = words.entities
        said.append(_write(seat, body, quoted=quoted))
    if not said:
        raise bad_request("message text is empty")
    return said


def send_files(seat: Seat, kind: str, uploads: list[Upload], about: JSON) -> list[Message]:
    """Send one file, or several as an album; `about` may have caption, duration, media_group_id."""
    if kind not in KINDS:
        raise bad_request(f"kind must be one of {', '.join(KINDS)}")
    if not uploads:
        raise bad_request("there is no file in the request")
    caption = str(about.get("caption") or "")
    if width(caption) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    group = str(about.get("media_group_id") or "")
    if not group and len(uploads) > 1:
        seat.world.albums += 1
        group = str(seat.world.me["id"] * 1000 + seat.world.albums)
    files = [seat.world.files.add(kind, upload, int(about.get("duration") or 1)) for upload in uploads]
    sent = []
    for place, file in enumerate(files):
        body: JSON = {"media_group_id": group} if group else {}
        body |= file.fields()
        # A client puts the caption of an album on its first file.
        if caption and place == 0:
            body["caption"] = caption
            if entities := detected(caption):
                body["caption_entities"] = entities
        sent.append(_write(seat, body, files=[file]))
    return sent


def send_sticker(seat: Seat, about: JSON) -> Message:
    """Send a sticker; `about` may have fields of Sticker. Its file is a picture of one point."""
    emoji = str(about.get("emoji") or "👍")
    file = seat.world.files.add("sticker", Upload("sticker.webp", "image/webp", POINT), emoji=emoji)
    return _write(seat, {"sticker": {**file.fields()["sticker"], **about}}, files=[file])


def send_body(seat: Seat, body: JSON) -> Message:
    """Send a message of another kind: contact, location, sticker and so on, as fields of Message."""
    return _write(seat, body)


def forward(seat: Seat, text: str, author: str) -> Message:
    """Forward somebody's text to the bot."""
    origin = {"type": "hidden_user", "sender_user_name": author, "date": seat.world.now() - 3600}
    words = formatted(text)
    return _write(seat, {"forward_origin": origin, "text": words.text})


def tap(seat: Seat, number: int, data: str, force: bool) -> str:
    """Tap an inline button; the id of the callback query. Raises ApiError 409 if there is none such.

    `force` taps a button that is gone, as a phone does that has not heard of the change.
    """
    message = seat.chat.messages.get(number)
    keyboard = message.inline if message is not None else None
    rows = keyboard["inline_keyboard"] if keyboard else []
    if not force and not any(button.get("callback_data") == data for row in rows for button in row):
        raise ApiError(409, "Conflict: there is no such button")
    if seat.chat.status != "member" and not force:
        raise ApiError(409, "Conflict: the bot is blocked on this phone")
    shown: JSON = {"chat": seat.chat.as_json(), "message_id": number, "date": 0}
    if message is not None:
        shown = message.as_json()
    return seat.world.ask(seat.person, seat.chat, {"message": shown, "data": data})


def edit(seat: Seat, number: int, text: str) -> Message:
    """Edit one's own text or caption. Raises ApiError when there is none such."""
    message = seat.chat.messages.get(number)
    if message is None or message.sender.get("id") != seat.person.id:
        raise bad_request("message to edit not found")
    words = formatted(text)
    field, marks = ("text", "entities") if "text" in message.body else ("caption", "caption_entities")
    if field == "text" and not words.text:
        raise bad_request("message text is empty")
    message.body = {**message.body, field: words.text}
    message.body.pop(marks, None)
    if words.entities:
        message.body[marks] = words.entities
    seat.world.touch(message, seat.world.now())
    if _reaches_bot(seat.world, message):
        seat.world.send_update("edited_message", message.as_json(), ("chat", seat.chat.id))
    return message


def delete(world: World, chat: Chat, numbers: list[int]) -> int:
    """Delete messages on both sides; bots hear nothing of it. How many were there."""
    found = [chat.messages[number] for number in numbers if number in chat.messages]
    world.remove(found)
    return len(found)


def _standing(seat: Seat, old: str, new: str) -> None:
    seat.chat.status = new
    change = {
        "chat": seat.chat.as_json(),
        "from": seat.person.as_user(),
        "date": seat.world.now(),
        "old_chat_member": member(old, seat.world.me),
        "new_chat_member": member(new, seat.world.me),
    }
    seat.world.send_update("my_chat_member", change, ("chat", seat.chat.id))
    seat.world.tell(seat.chat, "standing", status=new)


def block(world: World, person: Person) -> None:
    """Block the bot; again changes nothing."""
    chat = world.chats[person.id]
    if chat.status != "kicked":
        _standing(Seat(world, person, chat), "member", "kicked")


def unblock(world: World, person: Person) -> None:
    """Unblock the bot; changes nothing if it is not blocked."""
    chat = world.chats[person.id]
    if chat.status == "kicked":
        _standing(Seat(world, person, chat), "kicked", "member")


def make_group(world: World, person: Person, title: str) -> Chat:
    """Make a group and add the bot: it hears my_chat_member, then the message of its coming."""
    chat = world.new_group(title, person.id)
    _standing(Seat(world, person, chat), "left", "member")
    newcomer = {"new_chat_members": [world.me], "new_chat_participant": world.me}
    _write(Seat(world, person, chat), newcomer)
    return chat
