"""Commands for everyone."""

from collections.abc import Sequence

from bot.chat import guide
from bot.chat.handlers.command import Command
from bot.chat.moderation.people import team
from bot.chat.notices.team import to_moderators
from bot.chat.reporter import by_code, commands, receipts, talk
from bot.chat.turn import Turn

_CODE = "7K3Q-V9XM-20TB"


async def start(turn: Turn) -> None:
    """Handle /start, whose argument may be an invitation's token."""
    if not await team.open_invite(turn):
        await commands.start(turn)


FOR_EVERYBODY: Sequence[Command] = (
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
        example=_CODE,
    ),
    Command(
        "withdraw",
        receipts.withdraw,
        acts={"withdraw": to_moderators.withdraw_surely, "keep": receipts.keep},
        example=_CODE,
    ),
    Command("privacy", commands.privacy),
    Command("help", guide.help_, example="report"),
    Command("panic", commands.panic, acts={"panicnow": commands.delete_unfinished}),
)
