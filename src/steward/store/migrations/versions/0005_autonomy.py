"""Earned autonomy and budgets: grants that end early by themselves, what programs asked for, breakers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.add_column("grants", sa.Column("suspended", MOMENT))
    op.create_index("grant_uses_run", "grant_uses", ["run"])
    op.create_table(
        "breakers",
        sa.Column("subject", sa.Text(), primary_key=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT),
        sa.Column("lifted", MOMENT),
        sa.Column("body", sa.Text(), nullable=False),
    )
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "asked",
        sa.Column("seq", number, primary_key=True, autoincrement=True),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("is_refused", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("asked_requester", "asked", ["requester", "seq"])
