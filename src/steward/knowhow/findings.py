"""Put a judgment into words: what every check needs to make a finding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.ids import FindingId, derived
from steward.model.observation import Observation
from steward.model.resource import Resource, ResourceKind, resource_on
from steward.model.taint import DataClass, Taint

Value: TypeAlias = "bool | int | float | str"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One resource of one snapshot, looked at by one check."""

    check: str
    """Name of the check."""
    snapshot: Snapshot
    """What was read."""
    resource: Resource
    """What is judged."""
    source: str
    """What told the values: `systemctl`."""
    fact: str = ""
    """Fact they come from, where it is not read at every look: the values are as old as it."""

    def seen(self, name: str, value: Value) -> Observation:
        """Return a value that was measured."""
        return self._observation(name, value, Taint.TRUSTED, DataClass.INTERNAL)

    def outside(self, name: str, texts: Iterable[str]) -> tuple[Observation, ...]:
        """Return lines that somebody else wrote: data, never instruction; empty ones are left out."""
        return tuple(self._observation(name, text, Taint.OUTSIDE, DataClass.SENSITIVE) for text in texts if text)

    def finding(
        self,
        title: str,
        severity: Severity,
        evidence: tuple[Observation, ...],
        *,
        if_nothing: str,
        fix: str | None = None,
        alternatives: tuple[str, ...] = (),
    ) -> Finding:
        """Return the finding; the same check and resource always give the same id."""
        return Finding(
            id=FindingId(derived("find", self.check, self.resource.id)),
            check=self.check,
            title=title,
            severity=severity,
            resource=self.resource,
            machine=self.snapshot.machine.id,
            evidence=evidence,
            if_nothing=if_nothing,
            fix=fix,
            alternatives=alternatives,
        )

    def _observation(
        self,
        name: str,
        value: Value,
        taint: Taint,
        data_class: DataClass,
    ) -> Observation:
        return Observation(
            resource=self.resource.id,
            name=name,
            value=value,
            source=f"{self.source} on {self.snapshot.machine.name}",
            at=self.snapshot.read_at(self.fact),
            taint=taint,
            data_class=data_class,
        )


def case(check: str, snapshot: Snapshot, kind: ResourceKind, name: str, source: str, *, fact: str = "") -> Case:
    """Open a case about one resource of the snapshot's machine; `fact` is named where it is read seldom."""
    resource = resource_on(snapshot.machine.id, kind, name)
    return Case(check=check, snapshot=snapshot, resource=resource, source=source, fact=fact)
