"""The methods that send neither text nor files: locations, venues, contacts, dice and chat actions."""

import secrets

from bot.local_api.methods.sending import send
from bot.local_api.protocol.errors import bad_request
from bot.local_api.protocol.json_values import JSON
from bot.local_api.protocol.params import Params
from bot.local_api.state.account import BotAccount

_CHAT_ACTIONS = frozenset(
    {
        *("typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice"),
        *("record_audio", "upload_audio", "upload_document", "choose_sticker", "find_location"),
        *("record_video_note", "upload_video_note", "cancel"),
    }
)
_DICE = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "⚽️": 5, "🎰": 64}
"""The highest value of each emoji."""


def coordinates(call: Params) -> JSON:
    """`latitude` and `longitude` of a call in degrees. Raises ApiError."""
    try:
        point = {name: float(call.text(name) or "") for name in ("latitude", "longitude")}
    except ValueError:
        raise bad_request("invalid latitude or longitude specified") from None
    if not (abs(point["latitude"]) <= 90 and abs(point["longitude"]) <= 180):
        raise bad_request("wrong latitude or longitude specified")
    return point


def _given(call: Params, *names: str) -> JSON:
    return {name: call.text(name) for name in names if call.text(name)}


async def send_location(account: BotAccount, call: Params) -> object:
    """sendLocation; a live location never moves."""
    live = call.integer("live_period")
    return send(
        account, call, {"location": coordinates(call) | ({"live_period": live} if live else {})}
    ).as_json()


async def send_venue(account: BotAccount, call: Params) -> object:
    """sendVenue; the message has its location a second time, as with Telegram."""
    point, about = coordinates(call), _given(call, "title", "address", "foursquare_id", "google_place_id")
    if "title" not in about:
        raise bad_request("venue title must be non-empty")
    return send(account, call, {"venue": {"location": point, **about}, "location": point}).as_json()


async def send_contact(account: BotAccount, call: Params) -> object:
    """sendContact."""
    about = _given(call, "phone_number", "first_name", "last_name", "vcard")
    if "phone_number" not in about:
        raise bad_request("phone number must be non-empty")
    if "first_name" not in about:
        raise bad_request("first name must be non-empty")
    return send(account, call, {"contact": about}).as_json()


async def send_dice(account: BotAccount, call: Params) -> object:
    """sendDice, with a random value."""
    emoji = call.text("emoji") or "🎲"
    if emoji not in _DICE:
        raise bad_request("emoji must be one of " + ", ".join(sorted(_DICE)))
    dice = {"emoji": emoji, "value": 1 + secrets.randbelow(_DICE[emoji])}
    return send(account, call, {"dice": dice}).as_json()


async def send_chat_action(account: BotAccount, call: Params) -> object:
    """sendChatAction."""
    action = (call.text("action") or "").lower()
    if action not in _CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    account.notify(account.open_chat(call.text("chat_id")), "action", action=action)
    return True
