"""Findings: opened when a check sees them, closed when the same check looks again and does not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from steward.lib.record import record
from steward.model.finding import Finding, Severity
from steward.model.ids import FindingId, MachineId
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, JsonText, Moment

FINDINGS = sa.Table(
    "findings",
    METADATA,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("machine", KEY, nullable=False),
    sa.Column("check", KEY, nullable=False),
    sa.Column("since", Moment(), nullable=False),
    sa.Column("seen", Moment(), nullable=False),
    sa.Column("closed", Moment()),
    sa.Column("body", JsonText(), nullable=False),
    sa.Index("findings_machine", "machine", "closed"),
    sa.Index("findings_closed", "closed"),
)
_F = FINDINGS.c


@record
class FindingDelta:
    """What one look at a machine changed."""

    opened: tuple[Finding, ...]
    """Seen for the first time, or again after having been closed."""
    closed: tuple[Finding, ...]
    """Looked for and no longer there."""


@record
class FindingLine:
    """One open finding without its evidence, which may be large."""

    id: FindingId
    """Id."""
    machine: MachineId
    """Machine it was seen on."""
    check: str
    """Name of the check that saw it."""
    title: str
    """One line for a person."""
    severity: Severity
    """How bad it is."""
    resource: str
    """What it is about, kind and name: `unit nginx.service`."""
    if_nothing: str
    """What happens if nothing is done."""
    is_curable: bool
    """Whether a fix can be planned for it."""
    since: datetime
    """When it was first seen (UTC)."""


def observe(
    connection: Connection,
    *,
    machine: MachineId,
    checked: Iterable[str],
    findings: Iterable[Finding],
    at: datetime,
) -> FindingDelta:
    """Take in what the checks that ran saw on a machine.

    A finding that stays open keeps its `since` and takes the new evidence. One whose check did not run stays as
    it is: what was not looked at is not well.
    """
    rows = {row.id: row for row in connection.execute(sa.select(FINDINGS).where(_F.machine == machine))}
    seen = {finding.id: finding for finding in findings}
    opened = tuple(finding for finding in seen.values() if _take_in(connection, finding, rows.get(finding.id), at))
    ran = set(checked)
    gone = [row for row in rows.values() if row.closed is None and row.check in ran and row.id not in seen]
    ids = [row.id for row in gone]
    connection.execute(sa.update(FINDINGS).where(_F.id.in_(ids)).values(closed=at))
    return FindingDelta(
        opened=tuple(found for found in (get(connection, finding.id) for finding in opened) if found),
        closed=tuple(from_row(Finding, row) for row in gone),
    )


def still_open(connection: Connection, *, machine: MachineId | None = None) -> tuple[Finding, ...]:
    """Return what is wrong now, the longest standing first."""
    query = sa.select(FINDINGS).where(_F.closed.is_(None)).order_by(_F.since, _F.id)
    if machine is not None:
        query = query.where(_F.machine == machine)
    return tuple(from_row(Finding, row) for row in connection.execute(query))


def lines(connection: Connection) -> tuple[FindingLine, ...]:
    """Return what is wrong now in one line each, the longest standing first."""
    query = sa.select(FINDINGS).where(_F.closed.is_(None)).order_by(_F.since, _F.id)
    return tuple(_line(row) for row in connection.execute(query))


def _line(row: sa.Row[Any]) -> FindingLine:
    resource = row.body["resource"]
    return FindingLine(
        id=FindingId(row.id),
        machine=MachineId(row.machine),
        check=row.check,
        title=row.body["title"],
        severity=Severity(row.body["severity"]),
        resource=f"{resource['kind']} {resource['name']}",
        if_nothing=row.body["if_nothing"],
        is_curable=row.body.get("fix") is not None,
        since=row.since,
    )


def get(connection: Connection, finding_id: FindingId) -> Finding | None:
    """Return a finding, open or closed."""
    row = connection.execute(sa.select(FINDINGS).where(_F.id == finding_id)).one_or_none()
    return from_row(Finding, row) if row else None


def closed_at(connection: Connection, finding_id: FindingId) -> datetime | None:
    """Return when a finding was closed; None while it is open."""
    return connection.execute(sa.select(_F.closed).where(_F.id == finding_id)).scalar_one_or_none()


def _take_in(connection: Connection, finding: Finding, row: sa.Row[Any] | None, at: datetime) -> bool:
    """Store one finding as seen; True when it was not open before."""
    values = to_row(finding, FINDINGS) | {"seen": at, "closed": None}
    if row is None:
        connection.execute(sa.insert(FINDINGS).values(values | {"since": finding.since or at}))
        return True
    was_closed = row.closed is not None
    since = at if was_closed else row.since
    connection.execute(sa.update(FINDINGS).where(_F.id == finding.id).values(values | {"since": since}))
    return was_closed
