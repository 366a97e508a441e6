"""Turn: one update of one chat, with everything that a handler needs to answer it, the menu of commands too."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from telegram import Bot, Message

from bot.chat.buttons import Act, command_in
from bot.chat.prompt import Prompt
from bot.chat.renderer import ActButtons, RenderedMessage, Renderer
from bot.errors import Refusal
from bot.form.screen import Key, Phrase, Screen
from bot.store import sent_messages
from bot.store.allowances import Allowance
from bot.store.drafting import OpenDraft
from bot.store.sent_messages import Stay
from bot.store.unit import UnitOfWork
from bot.texts import Texts
from bot.transport.api import Api
from bot.transport.call import Call, deletions
from bot.transport.outbox import Outbox
from bot.transport.updates import AnyMessage, AnyUpdate
from db.models import Moderator, Report

MOST_ABOVE = 200
"""Most characters of the answer to a tap (Bot API, answerCallbackQuery)."""

_NO_ACT = Act("")
_NEUTRAL = {"report": "start"}
"""Names of commands that do not reveal the bot's purpose."""


@dataclass(frozen=True, slots=True)
class Menu:
    """Names of commands for everyone, and of each role of the team. The texts `command.<name>` describe them."""

    everybody: tuple[str, ...]
    by_role: Mapping[str, tuple[str, ...]]
    idle: Callable[[UnitOfWork, str], Awaitable[Collection[str]]]
    """Commands of a role that cannot work now, or have no more to do."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    """Example arguments by command."""
    about_reports: frozenset[str] = frozenset()
    """Commands that take a report's reference."""

    @property
    def moderators(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for names in self.by_role.values() for name in names))

    def example(self, name: str) -> str:
        return f"/{name} {self.arguments.get(name, '')}".rstrip()

    async def working(self, unit: UnitOfWork, role: str) -> list[str]:
        """A role's commands that work now."""
        idle = await self.idle(unit, role)
        return [name for name in self.by_role[role] if name not in idle]

    def commands(self, texts: Texts, language: str, own: Iterable[str] = ()) -> list[dict[str, str]]:
        """Menu as an array of BotCommand (Bot API): a member's `own` commands, then everybody's."""
        commands = [(name, texts.text(language, f"command.{name}")) for name in (*own, *self.everybody)]
        if texts.neutral:  # the name would reveal the purpose too
            commands = [(_NEUTRAL.get(name, name), said) for name, said in commands]
        return [{"command": name, "description": said} for name, said in commands]

    async def register(self, api: Api, texts: Texts) -> None:
        """Send Telegram the reporters' menu in each language. The first is the default for all others."""
        await api.call("setMyCommands", {"commands": self.commands(texts, texts.languages[0])})
        for language in texts.languages:
            shown = self.commands(texts, language)
            await api.call("setMyCommands", {"commands": shown, "language_code": language})


@dataclass(slots=True)
class Chat:
    """One chat in a batch, shared by its updates."""

    id: int
    hash: bytes
    open_draft: OpenDraft | None
    moderator: Moderator | None
    prompt: Prompt | None = None
    screen_notices: tuple[Phrase, ...] = ()
    """Notices that this batch's screens showed above their questions; see `screens`."""
    allowance: Allowance | None = None
    """The sender's use of the daily limit; None for a group."""
    blocked: bool = False
    """Reports of this sender are refused for now."""
    noted: bool = False
    """Known to flood the bot, so that a batch checks only once."""
    doubtful: bool = False
    """Cleared in this batch, and a message with an unknown id may remain: a second clearing must repeat the warning."""
    receipts: Sequence[Call] = ()
    """Receipts that a clearing removed from the outbox. They are enqueued again at the end of the batch."""

    @property
    def holds_own_report(self) -> bool:
        """Whether the open draft is the person's own report, not an edit of a public version."""
        form = self.open_draft
        return form is not None and form.row.report_id is None and not form.is_practice


@dataclass(frozen=True, slots=True)
class DeskForms:
    """Part of the desk in forms that are filled in a chat."""

    submitted: Mapping[str, Callable[["Turn", OpenDraft], Awaitable[None]]] = field(default_factory=dict)
    """Endings by the kind of the form."""
    require: Mapping[str, Callable[[UnitOfWork, OpenDraft], None]] = field(default_factory=dict)
    """Checks by the kind of the form. Each raises Refusal for a form that must not be sent."""
    prepare: Mapping[str, Callable[[UnitOfWork, OpenDraft], Awaitable[None]]] = field(default_factory=dict)
    """By the kind of the form, what an event needs before it is applied."""
    look_over: Mapping[str, Callable[[OpenDraft, Screen], Screen]] = field(default_factory=dict)
    """By the kind of the form, what adds warnings to a screen before its form is sent."""


@dataclass(slots=True)
class Turn:
    """Context of a handler, which reads the update, calls one service and enqueues the answer."""

    update: AnyUpdate
    chat: Chat
    unit: UnitOfWork
    outbox: Outbox
    renderer: Renderer
    menu: Menu
    bot: Bot | None = None
    report_language: str = ""
    """Language of the report that the update is about, else ""."""
    act: Act = _NO_ACT
    """Data of the tapped button, if it belongs to no form."""
    is_tap_answered: bool = field(init=False, default=False)
    desk_forms: DeskForms = DeskForms()
    reports_begun: int = 0
    """Number of reports begun today once it reaches the limit, so that the team is told of a flood."""
    saved: Report | None = None
    """Report with a version just saved by this moderator, to be shown next."""
    practises: bool = False
    """Each message of this turn is marked as practice."""
    _began_in_own_report: bool = field(init=False)
    _is_at_desk: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._began_in_own_report = self.chat.holds_own_report

    # --- incoming

    @property
    def language(self) -> str:
        """Language of the draft, the moderator or the report, else of the person's Telegram (never stored)."""
        if self.chat.open_draft is not None:
            return self.chat.open_draft.language
        if self.chat.moderator is not None:
            return self.chat.moderator.language
        if self.report_language in self.unit.settings.languages:
            return self.report_language
        return self.telegram_language or self.unit.settings.languages[0]

    @property
    def telegram_language(self) -> str:
        """Language of the person's Telegram, "" if it is none of the bot's."""
        user = self.update.effective_user
        code = (user.language_code or "")[:2] if user else ""
        return code if code in self.unit.settings.languages else ""

    @property
    def message(self) -> AnyMessage:
        """New or edited message of this update."""
        message = self.update.effective_message
        assert message is not None  # noqa: S101 - the handler table asks this of updates with messages alone
        return message

    @property
    def whole_message(self) -> Message:
        """Message of this update, of a kind that holds more than a text."""
        message = self.message
        assert isinstance(message, Message)  # noqa: S101 - what is read plainly goes to no handler that asks
        return message

    @property
    def typed(self) -> str:
        """Text of the message, or caption of its file."""
        return self.message.text or self.message.caption or ""

    @property
    def argument(self) -> str:
        """Argument of a command, or a whole text that is none. "" for a button."""
        if self.update.callback_query is not None:
            return ""
        text = self.message.text or ""
        written = command_in(text)
        if written is None:
            return text.strip()
        return " ".join((written.ref, *text.split(maxsplit=1)[1:])).strip()

    @property
    def moderator(self) -> Moderator:
        """Moderator of this chat. Raises Refusal if there is none."""
        if self.chat.moderator is None:
            raise Refusal("moderator.nobody")
        return self.chat.moderator

    @property
    def username(self) -> str:
        return self.bot.username if self.bot is not None else ""

    @property
    def tapped_message_id(self) -> int | None:
        query = self.update.callback_query
        return query.message.message_id if query is not None and query.message is not None else None

    @property
    def tapped(self) -> Sequence[int]:
        return [] if self.tapped_message_id is None else [self.tapped_message_id]

    # --- lifetime of messages

    @property
    def stay(self) -> Stay:
        """How long this turn's messages may stay: minutes in a moderator's chat, except of the moderator's own report."""
        if self.chat.moderator is None:
            return Stay.DAYS
        own = self._began_in_own_report or self.chat.holds_own_report
        return Stay.DAYS if own and not self._is_at_desk else Stay.MINUTES

    def sit_at_desk(self) -> None:
        """Mark this turn as a moderator's work, even while the moderator's own report is open."""
        self._is_at_desk = True
        self.keep_own_message()

    def keep_own_message(self, report_id: str | None = None) -> None:
        """Record the sent or tapped message for later deletion, with a report's messages if it is about one."""
        message = self.update.message
        number = message.message_id if message is not None else self.tapped_message_id
        if number is not None:
            sent_messages.note(self.unit, self.chat.hash, number, report_id, self.stay)

    # --- outgoing

    def say(
        self,
        *paragraphs: Phrase | str,
        rows: ActButtons = (),
        report_id: str | None = None,
        protect: bool = False,
    ) -> None:
        """Enqueue a message. A plain string is a key of the catalogues."""
        self.send(self._message(paragraphs, rows), report_id=report_id, protect=protect)

    def _message(self, paragraphs: Iterable[Phrase | str], rows: ActButtons = ()) -> RenderedMessage:
        phrases = [Key(part) if isinstance(part, str) else part for part in paragraphs]
        return self.renderer.message(self.language, phrases, rows)

    def say_in_place(self, *paragraphs: Phrase | str, rows: ActButtons = ()) -> None:
        """Enqueue a message in place of the tapped one, or a new message if there is none."""
        if self.tapped_message_id is None:
            self.say(*paragraphs, rows=rows)
            return
        place = {"chat_id": self.chat.id, "message_id": self.tapped_message_id}
        self.call("editMessageText", {**place, **self._message(paragraphs, rows).params()})

    def say_after_deleting(
        self,
        message_ids: Sequence[int],
        *paragraphs: Phrase | str,
        rows: ActButtons = (),
        deleted: str | None = None,
    ) -> None:
        """Enqueue a message to be sent once others are deleted. It includes `deleted`, or how to delete by
        hand if Telegram refuses. It survives outages and crashes."""
        done, left = ([*paragraphs, deleted] if deleted else paragraphs), [*paragraphs, "reporter.left"]
        place = {"chat_id": self.chat.id}
        params, if_left = ({**place, **self._message(said, rows).params()} for said in (done, left))
        self.enqueue(Call("sendMessage", params, deletes=tuple(message_ids), if_left=if_left))

    def ask_reply(self, phrase: Phrase, example: str, *, report_id: str | None = None) -> None:
        """Enqueue a question that opens a reply at once (Bot API, ForceReply)."""
        markup = {"force_reply": True, "input_field_placeholder": example}
        params = {"chat_id": self.chat.id, **self._message([phrase]).params(), "reply_markup": markup}
        self.call("sendMessage", params, report_id=report_id)

    @property
    def _replied_text(self) -> str:
        """Text of the bot's message to which this message replies, else ""."""
        asked = self.message.reply_to_message
        is_own = asked is not None and asked.from_user is not None and asked.from_user.is_bot
        return (asked.text or "") if asked is not None and is_own else ""

    def replied_key(self, keys: Sequence[str]) -> str | None:
        """Key of the text, in any language, to which the message replies. None if there is none."""
        texts, languages, asked = self.renderer.texts, self.unit.settings.languages, self._replied_text
        return next((key for key in keys for code in languages if texts.text(code, key) == asked), None)

    def replied_about(self, key: str, name: str, others: Mapping[str, str | int]) -> str | None:
        """Value of one argument in the text, in any language, to which the message replies. None if it
        replies to another. `others` are the other arguments."""
        said = self._replied_text
        for code in self.unit.settings.languages if said else ():
            text = self.renderer.texts.text(code, key, {name: "\ue000", **others})
            before, _, after = text.partition("\ue000")
            if said.startswith(before) and said.endswith(after) and len(said) > len(before) + len(after):
                return said[len(before) : len(said) - len(after)]
        return None

    def send(
        self,
        message: RenderedMessage,
        *,
        prompt_step: int | None = None,
        report_id: str | None = None,
        protect: bool = False,
        otherwise: str = "",
    ) -> None:
        """Enqueue a rendered message; for `otherwise` see `Call`."""
        params = {"chat_id": self.chat.id, **message.params()}
        if protect:
            params["protect_content"] = True
        self.call("sendMessage", params, prompt_step=prompt_step, report_id=report_id, otherwise=otherwise)

    def call(
        self,
        method: str,
        params: Mapping[str, Any],
        *,
        attach: dict[str, str] | None = None,
        essential: bool = True,
        prompt_step: int | None = None,
        report_id: str | None = None,
        otherwise: str = "",
    ) -> None:
        """Enqueue any call of the Bot API; see `Call`."""
        call = Call(method, params, attach or {}, essential, otherwise=otherwise)
        self.enqueue(call, prompt_step=prompt_step, report_id=report_id)

    def enqueue(self, call: Call, *, prompt_step: int | None = None, report_id: str | None = None) -> None:
        """Enqueue an existing call."""
        filled = self.chat.open_draft
        is_passing = filled is not None and filled.draft.leaves_nothing
        call = replace(call, guarded=self.chat.moderator is not None, passing=is_passing)
        stay = self.stay if report_id is None else Stay.MINUTES
        if self.practises and "parse_mode" in call.params:  # `renderer.MOST_UNITS` leaves room for the mark
            texts = self.renderer.texts
            names = " · ".join(texts.text(one, "command.practice") for one in texts.languages)
            head = texts.text(self.language, "practice.head", {"names": names})
            call = replace(call, params={**call.params, "text": f"{head}\n\n{call.params['text']}"})
        self.outbox.add(self.chat.hash, call, prompt_step=prompt_step, report_id=report_id, stay=stay)

    def answer_tap(self, phrase: Phrase | str | None = None, *, alert: bool = False) -> None:
        """Stop the spinner of a tapped button, with a short note or none."""
        query = self.update.callback_query
        if query is None:
            return
        self.is_tap_answered = True
        params: dict[str, Any] = {"callback_query_id": query.id}
        if phrase is not None:
            key = Key(phrase) if isinstance(phrase, str) else phrase
            params |= {"text": self.renderer.phrase(key, self.language)[:MOST_ABOVE], "show_alert": alert}
        self.call("answerCallbackQuery", params, essential=False)

    async def show_menu(self) -> None:
        own = await self.menu.working(self.unit, self.moderator.role)
        commands = self.menu.commands(self.renderer.texts, self.language, own)
        params = {"commands": commands, "scope": {"type": "chat", "chat_id": self.chat.id}}
        self.call("setMyCommands", params, essential=False)

    def drop_buttons(self, message_id: int | None = None) -> None:
        target = message_id if message_id is not None else self.tapped_message_id
        if target is not None:
            keyboard: dict[str, Any] = {"inline_keyboard": []}
            params = {"chat_id": self.chat.id, "message_id": target, "reply_markup": keyboard}
            self.call("editMessageReplyMarkup", params, essential=False)

    def drop_message(self) -> None:
        self.delete(self.tapped, surely=True)

    def delete(self, message_ids: Sequence[int], *, surely: bool = False) -> None:
        """Delete messages of this chat. `surely`: over outages and crashes, and the person learns what Telegram refuses."""
        if_left = None
        if surely:
            if_left = {"chat_id": self.chat.id, **self._message(["reporter.left"]).params()}
        for call in deletions(self.chat.id, message_ids, if_left):
            self.enqueue(replace(call, essential=surely))
