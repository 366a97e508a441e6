"""sendMessage, and what all methods that send have in common."""

from bot.local_api.methods.keyboards import read_markup
from bot.local_api.protocol.errors import bad_request
from bot.local_api.protocol.json_values import JSON
from bot.local_api.protocol.params import Params
from bot.local_api.state.account import BotAccount
from bot.local_api.state.chats import StoredChat, StoredMessage
from bot.local_api.state.files import StoredFile
from bot.local_api.text.entities import Formatted, formatted

TEXT_LIMIT = 4096
"""UTF-16 code units of a text once its markup is parsed: https://core.telegram.org/bots/api#sendmessage."""

CAPTION_LIMIT = 1024
"""The same of a caption."""


def read_text(account: BotAccount, call: Params, too_long: str = "message is too long") -> Formatted:
    """The text of a message. Raises ApiError if it is empty, broken or too long, for which the words are `too_long`."""
    raw = call.text("text")
    if not raw:
        raise bad_request("message text is empty")
    result = formatted(raw, call.text("parse_mode"), call.structure("entities", "entities"), account.user)
    if not result.text:
        raise bad_request("text must be non-empty")
    if result.width > TEXT_LIMIT:
        raise bad_request(too_long)
    return result


def caption_of(account: BotAccount, raw: str | None, mode: str | None, given: object) -> JSON:
    """The fields of a message for a caption; none without one. Raises ApiError if it is broken or too long."""
    if not raw:
        return {}
    result = formatted(raw, mode, given, account.user)
    if result.width > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    if not result.text:
        return {}
    body: JSON = {"caption": result.text}
    if result.entities:
        body["caption_entities"] = result.entities
    return body


def text_body(text: Formatted) -> JSON:
    """The fields of a message for a text."""
    return {"text": text.text, "entities": text.entities} if text.entities else {"text": text.text}


def _quoted(call: Params, chat: StoredChat) -> StoredMessage | None:
    reply = call.structure("reply_parameters", "reply parameters") or {}
    if not isinstance(reply, dict):
        raise bad_request("can't parse reply parameters JSON object")
    number = Params(reply).integer("message_id")
    if number is None and reply.get("message_id"):
        raise bad_request('can\'t parse ReplyParameters: Field "message_id" must be a valid Number')
    number = number or call.integer("reply_to_message_id")
    if not number:
        return None
    found = chat.messages.get(number)
    lenient = reply.get("allow_sending_without_reply") or call.boolean("allow_sending_without_reply")
    if found is None and not lenient:
        raise bad_request("message to be replied not found")
    return found


def send(
    account: BotAccount, call: Params, body: JSON, files: list[StoredFile] | None = None
) -> StoredMessage:
    """Post a message of the bot, with its reply markup, its quoted message and its protection. Raises ApiError."""
    markup = read_markup(call)
    chat = account.open_chat(call.text("chat_id"))
    return account.post(
        chat,
        account.me,
        body,
        markup=markup,
        files=files or [],
        protected=call.boolean("protect_content"),
        quoted=_quoted(call, chat),
    )


async def send_message(account: BotAccount, call: Params) -> object:
    """sendMessage."""
    return send(account, call, text_body(read_text(account, call))).as_json()
