"""Messages about a submitted report, and reply channels of reporters who agreed to be asked."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
phase = "contract"
branch_labels = None
depends_on = None

_FLAGS = ("waits", "unread", "untold")
_ASKED, _UNTOLD = sa.text("status IN ('new', 'claimed') AND waits"), sa.text("untold")


def upgrade() -> None:
    """Create the tables. Earlier reporters can still answer by their code."""
    for name in _FLAGS:
        op.add_column("reports", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    order = ["urgent", "submitted_hour", "ref"]
    op.create_index("ix_reports_asked", "reports", order, sqlite_where=_ASKED, postgresql_where=_ASKED)
    op.create_index(
        "ix_reports_untold", "reports", ["untold"], sqlite_where=_UNTOLD, postgresql_where=_UNTOLD
    )
    op.create_table(
        "talk_messages",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("from_reporter", sa.Boolean(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("files_key_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["files_key_id"],
            ["data_keys.id"],
            name=op.f("fk_talk_messages_files_key_id_data_keys"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["reports.id"],
            name=op.f("fk_talk_messages_report_id_reports"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talk_messages")),
        sa.UniqueConstraint("report_id", "number", name=op.f("uq_talk_messages_report_id")),
    )
    op.create_index("ix_talk_messages_files_key_id", "talk_messages", ["files_key_id"])
    op.create_table(
        "ways_back",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("chat_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("data_key_id", sa.String(length=32), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("until_day", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["data_key_id"],
            ["data_keys.id"],
            name=op.f("fk_ways_back_data_key_id_data_keys"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_ways_back_report_id_reports"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ways_back")),
        sa.UniqueConstraint("chat_hash", name=op.f("uq_ways_back_chat_hash")),
        sa.UniqueConstraint("report_id", name=op.f("uq_ways_back_report_id")),
    )
    for column in ("asked", "data_key_id", "until_day"):
        op.create_index(f"ix_ways_back_{column}", "ways_back", [column])


def downgrade() -> None:
    """Drop the tables. All later messages are lost, and no address is left."""
    op.drop_table("ways_back")
    op.drop_table("talk_messages")
    op.drop_index("ix_reports_untold", "reports")
    op.drop_index("ix_reports_asked", "reports")
    for name in _FLAGS:
        op.drop_column("reports", name)
