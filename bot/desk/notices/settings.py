"""Command /settings: a member's language, quiet hours, notices and daily summary, in one message."""

from collections.abc import Iterator
from dataclasses import replace

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, ActButtons, act_button
from bot.chat.turn import Turn
from bot.desk.notices import service as notices_service
from bot.desk.notices.service import NoticeKind, Preferences
from bot.desk.references import in_rows
from bot.errors import Refusal
from bot.form.screen import Joined, Key, Label, Phrase, Said
from bot.languages import name_of
from bot.store.unit import is_reviewer

BEGINS, ENDS = (18, 19, 20, 21, 22, 23, 0, 1), (5, 6, 7, 8, 9, 10, 11, 12)
DIGESTS = (7, 8, 9, 10, 12, 18, 20, 21)
_NEVER = "never"
_BACK = [act_button("moderator.settings.back", "msettings")]


async def settings(turn: Turn) -> None:
    said, rows = _screen(turn)
    turn.say(said, rows=rows)


async def languages(turn: Turn) -> None:
    codes = turn.unit.settings.languages
    rows = [[ActButton(Label({code: name_of(code)}), Act("language", code))] for code in codes]
    turn.say_in_place("moderator.settings.language.ask", rows=[*rows, _BACK])


async def quiet(turn: Turn) -> None:
    begin, end = turn.act.first, turn.act.second
    if begin == _NEVER:
        await _keep(turn, replace(_wished(turn), quiet=None))
    elif begin and end:
        await _keep(turn, replace(_wished(turn), quiet=(_hour(begin), _hour(end))))
    elif begin:
        until = Key("moderator.settings.quiet.until", {"hour": _hour(begin)})
        turn.say_in_place(until, rows=[*_hours("mquiet", ENDS, begin), _BACK])
    else:
        never = [act_button("moderator.settings.quiet.never", "mquiet", _NEVER)]
        turn.say_in_place("moderator.settings.quiet.from", rows=[*_hours("mquiet", BEGINS), never, _BACK])


async def digest(turn: Turn) -> None:
    at = turn.act.first
    if at:
        await _keep(turn, replace(_wished(turn), digest=None if at == _NEVER else _hour(at)))
        return
    never = [act_button("moderator.settings.digest.never", "mdigest", _NEVER)]
    turn.say_in_place("moderator.settings.digest.ask", rows=[*_hours("mdigest", DIGESTS), never, _BACK])


async def news(turn: Turn) -> None:
    if turn.act.first not in set(NoticeKind):
        raise Refusal("reporter.tap.stale")
    wished = _wished(turn)
    await _keep(turn, replace(wished, unwanted=wished.unwanted ^ {NoticeKind(turn.act.first)}))


async def again(turn: Turn) -> None:
    said, rows = _screen(turn)
    turn.say_in_place(said, rows=rows)


def _wished(turn: Turn) -> Preferences:
    return notices_service.preferences_of(turn.unit, turn.moderator)


async def _keep(turn: Turn, wished: Preferences) -> None:
    await notices_service.keep_preferences(turn.unit, turn.moderator, wished)
    await again(turn)


def _screen(turn: Turn) -> tuple[Phrase, ActButtons]:
    wished = _wished(turn)
    language = Key("moderator.settings.language", {"name": name_of(turn.moderator.language)})
    head = Key("moderator.settings"), language
    rows = [[act_button("moderator.settings.language.button", "mlanguage")]]
    if not is_reviewer(turn.moderator):
        return Joined(head, "\n"), rows
    rows += [[act_button(f"moderator.settings.{name}.button", f"m{name}")] for name in ("quiet", "digest")]
    for one in NoticeKind:
        label = Said("☐☑"[one not in wished.unwanted]), Key(f"moderator.settings.news.{one}")
        rows.append([ActButton(Joined(label, " "), Act("mnews", one))])
    lines = Joined((*head, *_times(wished)), "\n")
    return Joined((lines, Key("moderator.settings.always")), "\n\n"), rows


def _times(wished: Preferences) -> Iterator[Phrase]:
    if wished.quiet is None:
        yield Key("moderator.settings.quiet.none")
    else:
        begin, end = map(_clock, wished.quiet)
        yield Key("moderator.settings.quiet", {"begin": begin, "end": end})
    if wished.digest is None:
        yield Key("moderator.settings.digest.none")
    else:
        yield Key("moderator.settings.digest", {"hour": _clock(wished.digest)})


def _hours(verb: str, hours: tuple[int, ...], first: str = "") -> list[list[ActButton]]:
    acts = {hour: Act(verb, first, str(hour)) if first else Act(verb, str(hour)) for hour in hours}
    return in_rows([ActButton(Said(_clock(hour)), act) for hour, act in acts.items()], 4)


def _clock(hour: int) -> str:
    return f"{hour}:00"


def _hour(word: str) -> int:
    if not word.isdecimal() or len(word) > 2:
        raise Refusal("reporter.tap.stale")
    return int(word)
