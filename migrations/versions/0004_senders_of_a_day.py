"""Backlog of updates, and daily limits of senders."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
phase = "contract"
branch_labels = None
depends_on = None

SLOT_BYTES, DRAWS = 128, 2**62

key_slots = sa.table("key_slots", sa.column("number", sa.Integer), sa.column("content", sa.LargeBinary))
free_slots = sa.table("free_slots", sa.column("draw", sa.BigInteger), sa.column("number", sa.Integer))
data_keys = sa.table("data_keys", sa.column("id", sa.String), sa.column("slot", sa.Integer))
day_keys = sa.table("day_keys", sa.column("day", sa.Integer), sa.column("data_key_id", sa.String))


def upgrade() -> None:
    op.create_table(
        "waiting_updates",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sender", sa.LargeBinary(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("in_report", sa.Boolean(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_updates")),
    )
    with op.batch_alter_table("waiting_updates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_waiting_updates_sender"), ["sender"], unique=False)
        batch_op.create_index("ix_waiting_updates_turn", ["in_report", "number"], unique=False)

    op.create_table(
        "day_keys",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data_key_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["data_key_id"],
            ["data_keys.id"],
            name=op.f("fk_day_keys_data_key_id_data_keys"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_day_keys")),
    )
    with op.batch_alter_table("day_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_day_keys_data_key_id"), ["data_key_id"], unique=False)

    op.create_table(
        "allowances",
        sa.Column("sender", sa.LargeBinary(length=32), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("updates", sa.Integer(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("guesses", sa.Integer(), nullable=False),
        sa.Column("in_report", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_allowances")),
    )
    with op.batch_alter_table("allowances", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_allowances_day"), ["day"], unique=False)


def downgrade() -> None:
    """Drop the tables. The backlog is lost, and the day keys are destroyed, since the older version would
    keep them forever."""
    connection = op.get_bind()
    of_days = sa.select(data_keys.c.id, data_keys.c.slot).join(
        day_keys, day_keys.c.data_key_id == data_keys.c.id
    )
    keys = connection.execute(of_days.distinct()).all()
    op.drop_table("allowances")
    op.drop_table("day_keys")
    op.drop_table("waiting_updates")
    for key in keys:
        connection.execute(sa.delete(data_keys).where(data_keys.c.id == key.id))
        emptied = sa.update(key_slots).where(key_slots.c.number == key.slot)
        connection.execute(emptied.values(content=bytes(SLOT_BYTES)))
        connection.execute(sa.insert(free_slots).values(draw=secrets.randbelow(DRAWS), number=key.slot))
