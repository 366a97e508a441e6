"""How fast the bot asks and answers."""

from pydantic import BaseModel, Field


class Pace(BaseModel):
    """How fast the bot asks and answers."""

    poll_seconds: int = Field(
        30, ge=0, le=50, description="How long one getUpdates waits for news.", examples=["30"]
    )
    send_per_second: float = Field(
        28.0,
        gt=0,
        description="Messages a second to all chats together (Telegram allows about 30).",
        examples=["28"],
    )
    send_per_chat: float = Field(
        1.0, gt=0, description="Messages a second to one chat, after a short burst.", examples=["1"]
    )
    send_burst: int = Field(
        4, ge=1, description="Messages to one chat that may go at once before the pace holds.", examples=["4"]
    )
    send_at_once: int = Field(
        16, ge=1, le=128, description="Calls to the Bot API under way at once.", examples=["16"]
    )
    stop_seconds: int = Field(
        10, ge=1, description="How long a stop waits for the outbox to empty.", examples=["10"]
    )
    notice_seconds: float = Field(
        60.0,
        ge=0,
        le=3600,
        description="Moderators hear of a new report about so many seconds after its receipt, apart from it: then nothing stored joins the two.",
        examples=["60"],
    )
