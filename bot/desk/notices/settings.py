"""Command /settings: a member's language, quiet hours, notices and daily summary, in one message."""

from dataclasses import replace

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, ActButtons, act_button
from bot.chat.turn import Turn
from bot.desk.notices import service as notices_service
from bot.desk.notices.service import NoticeKind, Preferences
from bot.errors import Refusal
from bot.form.screen import Joined, Key, Label, Phrase, Said
from bot.languages import name_of
from bot.store.roles import is_reviewer

BEGINS, ENDS = (18, 19, 20, 21, 22, 23, 0, 1), (5, 6, 7, 8, 9, 10, 11, 12)
DIGESTS = (7, 8, 9, 10, 12, 18, 20, 21)
_NEVER = "never"


async def settings(turn: Turn) -> None:
    said, rows = _screen(turn)
    turn.say(said, rows=rows)


async def languages(turn: Turn) -> None:
    codes = turn.unit.settings.languages
    rows = [[ActButton(Label({code: name_of(code)}), Act("language", code))] for code in codes]
    _show(turn, Key("moderator.settings.language.ask"), [*rows, _back()])


async def quiet(turn: Turn) -> None:
    begin, end = turn.act.first, turn.act.second
    if begin == _NEVER:
        await _keep(turn, replace(_wished(turn), quiet=None))
    elif begin and end:
        await _keep(turn, replace(_wished(turn), quiet=(_hour(begin), _hour(end))))
    elif begin:
        _show(
            turn,
            Key("moderator.settings.quiet.until", {"hour": _hour(begin)}),
            [*_hours("mquiet", ENDS, begin), _back()],
        )
    else:
        never = [act_button("moderator.settings.quiet.never", "mquiet", _NEVER)]
        _show(turn, Key("moderator.settings.quiet.from"), [*_hours("mquiet", BEGINS), never, _back()])


async def digest(turn: Turn) -> None:
    at = turn.act.first
    if at:
        await _keep(turn, replace(_wished(turn), digest=None if at == _NEVER else _hour(at)))
        return
    never = [act_button("moderator.settings.digest.never", "mdigest", _NEVER)]
    _show(turn, Key("moderator.settings.digest.ask"), [*_hours("mdigest", DIGESTS), never, _back()])


async def news(turn: Turn) -> None:
    if turn.act.first not in set(NoticeKind):
        raise Refusal("reporter.tap.stale")
    wished = _wished(turn)
    await _keep(turn, replace(wished, unwanted=wished.unwanted ^ {NoticeKind(turn.act.first)}))


async def again(turn: Turn) -> None:
    _show(turn, *_screen(turn))


def _wished(turn: Turn) -> Preferences:
    return notices_service.preferences_of(turn.unit, turn.moderator)


async def _keep(turn: Turn, wished: Preferences) -> None:
    await notices_service.keep_preferences(turn.unit, turn.moderator, wished)
    _show(turn, *_screen(turn))


def _show(turn: Turn, said: Phrase, rows: ActButtons) -> None:
    message = turn.renderer.message(turn.language, [said], rows)
    turn.call(
        "editMessageText",
        {"chat_id": turn.chat.id, "message_id": turn.tapped_message_id, **message.params()},
    )


def _screen(turn: Turn) -> tuple[Phrase, ActButtons]:
    wished = _wished(turn)
    lines: list[Phrase] = [
        Key("moderator.settings"),
        Key("moderator.settings.language", {"name": name_of(turn.moderator.language)}),
    ]
    rows = [[act_button("moderator.settings.language.button", "mlanguage")]]
    if is_reviewer(turn.moderator):
        lines += [_quiet(wished), _digest(wished)]
        rows += [
            [act_button("moderator.settings.quiet.button", "mquiet")],
            [act_button("moderator.settings.digest.button", "mdigest")],
            *([_toggle(one, wished)] for one in NoticeKind),
        ]
    always = [Key("moderator.settings.always")] if is_reviewer(turn.moderator) else []
    return Joined((Joined(tuple(lines), "\n"), *always), "\n\n"), rows


def _quiet(wished: Preferences) -> Phrase:
    if wished.quiet is None:
        return Key("moderator.settings.quiet.none")
    begin, end = wished.quiet
    return Key("moderator.settings.quiet", {"begin": _clock(begin), "end": _clock(end)})


def _digest(wished: Preferences) -> Phrase:
    if wished.digest is None:
        return Key("moderator.settings.digest.none")
    return Key("moderator.settings.digest", {"hour": _clock(wished.digest)})


def _toggle(one: NoticeKind, wished: Preferences) -> ActButton:
    mark = Said("☐ " if one in wished.unwanted else "☑ ")
    return ActButton(Joined((mark, Key(f"moderator.settings.news.{one}")), ""), Act("mnews", one))


def _hours(verb: str, hours: tuple[int, ...], first: str = "") -> list[list[ActButton]]:
    acts = [Act(verb, first, str(hour)) if first else Act(verb, str(hour)) for hour in hours]
    buttons = [ActButton(Said(_clock(hour)), act) for hour, act in zip(hours, acts, strict=True)]
    return [buttons[:4], buttons[4:]]


def _clock(hour: int) -> str:
    return f"{hour}:00"


def _hour(word: str) -> int:
    if not word.isdecimal() or len(word) > 2:
        raise Refusal("reporter.tap.stale")
    return int(word)


def _back() -> list[ActButton]:
    return [act_button("moderator.settings.back", "msettings")]
