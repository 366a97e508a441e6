"""Recipients of the sealed archive: each must answer first, and `status` and `check` say who can open what."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.app.cli import archive
from bot.app.work import Work
from bot.safety.offline import new_identity, recipient_of
from bot.safety.sealing import new_key, show_key
from bot.settings import load_settings
from bot.store import archive_keys, ring_keys, vault
from tests.bench import Bench
from tests.bot.app.cli.conftest import Kuager, within, words_of


@pytest.fixture
def identities(set_up: None, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Two identities, whose recipients are in the settings."""
    made = new_identity(), new_identity()
    _name(monkeypatch, *made)
    return made


def _name(monkeypatch: pytest.MonkeyPatch, *identities: str) -> None:
    monkeypatch.setenv("KUAGER_ARCHIVE_RECIPIENTS", ",".join(map(recipient_of, identities)))


def _fingerprint(identity: str) -> str:
    return archive_keys.fingerprint(recipient_of(identity))


def _checked(kuager: Kuager) -> str:
    """Lines of `check` on the archive."""
    out = kuager("check", "--offline").out
    return "".join(line for line in out.splitlines(keepends=True) if " archive: " in line)


async def _seal_a_report(work: Work) -> None:
    bench = Bench(work.database, work.forms, work.settings)
    bench.now = datetime.now(work.settings.zone)
    async with bench.write() as unit:
        await ring_keys.note_ring(unit)
        report = (await bench.submit(unit)).report
        assert report.data_key_id is not None
        await unit.session.flush()
        await vault.open_keys(unit, [report.data_key_id])
        to = await archive_keys.ready_recipients(unit)
        await archive_keys.seal_keys(unit, report.ref, [report.data_key_id], to)


def test_sealing_waits_until_each_recipient_has_answered(kuager: Kuager, identities: tuple[str, str]) -> None:
    """The meaning of a lost key is said before, with the commands of the next step."""
    first, second = map(_fingerprint, identities)
    done = kuager("archive", "words", "words")
    assert (done.code, done.err) == (0, "")
    assert "If the last of them is lost, all that was sealed to it is lost for good" in done.out
    assert f"python -m bot archive answer {first} WORD" in done.out
    assert {path.name for path in Path("words").iterdir()} == {f"{first}.age", f"{second}.age"}
    assert f"before these recipients have answered: {first}, {second}. " in _checked(kuager)
    said = words_of(kuager, *identities)
    assert f"have answered, too: {second}\n" in kuager("archive", "answer", first, said[first]).out
    assert f"before these recipients have answered: {second}. " in _checked(kuager)
    whole = recipient_of(identities[1])
    assert "All have: the bot seals" in kuager("archive", "answer", whole, said[second].upper()).out
    assert "well     archive: 0 decided reports are sealed" in _checked(kuager)


def test_a_wrong_answer_is_one_line_that_says_what_to_do(
    kuager: Kuager, identities: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither the word of another recipient nor one for a stranger is taken, and no word is printed."""
    said = words_of(kuager, *identities)
    first, second = map(_fingerprint, identities)
    (tmp_path / "file").touch()
    for words, told in {
        ("answer", first, said[second]): "WORD is not the one that was encrypted to",
        ("answer", "age1stranger", said[first]): f"RECIPIENT is wrong: the settings name {first}, {second}.",
        ("words", "file/words"): "DIR is wrong: ",
    }.items():
        done = kuager("archive", *words)
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert told in done.err
        assert not any(word in done.err for word in said.values())
    monkeypatch.delenv("KUAGER_ARCHIVE_RECIPIENTS")
    done = kuager("archive", "words", "words")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "no report is sealed. Example: KUAGER_ARCHIVE_RECIPIENTS=age1" in done.err
    assert "opens all that is not destroyed" in _checked(kuager)


def test_status_and_check_say_who_opens_what(
    kuager: Kuager, identities: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also once other recipients are named, who then open nothing old."""
    for answer in words_of(kuager, *identities).items():
        kuager("archive", "answer", *answer)
    within(_seal_a_report, load_settings())
    shown = kuager("archive", "status").out
    for identity in identities:
        (row,) = [line for line in shown.splitlines() if recipient_of(identity) in line]
        assert row.split()[3] == "1"
    newer = new_identity()
    _name(monkeypatch, newer)
    shown = kuager("archive", "status").out
    (row,) = [line for line in shown.splitlines() if recipient_of(identities[0]) in line]
    assert row.split()[1:5] == ["no", "longer", "named", "1"]
    found = _checked(kuager)
    assert (
        f"1 sealed reports open for no recipient of the settings, only for {', '.join(sorted(map(_fingerprint, identities)))}:"
        in found
    )
    assert "there is one recipient: if its identity is lost, all that is sealed is lost." in found


def test_a_ring_key_from_before_the_archive_is_named_until_it_is_changed(
    kuager: Kuager, identities: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It opens what backups hold of sealed reports."""
    for answer in words_of(kuager, *identities).items():
        kuager("archive", "answer", *answer)
    within(_seal_a_report, load_settings())
    settings = load_settings()
    assert f"these ring keys open them: {settings.ring.current}. To end that" in _checked(kuager)
    assert kuager("backup", "first.tar").code == 0
    shown = kuager("archive", "status").out
    assert shown.count("Backups, the newest of 20") == 1
    assert "Sealed: 0 of 0 decided reports.\n" in shown
    monkeypatch.setenv("KUAGER_KEY_RING", f"newer:{show_key(new_key())}")

    async def start_later(work: Work) -> None:
        async with work.write() as unit:
            unit.now += timedelta(hours=1)
            await ring_keys.note_ring(unit)
            assert [one async for one in archive.doubts(unit)] == []

    within(start_later, load_settings())


def test_recipients_are_asked_again_after_half_a_year(kuager: Kuager, identities: tuple[str, str]) -> None:
    """By their fingerprints."""
    for answer in words_of(kuager, *identities).items():
        kuager("archive", "answer", *answer)

    async def look_later(work: Work) -> None:
        async with work.read() as unit:
            unit.now += timedelta(days=archive_keys.REHEARSED_DAYS, hours=1)
            (told,) = [one async for one in archive.doubts(unit)]
            assert (
                f"for half a year that they can open the archive: {', '.join(map(_fingerprint, identities))}. "
                in told
            )

    within(look_later, load_settings())
