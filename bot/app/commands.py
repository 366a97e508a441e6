"""All commands with their buttons, permissions and handlers, for everyone and for the team."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial

from bot.chat import menu
from bot.chat.turn import Menu, Turn
from bot.desk import country_update as country_update_chat
from bot.desk import exports, practice, statistics
from bot.desk import reopening as reopening_chat
from bot.desk.asking import chat as asking_chat
from bot.desk.audit import chat as audit_chat
from bot.desk.card import chat as card_chat
from bot.desk.card import files as card_files
from bot.desk.decisions import chat as decisions_chat
from bot.desk.decisions import linking
from bot.desk.forms import chat as forms_chat
from bot.desk.notices import chat as notices_chat
from bot.desk.people import chat as people_chat
from bot.desk.people import service as people_service
from bot.desk.publishing import chat as publishing_chat
from bot.desk.queue import chat as queue_chat
from bot.desk.queue import found
from bot.desk.queue.service import Filter, ReportScope
from bot.desk.sharing import chat as sharing_chat
from bot.form.events import Cancel, SendUnfinished, Show
from bot.reports import commands as reporter_commands_chat
from bot.reports.receipts import chat as receipts_chat
from bot.reports.talk import chat as talk_chat
from bot.store.unit import REVIEWERS, TRANSLATORS, Role, UnitOfWork

Handle = Callable[[Turn], Awaitable[None]]


class Permission(Enum):
    """Roles that may use a command and its buttons. None stands for a person outside the team."""

    ANYBODY = frozenset({None, *Role})
    MEMBER = frozenset(Role)
    ANALYST = REVIEWERS | {Role.ANALYST}
    MODERATOR = REVIEWERS
    TRANSLATOR = TRANSLATORS
    ADMIN = frozenset({Role.ADMIN})

    def allows(self, role: str | None) -> bool:
        return role in self.value


@dataclass(frozen=True, slots=True)
class Command:
    """A command with its buttons by the verbs of their acts. The text `command.<name>` describes it."""

    name: str
    handle: Handle
    permission: Permission = Permission.ANYBODY
    acts: Mapping[str, Handle] = field(default_factory=dict)
    in_menu: bool = True
    example: str = ""


_CODE = "7K3Q-V9XM-20TB"


async def start(turn: Turn) -> None:
    """Handle /start, whose argument may name a form or be an invitation's token."""
    if reporter_commands_chat.linked_form(turn) is not None or not await people_chat.open_invite(turn):
        await reporter_commands_chat.start(turn)


FOR_EVERYBODY: Sequence[Command] = (
    Command("start", start, in_menu=False),
    Command("report", reporter_commands_chat.report, acts={
        "begin": reporter_commands_chat.begin,
        "form": reporter_commands_chat.choose_form,
        "resume": partial(reporter_commands_chat.go_on, event=Show()),
        "sendnow": partial(reporter_commands_chat.go_on, event=SendUnfinished()),
    }),
    Command("language", reporter_commands_chat.language, acts={"language": reporter_commands_chat.change_language}),
    Command("cancel", reporter_commands_chat.cancel),
    Command("status", receipts_chat.status, example=_CODE, acts={
        "clear": receipts_chat.clear,
        "prove": receipts_chat.prove,
        "nocode": receipts_chat.without_code,
        "cread": receipts_chat.read,
        "cadd": receipts_chat.add,
        "curgent": receipts_chat.urgent,
        "csafe": receipts_chat.safe,
        "clet": receipts_chat.ask_to_let,
        "cletyes": receipts_chat.let,
        "cnever": receipts_chat.never,
        "cstay": receipts_chat.stay,
        "cwithdraw": receipts_chat.withdraw_by_button,
        "qopen": talk_chat.open_,
        "qskip": talk_chat.skip,
        "qnever": talk_chat.ask_never,
        "qstop": talk_chat.never,
        "qstay": talk_chat.stay,
    }),
    Command("withdraw", receipts_chat.withdraw, example=_CODE, acts={
        "withdraw": notices_chat.withdraw_and_notify,
        "keep": receipts_chat.keep,
    }),
    Command("privacy", reporter_commands_chat.privacy, acts={"privacy": reporter_commands_chat.privacy_in_full}),
    Command("help", menu.help_, example="report"),
    # Reply channels of other reports stay, which /panic forgets too.
    Command("panic", reporter_commands_chat.panic, acts={
        "panicnow": partial(reporter_commands_chat.go_on, event=Cancel(sure=True)),
    }),
)  # fmt: skip


REF = "R7K3QV"
_ANALYST, _MODERATOR, _ADMIN = Permission.ANALYST, Permission.MODERATOR, Permission.ADMIN
FOR_TEAM: Sequence[Command] = (
    Command("menu", menu.menu, Permission.MEMBER, {"mmenu": menu.menu, "msafety": people_chat.show_safety}),
    Command("queue", queue_chat.begin_list, _MODERATOR, acts={
        "mlist": queue_chat.listed,
        "mfilt": found.filter_menu,
        "mqueue": queue_chat.begin_list,
    }),
    Command("mine", partial(queue_chat.begin_list, wanted=Filter(ReportScope.MINE)), _MODERATOR, acts={
        "mspam": queue_chat.spam,
        "mspamask": queue_chat.confirm_spam,
        "mspamyes": queue_chat.reject_spam,
        "mundolot": queue_chat.undo_spam,
    }),
    Command("next", queue_chat.next_, _MODERATOR, {"mnext": queue_chat.next_}),
    Command("open", card_chat.open_, _MODERATOR, example=REF, acts={
        "mopen": card_chat.open_,
        "mreopen": card_chat.reopen,
        "mcard": card_chat.turn_to,
        "mcheck": card_chat.check_item,
        "mnote": card_chat.write_note,
        "mnoteback": card_chat.take_back_note,
        "mhand": card_chat.choose_colleague,
        "mhandto": card_chat.ask_for_note,
        "mhandnow": card_chat.hand_over,
        "mplace": card_files.show_place,
        "mmore": decisions_chat.more,
        "mwithdraw": decisions_chat.ask,
        "mtakeback": decisions_chat.withdraw,
        "mfile": card_files.ask,
        "mfiles": card_files.show_album,
        "mfileshow": card_files.show,
        "mfiletake": card_files.take,
        "mfileraw": card_files.show_original,
    }),
    Command("ask", asking_chat.choose, _MODERATOR, example=REF, acts={
        "maskq": asking_chat.choose,
        "maskr": asking_chat.preview,
        "masks": asking_chat.ask_ready,
        "masko": asking_chat.write,
        "mcontacts": asking_chat.send_contacts,
        "maside": decisions_chat.set_aside,
    }),
    Command("edit", publishing_chat.edit, _MODERATOR, example=REF, acts={
        "medit": publishing_chat.edit,
        "mcorrect": decisions_chat.correct,
    }),
    Command("approve", decisions_chat.approve, _MODERATOR, example=REF, acts={
        "mpreview": decisions_chat.approve,
        "mwords": decisions_chat.confirm_words,
        "mleave": decisions_chat.leave_words_out,
        "mnames": decisions_chat.disclaim_names,
        "mprose": decisions_chat.show_prose,
        "mapprove": decisions_chat.approve_surely,
        "mkeep": decisions_chat.keep,
        "mundo": decisions_chat.undo,
    }),
    # "mask" asks for the reason. A verb is never renamed: buttons with it stay in chats.
    Command("reject", decisions_chat.reject, _MODERATOR, example=REF, acts={
        "mask": decisions_chat.reject,
        "mreject": decisions_chat.choose,
        "mrejectyes": decisions_chat.reject_surely,
        "mdup": linking.ask_duplicate,
        "mdupof": linking.take,
    }),
    Command("release", decisions_chat.release, _MODERATOR, {"mrelease": decisions_chat.release}, example=REF),
    Command("search", queue_chat.search, _MODERATOR, example="2026-01-01 2026-01-31", acts={
        "mseek": queue_chat.seek,
        "mwordsof": queue_chat.ask_words,
        "mgrades": queue_chat.ask_grade,
        "mgrade": queue_chat.of_grade,
        "msave": found.save_filter,
        "msaved": found.saved_filters,
        "mdrop": found.drop_filter,
    }),
    Command("approved", partial(queue_chat.begin_list, wanted=Filter(ReportScope.APPROVED)), _MODERATOR),
    Command("translate", publishing_chat.translate, Permission.TRANSLATOR, {"mtranslate": publishing_chat.begin}),
    Command("export", exports.export, _ANALYST, example="csv 2026-01-01 2026-06-30", acts={
        "mexport": exports.chosen,
        "mexset": exports.step,
        "mexfor": exports.ask_format,
        "mexlist": audit_chat.list_exports,
    }),
    Command("country_update", country_update_chat.ask, _ADMIN, example="2026-01 2026-06 ru docx", acts={
        "mupdate": country_update_chat.months_chosen,
        "mupdatein": country_update_chat.language_chosen,
        "mupdateas": country_update_chat.format_chosen,
        "mupdatelist": country_update_chat.show_list,
        "mupdatemake": country_update_chat.make_anyway,
        "mupdateown": country_update_chat.own_asked,
        "mupdateno": country_update_chat.own_cleared,
    }),
    Command("stats", statistics.show, _ANALYST, example="weeks", acts={
        "mstats": statistics.show,
        "mpicture": statistics.picture,
    }),
    Command("incidents", linking.list_, _MODERATOR, acts={
        "mincidents": linking.page,
        "mincident": linking.list_,
        "mjoin": linking.ask_to_join,
        "mjoinwith": linking.take,
        "munjoin": linking.leave,
        "mrelate": linking.ask_to_relate,
        "mrelateto": linking.take,
        "munrelate": linking.part_from,
        "msame": linking.ask_same_person,
        "msamewith": linking.take,
        "msameas": linking.ask_if_same,
        "msameyes": linking.link_persons,
        "munsame": linking.unlink_person,
    }),
    Command("practice", practice.show, _MODERATOR, {"mpractice": practice.show, "mpractend": practice.end}),
    Command("setup", people_chat.setup, _ADMIN, {"msetup": people_chat.setup, "mtrygroup": people_chat.try_group}),
    Command("share", sharing_chat.share, _ADMIN, example="trusted csv 2026-01-01 2026-06-30", acts={
        "mshare": sharing_chat.scope_chosen,
        "mshareof": sharing_chat.period_chosen,
        "mlook": sharing_chat.look,
        "mconfirm": sharing_chat.confirm,
        "mdecline": sharing_chat.decline,
        "mmake": sharing_chat.make,
    }),
    Command("forms", forms_chat.forms, _ADMIN, acts={
        "mform": forms_chat.look,
        "mformtry": forms_chat.try_,
        "mformask": forms_chat.propose,
        "mformyes": forms_chat.confirm,
        "mformend": forms_chat.end,
    }),
    Command("reopen", reopening_chat.reopen, _ADMIN, in_menu=False, acts={
        "mkeys": reopening_chat.confirm,
        "mkeysno": reopening_chat.decline,
    }),
    Command("blocks", people_chat.list_blocks, _ADMIN, acts={
        "mblock": people_chat.block,
        "munblock": people_chat.unblock,
        "munblockall": people_chat.unblock_all,
    }),
    Command("team", people_chat.list_members, _ADMIN, acts={
        "mteam": people_chat.list_members,
        "mmember": people_chat.show,
        "mrevoke": people_chat.revoke,
    }),
    Command("moderators", people_chat.list_members, _ADMIN, in_menu=False),
    Command("invite", people_chat.invite, _ADMIN, example="moderator 24 2", acts={
        "minvite": people_chat.chosen,
        "minvites": people_chat.list_invitations,
        "mvoid": people_chat.void_invitation,
        "mvoidall": people_chat.void_all_invitations,
    }),
    Command("revoke", people_chat.revoke, _ADMIN, {"mrevokeyes": people_chat.revoke_surely}, example="Aspan"),
    Command("settings", people_chat.settings, Permission.MEMBER, acts={
        "msettings": people_chat.again,
        "mlanguage": people_chat.languages,
        "mquiet": people_chat.quiet,
        "mdigest": people_chat.digest,
        "mnews": people_chat.news,
    }),
    Command("audit", audit_chat.audit_, _ADMIN, acts={
        "maudit": audit_chat.page,
        "mauditby": audit_chat.people,
        "mverify": audit_chat.check_tapped,
    }),
)  # fmt: skip


COMMANDS: Sequence[Command] = (*FOR_EVERYBODY, *FOR_TEAM)


async def _idle(unit: UnitOfWork, role: str) -> Collection[str]:
    done = await people_service.set_up(unit) if role == Role.ADMIN else {}
    works = {
        "country_update": unit.settings.country_updates,
        "translate": len(unit.settings.published_languages) > 1,
        "share": bool(unit.settings.export_recipients) and done.get("admin", False),
        "setup": not all(done.values()),
    }
    return [name for name, can in works.items() if not can]


_SHOWN = [one for one in COMMANDS if one.in_menu]
_OF_ROLES = [one for one in _SHOWN if one.permission is not Permission.ANYBODY]
MENU = Menu(
    everybody=tuple(one.name for one in _SHOWN if one.permission is Permission.ANYBODY),
    by_role={role: tuple(one.name for one in _OF_ROLES if one.permission.allows(role)) for role in Role},
    arguments={one.name: one.example for one in COMMANDS if one.example},
    about_reports=frozenset(one.name for one in COMMANDS if one.example == REF),
    idle=_idle,
)
BY_NAME: Mapping[str, Command] = {one.name: one for one in COMMANDS}
"""Commands by the name on a menu's button."""
ACTS: Mapping[str, Command] = {verb: one for one in COMMANDS for verb in one.acts}
"""Commands by the verbs of their buttons."""
