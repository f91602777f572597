"""What is wrong, put together: the same trouble on many machines is one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from steward.lib.record import record
from steward.model.finding import Severity
from steward.model.ids import FindingId, MachineId
from steward.store.findings import FindingLine

_ORDER = (Severity.WATCH, Severity.UNKNOWN, Severity.WARNING, Severity.DOWN)
"""For a person: what is known to break counts before what cannot be told."""
_MOST_SHOWN = 12
_MOST_MACHINES = 8


@record
class OneWrong:
    """One finding of several that are alike."""

    id: FindingId
    """Id of the finding."""
    title: str
    """One line for a person."""
    machine: str
    """Name of the machine."""
    severity: str
    """How bad it is."""
    since: datetime
    """When it was first seen (UTC)."""


@record
class WrongGroup:
    """Everything one check holds to be wrong, on however many machines."""

    check: str
    """Name of the check."""
    severity: str
    """How bad the worst of it is."""
    title: str
    """The worst of it, one line."""
    id: FindingId
    """Id of that finding."""
    if_nothing: str
    """What happens if nothing is done about it."""
    is_curable: bool
    """Whether a fix can be planned for it."""
    since: datetime
    """When the oldest of them was first seen (UTC)."""
    count: int
    """How many findings."""
    machines: tuple[str, ...]
    """Names of the machines; at most eight."""
    machine_count: int
    """On how many machines."""
    findings: tuple[OneWrong, ...]
    """The findings, worst first; at most twelve."""


def severe_first(found: Iterable[FindingLine]) -> tuple[FindingLine, ...]:
    """Sort findings by how bad they are, then by age."""
    return tuple(sorted(found, key=lambda one: (-_ORDER.index(one.severity), one.since, one.title)))


def worst_of(found: Sequence[FindingLine]) -> Severity | None:
    """Return the worst severity, or None where nothing is wrong."""
    return max((each.severity for each in found), key=_ORDER.index, default=None)


def grouped(found: Sequence[FindingLine], names: Mapping[MachineId, str]) -> tuple[WrongGroup, ...]:
    """Put findings of one check together, the worst first, then what touches most machines, then the oldest."""
    by_check: dict[str, list[FindingLine]] = {}
    for each in severe_first(found):
        by_check.setdefault(each.check, []).append(each)
    groups = [_group(check, alike, names) for check, alike in by_check.items()]
    rank = {severity.value: -number for number, severity in enumerate(_ORDER)}
    return tuple(sorted(groups, key=lambda group: (rank[group.severity], -group.machine_count, group.since)))


def _group(check: str, alike: Sequence[FindingLine], names: Mapping[MachineId, str]) -> WrongGroup:
    machines = list(dict.fromkeys(names[each.machine] for each in alike))
    worst = alike[0]
    return WrongGroup(
        check=check,
        severity=worst.severity.value,
        title=worst.title,
        id=worst.id,
        if_nothing=worst.if_nothing,
        is_curable=worst.is_curable,
        since=min(each.since for each in alike),
        count=len(alike),
        machines=tuple(machines[:_MOST_MACHINES]),
        machine_count=len(machines),
        findings=tuple(
            OneWrong(
                id=each.id,
                title=each.title,
                machine=names[each.machine],
                severity=each.severity.value,
                since=each.since,
            )
            for each in alike[:_MOST_SHOWN]
        ),
    )
