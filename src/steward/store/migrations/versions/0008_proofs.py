"""What people prove who they are with beside the password, and the challenges that wait for an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; at first everybody has their password alone."""
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("credential", sa.Text(), nullable=False, unique=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("uses", NUMBER, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("last_used", MOMENT),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("passkeys_person", "passkeys", ["person"])
    op.create_table(
        "authenticators",
        sa.Column("person", sa.Text(), primary_key=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("confirmed", MOMENT),
        sa.Column("last_step", NUMBER, nullable=False),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("person", sa.Text(), primary_key=True),
        sa.Column("digest", sa.Text(), primary_key=True),
    )
    op.create_table(
        "challenges",
        sa.Column("digest", sa.Text(), primary_key=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("bound", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
    )
    op.create_index("challenges_expires", "challenges", ["expires"])
