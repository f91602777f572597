"""Occurrences of triggers, written ahead, and what is kept of a trigger beside its file."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables; nothing was due before."""
    op.create_table(
        "occurrences",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=False),
        sa.Column("claimed", MOMENT),
        sa.Column("run", sa.Text()),
        sa.Column("started", MOMENT),
        sa.Column("ended", MOMENT),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("occurrences_trigger", "occurrences", ["trigger", "due"])
    op.create_index("occurrences_state", "occurrences", ["state", "due"])
    op.create_index("occurrences_run", "occurrences", ["run"])
    op.create_table(
        "triggers_state",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("seen_until", MOMENT, nullable=False),
        sa.Column("paused", MOMENT),
        sa.Column("body", sa.Text(), nullable=False),
    )
