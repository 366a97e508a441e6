"""Fresh keys."""

import secrets

from bot.cli.console import out
from bot.safety.keys import new_key, show_key


def new_keys() -> None:
    """Print fresh keys as lines for .env. Keep the lookup key apart from the database's backups."""
    ring_id = f"k{secrets.token_hex(3)}"
    out.print(f"KUAGER_KEY_RING={ring_id}:{show_key(new_key())}")
    out.print(f"KUAGER_LOOKUP_KEY={show_key(new_key())}")
    out.print(f"KUAGER_AUDIT_KEY={show_key(new_key())}")
