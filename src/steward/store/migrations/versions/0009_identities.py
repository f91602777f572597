"""Accounts at a provider of identities that are people here, and who is at the provider just now."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables; nobody is linked before they say so."""
    op.create_table(
        "identities",
        sa.Column("issuer", sa.Text(), primary_key=True),
        sa.Column("subject", sa.Text(), primary_key=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("lapsed", MOMENT),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("identities_person", "identities", ["person"])
    op.create_table(
        "identity_flows",
        sa.Column("digest", sa.Text(), primary_key=True),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
