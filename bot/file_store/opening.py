"""The store that the settings name."""

from bot.errors import SettingsError, StoreAwayError
from bot.file_store.folder import FolderStore
from bot.file_store.store import FileStore
from bot.settings import Settings, example


def open_store(settings: Settings) -> FileStore:
    """The folder, or the bucket if one is named; raises SettingsError where its client is not installed. Nothing is asked of it yet."""
    if not settings.files_url:
        return FolderStore(settings.files_dir)
    try:
        from bot.file_store.bucket import Access, BucketStore  # noqa: PLC0415 - an extra brings its client
    except ModuleNotFoundError:
        raise SettingsError(
            "KUAGER_FILES_URL names a bucket, whose client is not installed. Run: uv sync --no-dev --extra s3 "
            f"({example('files_url')})"
        ) from None
    key_id, secret = settings.files_key_id.get_secret_value(), settings.files_secret.get_secret_value()
    return BucketStore(
        Access(settings.files_url, settings.files_endpoint, settings.files_region, key_id, secret)
    )


def setting_of(settings: Settings) -> str:
    """The name of the setting that says where the files are."""
    return "files_url" if settings.files_url else "files_dir"


async def require_store(settings: Settings, *, patient: bool = False) -> tuple[FileStore, str | None]:
    """The store, once it could be written to, and what is doubtful about it; raises SettingsError where it cannot. Whoever is
    `patient` takes one that is away for doubtful, if that may pass."""
    store = open_store(settings)
    try:
        return store, await store.prepare()
    except OSError as error:
        if patient and isinstance(error, StoreAwayError) and error.passes:
            return store, f"{error.strerror}: files stay at Telegram until it can be used"
        name = setting_of(settings)
        raise SettingsError(
            f"KUAGER_{name.upper()} is wrong: {'the bucket' if settings.files_url else 'the folder'} cannot be written to: "
            f"{error.strerror}. {example(name)}"
        ) from None
