"""Bundles from anywhere: none that was changed is taken for what it is not, and each ends with one line that says what to do.

2,000 by default; `KUAGER_TEST_UPDATES=20000 uv run pytest -n 0 -m long tests/bot/app/archive` tries as many as one likes.
"""

import json
import os
import random
import tarfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from yarl import URL

from bot.app.archive import bundles, opening
from bot.app.archive.bundles import Bundle
from bot.app.archive.page import ArchivePage
from bot.errors import ArgumentError
from bot.safety import offline
from tests.bot.app.archive.lives import FIRST, RECIPIENTS, STRANGER, Life, tarred

SEED = int(os.environ.get("KUAGER_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
MANY = int(os.environ.get("KUAGER_TEST_UPDATES", "20000"))
JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 2**31, 2**70, 1.5, "", "x", "../../etc/passwd", "0" * 32, "я" * 300, [], [[]], {}, {"id": 1}, b64encode(b"x" * 40).decode(),
)  # fmt: skip


def small(life: Life) -> dict[str, bytes]:
    """Members of a bundle without its forms, which are most of it."""
    members = life.members()
    head = json.loads(members["bundle.json"])
    return members | {
        "bundle.json": json.dumps(head | {"forms": {}, "kinds": {}, "report_forms": []}).encode()
    }


Texts = set[tuple[str, str, bytes]]


def texts_of(bundle: Bundle) -> Texts:
    """All of a bundle that opens: reference, place and plain text. Written without the code that is judged."""
    found: Texts = set()
    for ref, one in bundle.reports.items():
        row = one.row
        places = [
            (row.data_key_id, row.content, f"reports.content:{row.id}"),
            (row.data_key_id, row.notes, f"reports.notes:{row.id}"),
        ]
        places += [(row.data_key_id, said.content, f"talk_messages.content:{said.id}") for said in one.talk]
        places += [
            (version.data_key_id, version.content, f"public_versions.content:{version.id}")
            for version in one.versions
        ]
        places += [(file.data_key_id, file.meta, f"files.meta:{file.id}") for file in one.files]
        for key_id, sealed, context in places:
            key = bundle.keys.get(key_id or "")
            with suppress(InvalidTag, ValueError):
                if key is not None and sealed is not None:
                    plain = AESGCM(key).decrypt(sealed[1:13], sealed[13:], context.encode())
                    found.add((ref, context, plain))
    return found


def changed(members: dict[str, bytes], chance: random.Random) -> bytes:
    """Tar in which one thing is not as it was: bytes, members, their order, names and kinds, or a value of their JSON."""
    names = list(members)
    name, other = chance.choice(names), chance.choice(names)
    match chance.randrange(8):
        case 0:
            tar = bytearray(tarred(members))
            for _ in range(chance.randrange(1, 4)):
                tar[chance.randrange(len(tar))] ^= chance.randrange(1, 256)
            return bytes(tar)
        case 1:
            whole = tarred(members)
            return whole[: chance.randrange(len(whole))]
        case 2:
            order = names.copy()
            chance.shuffle(order)
            return tarred({one: members[one] for one in order})
        case 3:
            return tarred({one: content for one, content in members.items() if one != name})
        case 4:
            return tarred({**members, name: members[other], other: members[name]})
        case 5:
            strange = chance.choice(
                ("../x", "/etc/passwd", "files/x", "reports/../x.json", name + "x", "x" * 90)
            )
            return tarred({strange if one == name else one: content for one, content in members.items()})
        case 6:
            return tarred(
                members, chance.choice((tarfile.SYMTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.XHDTYPE))
            )
    name = chance.choice([one for one in names if one.endswith(".json")])
    told = json.loads(members[name])
    spoil(told, chance)
    return tarred({**members, name: json.dumps(told).encode()})


def spoil(told: Any, chance: random.Random) -> None:
    """Replace a value somewhere in this JSON, or swap two of one parent."""
    at = told
    while True:
        places = list(at) if isinstance(at, dict) else list(range(len(at)))
        place = chance.choice(places)
        if not (isinstance(at[place], dict | list) and at[place]) or chance.random() < 0.2:
            break
        at = at[place]
    other = chance.choice(places)
    if chance.random() < 0.3:
        at[place], at[other] = at[other], at[place]
    elif chance.random() < 0.2 and isinstance(at, dict):
        del at[place]
    else:
        at[place] = chance.choice(JUNK)


def mutants(life: Life, number: int, *, inside: bool) -> Iterator[tuple[int, bytes]]:
    """Changed bundles with their seeds: in the age file, or in what a holder of the recipients' public keys encrypted anew."""
    members = small(life)
    whole = offline.seal_to(RECIPIENTS, tarred(members))
    for seed in range(SEED, SEED + number):
        chance = random.Random(seed)
        if inside:
            yield seed, offline.seal_to(RECIPIENTS, changed(members, chance))
            continue
        made, at = bytearray(whole), chance.randrange(len(whole))
        match chance.randrange(5):
            case 0:
                made[at] ^= chance.randrange(1, 256)
            case 1:
                del made[at:]
            case 2:
                made[at:at] = chance.randbytes(chance.randrange(1, 40))
            case 3:
                size = chance.randrange(1, 5000)
                del made[at : at + size]
            case 4:
                made += chance.randbytes(chance.randrange(1, 40))
        yield seed, bytes(made)


async def judge(life: Life, folder: Path, number: int, *, shown: int) -> int:
    """Read changed bundles, and open at most so many of those that are read. Returns how many were."""
    path = folder / "archive.age"
    path.write_bytes(offline.seal_to(RECIPIENTS, tarred(small(life))))
    lines = list[str]()
    original, read = texts_of(bundles.read(path, [FIRST])), 0
    assert len(original) == 8
    for inside in (False, True):
        for seed, content in mutants(life, number // 2, inside=inside):
            path.unlink()  # writing over a file waits for the disk
            path.write_bytes(content)
            try:
                bundle = bundles.read(path, [FIRST])
            except ArgumentError as error:
                lines.append(str(error))
                continue
            assert inside, seed
            assert texts_of(bundle) <= original, seed
            read += 1
            if read <= shown:
                await look(bundle, lines)
    assert not [line for line in lines if "\n" in line]
    return read


async def look(bundle: Bundle, lines: list[str]) -> None:
    """Open a bundle and see each of its pages, which answer without an error of the server's own."""
    try:
        async with opening.opened(bundle) as archive:
            page = ArchivePage(archive, "ru")
            async with (
                page.served(),
                aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser,
            ):
                home = URL(page.url).origin()
                paths = [home / "report" / str(at) for at in range(4)]
                for path in (URL(page.url), *paths, home / "file/0/1"):
                    async with browser.get(path) as response:
                        assert response.status in {200, 404}
    except ArgumentError as error:
        lines.append(str(error))


async def test_no_changed_bundle_is_taken_for_what_it_is_not(life: Life, tmp_path: Path) -> None:
    """One that was changed in the age file is refused. One that was encrypted anew has no word that was not there, of no other report."""
    assert await judge(life, tmp_path, 2000, shown=6) > 0


@pytest.mark.long
async def test_many_changed_bundles(life: Life, tmp_path: Path) -> None:
    """As many as one likes, and two hundred of those that are read are opened too."""
    assert await judge(life, tmp_path, MANY, shown=200) > 0


def refusal(act: Callable[[], object]) -> str:
    """Line by which an act is refused."""
    with pytest.raises(ArgumentError) as refused:
        act()
    return str(refused.value)


def test_a_key_that_seals_nothing_in_a_bundle_makes_it_foreign(life: Life, tmp_path: Path) -> None:
    """Else a bundle of another's making could show a report that it has made up, and have the key of the true one
    put into a reopening file."""
    members = small(life)
    name = f"reports/{life.public}.json"
    told = json.loads(members[name])
    told["envelopes"]["f" * 32] = next(iter(told["envelopes"].values()))
    path = tmp_path / "made-up.age"
    path.write_bytes(offline.seal_to(RECIPIENTS, tarred(members | {name: json.dumps(told).encode()})))
    with pytest.raises(ArgumentError, match="no bundle"):
        bundles.read(path, [FIRST])


def test_each_refusal_says_what_to_do(life: Life, bundle: Path, tmp_path: Path) -> None:
    """In one line, without anything of what is inside."""
    members = small(life)

    def refused(tar: bytes = b"", identity: str = FIRST, path: Path = tmp_path / "x.age", **more: Any) -> str:
        if tar:
            path.write_bytes(offline.seal_to(RECIPIENTS, tar))
        return refusal(lambda: bundles.read(path, [identity], **more))

    assert "No such file" in refused(path=tmp_path / "none.age")
    assert "Is a directory" in refused(path=tmp_path)
    assert "--identity is wrong: it does not open" in refused(path=bundle, identity=STRANGER)
    assert "is no bundle of the archive" in refused(tarred({"photo.jpg": b"x"}))
    assert "--from 2026-01-01 --to 2026-03-31" in refused(path=bundle, most_text=100_000)
    head = json.loads(members["bundle.json"])
    newer = tarred({**members, "bundle.json": json.dumps(head | {"format": 2}).encode()})
    assert "written by a newer program" in refused(newer)
    other = tarred({**members, "bundle.json": json.dumps(head | {"kuager": "resealing"}).encode()})
    assert "is no bundle of the archive" in refused(other)
    (tmp_path / "cut.age").write_bytes(bundle.read_bytes()[:-1])
    assert "cut or changed" in refused(path=tmp_path / "cut.age")
    (tmp_path / "foreign.age").write_bytes(b"%PDF-1.7")
    assert "is no bundle of the archive" in refused(path=tmp_path / "foreign.age")
    read = bundles.read(bundle, [FIRST])
    assert "no report of" in refusal(lambda: read.report("R00000"))


@pytest.mark.parametrize(
    "written",
    ["", "# only a comment", "age1x", "AGE-SECRET-KEY-1QQQ", "age-encryption.org/v1\n-> scrypt", "\xff"],
)
def test_what_is_no_identity_is_named_without_its_content(written: str, tmp_path: Path) -> None:
    """A key that a passphrase protects has to be opened first."""
    path = tmp_path / "key.txt"
    path.write_bytes(written.encode("latin-1"))
    told = refusal(lambda: bundles.read_identities(str(path)))
    assert "age -d key.age" in told
    assert not written or written not in told
    assert "No such file" in refusal(lambda: bundles.read_identities(str(tmp_path / "none")))
