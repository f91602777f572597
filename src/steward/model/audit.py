"""The audit chain: rows that nobody can change, drop, add or reorder unseen.

    row 1 ──hash──> row 2 ──hash──> ... ──hash──> row n = head
                      │
                checkpoint: (seq, hash) signed, kept in the store and in an anchor outside it

A row's hash covers every field and the hash of the row before. Whoever can write the database could compute a whole
new chain, but cannot sign it: the checkpoints would no longer fit. What came after the newest checkpoint is guarded by
the chain alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from math import isfinite

from steward.lib.canonical import canonical
from steward.lib.codec import Json
from steward.lib.record import record
from steward.model.ids import PrincipalId
from steward.model.principal import Principal, PrincipalKind
from steward.model.risk import Strength

GENESIS = "0" * 64
"""Hash before the first row."""
CHECKPOINT_ROWS = 256
"""Rows after which a checkpoint is due."""
CHECKPOINT_SECONDS = 600
"""Seconds after which one is due when there is anything new."""
MOST_PROBLEMS = 100
"""Verification stops telling here; one is enough to know."""

_LARGEST = 2**53 - 1
_DOMAIN = b"steward-audit-v1\0"
_CHECKPOINT_DOMAIN = b"steward-audit-checkpoint-v1\0"


@record
class Actor:
    """One link of the chain of who acted for whom, as they proved themselves then."""

    id: PrincipalId
    """Immutable id."""
    kind: PrincipalKind | None = None
    """Kind of principal; None for one on whose behalf somebody else acted."""
    strength: Strength = Strength.NONE
    """How well they proved who they are."""
    channel: str = ""
    """Way in."""


@record
class AuditRow:
    """One thing that was intended, done, decided or refused."""

    seq: int
    """Position, from 1, without gaps."""
    previous: str
    """Hash of the row before."""
    wall: datetime
    """Wall clock (UTC)."""
    monotonic: float
    """Monotonic clock, comparable within one boot."""
    boot: str
    """That boot."""
    actors: tuple[Actor, ...]
    """Who acted, after the one they acted for."""
    kind: str
    """What happened, `noun.verb`."""
    subject: str
    """Id of what it happened to."""
    fingerprint: str
    """Fingerprint of the plan it belongs to, or empty."""
    payload: str
    """More about it: canonical JSON text, redacted before it was hashed."""
    hash: str
    """SHA-256 over all of the above."""


@record
class AuditHead:
    """The end of the chain."""

    seq: int
    """Number of the newest row; 0 before the first."""
    hash: str
    """Its hash."""


@record
class Checkpoint:
    """A signed statement that the row of this number had this hash."""

    seq: int
    """Number of the row."""
    hash: str
    """Its hash."""
    at: datetime
    """When it was signed (UTC)."""
    public_key: str
    """Key that checks the signature."""
    signature: str
    """Signature over `checkpoint_message`."""


class ProblemKind(StrEnum):
    """How the audit no longer fits."""

    EDITED = "edited"
    """A row is not what its hash says."""
    MISSING = "missing"
    """Numbers are left out: rows were removed."""
    UNCHAINED = "unchained"
    """A row does not follow the one before it: put in, taken out or moved."""
    REPEATED = "repeated"
    """A number comes again or goes backward."""
    TRUNCATED = "truncated"
    """The chain ends before a row that is known to have been there."""
    OVERGROWN = "overgrown"
    """There are rows after the head."""
    REWRITTEN = "rewritten"
    """A row differs from what a checkpoint signed."""
    FORGED = "forged"
    """A checkpoint was not signed by our key."""
    UNANCHORED = "unanchored"
    """A checkpoint is not in the anchor, where it is written first."""


@record
class Problem:
    """One way in which the audit does not fit."""

    kind: ProblemKind
    """How."""
    seq: int
    """Row where it shows."""
    says: str
    """In words."""


def actors_of(principal: Principal) -> tuple[Actor, ...]:
    """Return the chain of who acts: whoever is acted for, then the principal."""
    acting = Actor(id=principal.id, kind=principal.kind, strength=principal.strength, channel=principal.channel)
    return (Actor(id=principal.on_behalf_of), acting) if principal.on_behalf_of else (acting,)


def row_hash(row: AuditRow) -> str:
    """Return the SHA-256 of a row: every field with its length, so that no two rows have the same bytes."""
    words = [
        row.previous,
        str(row.seq),
        row.wall.isoformat(),
        repr(row.monotonic),
        row.boot,
        row.kind,
        row.subject,
        row.fingerprint,
        row.payload,
    ]
    for actor in row.actors:
        words += (actor.id, actor.kind.value if actor.kind else "", actor.strength.value, actor.channel)
    text = ",".join(map(str, map(len, words))) + "\0" + "".join(words)
    return hashlib.sha256(_DOMAIN + text.encode("utf-8", "surrogatepass")).hexdigest()


def sealed(row: AuditRow, head: AuditHead) -> AuditRow:
    """Return a row put at the end of the chain: with its number, the hash before it and its own."""
    linked = replace(row, seq=head.seq + 1, previous=head.hash, hash="")
    return replace(linked, hash=row_hash(linked))


def storable(value: Json) -> Json:
    """Return a value that has canonical JSON: what has none (lone surrogates, huge or no numbers) becomes text."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {str(storable(key)): storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value if isfinite(value) and abs(value) <= _LARGEST else str(value)
    return value


def checkpoint_message(seq: int, row_digest: str, at: datetime) -> bytes:
    """Return the bytes that a checkpoint signs."""
    return _CHECKPOINT_DOMAIN + canonical({"seq": seq, "hash": row_digest, "at": at.isoformat()})


def is_checkpoint_due(head: AuditHead, newest: Checkpoint | None, now: datetime) -> bool:
    """Tell whether it is time to sign: 256 new rows, or any new row and ten minutes."""
    if newest is None:
        return head.seq > 0
    if head.seq <= newest.seq:
        return False
    waited = (now - newest.at).total_seconds()
    # A clock that was set back must not put the next checkpoint off.
    return head.seq - newest.seq >= CHECKPOINT_ROWS or not 0 <= waited < CHECKPOINT_SECONDS


def verify_chain(
    rows: Iterable[AuditRow],
    head: AuditHead,
    checkpoints: Sequence[Checkpoint],
    is_signed: Callable[[Checkpoint], bool],
) -> tuple[Problem, ...]:
    """Return every way in which the audit does not fit; of a whole chain, none.

    1. Each row is what its hash says, follows the row before and has the next number.
    2. The last row is the head.
    3. Each checkpoint is signed by our key and fits its row, which is still there.
    """
    problems: list[Problem] = []
    signed: dict[int, set[str]] = {}
    for checkpoint in checkpoints:
        if is_signed(checkpoint):
            signed.setdefault(checkpoint.seq, set()).add(checkpoint.hash)
        else:
            problems.append(_problem(ProblemKind.FORGED, checkpoint.seq))
    seq, digest = 0, GENESIS
    for row in rows:
        problems += _of_row(row, seq, digest, signed.get(row.seq))
        if len(problems) >= MOST_PROBLEMS:
            return tuple(problems[:MOST_PROBLEMS])
        seq, digest = row.seq, row.hash
    known = max([head.seq, *signed])
    if seq < known:
        problems.append(_problem(ProblemKind.TRUNCATED, seq + 1))
    if seq > head.seq:
        problems.append(_problem(ProblemKind.OVERGROWN, head.seq + 1))
    elif seq == head.seq and digest != head.hash:
        problems.append(_problem(ProblemKind.REWRITTEN, seq))
    return tuple(problems)


def unanchored(kept: Sequence[Checkpoint], anchored: Sequence[Checkpoint]) -> tuple[Problem, ...]:
    """Return the checkpoints of the store that the anchor lacks."""
    known = {(checkpoint.seq, checkpoint.hash) for checkpoint in anchored}
    return tuple(_problem(ProblemKind.UNANCHORED, c.seq) for c in kept if (c.seq, c.hash) not in known)


def _of_row(row: AuditRow, seq: int, digest: str, signed: set[str] | None) -> list[Problem]:
    problems: list[Problem] = []
    if row.seq <= seq:
        problems.append(_problem(ProblemKind.REPEATED, row.seq))
    elif row.seq > seq + 1:
        problems.append(_problem(ProblemKind.MISSING, seq + 1))
    if row.previous != digest:
        problems.append(_problem(ProblemKind.UNCHAINED, row.seq))
    if not _is_whole(row):
        problems.append(_problem(ProblemKind.EDITED, row.seq))
    if signed is not None and signed != {row.hash}:
        problems.append(_problem(ProblemKind.REWRITTEN, row.seq))
    return problems


def _is_whole(row: AuditRow) -> bool:
    try:
        return row_hash(row) == row.hash
    except (TypeError, AttributeError, ValueError):  # somebody put a value of another type there
        return False


def _problem(kind: ProblemKind, seq: int) -> Problem:
    return Problem(kind=kind, seq=seq, says=f"row {seq} {_SAYS[kind]}")


_SAYS = {
    ProblemKind.EDITED: "is not what its hash says: it was edited",
    ProblemKind.MISSING: "and perhaps rows after it are missing: they were removed",
    ProblemKind.UNCHAINED: "does not follow the row before it: rows were put in, taken out or moved",
    ProblemKind.REPEATED: "comes twice or goes backward",
    ProblemKind.TRUNCATED: "was there and is not: the end was cut off, or an old backup was put back",
    ProblemKind.OVERGROWN: "comes after the head: it was put in",
    ProblemKind.REWRITTEN: "is not the row that was signed: the chain was written anew",
    ProblemKind.FORGED: "has a checkpoint that our key did not sign",
    ProblemKind.UNANCHORED: "has a checkpoint that the anchor does not know: the anchor was cut or lost",
}
