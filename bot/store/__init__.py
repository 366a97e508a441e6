"""Storage that serves every room above: units of work, keys, messages, files, drafts and the audit log."""

from bot.store import row_proofs  # noqa: F401 - rows are proved wherever they are read or written
