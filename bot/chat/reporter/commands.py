"""The commands that everybody has: report, change the language, cancel, and read what the bot does."""

from bot.chat import form_events
from bot.chat.callback import Act
from bot.chat.renderer import ActButton
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.events import Cancel, Show
from bot.form.screen import Joined, Key, Label, Said
from bot.languages import name_of
from bot.services.reports import drafting
from bot.services.unit import REPORT_FORM


async def report(turn: Turn) -> None:
    """/report: go on with the open form, or choose a language for a new one."""
    if turn.chat.open_draft is not None:
        turn.say("reporter.resumed")
        await form_events.apply(turn, Show())
    else:
        _ask_language(turn, "begin")


async def language(turn: Turn) -> None:
    """/language: the buttons of all languages."""
    _ask_language(turn, "language")


def _ask_language(turn: Turn, verb: str) -> None:
    languages = turn.unit.settings.languages
    asked = [Said(turn.renderer.texts.text(code, "reporter.choose_language")) for code in languages]
    rows = [[ActButton(Label({code: name_of(code)}), Act(verb, code))] for code in languages]
    turn.say(Joined(tuple(asked), "\n"), rows=rows)


async def begin(turn: Turn) -> None:
    """A language was tapped for a new report: its first question follows at once."""
    code = _tapped_language(turn)
    turn.answer_tap()
    if turn.chat.open_draft is not None:
        turn.chat.open_draft.row.language = code
    else:
        turn.chat.open_draft = await drafting.start(turn.unit, turn.chat.hash, REPORT_FORM, code)
    turn.drop_buttons()
    await form_events.apply(turn, Show())


async def change_language(turn: Turn) -> None:
    """A language was tapped after /language. For somebody who has nothing open it begins a report."""
    code, open_draft, moderator = _tapped_language(turn), turn.chat.open_draft, turn.chat.moderator
    if open_draft is None and moderator is None:
        await begin(turn)
        return
    turn.answer_tap()
    turn.drop_buttons()
    if open_draft is not None:
        open_draft.row.language = code
    if moderator is not None:
        moderator.language = code
        turn.show_menu()
    if open_draft is not None:
        await form_events.apply(turn, Show())
    else:
        turn.say("reporter.language_set")


def _tapped_language(turn: Turn) -> str:
    if turn.act.first not in turn.unit.settings.languages:
        raise Refusal("reporter.tap.stale")
    return turn.act.first


async def cancel(turn: Turn) -> None:
    """/cancel: ask whether to stop and wipe."""
    if turn.chat.open_draft is None:
        turn.say("reporter.nothing_to_cancel")
    else:
        await form_events.apply(turn, Cancel())


async def help_(turn: Turn) -> None:
    """/help, with the moderator's commands for a moderator."""
    turn.say("reporter.help", *(("moderator.help",) if turn.chat.moderator is not None else ()))


async def privacy(turn: Turn) -> None:
    """/privacy: what is kept and what is not, on one screen."""
    settings = turn.unit.settings
    times = {
        "hours": settings.draft_hours,
        "days": settings.report_days,
        "rejected_days": settings.rejected_days,
    }
    turn.say(Key("reporter.privacy", times))


async def unknown(turn: Turn) -> None:
    """A command that nobody has, or that is not this person's."""
    turn.say("reporter.unknown_command")
    await form_events.show(turn)


async def greet(turn: Turn) -> None:
    """A text out of the blue: say what can be done here."""
    turn.say("moderator.help" if turn.chat.moderator is not None else "reporter.hello")


async def leave_group(turn: Turn) -> None:
    """Added to a group or channel: one line, and out; nothing is kept. A private chat that blocked the bot needs no
    answer."""
    member = turn.update.my_chat_member
    if member is None or member.chat.type == member.chat.PRIVATE:
        return
    if member.new_chat_member.status not in {member.new_chat_member.LEFT, member.new_chat_member.BANNED}:
        turn.say("reporter.no_groups")
        turn.call("leaveChat", {"chat_id": turn.chat.id})
