"""A bundle is opened in memory, whole, and gives back what the server cannot open itself."""

import json
from base64 import b64decode
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from bot.app.archive import bundles, opening
from bot.desk.card import service as card_service
from bot.errors import ArgumentError
from bot.form.answers import Answer, Written
from bot.publish import versions
from bot.reports import claims
from bot.reports.states import VersionState
from bot.safety import offline
from bot.store import archive_keys, files
from tests.bot.app.archive.lives import (
    FIRST,
    NARROW,
    NOTE,
    ORGANISATION,
    PICTURE,
    RECIPIENTS,
    REJECTED,
    SECOND,
    STORY,
    STRANGER,
    TITLE,
    WORDS,
    Life,
)  # fmt: skip


def plain(identity: str, sealed: bytes) -> Any:
    """JSON in an age file."""
    found = BytesIO()
    offline.open_stream([identity], BytesIO(sealed), found)
    return json.loads(found.getvalue())


def written(answers: Mapping[str, Answer], path: str) -> str:
    """Text of an answer."""
    found = answers[path]
    assert isinstance(found, Written)
    return found.text


async def test_each_report_opens_with_its_talk_notes_versions_and_files(life: Life, bundle: Path) -> None:
    """By either identity alone, and in memory: the server's own code reads them."""
    for identity in (FIRST, SECOND):
        async with opening.opened(bundles.read(bundle, [identity])) as archive, archive.work.read() as unit:
            told = {}
            for ref in (life.public, life.shared, life.rejected):
                report = await claims.look_up(unit, ref)
                card = await card_service.card(unit, report)
                assert card.content is not None
                told[ref] = written(card.content.answers, card.content.form.by_role["story"].path)
                for version in await versions.of_report(unit, report, VersionState.APPROVED):
                    content = await versions.content(unit, version)
                    assert content is not None
                    assert written(content.answers, "/review/title") == TITLE
            assert told == {life.public: STORY, life.shared: NARROW, life.rejected: REJECTED}
            card = await card_service.card(unit, await claims.look_up(unit, life.public))
            assert ([one.words.text for one in card.talk], card.notes.notes[0].text) == ([WORDS], NOTE)
            original = await files.locate_original(unit, card.refs[0].id, "x")
            copy = await files.locate_copy(unit, card.refs[0].id, "x")
            assert original is not None
            assert copy is not None
            assert (await original.read(archive))[1] == PICTURE
            custody = card.kept(card.refs[0]).custody
            assert custody is not None
            assert custody.copy is not None
            assert sha256((await copy.read(archive))[1]).hexdigest() == custody.copy.sha256
            assert archive.work.settings.organisation == {"": ORGANISATION}


async def test_a_report_comes_back_to_its_server_alone(life: Life, bundle: Path) -> None:
    """The file names each envelope that it opens, and has no key that the server opens itself."""
    read = bundles.read(bundle, [FIRST])
    report = read.report(f" {life.public.lower()}")
    made = plain(life.server, opening.reopening(read, life.public))
    assert (made["kuager"], made["format"], made["installation"], made["report"]) == (
        "reopening",
        1,
        life.installation,
        life.public,
    )
    version = report.versions[0].data_key_id
    assert version in report.open
    assert made["keys"].keys() == report.envelopes.keys() - {version}
    for key_id, told in made["keys"].items():
        assert told["envelope"] == sha256(report.envelopes[key_id]).hexdigest()
        assert b64decode(told["data"]) == read.keys[key_id]


async def test_other_recipients_open_the_envelopes_that_a_reseal_makes(life: Life, bundle: Path) -> None:
    """For the reports of this installation, and none for keys that the server opens itself."""
    read = bundles.read(bundle, [SECOND])
    sealed, done, left = opening.resealing(read, [offline.recipient_of(STRANGER)])
    made = plain(life.server, sealed)
    assert (done, left, made["to"]) == (3, 0, [offline.recipient_of(STRANGER)])
    reports = {key_id: one for one in read.reports.values() for key_id in one.sealed}
    assert made["envelopes"].keys() == reports.keys()
    for key_id, told in made["envelopes"].items():
        assert told["old"] == sha256(reports[key_id].envelopes[key_id]).hexdigest()
        envelope = json.dumps(plain(STRANGER, b64decode(told["new"]))).encode()
        assert (
            archive_keys.read_key(envelope, life.installation, reports[key_id].row.ref, key_id)
            == read.keys[key_id]
        )


async def test_what_is_sealed_to_others_stays_closed_and_is_named(life: Life, tmp_path: Path) -> None:
    """A recipient who came later opens the bundle, and no earlier report; what the server opens has an envelope to it."""
    path = life.write(tmp_path / "later.age", to=(*RECIPIENTS, offline.recipient_of(STRANGER)))
    read = bundles.read(path, [STRANGER])
    assert [read.opens(one) for one in read.reports.values()] == [False] * 3
    with pytest.raises(ArgumentError, match="sealed to other recipients"):
        opening.reopening(read, life.shared)
    assert opening.resealing(read, RECIPIENTS)[1:] == (0, 3)
    async with opening.opened(read) as archive, archive.work.read() as unit:
        report = await claims.look_up(unit, life.shared)
        assert (await card_service.card(unit, report)).content is None
