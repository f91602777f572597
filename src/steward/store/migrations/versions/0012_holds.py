"""What runs wait for in their middle, and how steps ended that were skipped or put back."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _run() -> sa.ForeignKey:
    return sa.ForeignKey("runs.id", deferrable=True, initially="DEFERRED")


def upgrade() -> None:
    """Make the tables; no run waits yet."""
    op.create_table(
        "holds",
        sa.Column("run", sa.Text(), _run(), primary_key=True),
        sa.Column("hold", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened", MOMENT, nullable=False),
        sa.Column("due", MOMENT),
        sa.Column("remind_at", MOMENT),
        sa.Column("reminders", NUMBER, nullable=False),
        sa.Column("since_event", NUMBER, nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Text()),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ended", MOMENT),
    )
    op.create_index("holds_state", "holds", ["state", "opened"])
    op.create_table(
        "endings",
        sa.Column("run", sa.Text(), _run(), primary_key=True),
        sa.Column("step", sa.Text(), primary_key=True),
        sa.Column("end", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
