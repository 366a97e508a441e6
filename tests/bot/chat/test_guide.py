"""From one menu a member of the team reaches everything by buttons; help has an example of each command, and whoever writes a wrong
one is told the right form."""

import re

import pytest

from bot.app.commands import ACTS, BY_NAME, COMMANDS, MENU, Permission
from bot.chat.buttons import Act
from bot.store.unit import Role
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import STORY, enrol, report

MEMBER = 5
MOST_ON_ONE_SCREEN = 4096
IDLE = {"share", "translate"}
"""Commands that cannot work without recipients and without two published languages."""


def form(command: str) -> str:
    """The line that says how a command is written."""
    return TEXTS.text("en", "help.example", {"example": command})


@pytest.mark.parametrize("role", Role)
async def test_all_that_a_role_may_is_reached_from_the_menu(chats: Chats, role: Role) -> None:
    """What needs a named report stands under each report; everything else is two taps away, and does what its command does."""
    await enrol(chats, MEMBER, "Aspan", role)
    first = await chats.say(MEMBER, "/menu")
    second = await chats.tap(MEMBER, Act("mmenu", "own"))
    named = [data.split(".")[1] for data in (*buttons(first), *buttons(second)) if data.startswith("amdo.")]
    assert not IDLE & set(named)
    assert sorted([*named, *MENU.about_reports, "menu"]) == sorted(
        {*named, *MENU.about_reports, "menu", *MENU.by_role[role], *MENU.everybody} - IDLE
    )
    for name in sorted(
        set(named) - {"report", "panic", "next", "audit"}
    ):  # each look at the log stands in it
        tapped = await chats.tap(MEMBER, Act("mdo", name))
        assert [call.method for call in tapped].count("answerCallbackQuery") == 1, name
        typed = await chats.say(MEMBER, f"/{name}")
        assert words(tapped).strip() == words(typed), name
        assert buttons(tapped) == buttons(typed), name


async def test_a_moderators_day_needs_no_typed_command(chats: Chats) -> None:
    """From the menu to the next report, where what can be done with it stands as buttons."""
    await enrol(chats, MEMBER)
    ref = await report(chats)
    taken = await chats.tap(MEMBER, Act("mdo", "next"))
    assert STORY in words(taken)
    verbs = {data.split(".")[0][1:] for data in buttons(taken) if f".{ref}." in data}
    about = {BY_NAME[name].name for name in MENU.about_reports}
    assert {ACTS[verb].name for verb in verbs} >= about - {"open", "approve"}
    assert buttons(await chats.say(MEMBER, "What now?"))[0].startswith("amdo.")


async def test_a_button_of_the_menu_does_only_what_the_role_may(chats: Chats) -> None:
    """Nor does a forged one do anything for anybody else; a report of one's own that is begun from the menu stays as any does."""
    await enrol(chats, MEMBER, "Aspan", Role.TRANSLATOR)
    ref = await report(chats)
    for name in ("queue", "next", "team", "export"):
        assert ref not in words(await chats.tap(MEMBER, Act("mdo", name)))
    unknown = words(await chats.say(6, "/nonsense"))
    for one in COMMANDS:
        if one.permission is not Permission.ANYBODY:
            assert words(await chats.tap(6, Act("mdo", one.name))).strip() == unknown, one.name
    assert words(await chats.tap(MEMBER, Act("mdo", "nothing"))) == TEXTS.text("en", "reporter.tap.stale")
    begun = await chats.tap(MEMBER, Act("mdo", "report"))
    assert any(data.startswith("f") for data in buttons(begun))
    assert {row.stay for row in chats.rows if row.stay} <= {3}


@pytest.mark.parametrize("role", [None, *Role])
async def test_help_has_an_example_of_each_command(chats: Chats, role: Role | None) -> None:
    """In the list of one's own, and one by one; of what somebody may not use it says that there is no such command."""
    if role is not None:
        await enrol(chats, MEMBER, "Aspan", role)
    whole = words(await chats.say(MEMBER, "/help"))
    assert len(whole) < MOST_ON_ONE_SCREEN
    own = MENU.by_role[role] if role is not None else ()
    for name in own:
        assert (f"{MENU.example(name)} — " in whole) == (name not in IDLE), name
    for name in (*own, *MENU.everybody):
        one = words(await chats.say(MEMBER, f"/help {name}"))
        assert one.endswith(form(MENU.example(name))), name
        assert re.fullmatch(r"/\w+( [\w-]+)*", MENU.example(name)), name
    for name in {*MENU.by_role[Role.ADMIN], "nothing"} - {*own}:
        refused = words(await chats.say(MEMBER, f"/help /{name}"))
        assert refused.startswith(TEXTS.text("en", "reporter.unknown_command")), name
        assert form("/help report") in refused


async def test_a_wrong_argument_is_answered_with_the_right_form(chats: Chats) -> None:
    """Of whatever command takes one: an unknown reference, none at all, a role that is none, a number that cannot be."""
    await enrol(chats, MEMBER, "Aspan", "admin")
    wrong = [
        f"/{name}{more}" for name in sorted(MENU.about_reports) for more in ("", " R00000", " where is it")
    ]
    wrong += ["/export what", "/invite king", "/invite moderator 0", "/revoke Nobody"]
    for typed in wrong:
        name = typed.split()[0][1:]
        assert words(await chats.say(MEMBER, typed)).endswith(form(MENU.example(name))), typed
    assert "/share names csv" in words(await chats.say(MEMBER, "/share what"))
