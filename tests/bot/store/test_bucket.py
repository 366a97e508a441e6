"""A bucket keeps what a folder keeps, and says what the bucket's service does."""

import asyncio
import secrets
import sys
from pathlib import Path

import pytest

from bot.errors import SettingsError, StoreAwayError
from bot.settings import load_settings
from bot.store import bucket as bucket_module
from bot.store.bucket import BucketStore
from bot.store.file_store import FileStore, FolderStore
from bot.store.files import open_store, require_store
from tests.bot.test_settings import GOOD
from tests.buckets import Bucket, answering, store_settings

FIRST, SECOND = "ab" * 16, "ab" + "cd" * 15
DENIED = b"<Error><Code>AccessDenied</Code><Message>of hunter2</Message></Error>"


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    """An empty store of each kind."""
    if request.param == "folder":
        return FolderStore(tmp_path / "files")
    bucket: Bucket = request.getfixturevalue("bucket")
    return bucket.store()


async def test_every_store_keeps_its_promises(store: FileStore) -> None:
    """What is put is there whole, until it is removed; a name that is no id never leads out of it."""
    assert await store.prepare() is None
    assert await store.ids() == []
    large = secrets.token_bytes(6_000_000)
    await store.put(FIRST, b"sealed")
    await store.put(SECOND, b"other")
    await store.put(FIRST, large)
    assert await store.get(FIRST) == large
    assert await store.ids() == [FIRST, SECOND]
    for _ in range(2):
        await store.remove(FIRST)
    assert await store.ids() == [SECOND]
    with pytest.raises(FileNotFoundError):
        await store.read(FIRST)
    with pytest.raises(FileNotFoundError):
        await store.get(FIRST)
    with pytest.raises(ValueError, match="not an id"):
        await store.put("../../etc/passwd", b"")


async def test_the_bucket_sees_ids_alone(bucket: Bucket) -> None:
    """An object is written by one request, so that no parts stay behind; what is not a file of the bot is passed over."""
    store = bucket.store()
    await store.prepare()
    assert bucket.listed("Key") == []
    await store.put(FIRST, bytes(6_000_000))
    assert bucket.listed("Key") == [f"kuager/ab/{FIRST}"]
    assert [len(tag) for tag in bucket.listed("ETag")] == [
        len('"') * 2 + 32
    ]  # that of parts ends with their number
    bucket.ask("PUT", f"/kuager/cd/{FIRST}", b"")
    bucket.ask("PUT", f"/other/ab/{SECOND}", b"")
    assert await store.ids() == [FIRST]


async def test_a_bucket_that_keeps_versions_is_doubtful(bucket: Bucket) -> None:
    """What is removed stays there."""
    bucket.keep_versions()
    settings = load_settings(_env_file=None, **GOOD, **bucket.settings)
    _, doubt = await require_store(settings)
    assert doubt is not None
    assert "keeps versions" in doubt


async def test_a_bucket_that_is_gone_lacks_no_file(bucket: Bucket) -> None:
    """Else every file in it would be told to be lost, and every removal to be done."""
    bucket.ask("DELETE")
    store = bucket.store()
    for asked in (store.get(FIRST), store.remove(FIRST), store.put(FIRST, b""), store.prepare(), store.ids()):
        with pytest.raises(StoreAwayError) as away:
            await asked
        assert away.value.strerror == "the service says NoSuchBucket"


@pytest.mark.parametrize(
    ("status", "body", "length", "said", "passes"),
    [
        (403, DENIED, None, "the service says AccessDenied", False),
        (503, b"hunter2", None, "the service says 503", True),
        (200, b"half", 99, "the service does not answer", True),
    ],
)
async def test_what_a_service_refuses_is_told_by_its_code(
    monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, length: int | None, said: str, passes: bool
) -> None:
    """Never by its words, nor by half a file."""
    monkeypatch.setattr(bucket_module, "TRIES_AGAIN", 0)
    async with answering(status, body, length) as endpoint:
        with pytest.raises(StoreAwayError) as away:
            await BucketStore(store_settings(endpoint, "bucket")).get(FIRST)
    assert (away.value.strerror, away.value.passes, away.value.__cause__) == (said, passes, None)


async def test_a_service_that_is_silent_holds_up_nobodys_start_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Reporters are waiting: their files can, at Telegram."""
    monkeypatch.setattr(bucket_module, "TRYING_OUT", 0.1)
    open_for_good = asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await open_for_good.wait()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    given = {
        "files_url": "s3://bucket",
        "files_endpoint": endpoint,
        "files_key_id": "id",
        "files_secret": "x",
    }
    settings = load_settings(_env_file=None, **GOOD, **given)
    _, doubt = await require_store(settings, patient=True)
    assert doubt == "the service does not answer: files stay at Telegram until it can be used"
    with pytest.raises(SettingsError, match="cannot be written to: the service does not answer"):
        await require_store(settings)
    open_for_good.set()
    server.close()
    await server.wait_closed()


def test_a_bucket_without_its_client_is_told_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is an extra."""
    given = {"files_url": "s3://bucket", "files_key_id": "id", "files_secret": "secret"}
    settings = load_settings(_env_file=None, **GOOD, **given)
    assert str(open_store(settings)) == "s3://bucket"  # at AWS, which is asked for nothing yet
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.delitem(sys.modules, "bot.store.bucket")
    with pytest.raises(SettingsError) as refused:
        open_store(settings)
    assert str(refused.value) == (
        "KUAGER_FILES_URL names a bucket, whose client is not installed. Run: uv sync --no-dev --extra s3 "
        "(Example: KUAGER_FILES_URL=s3://bucket/kuager)"
    )
