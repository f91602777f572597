"""What the owner accepted of inventory.yaml and policy.yaml: rows of the store, each written with its audit row.

    edit by hand ──tightens──> in force at once, and written down: taking it back loosens
         └────────loosens───> not in force; a problem says what to type; a step-up accepts it

The record begins with the files as they are when Steward first starts on a store. Whoever may write the store or end
the daemon is beyond this: they are the same user, and the audit is what tells on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from steward.core.audit import Audit
from steward.lib.codec import Json, decode, encode
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.policy import Rules
from steward.model.principal import STEWARD, Principal
from steward.ports.clock import Clock
from steward.store import accepted as table
from steward.store.database import Connection, Database

POLICY = "policy"
"""Subject of the row that holds the rules; every other row is a machine."""
_SHOWN = ("name", "transport", "via", "guest", "user", "groups", "host_key", "autonomy", "quarantined")
"""What the audit tells of a machine."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """What was accepted, as last read."""

    machines: Mapping[MachineId, Machine]
    """Machines as they were confirmed and promoted."""
    rules: Rules
    """The rules."""


class Accepted:
    """Reads and writes the record; asked for every machine that is used, so it answers from memory."""

    def __init__(self, *, database: Database, clock: Clock, audit: Audit) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._read: tuple[dict[str, Any], Record | None] | None = None
        """Rows, and the record they make: one value, so that threads that read at once never mix two states."""

    def record(self) -> Record | None:
        """Return the record, or None on a store where it has not begun: the text alone is in force there."""
        return (self._read or self.load())[1]

    def load(self) -> tuple[dict[str, Any], Record | None]:
        """Read the record again, as another process may have written to it; unchanged it is the same object."""
        with self._database.read() as connection:
            rows = table.everything(connection)
        last = self._read
        if last is None or rows != last[0]:
            last = (rows, _record_of(rows))
            self._read = last
        return last

    def begin(self, machines: Sequence[Machine], rules: Rules) -> bool:
        """Take the files as they are, once in the life of a store; False when it has begun before."""
        with self._database.write() as connection:
            is_new = POLICY not in table.everything(connection)
            if is_new:
                self._put_rules(connection, rules, STEWARD, "policy.begun")
                for machine in machines:
                    self._put_machine(connection, machine, STEWARD, "inventory.begun")
        self.load()
        return is_new

    def keep_machine(self, machine: Machine, by: Principal, *, kind: str = "inventory.accepted") -> None:
        """Write down how a machine was accepted, or made stricter; `kind` is what the audit calls it."""
        with self._database.write() as connection:
            self._put_machine(connection, machine, by, kind)
        self.load()

    def keep_rules(self, rules: Rules, by: Principal, *, kind: str = "policy.accepted") -> None:
        """Write down which rules were accepted, or made stricter; `kind` is what the audit calls it."""
        with self._database.write() as connection:
            self._put_rules(connection, rules, by, kind)
        self.load()

    def forget(self, machine: MachineId, by: Principal) -> None:
        """Drop a machine that left the inventory: coming back it is as new."""
        with self._database.write() as connection:
            table.forget(connection, machine)
            self._audit.append(connection, kind="inventory.forgotten", actor=by, subject=machine)
        self.load()

    def _put_machine(self, connection: Connection, machine: Machine, by: Principal, kind: str) -> None:
        body = cast("dict[str, Json]", encode(machine))
        table.put(connection, machine.id, at=self._clock.now(), by=by.id, body=body)
        told: dict[str, Json] = {name: body[name] for name in _SHOWN}
        self._audit.append(connection, kind=kind, actor=by, subject=machine.id, payload=told)

    def _put_rules(self, connection: Connection, rules: Rules, by: Principal, kind: str) -> None:
        body = encode(rules)
        table.put(connection, POLICY, at=self._clock.now(), by=by.id, body=body)
        self._audit.append(connection, kind=kind, actor=by, subject=rules.version, payload=body)


def _record_of(rows: Mapping[str, Any]) -> Record | None:
    rules = rows.get(POLICY)
    machines = {MachineId(subject): decode(Machine, body) for subject, body in rows.items() if subject != POLICY}
    return None if rules is None else Record(machines=machines, rules=decode(Rules, rules))
