"""Command /blocks: blocked senders and today's floods, by numbers that identify no one."""

from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.form.screen import Joined, Key, Phrase
from bot.services.desk.people import blocks

MOST_SHOWN = 20


async def list_(turn: Turn) -> None:
    stopped, floods = await blocks.list_blocks(turn.unit), await blocks.list_floods(turn.unit)
    lines: list[Phrase] = [Key("moderator.block.count", {"n": len(stopped)})]
    lines += [
        Key("moderator.block.line", {"id": one.id, "hours": one.expires_hour - turn.unit.hour})
        for one in stopped[:MOST_SHOWN]
    ]
    rows = [[_unblock(one.id)] for one in stopped[:MOST_SHOWN]]
    if len(stopped) > 1:
        rows.append([act_button("moderator.block.end_all", "munblockall")])
    said: list[Phrase] = [Joined(tuple(lines), "\n")]
    if floods:
        said.append(Key("moderator.block.floods", {"n": len(floods)}))
        rows += [
            [ActButton(Key("moderator.block.do_one", {"id": one.id}), Act("mblock", one.id))]
            for one in floods[:MOST_SHOWN]
        ]
    turn.say(*said, rows=rows)


def _unblock(number: str) -> ActButton:
    return ActButton(Key("moderator.block.end", {"id": number}), Act("munblock", number))


async def block(turn: Turn) -> None:
    """Refuse reports of a flooding sender for some days."""
    row = await blocks.block(turn.unit, turn.moderator, turn.act.first)
    turn.answer_tap()
    turn.drop_buttons()
    done = Key("moderator.block.done", {"id": row.id, "days": turn.unit.settings.block_days})
    turn.say(done, rows=[[_unblock(row.id)]])


async def unblock(turn: Turn) -> None:
    await blocks.unblock(turn.unit, turn.act.first, turn.moderator.alias)
    turn.answer_tap()
    turn.drop_buttons()
    turn.say(Key("moderator.block.ended", {"n": 1}))


async def unblock_all(turn: Turn) -> None:
    number = await blocks.unblock_all(turn.unit, turn.moderator.alias)
    turn.answer_tap()
    turn.drop_buttons()
    turn.say(Key("moderator.block.ended", {"n": number}))
