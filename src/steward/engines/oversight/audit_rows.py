"""Look through the audit: what was intended, done, decided or refused, newest first."""

from __future__ import annotations

import asyncio
from datetime import datetime

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.lib.record import record
from steward.lib.span import span_of
from steward.model.access import Right
from steward.model.audit import Actor, AuditRow
from steward.model.command import Example
from steward.model.errors import InvalidInput, NotFound
from steward.model.risk import Risk

_MOST = 500


@record
class ListAuditInput:
    """List rows of the audit, newest first."""

    kind: str = ""
    """Only this kind, `grant.revoked`."""
    actor: str = ""
    """Only what this person or program did, by id."""
    subject: str = ""
    """Only what happened to this, by id."""
    since: str = ""
    """Only the last hours or days, `24h`, `7d`."""
    before: int = 0
    """Only rows before this number: the next page."""
    limit: int = 50
    """Most rows, at most 500."""


@record
class ShowAuditInput:
    """Show one row of the audit with its hash and that of the row before."""

    row: int
    """Number of the row."""


@record
class AuditEntry:
    """One row, short."""

    seq: int
    """Number."""
    at: datetime
    """When."""
    kind: str
    """What happened, `noun.verb`."""
    subject: str
    """Id of what it happened to."""
    actor: str
    """Who acted."""
    behalf: tuple[str, ...]
    """Who they acted for, or empty."""
    channel: str
    """Way in."""


@record
class AuditPage:
    """Rows, newest first."""

    sentence: str
    """What is shown, in words."""
    rows: tuple[AuditEntry, ...]
    """The rows."""
    next: int
    """`before` of the next page; 0 when there is none."""
    kinds: tuple[str, ...]
    """Every kind there is."""
    actors: tuple[str, ...]
    """Everybody who acted."""


@record
class AuditCard:
    """One row, whole."""

    entry: AuditEntry
    """What it says."""
    actors: tuple[Actor, ...]
    """Who acted, after the one they acted for, each as they proved themselves."""
    fingerprint: str
    """Fingerprint of the plan it belongs to, or empty."""
    payload: str
    """More about it: the very text that was hashed."""
    hash: str
    """SHA-256 over all of the row."""
    previous: str
    """Hash of the row before."""
    boot: str
    """Boot of Steward's machine that wrote it."""


async def listing(desk: Desk, given: ListAuditInput) -> AuditPage:
    """List rows."""
    if not 1 <= given.limit <= _MOST:
        raise InvalidInput(f"{given.limit} rows do not fit", next_step=f"take 1 to {_MOST}")
    since = _since(desk, given.since)

    def read() -> tuple[tuple[AuditRow, ...], tuple[tuple[str, ...], tuple[str, ...]]]:
        found = desk.audit.find(
            kind=given.kind,
            actor=given.actor,
            subject=given.subject,
            since=since,
            before=given.before,
            limit=given.limit + 1,
        )
        return found, desk.audit.names()

    found, (kinds, actors) = await asyncio.to_thread(read)
    shown = found[: given.limit]
    more = shown[-1].seq if len(found) > given.limit else 0
    told = f"rows {shown[-1].seq} to {shown[0].seq}" if shown else "no row fits"
    return AuditPage(sentence=told, rows=tuple(_entry(row) for row in shown), next=more, kinds=kinds, actors=actors)


async def show(desk: Desk, given: ShowAuditInput) -> AuditCard:
    """Show one row."""
    row = await asyncio.to_thread(desk.audit.row, given.row)
    if row is None:
        raise NotFound(f"there is no row {given.row} in the audit", next_step="`steward audit ls` lists the newest")
    return AuditCard(
        entry=_entry(row),
        actors=row.actors,
        fingerprint=row.fingerprint,
        payload=row.payload,
        hash=row.hash,
        previous=row.previous,
        boot=row.boot,
    )


def _since(desk: Desk, text: str) -> datetime | None:
    if not text:
        return None
    span = span_of(text)
    if span is None:
        raise InvalidInput(f"`{text}` is no span of time", next_step="write `--since 24h` or `--since 7d`")
    return desk.clock.now() - span


def _entry(row: AuditRow) -> AuditEntry:
    acting, *behalf = (actor.id for actor in reversed(row.actors)) if row.actors else ("",)
    return AuditEntry(
        seq=row.seq,
        at=row.wall,
        kind=row.kind,
        subject=row.subject,
        actor=acting,
        behalf=tuple(behalf),
        channel=row.actors[-1].channel if row.actors else "",
    )


COMMANDS = (
    CommandSpec(
        name="audit.ls",
        right=Right.READ,
        input=ListAuditInput,
        output=AuditPage,
        handler=listing,
        risk=Risk.READ,
        examples=(
            Example(line="audit ls --since 24h", does="List what was written in the last day"),
            Example(line="audit ls --actor owner --kind grant.added", does="List the grants that the owner gave"),
        ),
    ),
    CommandSpec(
        name="audit.show",
        right=Right.READ,
        input=ShowAuditInput,
        output=AuditCard,
        handler=show,
        risk=Risk.READ,
        examples=(
            Example(line="audit show 42", does="Show one row with its hash"),
            Example(line="audit show 42 --json", does="The same as one JSON object"),
        ),
    ),
)
