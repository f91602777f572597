"""The spine: plans, approvals, runs, steps, findings, facts, events, changes, grants, brakes, locks, owner, audit."""

import sqlalchemy as sa
from alembic import op

from steward.lib.io.ids import new_id

revision = "0001"
down_revision = None

_MOMENT = sa.DateTime(timezone=True)
_REAL: sa.Double[float] = sa.Double()
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OPEN = sa.text("state IN ('pending', 'approved')")


def upgrade() -> None:
    """Make every table, and the rows of the tables that have exactly one."""
    _create_work()
    _create_machines()
    _create_control()
    _create_audit()
    _fill()


def _create_work() -> None:
    op.create_table(
        "plans",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("plans_fingerprint", "plans", ["fingerprint"])
    op.create_table(
        "blobs",
        sa.Column("hash", sa.Text(), primary_key=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("plan", sa.Text(), sa.ForeignKey("plans.id", deferrable=True, initially="DEFERRED"), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("started", _MOMENT, nullable=True),
        sa.Column("ended", _MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
    )
    op.create_index("runs_created", "runs", ["created"])
    op.create_index("runs_state", "runs", ["state", "created"])
    op.create_table(
        "approvals",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), sa.ForeignKey("plans.id", deferrable=True, initially="DEFERRED"), nullable=False),
        sa.Column("run", sa.Text(), sa.ForeignKey("runs.id", deferrable=True, initially="DEFERRED"), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("intent_hash", sa.Text(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("risk", sa.Text(), nullable=False),
        sa.Column("least", sa.Text(), nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("created_monotonic", _REAL, nullable=False),
        sa.Column("boot", sa.Text(), nullable=False),
        sa.Column("expires", _MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_strength", sa.Text(), nullable=True),
        sa.Column("decided_channel", sa.Text(), nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_index("approvals_intent", "approvals", ["intent_hash", "state"])
    op.create_index(
        "approvals_open_code", "approvals", ["code"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_index("approvals_state", "approvals", ["state", "created"])
    op.create_table(
        "steps",
        sa.Column("seq", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("run", sa.Text(), sa.ForeignKey("runs.id", deferrable=True, initially="DEFERRED"), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, unique=True),
        sa.Column("is_undo", sa.Boolean(), nullable=False),
        sa.Column("intent_at", _MOMENT, nullable=True),
        sa.Column("attempt", _NUMBER, nullable=False),
        sa.Column("is_started", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("exit_code", _NUMBER, nullable=True),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("output_hash", sa.Text(), nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
    )
    op.create_index("steps_intent_at", "steps", ["intent_at"])
    op.create_index("steps_run", "steps", ["run", "seq"])
    op.create_table(
        "changes",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened", _MOMENT, nullable=False),
        sa.Column("closed", _MOMENT, nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("commit", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("changes_opened", "changes", ["opened"])


def _create_machines() -> None:
    op.create_table(
        "facts",
        sa.Column("machine", sa.Text(), primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("unread", sa.Text(), nullable=False),
    )
    op.create_table(
        "observations",
        sa.Column("seq", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("observations_at", "observations", ["at"])
    op.create_index("observations_of", "observations", ["resource", "name", "at"])
    op.create_table(
        "findings",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("check", sa.Text(), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("seen", _MOMENT, nullable=False),
        sa.Column("closed", _MOMENT, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("findings_closed", "findings", ["closed"])
    op.create_index("findings_machine", "findings", ["machine", "closed"])
    op.create_table(
        "events",
        sa.Column("seq", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("events_at", "events", ["at"])
    op.create_index("events_subject", "events", ["subject", "seq"])


def _create_control() -> None:
    op.create_table(
        "grants",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("expires", _MOMENT, nullable=False),
        sa.Column("revoked", _MOMENT, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("grants_expires", "grants", ["expires"])
    op.create_table(
        "grant_uses",
        sa.Column("seq", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column(
            "grant", sa.Text(), sa.ForeignKey("grants.id", deferrable=True, initially="DEFERRED"), nullable=False
        ),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("grant_uses_at", "grant_uses", ["at", "grant"])
    op.create_table(
        "brakes",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("brake", sa.Text(), nullable=False),
        sa.Column("epoch", _NUMBER, nullable=False),
        sa.Column("since", _MOMENT, nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", _MOMENT, nullable=True),
    )
    op.create_table(
        "locks",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("locks_run", "locks", ["run"])
    op.create_table(
        "identity",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("control_plane", sa.Text(), nullable=False),
        sa.Column("epoch", _NUMBER, nullable=False),
    )
    op.create_table(
        "owner",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("setup_code_hash", sa.Text(), nullable=True),
    )
    op.create_table(
        "login_failures",
        sa.Column("seq", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("login_failures_at", "login_failures", ["at"])
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("wall", sa.Text(), nullable=False),
        sa.Column("monotonic", _REAL, nullable=False),
        sa.Column("boot", sa.Text(), nullable=False),
        sa.Column("actors", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
    )
    op.create_index("audit_fingerprint", "audit", ["fingerprint", "seq"])
    op.create_index("audit_subject", "audit", ["subject", "seq"])
    op.create_table(
        "audit_head",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("seq", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
    )


def _fill() -> None:
    zeros = "0" * 64
    op.execute(sa.text("INSERT INTO brakes (id, brake, epoch, \"by\", reason) VALUES (1, 'none', 0, '\"\"', '\"\"')"))
    op.execute(sa.text(f"INSERT INTO identity (id, control_plane, epoch) VALUES (1, '{new_id('cp')}', 0)"))  # noqa: S608
    op.execute(sa.text("INSERT INTO owner (id) VALUES (1)"))
    op.execute(sa.text(f"INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '{zeros}')"))  # noqa: S608
