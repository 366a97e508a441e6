"""Nearly the same picture in another open report: said on the card, by hashes that are sealed with the files."""

from dataclasses import replace
from functools import cache

from sqlalchemy import select

from bot.desk.card import service as card_service
from bot.desk.card.service import MOST_DIFFERENT, MOST_LIKE
from bot.form.answers import FileKind, FileRef, Files
from bot.reports import claims, withdrawal
from bot.safety.cleaning.cleaner import Cleaned, clean
from bot.store import vault
from db.models import File
from tests.bench import statements
from tests.bot.chat.chats import Chats, words
from tests.bot.chat.moderating import add_file, enrol, report
from tests.bot.safety.cleaning.test_picture_hashes import saved, scene

DESK = 5


@cache
def copy(seed: int = 1, quality: int = 90) -> Cleaned:
    """A clean copy of a photo."""
    found = clean(saved(scene(seed), quality=quality))
    assert isinstance(found, Cleaned)
    return found


async def pictured(chats: Chats, cleaning: Cleaned, kind: FileKind = FileKind.PHOTO) -> str:
    """A report with this photo."""
    one = FileRef(vault.new_id(), kind, "photo.jpg")
    ref = await report(chats, evidence=Files((one,)))
    async with chats.bench.write() as unit:
        await add_file(unit, await claims.find(unit, ref), one, cleaning)
    return ref


def named(card: str, *refs: str) -> list[str]:
    """The references that are said to have nearly the same picture."""
    lines = [line for line in card.split("\n") if "Nearly the same picture" in line]
    return [ref for ref in refs if any(f"/open_{ref}" in line for line in lines)]


async def test_a_card_names_open_reports_with_nearly_the_same_picture(chats: Chats) -> None:
    """As a photo or as a document, pressed by a messenger; not those of other pictures, and not itself."""
    await enrol(chats, DESK)
    first = await pictured(chats, copy())
    pressed = await pictured(chats, copy(quality=40), FileKind.DOCUMENT)
    other = await pictured(chats, copy(2))
    assert named(words(await chats.say(DESK, f"/open {first}")), first, pressed, other) == [pressed]
    assert named(words(await chats.say(DESK, f"/open {pressed}")), first, pressed, other) == [first]
    assert "Nearly the same picture" not in words(await chats.say(DESK, f"/open {other}"))


async def test_what_is_decided_or_destroyed_is_compared_no_more(chats: Chats) -> None:
    """The hash goes with the report's key."""
    await enrol(chats, DESK)
    first, gone, rejected = [await pictured(chats, copy()) for _ in range(3)]
    assert named(words(await chats.say(DESK, f"/open {first}")), gone, rejected) == [gone, rejected]
    await chats.say(DESK, f"/open {rejected}")
    async with chats.bench.write() as unit:
        await withdrawal.withdraw(unit, await claims.find(unit, gone))
        (await claims.find(unit, rejected)).status = "rejected"
        metas = await unit.session.scalars(select(File.meta).where(File.data_key_id.is_(None)))
        assert metas.all() == [b""]
    assert "Nearly the same picture" not in words(await chats.say(DESK, f"/open {first}"))


async def test_the_nearest_are_named_and_no_more_than_a_few(chats: Chats) -> None:
    """By how many bits they differ, up to a limit."""
    await enrol(chats, DESK)
    first = await pictured(chats, copy())
    bits = int(copy().picture, 16)
    refs = []
    for number in range(1, MOST_DIFFERENT + 2):
        other = f"{bits ^ ((1 << number) - 1):016x}"
        refs.append(await pictured(chats, replace(copy(), picture=other)))
    async with chats.bench.read() as unit:
        shown = await card_service.card(unit, await claims.look_up(unit, first))
        assert await card_service.with_like_pictures(unit, shown) == refs[:MOST_LIKE]
        last = await card_service.card(unit, await claims.look_up(unit, refs[-1]))
        assert first not in await card_service.with_like_pictures(unit, last)


async def test_however_many_reports_there_are_it_is_one_statement(chats: Chats) -> None:
    """And none for a card without a picture."""
    await enrol(chats, DESK)
    first, plain = await pictured(chats, copy()), await report(chats)
    for number in (1, 4):
        for _ in range(number):
            await pictured(chats, copy(2))
        async with chats.bench.read() as unit:
            shown = await card_service.card(unit, await claims.look_up(unit, first))
            bare = await card_service.card(unit, await claims.look_up(unit, plain))
            async with statements(unit) as seen:
                await card_service.with_like_pictures(unit, shown)
                assert len(seen) == 1
                await card_service.with_like_pictures(unit, bare)
                assert len(seen) == 1


async def test_a_damaged_file_holds_no_card_up(chats: Chats) -> None:
    """Of another report; the rest is compared."""
    await enrol(chats, DESK)
    first, damaged, whole = [await pictured(chats, copy()) for _ in range(3)]
    async with chats.bench.write() as unit:
        key = (await claims.find(unit, damaged)).data_key_id
        (await unit.session.scalars(select(File).where(File.data_key_id == key))).one().meta = b"broken"
    assert named(words(await chats.say(DESK, f"/open {first}")), damaged, whole) == [whole]
