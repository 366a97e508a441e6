"""Slots of one size for wrapped keys, and marks."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
phase = "contract"
branch_labels = None
depends_on = None

BLOCK, SLOT_BYTES, DRAWS = 256, 128, 2**62

key_slots = sa.table("key_slots", sa.column("number", sa.Integer), sa.column("content", sa.LargeBinary))
free_slots = sa.table("free_slots", sa.column("draw", sa.BigInteger), sa.column("number", sa.Integer))
data_keys = sa.table(
    "data_keys",
    sa.column("id", sa.String),
    sa.column("wrapped", sa.LargeBinary),
    sa.column("slot", sa.Integer),
    sa.column("ring", sa.String),
)


def upgrade() -> None:
    """Give each key a random slot, and the id of the ring's key that wrapped it."""
    op.create_table(
        "key_slots",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_key_slots")),
    )
    op.create_table(
        "free_slots",
        sa.Column(
            "draw", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["key_slots.number"], name=op.f("fk_free_slots_number_key_slots")
        ),
        sa.PrimaryKeyConstraint("draw", name=op.f("pk_free_slots")),
        sa.UniqueConstraint("number", name=op.f("uq_free_slots_number")),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_marks")),
    )
    with op.batch_alter_table("data_keys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("slot", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("ring", sa.String(length=16), nullable=True))
    _fill()
    with op.batch_alter_table("data_keys", schema=None) as batch_op:
        batch_op.alter_column("slot", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("ring", existing_type=sa.String(length=16), nullable=False)
        batch_op.drop_column("wrapped")
        batch_op.create_foreign_key(
            batch_op.f("fk_data_keys_slot_key_slots"), "key_slots", ["slot"], ["number"]
        )
        batch_op.create_unique_constraint(batch_op.f("uq_data_keys_slot"), ["slot"])
        batch_op.create_index(batch_op.f("ix_data_keys_ring"), ["ring"], unique=False)


def _fill() -> None:
    connection = op.get_bind()
    keys = connection.execute(sa.select(data_keys.c.id, data_keys.c.wrapped)).all()
    numbers = list(range(1, (len(keys) // BLOCK + 1) * BLOCK + 1))
    chosen = dict(zip(secrets.SystemRandom().sample(numbers, len(keys)), keys, strict=True))
    contents = [
        {"number": number, "content": _padded(chosen[number].wrapped if number in chosen else b"")}
        for number in numbers
    ]
    connection.execute(sa.insert(key_slots), contents)
    free = [
        {"draw": secrets.randbelow(DRAWS), "number": number} for number in numbers if number not in chosen
    ]
    connection.execute(sa.insert(free_slots), free)
    for number, key in chosen.items():
        name = key.wrapped[1 : 1 + key.wrapped[0]].decode() if key.wrapped else ""
        change = sa.update(data_keys).where(data_keys.c.id == key.id)
        connection.execute(change.values(slot=number, ring=name))


def _padded(wrapped: bytes) -> bytes:
    return (bytes([len(wrapped)]) + wrapped).ljust(SLOT_BYTES, b"\0")


def downgrade() -> None:
    with op.batch_alter_table("data_keys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wrapped", sa.LargeBinary(), nullable=True))
    connection = op.get_bind()
    standing = sa.select(data_keys.c.id, key_slots.c.content).join(
        key_slots, key_slots.c.number == data_keys.c.slot
    )
    for key_id, content in connection.execute(standing).all():
        change = sa.update(data_keys).where(data_keys.c.id == key_id)
        connection.execute(change.values(wrapped=content[1 : 1 + content[0]]))
    with op.batch_alter_table("data_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_data_keys_ring"))
        batch_op.drop_constraint(batch_op.f("uq_data_keys_slot"), type_="unique")
        batch_op.drop_constraint(batch_op.f("fk_data_keys_slot_key_slots"), type_="foreignkey")
        batch_op.alter_column("wrapped", existing_type=sa.LargeBinary(), nullable=False)
        batch_op.drop_column("ring")
        batch_op.drop_column("slot")
    op.drop_table("marks")
    op.drop_table("free_slots")
    op.drop_table("key_slots")
