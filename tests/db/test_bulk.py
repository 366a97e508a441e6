"""Many rows by one statement, on both databases."""

from sqlalchemy import bindparam, delete, insert, select, update

from db.engine import Bulk, Database
from db.models import Mark

ADD = Bulk(insert(Mark), ("name", "value"))
CHANGE = Bulk(
    update(Mark).where(Mark.name == bindparam("mark")).values(value=bindparam("new_value")),
    ("mark", "new_value"),
)
REMOVE = Bulk(delete(Mark).where(Mark.name == bindparam("mark")), ("mark",))
NAMES = ("а", "б'; --", "v")


async def kept(database: Database) -> dict[str, str]:
    """What is in the table."""
    async with database.read() as session:
        return {mark.name: mark.value for mark in await session.scalars(select(Mark))}


async def test_rows_are_written_changed_and_removed_as_they_are_named(database: Database) -> None:
    """Whatever else a row has, and in whatever order it has it."""
    async with database.write() as session:
        connection = await session.connection()
        await ADD.run(connection, [{"value": f"{name}1", "more": 1, "name": name} for name in NAMES])
    assert await kept(database) == {name: f"{name}1" for name in NAMES}
    async with database.write() as session:
        connection = await session.connection()
        await CHANGE.run(connection, [{"new_value": "2", "mark": name} for name in NAMES[:2]])
        await REMOVE.run(connection, [{"mark": NAMES[2]}])
    assert await kept(database) == dict.fromkeys(NAMES[:2], "2")


async def test_no_rows_ask_nothing_of_the_database(database: Database) -> None:
    """A batch in which nothing is to be written."""
    async with database.write() as session:
        await CHANGE.run(await session.connection(), [])
    assert await kept(database) == {}
