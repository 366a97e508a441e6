"""Commands /queue, /mine, /approved and /next, with the pages of their lists."""

from collections.abc import Mapping, Sequence

from bot.chat.moderation.card.report_view import show
from bot.chat.moderation.lists import wording
from bot.chat.moderation.lists.wording import what
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Joined, Key, Phrase, Said
from bot.services.desk import claims
from bot.services.desk.lists.counting import Number, numbers
from bot.services.desk.lists.filters import ASKED, HELD, QUEUE, Filter, Scope, read
from bot.services.desk.lists.queue import Page, approval_counts, claim_next
from bot.services.desk.lists.queue import page as page_of
from bot.services.desk.lists.walking import MOST_READ, Place
from db.models import Report

_ON, _BACK = "n", "b"
QUEUE_PAGE = 8
MOST_HELD, FEW_HELD = 10, 2


async def queue(turn: Turn) -> None:
    """Show waiting reports, urgent and oldest first, and those that the moderator holds."""
    await begin_list(turn, QUEUE)


async def mine(turn: Turn) -> None:
    await begin_list(turn, Filter(Scope.MINE))


async def approved(turn: Turn) -> None:
    await begin_list(turn, Filter(Scope.APPROVED))


async def begin_list(turn: Turn, wanted: Filter) -> None:
    await show_list(turn, wanted, await page_of(turn.unit, wanted, turn.moderator, QUEUE_PAGE))


async def listed(turn: Turn) -> None:
    """Show a page of a list in place of the tapped message. An outdated button leads to the first page."""
    wanted = read(turn.unit, turn.act.first)
    if wanted is None:
        raise Refusal("reporter.tap.stale")
    direction, typed = turn.act.second[:1], turn.act.second[1:]
    await _turn_to(turn, wanted, typed, is_first=not turn.act.second, back=direction == _BACK)


async def asked(turn: Turn) -> None:
    """Waiting reports, for a button of an earlier version."""
    await _turn_earlier(turn, ASKED)


async def page(turn: Turn) -> None:
    """Queue, for a button of an earlier version."""
    await _turn_earlier(turn, QUEUE)


async def _turn_earlier(turn: Turn, wanted: Filter) -> None:
    is_first = turn.act.first == "start"
    await _turn_to(turn, wanted, turn.act.first, is_first=is_first, back=turn.act.second == "back")


async def _turn_to(turn: Turn, wanted: Filter, typed: str, *, is_first: bool, back: bool) -> None:
    place = None if is_first else Place.read(typed)
    found = await page_of(turn.unit, wanted, turn.moderator, QUEUE_PAGE, place, back=back)
    lost = (place is None and not is_first) or found.moved
    turn.answer_tap("moderator.queue.from_start" if lost else None)
    await show_list(turn, wanted, found)


async def show_list(turn: Turn, wanted: Filter, found: Page) -> None:
    """Show a page of a list, in place of any tapped message."""
    shown, claimed, waiting = await numbers(turn.unit, [wanted, HELD, ASKED], turn.moderator)
    held = await claims.held_by(turn.unit, turn.moderator) if wanted in {QUEUE, ASKED} else ()
    body: list[Phrase] = [_title(turn, wanted, shown, claimed)]
    body += await wording.lines(turn.unit, turn.renderer, turn.language, found.reports) or [
        _none(wanted, found)
    ]
    if found.unread:
        body.append(Key("moderator.list.unread", {"n": MOST_READ}))
    if held:
        body.append(_held(held, await approval_counts(turn.unit, held[:MOST_HELD])))
    on_page = {report.id for report in found.reports}
    others = [one for one in held if one.id not in on_page]
    buttons = [*wording.opens(found.reports), *_own(others)]
    turn.say_in_place(*body, rows=[*buttons, *_turns(wanted, found), *_others(wanted, waiting)])


def _own(others: Sequence[Report]) -> list[list[ActButton]]:
    if len(others) <= FEW_HELD:
        return wording.opens(others)
    label = Key("moderator.queue.to_mine", {"n": len(others)})
    return [[ActButton(label, Act("mlist", str(Filter(Scope.MINE))))]]


def _title(turn: Turn, wanted: Filter, shown: Number, claimed: Number) -> Phrase:
    if wanted == QUEUE:
        return Key("moderator.queue.counts", {"new": str(shown), "claimed": str(claimed)})
    if wanted == ASKED:
        return Key("moderator.queue.asked", {"n": str(shown)})
    return Key("moderator.list.title", {"what": what(turn.unit, wanted), "n": str(shown) or "…"})


def _none(wanted: Filter, found: Page) -> Phrase:
    if found.unread:
        return Key("moderator.list.none_yet")
    if found.before is not None:
        return Key("moderator.list.no_more")
    if wanted == QUEUE:
        return Key("moderator.queue.empty")
    return Key("moderator.queue.none_asked" if wanted == ASKED else "moderator.list.none")


def _turns(wanted: Filter, found: Page) -> list[list[ActButton]]:
    turns = []
    if found.before is not None:
        turns.append(act_button("moderator.queue.back", "mlist", str(wanted), f"{_BACK}{found.before}"))
    if found.after is not None:
        key = "moderator.list.further" if found.unread else "moderator.queue.more"
        turns.append(act_button(key, "mlist", str(wanted), f"{_ON}{found.after}"))
    return [turns] if turns else []


def _others(wanted: Filter, waiting: Number) -> list[list[ActButton]]:
    narrow = act_button("moderator.filter.button", "mfilt", str(wanted))
    if wanted == QUEUE:
        label = Key("moderator.queue.to_asked", {"n": str(waiting)})
        return [[narrow], *([] if waiting.none else [[ActButton(label, Act("mlist", str(ASKED)))]])]
    if wanted.scope in {Scope.APPROVED, Scope.REJECTED, Scope.ALL} and wanted.narrowed:
        return [[narrow, act_button("moderator.filter.reset", "mlist", str(Filter(wanted.scope)))]]
    if wanted == Filter(wanted.scope) and wanted.scope is not Scope.HELD:
        return [[narrow]]
    return [[narrow, act_button("moderator.queue.all", "mlist", str(QUEUE))]]


def _held(held: Sequence[Report], approvals: Mapping[str, int]) -> Phrase:
    refs = Joined(
        tuple(Joined((Said(one.ref), *wording.marks(one, approvals)), " ") for one in held[:MOST_HELD])
    )
    more = len(held) - MOST_HELD
    if more > 0:
        return Key("moderator.queue.held_more", {"refs": refs, "more": more})
    return Key("moderator.queue.held", {"refs": refs})


async def next_(turn: Turn) -> None:
    """Claim the first report of the queue and open it."""
    report = await claim_next(turn.unit, turn.moderator)
    if report is None:
        raise Refusal("moderator.queue.empty")
    turn.answer_tap()
    await show(turn, report)
