"""Files in a bucket of an S3-compatible service, by obstore. The service sees times and sizes, but no content."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from bot.errors import StoreAwayError
from bot.settings import Settings
from bot.store.file_store import FileStore, is_id, place

AWS = "https://s3.{region}.amazonaws.com"
CONNECT_TIMEOUT, TIMEOUT = timedelta(seconds=10), timedelta(seconds=120)
"""Time limits. The second is for a whole request: 20 MB on a slow line."""
TRIES_AGAIN, TRYING = 2, timedelta(seconds=30)
"""Limits of obstore's retries. Callers retry longer."""
TRYING_OUT = 15.0
SILENT = "the service does not answer"
VERSIONED = "the bucket keeps versions: what is removed stays there, sealed under keys that are destroyed; switch that off"
_CODE = re.compile(r"<Code>(\w{1,40})</Code>")
_BUSY = ("408", "429")
_STATUS = re.compile(r"status code: (\d{3})")


class BucketStore(FileStore):
    """Files in a bucket, each written by one request, so that none is partial."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.files_url
        bucket, _, prefix = self._url.removeprefix("s3://").partition("/")
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            endpoint=settings.files_endpoint or AWS.format(region=settings.files_region),
            virtual_hosted_style_request=False,  # bucket in the path, which every service supports
            region=settings.files_region,
            access_key_id=settings.files_key_id.get_secret_value(),
            secret_access_key=settings.files_secret.get_secret_value(),
            disable_bulk_delete=True,  # not supported by every service
            client_options={
                "allow_http": settings.files_endpoint.startswith("http://"),
                "connect_timeout": CONNECT_TIMEOUT,
                "timeout": TIMEOUT,
            },
            retry_config={"max_retries": TRIES_AGAIN, "retry_timeout": TRYING},
        )

    def __str__(self) -> str:
        return self._url

    async def prepare(self) -> str | None:
        """Check that the bucket can be used. Warns if it keeps versions."""
        try:
            async with asyncio.timeout(TRYING_OUT):
                return await self._try()
        except TimeoutError:
            raise StoreAwayError(SILENT, passes=True) from None

    async def _try(self) -> str | None:
        probe = f"probe-{secrets.token_hex(8)}"  # unique, since another replica may start too
        with _readable_errors():
            written = await obstore.put_async(self._store, probe, b"", use_multipart=False)
            await obstore.get_async(self._store, probe)
            await obstore.delete_async(self._store, probe)
        with suppress(FileNotFoundError), _readable_errors(may_lack=True):
            # Without the right to list, a missing object is refused, and looks like a store that is away.
            await obstore.get_async(self._store, probe)
        return VERSIONED if written["version"] not in {None, "null"} else None

    async def put(self, file_id: str, sealed: bytes) -> None:
        with _readable_errors():
            await obstore.put_async(self._store, place(file_id), sealed, use_multipart=False)

    async def get(self, file_id: str) -> bytes:
        with _readable_errors(may_lack=True):
            found = await obstore.get_async(self._store, place(file_id))
            return bytes(await found.bytes_async())

    async def lengths(self) -> AsyncIterator[Sequence[tuple[str, int]]]:
        """Ids and sizes, sorted by S3."""
        with _readable_errors():
            async for page in obstore.list(self._store):
                named = [(entry["path"].rpartition("/")[2], entry) for entry in page]
                yield [
                    (name, one["size"]) for name, one in named if is_id(name) and one["path"] == place(name)
                ]

    async def remove(self, file_id: str) -> None:
        with suppress(FileNotFoundError), _readable_errors(may_lack=True):
            await obstore.delete_async(self._store, place(file_id))


@contextmanager
def _readable_errors(*, may_lack: bool = False) -> Iterator[None]:
    """Raise StoreAwayError without obstore's text and its addresses, or FileNotFoundError if `may_lack`."""
    try:
        yield
    except (BaseError, FileNotFoundError) as error:
        words = str(error)
        code, status = _CODE.search(words), _STATUS.search(words)
        why = found.group(1) if (found := code or status) else None
        passes = status is None or status.group(1) in _BUSY or status.group(1) >= "500"
        # A missing bucket raises the same exception.
        if may_lack and isinstance(error, FileNotFoundError) and why != "NoSuchBucket":
            raise FileNotFoundError from None
        said = f"the service says {why}" if why else SILENT
        raise StoreAwayError(said, passes=passes) from None
