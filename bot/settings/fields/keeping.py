"""How long everything is kept."""

from pydantic import BaseModel, Field

from bot.settings.fields.kinds import Worded


class Keeping(BaseModel):
    """How long everything is kept."""

    rejected_days: int = Field(
        30, ge=1, description="A rejected report is destroyed after so many days.", examples=["30"]
    )
    approved_days: int = Field(
        365,
        ge=1,
        description="The raw content of an approved report is destroyed so many days after it; what is public of it stays.",
        examples=["365"],
    )
    report_days: int = Field(
        365,
        ge=1,
        description="The raw content of any report is destroyed after so many days.",
        examples=["365"],
    )
    export_days: int = Field(
        730,
        ge=30,
        le=3650,
        description="Which reports an export held is forgotten after so many days; until then a withdrawal names it.",
        examples=["730"],
    )
    talk_days: int = Field(
        14,
        ge=1,
        le=90,
        description="The chat of a reporter who agreed to be asked is forgotten so many days after the last word or the decision.",
        examples=["14"],
    )
    reply_hours: int = Field(
        2,
        ge=1,
        le=24,
        description="After so many hours of silence, and at most one more, a question that a reporter has opened, and an unfinished answer, leave the chat, and buttons that came for a code stop.",
        examples=["2"],
    )
    talk_notice: Worded = Field(
        default_factory=dict,
        description="What a reporter who agreed to be asked is told when a question waits. It stands on a phone that may be searched: nothing of a report.",
        examples=["kk: Жаңалық бар. | ru: Есть новость. | en: There is news."],
    )
    failed_days: int = Field(
        30,
        ge=1,
        description="The shape of an update that could not be handled is kept for so many days.",
        examples=["30"],
    )
    update_hours: int = Field(
        48,
        ge=25,
        description="How long ids of handled updates are remembered (Telegram repeats for 24).",
        examples=["48"],
    )
    message_hours: int = Field(
        47,
        ge=1,
        le=47,
        description="How long ids of messages are kept for deletion (Telegram allows 48).",
        examples=["47"],
    )
