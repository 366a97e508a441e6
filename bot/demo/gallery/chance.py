"""No chance in the gallery: the same program gives the same pages."""

import random
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace

from bot.safety import receipt
from bot.services import vault
from bot.services.desk import team


@contextmanager
def without_chance(seed: str) -> Iterator[None]:
    """Codes, references, invitations and ids are those of a seed meanwhile, in this whole process. For a database
    that is thrown away, since whoever knows the seed knows them all; keys and nonces are random still."""
    rng = random.Random(seed)  # noqa: S311 - that is the point

    def token(length: int) -> str:
        return rng.randbytes(length).hex()[: length * 4 // 3]

    _put(SimpleNamespace(choice=rng.choice, token_urlsafe=token), receipt, team, name="secrets")
    _put(SimpleNamespace(uuid4=lambda: uuid.UUID(bytes=rng.randbytes(16), version=4)), vault, name="uuid")
    try:
        yield
    finally:
        _put(secrets, receipt, team, name="secrets")
        _put(uuid, vault, name="uuid")


def _put(what: object, *modules: ModuleType, name: str) -> None:
    for module in modules:
        setattr(module, name, what)
