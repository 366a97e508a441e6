"""A person's phone over HTTP, under `/phone/<user id>/`.

Every address takes `?bot=<username>` (the first bot by default), and those about a chat `chat_id` (the
private chat by default). Answers are {"ok": true, "seq": n, ...}, where `seq` numbers the phone's last event.
Refusals are {"ok": false, "description": ...}.
"""

from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.local_api.access import (
    JSON,
    PHONE_UPLOAD_LIMIT,
    ApiError,
    Params,
    answer,
    bad_request,
    read_params,
    refused,
)
from bot.local_api.phones import actions
from bot.local_api.phones.actions import (
    ATTACHMENT_KINDS,
    Participant,
    PhoneEvents,
    attachment,
    given_fields,
    timeout_of,
)
from bot.local_api.state.account import BotAccount, Person, StoredMessage

_SHOWN = {"image", "audio", "video"}

Action = Callable[["PhoneRequest"], Awaitable[JSON]]


class PhoneRequest:
    def __init__(self, request: web.Request, account: BotAccount, person: Person, call: Params) -> None:
        self.request = request
        self.account = account
        self.person = person
        self.call = call

    @property
    def participant(self) -> Participant:
        return actions.participant(self.account, self.person, self.call.integer("chat_id"))

    def number(self) -> int:
        number = self.call.integer("message_id")
        if number is None:
            raise bad_request("message_id is missing")
        return number


def _messages(messages: list[StoredMessage]) -> JSON:
    return {"messages": [message.on_phone() for message in messages]}


async def start(phone: PhoneRequest) -> JSON:
    """Register the person: first_name, language_code, username."""
    known = {name: phone.call.text(name) for name in ("first_name", "language_code", "username")}
    before = phone.person.language_code
    phone.account.person(phone.person.id, {name: value for name, value in known.items() if value is not None})
    if phone.person.language_code != before:
        private = phone.account.chats[phone.person.id]
        phone.account.notify(private, "language", language_code=phone.person.language_code)
    return {"person": phone.person.as_user(), "bot": phone.account.me}


async def say(phone: PhoneRequest) -> JSON:
    text, reply = phone.call.text("text") or "", phone.call.integer("reply_to_message_id")
    return _messages(actions.say(phone.participant, text, reply))


async def send_files(phone: PhoneRequest) -> JSON:
    """Send files: multipart with `kind`, file parts, optional caption, duration and media_group_id."""
    kind, uploads = phone.call.text("kind") or "document", list(phone.call.files.values())
    about = {**phone.call.values, "duration": phone.call.integer("duration")}
    return _messages(actions.send_files(phone.participant, kind, uploads, about))


async def tap(phone: PhoneRequest) -> JSON:
    """Tap a button: message_id, data, `force` for a removed one."""
    data, force = phone.call.text("data") or "", phone.call.boolean("force")
    return {"query_id": actions.tap(phone.participant, phone.number(), data, force)}


async def edit(phone: PhoneRequest) -> JSON:
    """Edit the person's own message: message_id, text."""
    text = phone.call.text("text") or ""
    return _messages([actions.edit(phone.participant, phone.number(), text)])


async def delete(phone: PhoneRequest) -> JSON:
    """Delete a message on both sides: message_id."""
    return {"deleted": actions.delete(phone.account, phone.participant.chat, [phone.number()])}


async def forward(phone: PhoneRequest) -> JSON:
    """Forward another person's words: text, author."""
    text, author = phone.call.text("text") or "…", phone.call.text("author") or "Somebody"
    return _messages([actions.forward(phone.participant, text, author)])


async def block(phone: PhoneRequest) -> JSON:
    actions.block(phone.account, phone.person)
    return {}


async def unblock(phone: PhoneRequest) -> JSON:
    actions.unblock(phone.account, phone.person)
    return {}


async def make_group(phone: PhoneRequest) -> JSON:
    """Create a group with the bot: title."""
    title = phone.call.text("title") or "Group"
    return {"chat": actions.make_group(phone.account, phone.person, title).as_json()}


async def sticker(phone: PhoneRequest) -> JSON:
    """Send a sticker: emoji, or other fields of Sticker."""
    return _messages([actions.send_sticker(phone.participant, given_fields(phone.call))])


def _attach(kind: str) -> Action:
    async def send(phone: PhoneRequest) -> JSON:
        return _messages([actions.send_body(phone.participant, attachment(kind, phone.call, phone.person))])

    return send


_ACTIONS: dict[str, Action] = {
    "start": start,
    "messages": say,
    "files": send_files,
    "taps": tap,
    "edits": edit,
    "delete": delete,
    "forward": forward,
    "block": block,
    "unblock": unblock,
    "groups": make_group,
    "sticker": sticker,
    **{kind: _attach(kind) for kind in ATTACHMENT_KINDS},
}


async def chat(phone: PhoneRequest) -> JSON:
    """The current chat, or with `after` the events since, waiting up to `timeout` seconds.

    `lost` reports missing events: request the current chat instead.
    """
    after = phone.call.integer("after")
    feed = phone.account.feeds[phone.person.id]
    if after is None:
        shown = phone.participant.chat
        language = phone.person.language_code
        messages = _messages(list(shown.messages.values()))
        return {"status": shown.status, "language_code": language, **messages}
    await feed.wait(after, timeout_of(phone.request))
    return feed.catch_up(after)


async def commands(phone: PhoneRequest) -> JSON:
    return {"commands": phone.account.menu(phone.person)}


class Phones:
    """Routes of all phones. They use the first account unless `bot` names another."""

    def __init__(self, accounts: Iterable[BotAccount]) -> None:
        self._accounts = {account.me["username"]: account for account in accounts}

    def routes(self) -> list[web.RouteDef]:
        base = "/phone/{person:[0-9]{1,18}}"
        return [
            *(web.post(f"{base}/{name}", self._handler(action)) for name, action in _ACTIONS.items()),
            web.get(f"{base}/chat", self._handler(chat)),
            web.get(f"{base}/commands", self._handler(commands)),
            web.get(base + "/files/{file_id}", self.download),
            *PhoneEvents(self._account).routes(),
        ]

    def _account(self, request: web.Request) -> BotAccount:
        name = request.query.get("bot")
        account = self._accounts.get(name) if name else next(iter(self._accounts.values()))
        if account is None:
            raise bad_request("there is no such bot")
        return account

    def _handler(self, action: Action) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                account = self._account(request)
                person = account.person(int(request.match_info["person"]))
                call = await read_params(request, PHONE_UPLOAD_LIMIT)
                result = await action(PhoneRequest(request, account, person, call))
            except ApiError as refusal:
                return refused(refusal)
            return answer({"ok": True, "seq": account.feeds[person.id].number, **result})

        return handle

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A file visible to the person, as an attachment, or inline with `show=1`."""
        try:
            account = self._account(request)
        except ApiError as refusal:
            return refused(refusal)
        file = account.file_for(int(request.match_info["person"]), request.match_info["file_id"])
        if file is None:
            return refused(ApiError(404, "Not Found"))
        shown = request.query.get("show") == "1" and file.mime.partition("/")[0] in _SHOWN
        disposition = "inline" if shown else "attachment"
        headers = {
            "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(file.name)}",
            # Files from a bot or a person must not act as a part of the page.
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        kind = file.mime.partition(";")[0].strip() or "application/octet-stream"
        return web.Response(body=file.content, content_type=kind, headers=headers)
