"""The audit: written in the transaction of what it tells, signed at intervals, verified against the anchor.

No audit, no action: a row that cannot be written takes its whole transaction down with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain

from steward.lib.canonical import canonical
from steward.lib.codec import Json, encode
from steward.lib.record import record
from steward.lib.text import visible_line
from steward.model.audit import (
    AuditRow,
    Checkpoint,
    Problem,
    actors_of,
    checkpoint_message,
    is_checkpoint_due,
    storable,
    unanchored,
    verify_chain,
)
from steward.model.principal import Principal
from steward.ports.anchor import Anchor
from steward.ports.clock import Clock
from steward.ports.signer import Signer
from steward.store import audit as table
from steward.store import audit_search
from steward.store.audit_search import Wanted
from steward.store.database import Connection, Database, give_up

_BATCH = 2000


@record
class Verification:
    """What a verification found."""

    rows: int
    """Rows of the chain."""
    signed_until: int
    """Up to this row a rewritten chain would be noticed; what follows is guarded by the chain alone."""
    problems: tuple[Problem, ...]
    """Every way in which it does not fit; none for a whole chain."""


class Audit:
    """Writes, signs, verifies and exports the audit chain."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        signer: Signer,
        anchor: Anchor,
        redact: Callable[[Json], Json],
    ) -> None:
        self._database = database
        self._clock = clock
        self._signer = signer
        self._anchor = anchor
        self._redact = redact

    def append(
        self,
        connection: Connection,
        *,
        kind: str,
        actor: Principal,
        subject: str,
        fingerprint: str = "",
        payload: Json = None,
    ) -> AuditRow:
        """Write a row into the caller's transaction; it is on disk when that transaction is.

        When it cannot be written the transaction is undone at once, even if the caller swallows the error.
        """
        try:
            row = AuditRow(
                seq=0,
                previous="",
                wall=self._clock.now().astimezone(UTC),
                monotonic=self._clock.monotonic(),
                boot=self._clock.boot(),
                actors=actors_of(actor),
                kind=kind,
                subject=visible_line(str(self._redact(subject))),
                fingerprint=fingerprint,
                payload=canonical(storable(self._redact(payload))).decode(),
                hash="",
            )
            return table.append(connection, row)
        except BaseException:
            give_up(connection)
            raise

    def tick(self, now: datetime) -> Checkpoint | None:
        """Sign the end of the chain when that is due; called about once a minute and after bursts.

        The anchor is written before the store: what the store has, the anchor has. Two processes that sign the same
        row do no harm.

        Raises:
            TryLater: anchor or store cannot be written now; the next tick tries again.
            NeedsPerson: the key cannot be used.
        """
        with self._database.read() as connection:
            head, newest = table.head(connection), table.newest_checkpoint(connection)
        if not is_checkpoint_due(head, newest, now):
            return None
        checkpoint = Checkpoint(
            seq=head.seq,
            hash=head.hash,
            at=now.astimezone(UTC),
            public_key=self._signer.public_key(),
            signature=self._signer.sign(checkpoint_message(head.seq, head.hash, now.astimezone(UTC))),
        )
        self._anchor.add(checkpoint)
        with self._database.write() as connection:
            table.keep_checkpoint(connection, checkpoint)
        return checkpoint

    def verify(self) -> Verification:
        """Check the whole chain against itself, the checkpoints and the anchor.

        The anchor is read first and the rows last, so that what is written meanwhile is no problem.

        Raises:
            TryLater: anchor or store cannot be read now.
            NeedsPerson: the key cannot be used.
        """
        anchored = self._anchor.read()
        with self._database.read() as connection:
            kept = table.checkpoints(connection)
        with self._database.read() as connection:
            head = table.head(connection)
            overgrown = table.rows(connection, after=head.seq, limit=1)
        signed = {checkpoint: self._is_signed(checkpoint) for checkpoint in (*anchored, *kept)}
        rows = chain(self._rows(head.seq), overgrown)
        problems = verify_chain(rows, head, tuple(signed), signed.__getitem__)
        return Verification(
            rows=head.seq,
            signed_until=max((c.seq for c, is_ours in signed.items() if is_ours and c.seq <= head.seq), default=0),
            problems=(*problems, *unanchored(kept, anchored)),
        )

    def export(self) -> Iterator[str]:
        """Give every row and every checkpoint as a line of JSON; `payload` is the very text that was hashed."""
        with self._database.read() as connection:
            head, kept = table.head(connection), table.checkpoints(connection)
        for row in self._rows(head.seq):
            yield canonical({"row": encode(row)}).decode()
        for checkpoint in kept:
            yield canonical({"checkpoint": encode(checkpoint)}).decode()

    def find(
        self,
        *,
        kind: str = "",
        actor: str = "",
        subject: str = "",
        since: datetime | None = None,
        before: int = 0,
        limit: int,
    ) -> tuple[AuditRow, ...]:
        """Return rows, newest first; `before` is the number of a row."""
        with self._database.read() as connection:
            wanted = Wanted(
                kind=kind,
                actor=actor,
                subject=subject,
                after=audit_search.last_before(connection, since) if since else 0,
                before=before or None,
            )
            return audit_search.find(connection, wanted, limit=limit)

    def row(self, seq: int) -> AuditRow | None:
        """Return one row."""
        with self._database.read() as connection:
            return audit_search.get(connection, seq)

    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return every kind of row, and the id of everybody who acted."""
        with self._database.read() as connection:
            chains = audit_search.actors(connection)
            return audit_search.kinds(connection), audit_search.ids_of(chains)

    def _is_signed(self, checkpoint: Checkpoint) -> bool:
        message = checkpoint_message(checkpoint.seq, checkpoint.hash, checkpoint.at)
        return self._signer.is_signed(message, checkpoint.signature)

    def _rows(self, until: int) -> Iterator[AuditRow]:
        """Read in short transactions, so that a long chain holds nobody up; rows never change below the head."""
        known: table.KnownActors = {}
        after = -1
        while after < until:
            with self._database.read() as connection:
                batch = table.batch(connection, after=after, until=until, limit=_BATCH, known=known)
            yield from batch
            if len(batch) < _BATCH:
                return
            after = batch[-1].seq
