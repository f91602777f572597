"""What was measured over time, the last known state of each machine, and what changed."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; nothing is known before the first look."""
    op.create_table(
        "history",
        sa.Column("machine", sa.Text(), primary_key=True),
        sa.Column("fact", sa.Text(), primary_key=True),
        sa.Column("step", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("begin", MOMENT, primary_key=True),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_table(
        "traits",
        sa.Column("machine", sa.Text(), primary_key=True),
        sa.Column("fact", sa.Text(), primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_table(
        "differences",
        sa.Column("seq", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("differences_at", "differences", ["at"])
    op.create_index("differences_of", "differences", ["machine", "at"])
