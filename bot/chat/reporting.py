"""The reporter's commands: begin, go on, change language, look after a report by its code, take it back."""

from telegram import Update

from bot.chat import ending, filling, moderating
from bot.chat.callback import Act
from bot.chat.renderer import Choice
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.events import Cancel, Show
from bot.form.screen import Joined, Key, Label, Said
from bot.languages import name_of
from bot.safety.receipt import read_code
from bot.services.reports import drafting, intake


async def start(update: Update, turn: Turn) -> None:
    """/start, with an invitation's token behind it or without."""
    token = _argument(update)
    if token:
        await moderating.open_invite(turn, token)
        return
    await report(update, turn)


async def report(update: Update, turn: Turn) -> None:
    """/report: go on with the open form, or choose a language for a new one."""
    del update
    if turn.chat.filling is not None:
        turn.say("reporter.resumed")
        await filling.apply(turn, Show())
        return
    _ask_language(turn, "begin")


async def language(update: Update, turn: Turn) -> None:
    """/language: the buttons of all languages."""
    del update
    _ask_language(turn, "language")


def _ask_language(turn: Turn, verb: str) -> None:
    languages = turn.unit.settings.languages
    asked = [Said(turn.renderer.texts.text(code, "reporter.choose_language")) for code in languages]
    rows = [[Choice(Label({code: name_of(code)}), Act(verb, code))] for code in languages]
    turn.say(Joined(tuple(asked), "\n"), rows=rows)


async def begin(turn: Turn, act: Act) -> None:
    """A language was tapped for a new report: its first question follows at once."""
    code = _language(turn, act)
    turn.answer_tap()
    if turn.chat.filling is not None:
        turn.chat.filling.row.language = code
    else:
        unit = turn.unit
        turn.chat.filling = await drafting.start(unit, turn.chat.hash, drafting.REPORT, code)
    turn.drop_buttons()
    await filling.apply(turn, Show())


async def change_language(turn: Turn, act: Act) -> None:
    """A language was tapped after /language."""
    code = _language(turn, act)
    turn.answer_tap()
    turn.drop_buttons()
    if turn.chat.filling is not None:
        turn.chat.filling.row.language = code
    if turn.chat.moderator is not None:
        turn.chat.moderator.language = code
        moderating.set_commands(turn)
    if turn.chat.filling is not None:
        await filling.apply(turn, Show())
    elif turn.chat.moderator is not None:
        turn.say("reporter.language_set")
    else:
        await begin(turn, act)


def _language(turn: Turn, act: Act) -> str:
    if act.first not in turn.unit.settings.languages:
        raise Refusal("reporter.tap.stale")
    return act.first


async def cancel(update: Update, turn: Turn) -> None:
    """/cancel: ask whether to stop and wipe."""
    del update
    if turn.chat.filling is None:
        turn.say("reporter.nothing_to_cancel")
    else:
        await filling.apply(turn, Cancel())


async def help_(update: Update, turn: Turn) -> None:
    """/help, with the moderator's commands for a moderator."""
    del update
    turn.say("reporter.help", *(("moderator.help",) if turn.chat.moderator is not None else ()))


async def privacy(update: Update, turn: Turn) -> None:
    """/privacy: what is kept, what is not, in a screen."""
    del update
    turn.say(Key("reporter.privacy", {"hours": turn.unit.settings.draft_hours}))


async def status(update: Update, turn: Turn) -> None:
    """/status CODE."""
    code = _argument(update)
    if not code:
        raise Refusal("reporter.status.how")
    await _tell_status(turn, code)


async def _tell_status(turn: Turn, code: str) -> None:
    _forget_message(turn)
    found = await intake.find_by_code(turn.unit, code)
    turn.spoken = found.language
    turn.say(f"reporter.status.{found.status}")


async def withdraw(update: Update, turn: Turn) -> None:
    """/withdraw CODE: ask once more."""
    code = _argument(update)
    if not code:
        raise Refusal("reporter.withdraw.how")
    _forget_message(turn)
    found = await intake.find_by_code(turn.unit, code)
    turn.spoken = found.language
    shown = read_code(code) or ""
    turn.say(
        "reporter.withdraw.sure",
        rows=[
            [Choice(Key("reporter.withdraw.yes"), Act("withdraw", shown))],
            [Choice(Key("reporter.withdraw.no"), Act("keep", found.language))],
        ],
    )


async def withdraw_surely(turn: Turn, act: Act) -> None:
    """The report's keys are destroyed now, and the moderators are told."""
    found = await intake.find_by_code(turn.unit, act.first)
    turn.spoken = found.language
    turn.answer_tap()
    withdrawn = await intake.withdraw(turn.unit, found)
    turn.drop_message()
    turn.say("reporter.withdraw.done")
    turn.outbox.drop_report(withdrawn.report_id)
    await moderating.notify_withdrawn(turn, withdrawn)


async def keep(turn: Turn, act: Act) -> None:
    """The withdrawal was thought better of."""
    turn.spoken = act.first
    turn.answer_tap("reporter.withdraw.kept")
    turn.drop_message()


async def clear(turn: Turn, act: Act) -> None:
    """Clear the chat after the receipt was written down."""
    del act
    turn.answer_tap("reporter.cleared", alert=True)
    await ending.clear_chat(turn)
    if turn.chat.filling is not None:
        await filling.apply(turn, Show())  # another form is open by now; its question went with the rest


async def unknown_command(update: Update, turn: Turn) -> None:
    """A command nobody has."""
    del update
    turn.say("reporter.unknown_command")
    if turn.chat.filling is not None:
        await filling.apply(turn, Show())


async def text_without_draft(update: Update, turn: Turn) -> None:
    """A text out of the blue: an alias that was asked for, a receipt's code, or a first hello."""
    message = update.effective_message
    words = (message.text or "") if message is not None else ""
    if turn.chat.moderator is None and await moderating.enrol(turn, words):
        return
    if read_code(words):
        await _tell_status(turn, words)
    else:
        turn.say("moderator.help" if turn.chat.moderator is not None else "reporter.hello")


async def added_to_group(update: Update, turn: Turn) -> None:
    """Added to a group or channel: one line, and out; nothing is kept."""
    member = update.my_chat_member
    if member is not None and member.new_chat_member.status not in {"left", "kicked"}:
        turn.say("reporter.no_groups")
        turn.call("leaveChat", {"chat_id": turn.chat.id})


async def ignored(update: Update, turn: Turn) -> None:
    """Nothing to say: a blocked bot, words in a group that is being left."""
    del update, turn


def _argument(update: Update) -> str:
    message = update.effective_message
    words = (message.text or "").split(maxsplit=1) if message is not None else []
    return words[1].strip() if len(words) > 1 else ""


def _forget_message(turn: Turn) -> None:
    """Take a message that shows a code out of the chat."""
    message = turn.update.effective_message
    if message is not None and turn.update.callback_query is None:
        params = {"chat_id": turn.chat.id, "message_id": message.message_id}
        turn.call("deleteMessage", params, essential=False)
