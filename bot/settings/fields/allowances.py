"""Rate limits of one person."""

from pydantic import BaseModel, Field


class Allowances(BaseModel):
    draft_hours: int = Field(
        72,
        ge=1,
        description="An unfinished report is destroyed after so many hours of silence.",
        examples=["72"],
    )
    updates_a_day: int = Field(
        300,
        ge=20,
        description="How many messages and taps of one person outside a report are answered on a day.",
        examples=["300"],
    )
    reports_a_day: int = Field(
        20, ge=1, description="How many reports one person can begin on a day.", examples=["20"]
    )
    guesses_a_day: int = Field(
        20,
        ge=3,
        description="How many codes that no report has one person can try on a day.",
        examples=["20"],
    )
    block_days: int = Field(
        30,
        ge=1,
        le=365,
        description="How many days no reports are taken from an account that flooded the bot and was blocked for it.",
        examples=["30"],
    )
