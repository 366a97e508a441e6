"""Commands of the team."""

from collections.abc import Sequence

from bot.chat import guide
from bot.chat.handlers.command import Command, Permission
from bot.chat.moderation import country_updates
from bot.chat.moderation.audit import log
from bot.chat.moderation.audit import log as audit_log
from bot.chat.moderation.card import albums, asking, files, notes, place, report_view
from bot.chat.moderation.decisions import (
    approving,
    decided,
    duplicating,
    linking,
    menu,
    rejecting,
    releasing,
    setting_aside,
    withdrawing,
)
from bot.chat.moderation.exports import history as export_history
from bot.chat.moderation.exports import steps as export_steps
from bot.chat.moderation.exports import steps as exports
from bot.chat.moderation.lists import filtering, queue, search
from bot.chat.moderation.people import blocks, inviting, members, settings, sharing
from bot.chat.moderation.publishing import editing, translating
from bot.chat.moderation.statistics import command as statistics

REF = "R7K3QV"
_ANALYST, _MODERATOR, _ADMIN = Permission.ANALYST, Permission.MODERATOR, Permission.ADMIN
FOR_TEAM: Sequence[Command] = (
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
        "edit", editing.edit, _MODERATOR, {"medit": editing.edit, "mcorrect": releasing.correct}, example=REF
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
            "mundo": decided.undo,
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
            "mreject": rejecting.choose,
            "mrejectyes": rejecting.reject_surely,
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
            "munrelate": linking.part_from,
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
        {"maudit": audit_log.page, "mauditby": audit_log.people, "mverify": log.tapped},
    ),
)
