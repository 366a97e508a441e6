"""Moderators and keys on the command line."""

import re
from pathlib import Path

import pytest

from bot.app.work import Work
from bot.demo import USERNAME
from bot.desk.people import service as people_service
from bot.safety.sealing import read_key, read_key_ring
from bot.settings import load_settings
from tests.bot.app.cli.conftest import Kuager, within


def test_new_keys_are_settings_as_they_stand(kuager: Kuager) -> None:
    """Three lines for `.env`, none of them used before."""
    first, second = kuager("keys", "new"), kuager("keys", "new")
    assert first.code == 0
    lines = dict(line.split("=", 1) for line in first.out.splitlines())
    assert list(lines) == ["KUAGER_KEY_RING", "KUAGER_LOOKUP_KEY", "KUAGER_AUDIT_KEY"]
    ring = read_key_ring(lines["KUAGER_KEY_RING"])
    keys = [*ring.keys.values(), read_key(lines["KUAGER_LOOKUP_KEY"]), read_key(lines["KUAGER_AUDIT_KEY"])]
    assert len(set(keys)) == 3
    assert not set(first.out.splitlines()) & set(second.out.splitlines())


@pytest.mark.usefixtures("telegram")
def test_an_invitation_is_a_link_that_is_good_once(kuager: Kuager) -> None:
    """To the bot by its name, with a token that stands nowhere; an unknown role is refused."""
    done = kuager("invite", "--role", "admin")
    link = done.out.splitlines()[0]
    assert done.code == 0
    assert re.fullmatch(rf"https://t\.me/{USERNAME}\?start=[A-Za-z0-9_-]{{32}}", link)
    database = load_settings().database_url.removeprefix("sqlite+aiosqlite:///")
    assert link.rpartition("=")[2].encode() not in Path(database).read_bytes()
    refused = kuager("invite", "--role", "king")
    assert (refused.code, refused.err) == (
        2,
        "--role is wrong: it is one of admin, moderator, analyst, translator. Example: --role admin\n",
    )


@pytest.mark.usefixtures("set_up")
def test_moderators_are_listed_and_revoked(kuager: Kuager) -> None:
    """By their aliases; who is not there is told in a line."""
    assert "alias" in kuager("moderators", "list").out
    done = kuager("moderators", "revoke", "Nobody")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "Nobody" in done.err


@pytest.mark.usefixtures("telegram")
def test_open_invitations_are_listed_and_revoked(kuager: Kuager) -> None:
    """By names that are no part of the link; one by one or all."""
    for role in ("admin", "moderator"):
        token = kuager("invite", "--role", role).out.splitlines()[0].rpartition("=")[2]
    listed = kuager("invites", "list").out
    names = re.findall(r"\b[0-9a-f]{8}\b", listed)
    assert (len(names), "admin" in listed, "not opened" in listed, "24 h" in listed) == (2, True, True, True)
    assert token not in listed
    assert kuager("invites", "revoke", names[0]).out == "Invitations that are void now: 1.\n"
    again = kuager("invites", "revoke", names[0])
    assert (again.code, names[0] in again.err, again.err.count("\n")) == (1, True, 1)
    assert kuager("invites", "revoke").code == 2
    assert kuager("invites", "revoke", "--all").out == "Invitations that are void now: 1.\n"
    assert not re.findall(r"\b[0-9a-f]{8}\b", kuager("invites", "list").out)


@pytest.mark.usefixtures("telegram")
def test_a_revocation_says_how_many_invitations_are_void(kuager: Kuager) -> None:
    """Whoever was meant by them needs a new one."""

    async def enrol(work: Work) -> None:
        async with work.write() as unit:
            await people_service.open_invite(
                unit, await people_service.invite(unit, people_service.MODERATOR), b"\0" * 32
            )
            await people_service.enrol(unit, b"\0" * 32, 7, "Aspan", "ru")

    within(enrol, load_settings())
    kuager("invite")
    done = kuager("moderators", "revoke", "Aspan")
    assert "The running bot now deletes the messages of the last 47 hours from that chat" in done.out
    assert [line for line in done.out.splitlines() if "The running bot" not in line] == [
        "Aspan is revoked.",
        "Open invitations that are void now: 1. Invite anew whom you meant.",
    ]
