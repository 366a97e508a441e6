"""The send* methods without a text or a file: places, contacts, dice and what a bot is seen to do."""

from __future__ import annotations

import secrets

from bot.local_api.apierror import bad_request
from bot.local_api.params import Params
from bot.local_api.sends import send
from bot.local_api.state import JSON
from bot.local_api.world import World

ACTIONS = frozenset(
    {
        *("typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice"),
        *("record_audio", "upload_audio", "upload_document", "choose_sticker", "find_location"),
        *("record_video_note", "upload_video_note", "cancel"),
    }
)
DICE = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "⚽️": 5, "🎰": 64}
"""What can be thrown, and its highest value."""


def point_of(call: Params) -> JSON:
    """`latitude` and `longitude` in degrees, as numbers however they came. Raises ApiError."""
    try:
        point = {name: float(call.text(name) or "") for name in ("latitude", "longitude")}
    except ValueError:
        raise bad_request("invalid latitude or longitude specified") from None
    if not (abs(point["latitude"]) <= 90 and abs(point["longitude"]) <= 180):
        raise bad_request("wrong latitude or longitude specified")
    return point


def _given(call: Params, *names: str) -> JSON:
    return {name: call.text(name) for name in names if call.text(name)}


async def send_location(world: World, call: Params) -> object:
    """SendLocation: a point; one that is live is shown but never moves."""
    live = call.integer("live_period")
    return send(world, call, {"location": point_of(call) | ({"live_period": live} if live else {})}).as_json()


async def send_venue(world: World, call: Params) -> object:
    """SendVenue; its point is told once more beside it, as Telegram does."""
    point, about = point_of(call), _given(call, "title", "address", "foursquare_id", "google_place_id")
    if "title" not in about:
        raise bad_request("venue title must be non-empty")
    return send(world, call, {"venue": {"location": point, **about}, "location": point}).as_json()


async def send_contact(world: World, call: Params) -> object:
    """SendContact."""
    about = _given(call, "phone_number", "first_name", "last_name", "vcard")
    if "phone_number" not in about:
        raise bad_request("phone number must be non-empty")
    if "first_name" not in about:
        raise bad_request("first name must be non-empty")
    return send(world, call, {"contact": about}).as_json()


async def send_dice(world: World, call: Params) -> object:
    """SendDice: a random value of what is thrown."""
    emoji = call.text("emoji") or "🎲"
    if emoji not in DICE:
        raise bad_request("emoji must be one of " + ", ".join(sorted(DICE)))
    return send(
        world, call, {"dice": {"emoji": emoji, "value": 1 + secrets.randbelow(DICE[emoji])}}
    ).as_json()


async def send_chat_action(world: World, call: Params) -> object:
    """SendChatAction."""
    action = (call.text("action") or "").lower()
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    world.tell(world.open_chat(call.text("chat_id")), "action", action=action)
    return True
