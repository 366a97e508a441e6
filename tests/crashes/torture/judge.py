"""The judge: what people did and were shown, held against what is stored. It asks nothing of the bot, and knows nothing of it.

An answer is a sequence of items, in which order they were given: the parts of a text, the names of what was chosen, the SHA-256 of
a file.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from tests.crashes.torture.history import Shown

Answers = Mapping[str, Sequence[str]]
"""Items by the path of their question."""


class Fault(StrEnum):
    """What must not happen."""

    LOST = "lost"
    DOUBLED = "doubled"
    MISPLACED = "misplaced"
    STUCK = "stuck"
    UNTOLD = "a notice undelivered"
    UNEXPLAINED = "a message twice without a reason"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not happen, and where; `who` is the person whom it concerns, if one is known."""

    fault: Fault
    what: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class Filed:
    """A report as somebody filed it. `mark` are words that no other has; `withdrawn`: they took it back."""

    who: str
    mark: str
    answers: Answers
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What a moderator was told is done with a report: its status, and the reason or the public title."""

    status: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """A report as it is stored, opened. `acts` are those in the log about it, in order; `titles` those of its public versions."""

    ref: str
    status: str
    answers: Answers
    reason: str = ""
    titles: Sequence[str] = ()
    acts: Sequence[str] = ()


def of_answers(filed: Collection[Filed], stored: Collection[Stored]) -> Iterator[Finding]:
    """Every report that was filed is stored once with the answers that were given, and no other is."""
    left = [one for one in stored if one.status != "withdrawn"]
    for report in filed:
        found = [one for one in left if _holds(one.answers, report.mark)]
        left = [one for one in left if one not in found]
        if report.withdrawn:
            yield from (Finding(Fault.MISPLACED, f"{one.ref} was withdrawn", report.who) for one in found)
        elif not found:
            yield Finding(Fault.LOST, f"the report {report.mark}", report.who)
        else:
            yield from (Finding(Fault.DOUBLED, f"the report {one.ref}", report.who) for one in found[1:])
            yield from _differences(report, found[0])
    yield from (Finding(Fault.MISPLACED, f"the report {one.ref} is nobody's") for one in left)
    withdrawn = sum(one.withdrawn for one in filed) - sum(one.status == "withdrawn" for one in stored)
    if withdrawn > 0:
        yield Finding(Fault.LOST, f"{withdrawn} withdrawals")


def _holds(answers: Answers, mark: str) -> bool:
    return any(mark in item for item in chain.from_iterable(answers.values()))


def _differences(filed: Filed, stored: Stored) -> Iterator[Finding]:
    for path in {**filed.answers, **stored.answers}:
        given, kept = list(filed.answers.get(path, ())), list(stored.answers.get(path, ()))
        if given == kept:
            continue
        lost, more = Counter(given) - Counter(kept), Counter(kept) - Counter(given)
        for item in lost:
            yield Finding(Fault.LOST, f"{stored.ref} {path}: {item!r}", filed.who)
        for item in more:
            fault = Fault.DOUBLED if item in given else Fault.MISPLACED
            yield Finding(fault, f"{stored.ref} {path}: {item!r}", filed.who)
        if not lost and not more:
            yield Finding(Fault.MISPLACED, f"{stored.ref} {path}: {kept} is out of order", filed.who)


def of_files(given: int, rows: int, stored: Collection[str], named: Collection[str]) -> Iterator[Finding]:
    """So many files were given, so many rows are there, and the store has those that are `named` and no other."""
    if rows != given:
        yield Finding(Fault.LOST if rows < given else Fault.DOUBLED, f"{given} files were given, {rows} kept")
    yield from (Finding(Fault.LOST, f"the file {one}") for one in set(named) - set(stored))
    yield from (Finding(Fault.DOUBLED, f"the file {one} is nobody's") for one in set(stored) - set(named))


def of_acts(told: Mapping[str, Decision], stored: Collection[Stored]) -> Iterator[Finding]:
    """What moderators were told is done is done, once, and nothing else is."""
    by_ref = {one.ref: one for one in stored}
    for ref in told.keys() - by_ref.keys():
        yield Finding(Fault.LOST, f"{ref}, which was decided")
    for ref, one in by_ref.items():
        made = [act for act in one.acts if act in {"approve", "reject"}]
        if (decided := told.get(ref)) is None:
            if one.status in {"approved", "rejected"} or made:
                yield Finding(Fault.MISPLACED, f"{ref}: nobody was told that it is {one.status}")
            continue
        if one.status != decided.status or not made:
            yield Finding(Fault.LOST, f"{ref}: it was told to be {decided.status}, and is {one.status}")
        if len(made) > 1:
            yield Finding(Fault.DOUBLED, f"{ref}: {made}")
        kept = [one.reason] if decided.status == "rejected" else list(one.titles)
        if kept != [decided.detail]:
            yield Finding(Fault.MISPLACED, f"{ref}: {decided.detail!r} was decided, {kept} is kept")


def of_notices(refs: Iterable[str], shown: Mapping[str, Sequence[Shown]]) -> Iterator[Finding]:
    """Every one of these people was shown every one of these references."""
    wanted = set(refs)
    for who, messages in shown.items():
        seen = {ref for ref in wanted for message in messages if ref in message.text}
        yield from (Finding(Fault.UNTOLD, ref, who) for ref in wanted - seen)


@dataclass(frozen=True, slots=True)
class Twice:
    """How many messages came twice, by why. `under_way`: of those after a death the ones whose answer had not reached the bot
    when it died."""

    after_lost_reply: int
    after_death: int
    unexplained: tuple[Finding, ...]
    under_way: int = 0

    @property
    def all(self) -> int:
        """All of them."""
        return self.after_lost_reply + self.after_death + len(self.unexplained)

    @property
    def unavoidable(self) -> int:
        """Those that no bot could spare its people: Telegram cannot be asked whether it has sent a message."""
        return self.after_lost_reply + self.under_way


SOON = 0.5
"""Seconds: what was sent just before a death may be shown just after it."""
ON_ITS_WAY = 0.1
"""Seconds that an answer takes at most from Telegram's socket to the line that notes it in the bot, on a machine that is busy."""

NEW = 10.0
"""Seconds after which a message that its person has acted for is a new one: a life sends sooner what is owed. Who undoes and approves
again is told so again."""


def of_copies(
    shown: Mapping[str, Sequence[Shown]],
    acts: Mapping[str, Sequence[float]],
    deaths: Collection[float],
    lost: Collection[int],
    answered: Mapping[int, float],
) -> Twice:
    """Messages that are the same as an earlier one of their chat, buttons included. There is a reason where the bot was not told
    that the earlier was sent, or died between the two. Without one, and after an act, it is what the act asked for: the same
    command gives the same answer. `answered` are the times at which the bot was told of a message."""
    counts, unexplained = Counter[str](), list[Finding]()
    for who, messages in shown.items():
        for earlier, later in _same(messages):
            last = earlier[-1].at
            asked_for = any(last < act < later.at for act in acts.get(who, ()))
            if any(one.number in lost for one in earlier):
                counts["lost"] += 1
            elif asked_for and later.at - last > NEW:
                continue
            elif between := [death for death in deaths if last - SOON <= death <= later.at]:
                counts["death"] += 1
                told = answered.get(earlier[-1].number, later.at)
                counts["under way"] += any(last <= death <= told + ON_ITS_WAY for death in between)
            elif not asked_for:
                unexplained.append(Finding(Fault.UNEXPLAINED, f"{later.number}: {later.text[:80]!r}", who))
    return Twice(counts["lost"], counts["death"], tuple(unexplained), counts["under way"])


def _same(messages: Sequence[Shown]) -> Iterator[tuple[Sequence[Shown], Shown]]:
    """Each message with the earlier ones that look the same."""
    by_look: dict[tuple[str, tuple[str, ...]], list[Shown]] = {}
    for message in messages:
        before = by_look.setdefault((message.text, message.buttons), [])
        if before:
            yield tuple(before), message
        before.append(message)
