"""What the owner accepted of inventory.yaml and policy.yaml, so that an edit by hand cannot loosen it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table; its rows begin with the files as they are when Steward starts next."""
    op.create_table(
        "accepted",
        sa.Column("subject", sa.Text(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
