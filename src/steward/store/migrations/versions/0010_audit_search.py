"""The audit is looked through by kind and by who acted: each gets an index."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the indexes; no row is touched."""
    op.create_index("audit_kind", "audit", ["kind", "seq"])
    op.create_index("audit_actors", "audit", ["actors", "seq"])
