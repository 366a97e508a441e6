"""Commands /help, with examples, and /menu, with buttons for everything."""

from collections.abc import Iterable

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.errors import WrongArgument
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said
from bot.store.roles import is_reviewer

COMMAND = "mdo"
"""Verb of a button that runs the command it names."""
OWN = "own"
_MOST_BESIDE = 14


async def help_(turn: Turn) -> None:
    """List the person's commands with examples, or explain the one named after /help."""
    if turn.argument:
        turn.say(_one(turn, turn.argument.split()[0].lower().removeprefix("/")))
        return
    if turn.chat.moderator is None:
        turn.say("reporter.help")
        return
    own = [_line(turn, name) for name in await turn.menu.working(turn.unit, turn.moderator.role)]
    rows = [[act_button("menu.open", "mmenu", role=ButtonRole.ONWARD)]]
    about_ref = ["moderator.help.reference"] if is_reviewer(turn.moderator) else []
    turn.say(Joined((Key("moderator.help"), *own), "\n"), *about_ref, "reporter.help", rows=rows)


def _one(turn: Turn, name: str) -> Phrase:
    menu, member = turn.menu, turn.chat.moderator
    if name not in {*menu.everybody, *(menu.by_role[member.role] if member is not None else ())}:
        raise WrongArgument("reporter.unknown_command")
    return Joined((_description(name), form_of(turn, name)), "\n\n")


def form_of(turn: Turn, name: str) -> Phrase:
    return Key("help.example", {"example": turn.menu.example(name)})


def _line(turn: Turn, name: str) -> Phrase:
    return Joined((Said(turn.menu.example(name)), _description(name)), " — ")


def _description(name: str) -> Key:
    return Key(f"command.{name}")


async def menu_of(turn: Turn) -> tuple[Phrase, list[list[ActButton]]]:
    """Menu of a member's commands, without those about a named report, which has buttons."""
    unshown = {"menu", *turn.menu.about_reports}
    rows = _packed(
        turn,
        [name for name in await turn.menu.working(turn.unit, turn.moderator.role) if name not in unshown],
    )
    rows.append([act_button("menu.own", "mmenu", OWN)])
    return Key("menu.ask"), rows


async def menu(turn: Turn) -> None:
    said, rows = await menu_of(turn)
    if turn.act.first == OWN:
        rows = _packed(turn, turn.menu.everybody)
        rows.append([act_button("menu.back", "mmenu")])
    if turn.tapped_message_id is None:
        turn.say(said, rows=rows)
        return
    turn.answer_tap()
    place = {"chat_id": turn.chat.id, "message_id": turn.tapped_message_id}
    turn.call("editMessageText", place | turn.renderer.message(turn.language, [said], rows).params())


def _packed(turn: Turn, names: Iterable[str]) -> list[list[ActButton]]:
    rows: list[list[ActButton]] = []
    has_room = False
    for name in names:
        button = ActButton(_description(name), Act(COMMAND, name))
        is_short = len(turn.renderer.phrase(button.label, turn.language)) <= _MOST_BESIDE
        if is_short and has_room:
            rows[-1].append(button)
        else:
            rows.append([button])
        has_room = is_short and not has_room
    return rows
