"""How the bot looks to people in Telegram."""

from pydantic import BaseModel, Field

from bot.settings.fields.kinds import Named, Worded


class Looks(BaseModel):
    """How the bot looks to people in Telegram."""

    organisation: Worded = Field(
        default_factory=dict,
        description="Who stands behind the bot: people see it in Telegram before they press Start, and in the greeting. One name, or one for each language.",
        examples=["kk: Құқық бюросы | ru: Бюро по правам человека | en: Human Rights Bureau"],
    )
    organisation_contact: Worded = Field(
        default_factory=dict,
        description="Where the organisation can be asked whether the bot is really its own: a public address or page.",
        examples=["https://example.org/bot"],
    )
    bot_name: Named = Field(
        default_factory=dict,
        description="The bot's name in Telegram; without it the one given at @BotFather stays.",
        examples=["kk: Куәгер | ru: Очевидец | en: Kuager"],
    )
    neutral_look: bool = Field(
        False,
        description="Whether the bot's greeting, menu and profile in Telegram leave out what it is for and who runs it, and questions begin with a line that tells nothing. Choose a name that fits; the questions are those of KUAGER_FORM.",
        examples=["false"],
    )
