"""Which runs go on from which, and runs after which Steward still has to ask again."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

MOMENT = sa.DateTime(timezone=True)


def _run() -> sa.ForeignKey:
    return sa.ForeignKey("runs.id", deferrable=True, initially="DEFERRED")


def upgrade() -> None:
    """Make the tables; no run goes on from another yet."""
    op.create_table(
        "resumptions",
        sa.Column("successor", sa.Text(), _run(), primary_key=True),
        sa.Column("run", sa.Text(), _run(), nullable=False),
        sa.Column("is_fork", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("resumptions_run", "resumptions", ["run", "at"])
    op.create_table(
        "askings",
        sa.Column("run", sa.Text(), _run(), primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("successor", sa.Text(), _run()),
        sa.Column("refused", sa.Text(), nullable=False),
    )
    op.create_index("askings_successor", "askings", ["successor", "at"])
