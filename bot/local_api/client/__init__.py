"""A client for the phones: what tests and scripts drive them with."""

from bot.local_api.client.connection import PhoneError
from bot.local_api.client.messages import ShownButton, ShownMessage
from bot.local_api.client.phone import Phone
from bot.local_api.client.samples import picture

__all__ = ["Phone", "PhoneError", "ShownButton", "ShownMessage", "picture"]
