"""How the team works."""

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from bot.settings.fields.kinds import PREFIX


class Desk(BaseModel):
    """How the team works."""

    invite_hours: int = Field(
        24, ge=1, description="How long a moderator's invitation is good.", examples=["24"]
    )
    sharing_hours: int = Field(
        24,
        ge=1,
        le=168,
        description="How long what an administrator asks to share can be confirmed by another, and made.",
        examples=["24"],
    )
    approvals: int = Field(
        1,
        ge=1,
        le=5,
        description="How many moderators have to approve a record before it is public, each of them another person.",
        examples=["1"],
    )
    approvals_named: int = Field(
        2,
        ge=1,
        le=5,
        description="The same where the reporter named somebody; 1 for a team of one.",
        examples=["2"],
    )
    undo_minutes: int = Field(
        10,
        ge=0,
        le=10,
        description="For so many minutes a moderator can undo what they decided of a report; it takes effect after them. 0: at once.",
        examples=["10"],
    )
    notice_chat: int | None = Field(
        None,
        lt=0,
        description="A group of the team, by its number at Telegram, where the bot says that there is something new, and nothing of it; without it, it leaves every group.",
        examples=["-1001234567890"],
    )
    urgent_minutes: int = Field(
        15,
        ge=1,
        le=24 * 60,
        description="An urgent report that nobody has opened for so many minutes is told to all moderators, whatever they wish; after as many more to administrators.",
        examples=["15"],
    )
    reminder_hours: int = Field(
        24,
        ge=1,
        le=24 * 7,
        description="A moderator who has not been in the chat for so many hours is reminded of what came since and waits.",
        examples=["24"],
    )
    claim_hours: int = Field(12, ge=1, description="How long a moderator holds a report.", examples=["12"])
    idle_minutes: int = Field(
        10,
        ge=1,
        description="What moderators were shown leaves their chat so many minutes after they last did something there.",
        examples=["10"],
    )
    shown_minutes: int = Field(
        60,
        ge=1,
        le=24 * 60,
        description="It leaves the chat so many minutes after it was shown, however busy they are.",
        examples=["60"],
    )

    @field_validator("shown_minutes")
    @classmethod
    def _not_before_idle(cls, value: int, info: ValidationInfo) -> int:
        idle = info.data.get("idle_minutes", value)
        if value < idle:
            raise ValueError(f"must not be less than {PREFIX}IDLE_MINUTES, which is {idle}")
        return value
