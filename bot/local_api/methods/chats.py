"""getMe, getFile, and the methods about chats and their members."""

from bot.local_api.protocol.errors import bad_request
from bot.local_api.protocol.params import Params
from bot.local_api.state.account import BotAccount
from bot.local_api.state.chats import StoredChat, member
from bot.local_api.state.files import DOWNLOAD_LIMIT


async def get_me(account: BotAccount, call: Params) -> object:
    """getMe."""
    del call
    return {
        **account.me,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def _seen(account: BotAccount, call: Params) -> StoredChat:
    """The chat a call names. Raises ApiError if its person has never written to the bot."""
    chat = account.chat(call.text("chat_id"))
    if chat.status == "new":
        raise bad_request("chat not found")
    return chat


async def get_chat(account: BotAccount, call: Params) -> object:
    """getChat: ChatFullInfo with its required fields."""
    chat = _seen(account, call)
    gifts = dict.fromkeys(("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription"), False)
    gifts["gifts_from_channels"] = False
    return {**chat.as_json(), "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}


async def get_chat_member(account: BotAccount, call: Params) -> object:
    """getChatMember of the bot or a person. In a private chat both are always members, as with Telegram."""
    chat, number = _seen(account, call), call.integer("user_id")
    user = account.user(number) if number is not None else None
    if user is None:
        raise bad_request("PARTICIPANT_ID_INVALID")
    if chat.kind == "private":
        if number not in {chat.id, account.me["id"]}:
            raise bad_request("member not found")
        return member("member", user)
    if number == account.me["id"]:
        return member(chat.status, user)
    if number == chat.creator:
        return member("creator", user)
    return member("member" if number in chat.members else "left", user)


async def leave_chat(account: BotAccount, call: Params) -> object:
    """leaveChat: a group only."""
    chat = account.open_chat(call.text("chat_id"))
    if chat.kind == "private":
        raise bad_request("chat member status can't be changed in private chats")
    chat.status = "left"
    account.post(chat, account.me, {"left_chat_member": account.me})
    account.notify(chat, "left")
    return True


async def get_file(account: BotAccount, call: Params) -> object:
    """getFile: up to 20 MB."""
    file_id = call.text("file_id") or ""
    if not file_id:
        raise bad_request("file_id not specified")
    file = account.files.get(file_id)
    if file is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(file.content) > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return {**file.as_json(), "file_path": file.path}
