"""Find names a machine serves that nobody can find, or that lead elsewhere by the name server that is asked."""

from __future__ import annotations

from collections.abc import Mapping

from steward.knowhow.facts.names import PLUGIN as NAMES
from steward.knowhow.findings import Case, case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.observation import Observation
from steward.model.resource import ResourceKind

_NAME = "differing_names"
_ELSEWHERE = (".local", ".localhost", ".ts.net", ".onion", ".test", ".example")
"""Names that are found by other means than name servers."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each name; addresses that two answers share are enough to agree."""
    names = snapshot.of(NAMES)
    if names is None:
        return ()
    found: list[Finding] = []
    for name, answers in names.answers.items():
        if name.endswith(_ELSEWHERE):
            continue
        if not any(answers.values()):
            found.append(_unknown(snapshot, name, answers))
        elif not any(all(one in others for others in answers.values()) for one in next(iter(answers.values()))):
            found.append(_differing(snapshot, name, answers))
    return tuple(found)


def _unknown(snapshot: Snapshot, name: str, answers: Mapping[str, tuple[str, ...]]) -> Finding:
    this = _case(snapshot, name)
    return this.finding(
        f"{visible_line(name)}, which {snapshot.machine.name} serves, leads to no IPv4 address",
        Severity.WATCH,
        _evidence(this, answers),
        if_nothing="Who asks these name servers does not find it, unless by IPv6 or by a list of their own.",
    )


def _differing(snapshot: Snapshot, name: str, answers: Mapping[str, tuple[str, ...]]) -> Finding:
    this = _case(snapshot, name)
    return this.finding(
        f"{visible_line(name)}, which {snapshot.machine.name} serves, leads elsewhere by the name server that is asked",
        Severity.WATCH,
        _evidence(this, answers),
        if_nothing="It works or not by which name server happens to answer;"
        " the second is asked when the first is slow.",
    )


def _case(snapshot: Snapshot, name: str) -> Case:
    return case(_NAME, snapshot, ResourceKind.NAME, name, "its name servers", fact=NAMES.name)


def _evidence(this: Case, answers: Mapping[str, tuple[str, ...]]) -> tuple[Observation, ...]:
    return this.outside(
        "answer", [f"{server}: {', '.join(addresses[:5]) or 'none'}" for server, addresses in answers.items()]
    )


PLUGIN = Check(
    name=_NAME,
    summary="Names a machine serves with TLS that no name server of its knows, or for which two answer differently.",
    needs=(NAMES.name,),
    run=run,
)
