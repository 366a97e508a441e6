"""A turn: one update of one chat, with all that a handler needs to answer it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from telegram import Update

from bot.chat.outbox import Call, Outbox
from bot.chat.renderer import Choice, Message, Renderer
from bot.form.screen import Joined, Key, Phrase, Screen
from bot.services.drafting import Filling
from bot.services.unit import Unit
from db.models import Moderator

EDIT_WORDS = {
    key: f"moderator.edit.{key}"
    for key in (
        "flow.send",
        "flow.delete",
        "flow.cancel",
        "flow.cancel.ask",
        "flow.cancel.sure",
        "flow.review",
    )
}
"""What a moderator reads instead, who edits a public version."""


@dataclass(slots=True)
class Prompt:
    """The prompts of a chat's current step: the first and the last message that asked it, once delivered.
    `unseen`: none of them can have been seen (made in this batch, or waiting untried in the outbox)."""

    step: int
    first_id: int | None = None
    message_id: int | None = None
    unseen: bool = False

    def came_before(self, message_id: int) -> bool:
        """Whether a person's message was certainly written before this step was seen to be asked. Message
        ids of a bot's private chats only rise."""
        return self.unseen or (self.first_id is not None and message_id < self.first_id)


@dataclass(slots=True)
class Chat:
    """What a batch knows of one chat; shared by the chat's updates in the batch."""

    id: int
    hash: bytes
    filling: Filling | None
    moderator: Moderator | None
    prompt: Prompt | None = None
    notices: tuple[Phrase, ...] = ()
    """What the prompts of this batch had to say beside their questions."""


@dataclass(slots=True)
class Turn:
    """Handlers read the update, call one service and say what comes of it."""

    update: Update
    chat: Chat
    unit: Unit
    outbox: Outbox
    renderer: Renderer
    bot_username: str

    @property
    def language(self) -> str:
        """The draft's language, the moderator's, else what the person's Telegram speaks (never stored)."""
        if self.chat.filling is not None:
            return self.chat.filling.row.language
        if self.chat.moderator is not None:
            return self.chat.moderator.language
        user = self.update.effective_user
        code = (user.language_code or "")[:2] if user else ""
        languages = self.unit.settings.languages
        return code if code in languages else languages[0]

    def say(
        self,
        *paragraphs: Phrase | str,
        rows: Iterable[Iterable[Choice]] = (),
        report_id: str | None = None,
        protect: bool = False,
    ) -> None:
        """Owe this chat a message; a plain string is a key of the catalogues."""
        phrases = [Key(part) if isinstance(part, str) else part for part in paragraphs]
        self.send(self.renderer.message(self.language, phrases, rows), report_id=report_id, protect=protect)

    def send(
        self,
        message: Message,
        *,
        prompt_step: int | None = None,
        report_id: str | None = None,
        protect: bool = False,
    ) -> None:
        """Owe this chat a rendered message."""
        params = {"chat_id": self.chat.id, **message.params()}
        if protect:
            params["protect_content"] = True
        self.call("sendMessage", params, prompt_step=prompt_step, report_id=report_id)

    def call(
        self,
        method: str,
        params: dict[str, Any],
        *,
        attach: dict[str, str] | None = None,
        essential: bool = True,
        prompt_step: int | None = None,
        report_id: str | None = None,
    ) -> None:
        """Owe this chat any call of the Bot API; `attach` maps parameters to ids of stored files."""
        call = Call(method, params, attach or {}, essential)
        self.outbox.add(self.chat.hash, call, prompt_step=prompt_step, report_id=report_id)

    def answer_tap(self, phrase: Phrase | str | None = None, *, alert: bool = False) -> None:
        """Stop the spinner of a tapped button, with a short note or none."""
        query = self.update.callback_query
        if query is None:
            return
        params: dict[str, Any] = {"callback_query_id": query.id}
        if phrase is not None:
            key = Key(phrase) if isinstance(phrase, str) else phrase
            params |= {"text": self.renderer.phrase(key, self.language)[:200], "show_alert": alert}
        self.call("answerCallbackQuery", params, essential=False)

    def prompt(self, screen: Screen, tapped_step: int | None = None) -> None:
        """Show the draft's screen: in place when the tapped message shows the same step, else anew."""
        filling = self.chat.filling
        assert filling is not None  # noqa: S101 - only a draft has screens
        step = filling.draft.step
        renderer = self.renderer if filling.row.report_id is None else self.renderer.reworded(EDIT_WORDS)
        shown = self.chat.prompt
        tapped = self.tapped_message_id
        protect = filling.row.report_id is not None
        report_id = filling.row.report_id
        draft = filling.row.id[:4]
        messages = renderer.screen(self.language, screen, draft, step)
        if tapped is not None and len(messages) == 1 and tapped_step == step:
            params = {"chat_id": self.chat.id, "message_id": tapped, **messages[0].params()}
            edit = Call("editMessageText", params, protect=protect)
            self.outbox.add(self.chat.hash, edit, report_id=report_id)
            return
        self._retire(shown, tapped, same_step=shown is not None and shown.step == step)
        noted = self._noted(screen, dropped=self.outbox.drop_prompts(self.chat.hash))
        for message in renderer.screen(self.language, noted, draft, step):
            self.send(message, prompt_step=step, report_id=report_id, protect=protect)
        if shown is None or shown.step != step:
            self.chat.prompt = Prompt(step, unseen=True)

    def _noted(self, screen: Screen, *, dropped: bool) -> Screen:
        """A screen that takes the place of dropped ones says what they had to say: that the first of two
        messages could not be taken is news, even if the second could."""
        notices = self.chat.notices if dropped else ()
        if screen.notice is not None and screen.notice not in notices:
            notices = (*notices, screen.notice)
        self.chat.notices = notices
        return replace(screen, notice=Joined(notices, "\n")) if notices else screen

    @property
    def tapped_message_id(self) -> int | None:
        """The message whose button was tapped."""
        query = self.update.callback_query
        return query.message.message_id if query is not None and query.message is not None else None

    def _retire(self, shown: Prompt | None, tapped: int | None, *, same_step: bool) -> None:
        """Take the buttons off the message that asked before; one that is only repeated goes away."""
        old = tapped or (shown.message_id if shown else None)
        if old is None:
            return
        params: dict[str, Any] = {"chat_id": self.chat.id, "message_id": old}
        if same_step and tapped is None:
            self.call("deleteMessage", params, essential=False)
        else:
            params["reply_markup"] = {"inline_keyboard": []}
            self.call("editMessageReplyMarkup", params, essential=False)

    def retire_prompt(self) -> None:
        """The form has ended: take the buttons off its last message."""
        self._retire(self.chat.prompt, self.tapped_message_id, same_step=False)
        self.outbox.drop_prompts(self.chat.hash)

    def drop_buttons(self) -> None:
        """Take the buttons off the tapped message."""
        self._retire(None, self.tapped_message_id, same_step=False)

    def drop_message(self) -> None:
        """Delete the tapped message."""
        tapped = self.tapped_message_id
        if tapped is not None:
            params = {"chat_id": self.chat.id, "message_id": tapped}
            self.call("deleteMessage", params, essential=False)
