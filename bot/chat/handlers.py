"""The handler table: who answers what, and who may ask for it.

PTB's handlers decide which update is whose; `Application` is not used, since it swallows the exceptions that must make
a batch fail. A refusal is answered kindly and is no failure.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from telegram import Message, Update
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot.chat import form_events, guide
from bot.chat.menu import Menu
from bot.chat.moderation import country_updates
from bot.chat.moderation.audit import checking
from bot.chat.moderation.audit import log as audit_log
from bot.chat.moderation.card import albums, asking, files, notes, place, report_view
from bot.chat.moderation.decisions import (
    approving,
    correcting,
    duplicating,
    linking,
    menu,
    rejecting,
    releasing,
    replying,
    setting_aside,
    withdrawing,
)
from bot.chat.moderation.exports import command as exports
from bot.chat.moderation.exports import history as export_history
from bot.chat.moderation.exports import steps as export_steps
from bot.chat.moderation.lists import filtering, queue, search
from bot.chat.moderation.people import blocks, inviting, members, settings, sharing, team
from bot.chat.moderation.publishing import editing, translating
from bot.chat.moderation.statistics import command as statistics
from bot.chat.reporter import by_code, commands, receipts, talk
from bot.chat.screens.callback import Act, Tap, decode
from bot.chat.transport.receiving.plain_updates import AnyUpdate, PlainUpdate
from bot.chat.turn import Turn
from bot.errors import Refusal, WrongArgument
from bot.form.screen import Key
from bot.safety.receipt import read_code
from bot.services.desk.roles import REVIEWERS, TRANSLATORS, Role

Handle = Callable[[Turn], Awaitable[None]]
Route = tuple[BaseHandler[Any, Any, Any], Handle]
"""Which updates, and who answers them."""


class Permission(Enum):
    """Who may use a command and its buttons: the roles that may. None stands for whoever is not of the team."""

    ANYBODY = frozenset({None, *Role})
    MEMBER = frozenset(Role)
    ANALYST = REVIEWERS | {Role.ANALYST}
    MODERATOR = REVIEWERS
    TRANSLATOR = TRANSLATORS
    ADMIN = frozenset({Role.ADMIN})

    def allows(self, role: str | None) -> bool:
        """Whether whoever has this role, or none, may."""
        return role in self.value


@dataclass(frozen=True, slots=True)
class Command:
    """A command, `/name`, and the buttons that go with it by the verbs of their acts. The text `command.<name>`
    describes it in the menu."""

    name: str
    handle: Handle
    permission: Permission = Permission.ANYBODY
    acts: Mapping[str, Handle] = field(default_factory=dict)
    in_menu: bool = True
    example: str = ""
    """What stands behind it in an example, if it takes anything."""


async def start(turn: Turn) -> None:
    """/start, behind which an invitation's link puts its token."""
    if turn.argument:
        await team.open_invite(turn)
    else:
        await commands.start(turn)


REF, CODE = "R7K3QV", "7K3Q-V9XM-20TB"
"""A reference and a receipt's code as they stand in examples."""
_ANALYST, _MODERATOR, _ADMIN = Permission.ANALYST, Permission.MODERATOR, Permission.ADMIN
COMMANDS: Sequence[Command] = (
    Command("start", start, in_menu=False),
    Command(
        "report",
        commands.report,
        acts={
            "begin": commands.begin,
            "resume": commands.resume,
            "sendnow": commands.send_unfinished,
        },
    ),
    Command("language", commands.language, acts={"language": commands.change_language}),
    Command("cancel", commands.cancel),
    Command(
        "status",
        receipts.status,
        acts={
            "clear": receipts.clear,
            "prove": receipts.prove,
            "nocode": receipts.without_code,
            "cread": by_code.read,
            "cadd": by_code.add,
            "curgent": by_code.urgent,
            "csafe": by_code.safe,
            "clet": by_code.ask_to_let,
            "cletyes": by_code.let,
            "cnever": by_code.never,
            "cstay": by_code.stay,
            "cwithdraw": receipts.withdraw_by_button,
            "qopen": talk.open_,
            "qskip": talk.skip,
            "qnever": talk.ask_never,
            "qstop": talk.never,
            "qstay": talk.stay,
        },
        example=CODE,
    ),
    Command(
        "withdraw",
        receipts.withdraw,
        acts={"withdraw": receipts.withdraw_surely, "keep": receipts.keep},
        example=CODE,
    ),
    Command("privacy", commands.privacy),
    Command("help", guide.help_, example="report"),
    Command("panic", commands.panic, acts={"panicnow": commands.panic}),
    Command("menu", guide.menu, Permission.MEMBER, {"mmenu": guide.menu}),
    Command(
        "queue",
        queue.queue,
        _MODERATOR,
        {"mlist": queue.listed, "mfilt": filtering.menu, "mqueue": queue.page, "mwaits": queue.asked},
    ),
    Command("mine", queue.mine, _MODERATOR),
    Command("next", queue.next_, _MODERATOR, {"mnext": queue.next_}),
    Command(
        "open",
        report_view.open_,
        _MODERATOR,
        {
            "mopen": report_view.open_,
            "mreopen": report_view.reopen,
            "mcard": report_view.turn_to,
            "mcheck": notes.check,
            "mnote": notes.write,
            "mnoteback": notes.take_back,
            "mplace": place.show,
            "mmore": menu.more,
            "mwithdraw": withdrawing.ask,
            "mtakeback": withdrawing.withdraw,
            "mfile": files.ask,
            "mfiles": albums.show,
            "mfileshow": files.show,
            "mfiletake": files.take,
            "mfileraw": files.show_original,
        },
        example=REF,
    ),
    Command(
        "ask",
        asking.choose,
        _MODERATOR,
        {
            "maskq": asking.choose,
            "maskr": asking.preview,
            "masks": asking.ask_ready,
            "masko": asking.write,
            "mcontacts": asking.send_contacts,
            "maside": setting_aside.set_aside,
        },
        example=REF,
    ),
    Command(
        "edit", editing.edit, _MODERATOR, {"medit": editing.edit, "mcorrect": correcting.correct}, example=REF
    ),
    Command(
        "approve",
        approving.approve,
        _MODERATOR,
        {
            "mpreview": approving.approve,
            "mwords": approving.confirm_words,
            "mleave": approving.leave_words_out,
            "mnames": approving.disclaim_names,
            "mapprove": approving.approve_surely,
            "mkeep": releasing.keep,
        },
        example=REF,
    ),
    # "mask" asks for the reason. A verb is never renamed: buttons with it stay in chats.
    Command(
        "reject",
        rejecting.reject,
        _MODERATOR,
        {
            "mask": rejecting.reject,
            "mreject": rejecting.reject_surely,
            "mdup": duplicating.ask,
            "mdupof": duplicating.close,
        },
        example=REF,
    ),
    Command("release", releasing.release, _MODERATOR, {"mrelease": releasing.release}, example=REF),
    Command(
        "search",
        search.search,
        _MODERATOR,
        {
            "mseek": search.seek,
            "mwordsof": search.ask_words,
            "mgrades": search.ask_grade,
            "mgrade": search.of_grade,
        },
        example="2026-01-01 2026-01-31",
    ),
    Command("approved", queue.approved, _MODERATOR),
    Command("translate", translating.translate, Permission.TRANSLATOR, {"mtranslate": translating.begin}),
    Command(
        "export",
        exports.export,
        _ANALYST,
        {"mexport": exports.chosen, "mexset": export_steps.step, "mexlist": export_history.show},
        example="csv 2026-01-01 2026-06-30",
    ),
    Command(
        "country_update",
        country_updates.ask,
        _ADMIN,
        {
            "mupdate": country_updates.months_chosen,
            "mupdatein": country_updates.language_chosen,
            "mupdateas": country_updates.format_chosen,
        },
        example="2026-01 2026-06 ru docx",
    ),
    Command(
        "stats",
        statistics.show,
        _ANALYST,
        {"mstats": statistics.show, "mpicture": statistics.picture},
        example="weeks",
    ),
    Command(
        "incidents",
        linking.list_,
        _MODERATOR,
        {
            "mincidents": linking.page,
            "mincident": linking.show,
            "mjoin": linking.ask_to_join,
            "mjoinwith": linking.join_with,
            "munjoin": linking.leave,
            "mrelate": linking.ask_to_relate,
            "mrelateto": linking.relate_to,
        },
    ),
    Command(
        "share",
        sharing.share,
        _ADMIN,
        {
            "mshare": sharing.scope_chosen,
            "mshareof": sharing.period_chosen,
            "mlook": sharing.look,
            "mconfirm": sharing.confirm,
            "mdecline": sharing.decline,
            "mmake": sharing.make,
        },
        example="trusted csv 2026-01-01 2026-06-30",
    ),
    Command(
        "blocks",
        blocks.list_,
        _ADMIN,
        {"mblock": blocks.block, "munblock": blocks.unblock, "munblockall": blocks.unblock_all},
    ),
    Command(
        "team",
        members.list_,
        _ADMIN,
        {"mteam": members.list_, "mmember": members.show, "mrevoke": members.ask},
    ),
    Command("moderators", members.list_, _ADMIN, in_menu=False),
    Command(
        "invite",
        inviting.invite,
        _ADMIN,
        {
            "minvite": inviting.chosen,
            "minvites": inviting.list_,
            "mvoid": inviting.void,
            "mvoidall": inviting.void_all,
        },
        example="moderator 24 2",
    ),
    Command("revoke", members.revoke, _ADMIN, {"mrevokeyes": members.revoke_surely}, example="Aspan"),
    Command(
        "settings",
        settings.settings,
        Permission.MEMBER,
        {
            "msettings": settings.again,
            "mlanguage": settings.languages,
            "mquiet": settings.quiet,
            "mdigest": settings.digest,
            "mnews": settings.news,
        },
    ),
    Command(
        "audit",
        audit_log.audit_,
        _ADMIN,
        {"maudit": audit_log.page, "mauditby": audit_log.people, "mverify": checking.tapped},
    ),
)
"""In the order of the menus."""


def _of_role(role: Role) -> tuple[str, ...]:
    """What a role may besides what anybody may."""
    own = (one for one in COMMANDS if one.in_menu and one.permission is not Permission.ANYBODY)
    return tuple(one.name for one in own if one.permission.allows(role))


MENU = Menu(
    everybody=tuple(one.name for one in COMMANDS if one.in_menu and one.permission is Permission.ANYBODY),
    by_role={role: _of_role(role) for role in Role},
    arguments={one.name: one.example for one in COMMANDS if one.example},
    about_reports=frozenset(one.name for one in COMMANDS if one.example == REF),
)
BY_NAME: Mapping[str, Command] = {one.name: one for one in COMMANDS}
"""The commands that a button of the menu can name."""
ACTS: Mapping[str, Command] = {verb: one for one in COMMANDS for verb in one.acts}
"""The commands that buttons outside a form belong to, by the verbs of their acts."""


@dataclass(frozen=True, slots=True)
class HandlerTable:
    """Routes in the order in which they are asked; the first that wants an update gets it alone."""

    routes: Sequence[Route]

    async def dispatch(self, turn: Turn) -> None:
        """Answer one turn. Raises whatever is not a refusal."""
        handle = self.handler_of(turn.update)
        try:
            await handle(turn)
        except Refusal as refusal:
            _refuse(turn, refusal)

    def handler_of(self, update: AnyUpdate) -> Handle:
        """Whose an update is. What was read plainly is a text or a tap of a private chat, and neither a command."""
        if isinstance(update, PlainUpdate):
            return _text if update.callback_query is None else _tapped
        for route, handle in self.routes:
            wanted = route.check_update(update)
            if wanted is not None and wanted is not False:
                return handle
        return _ignored


def _refuse(turn: Turn, refusal: Refusal) -> None:
    """Say why not, above the chat for a tap, else as a message."""
    phrase = Key(refusal.key, refusal.arguments)
    if turn.update.callback_query is not None:
        turn.answer_tap(phrase, alert=True)
    else:
        turn.say(phrase)


async def _tapped(turn: Turn) -> None:
    """A button: of a form's screen, or of an act."""
    query, chat = turn.update.callback_query, turn.update.effective_chat
    data = decode(query.data or "") if query is not None else None
    if chat is None or chat.type != chat.PRIVATE:
        raise Refusal("reporter.tap.stale")  # in a group, or below no message: there is no chat to answer in
    if isinstance(data, Tap):
        await form_events.tapped(turn, data)
        await approving.show_saved(turn)
    elif isinstance(data, Act) and data.verb == guide.COMMAND and data.first in BY_NAME:
        await _guarded(BY_NAME[data.first])(turn)
        if not turn.is_tap_answered:
            turn.answer_tap()
    elif isinstance(data, Act) and data.verb in ACTS and ACTS[data.verb].permission.allows(_role(turn)):
        turn.act = data
        if ACTS[data.verb].permission is not Permission.ANYBODY:
            turn.sit_at_desk()
        await ACTS[data.verb].acts[data.verb](turn)
    else:
        raise Refusal("reporter.tap.stale")


async def _text(turn: Turn) -> None:
    """A text: a code, a reason, a note or a reference that was asked for, an answer where a form is open, an alias that was asked for, a receipt's
    code, or a first hello."""
    words = turn.message.text or ""
    if await receipts.replied(turn) or await talk.replied(turn):
        return
    if Permission.MODERATOR.allows(_role(turn)) and await _replied_about_reports(turn):
        return
    if await translating.replied(turn) or await sharing.reasoned(turn):
        return
    if turn.chat.open_draft is not None:
        await form_events.text(turn)
        await approving.show_saved(turn)
    elif turn.chat.moderator is None and await team.enrol(turn):
        return
    elif read_code(words):
        await receipts.tell_status(turn, words)
    else:
        await commands.greet(turn)


async def _replied_about_reports(turn: Turn) -> bool:
    """A note, words to search or a reference that was asked for. Whoever reads no reports any more may still have the question."""
    return await notes.replied(turn) or await search.replied(turn) or await replying.replied(turn)


async def _ignored(turn: Turn) -> None:
    """Nothing to say: service messages, words in a group that is being left."""


def _role(turn: Turn) -> str | None:
    """The role of the person of a chat in the team; None for whoever is not of it."""
    return turn.chat.moderator.role if turn.chat.moderator is not None else None


def _guarded(entry: Command) -> Handle:
    """A command's handler, for those who may use it. For reporters a command of the team does not exist."""

    async def handle(turn: Turn) -> None:
        role = _role(turn)
        if entry.permission.allows(role):
            if entry.permission is not Permission.ANYBODY:
                turn.sit_at_desk()
            try:
                await entry.handle(turn)
            except WrongArgument as refusal:
                turn.say(Key(refusal.key, refusal.arguments), guide.form_of(turn, entry.name))
        elif role is not None:
            is_admins = entry.permission is Permission.ADMIN
            raise Refusal("moderator.admins_only" if is_admins else "moderator.other_role")
        else:
            await commands.unknown(turn)

    return handle


async def _never(_update: Update, _context: object) -> None:
    """What PTB's handlers call back, which are only asked whether they want an update."""


def _message(kinds: filters.BaseFilter, handle: Handle) -> Route:
    return MessageHandler(kinds, _never), handle


class _CommandAlone(filters.MessageFilter):
    """The command is the whole first word. `/release,R7K2Q9` is a command to Telegram too, but one without a
    reference, which would then act on another report."""

    def filter(self, message: Message) -> bool:
        word = (message.text or "").split(maxsplit=1)[0]
        return bool(message.entities) and len(word) == message.entities[0].length


def _command(entry: Command) -> Route:
    new = filters.UpdateType.MESSAGE
    wanted = new if entry.permission is Permission.ANYBODY else new & _CommandAlone()
    return CommandHandler(entry.name, _never, filters=wanted), _guarded(entry)


def make_table() -> HandlerTable:
    """The table, most particular first."""
    new = filters.UpdateType.MESSAGE
    return HandlerTable(
        [
            _message(~filters.ChatType.PRIVATE, _ignored),
            *(_command(entry) for entry in COMMANDS),
            _message(filters.COMMAND & new, commands.unknown),
            _message(filters.UpdateType.EDITED_MESSAGE, form_events.edited),
            _message(filters.TEXT & new, _text),
            _message(form_events.FILES & new, form_events.file),
            _message(form_events.PLACES & new, form_events.place),
            _message(filters.StatusUpdate.ALL, _ignored),
            _message(new, form_events.refused_kind),
            (CallbackQueryHandler(_never), _tapped),
            (ChatMemberHandler(_never, ChatMemberHandler.MY_CHAT_MEMBER), commands.leave_group),
        ]
    )
