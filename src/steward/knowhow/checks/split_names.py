"""Find names that are missing inside or outside, or lead where nobody can follow."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from steward.knowhow.facts.outside_names import PLUGIN as OUTSIDE_NAMES
from steward.knowhow.facts.outside_names import OutsideName
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.outside import Expectation
from steward.model.resource import ResourceKind

_NAME = "split_names"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each name; where a name server gave no answer nothing can be told."""
    names = snapshot.of(OUTSIDE_NAMES)
    judged = ((name, one, _wrong(one)) for name, one in ({} if names is None else names.names).items())
    return tuple(_finding(snapshot, name, one, wrong) for name, one, wrong in judged if wrong is not None)


def _wrong(one: OutsideName) -> tuple[str, Severity, str] | None:
    """Return the end of the title, the severity and what happens, or None where all is as expected."""
    if one.inside == ():
        return "is not known inside", Severity.WARNING, "Nobody in the lab finds it by this name."
    if one.expect == Expectation.INSIDE.value:
        return _leak(one.outside or ())
    if one.outside == ():
        return "is not known outside", Severity.WARNING, "Nobody outside of the lab finds it by this name."
    if one.inside is None or one.outside is None or set(one.inside) & set(one.outside):
        return None
    return _apart(one.outside, must_agree=one.expect == Expectation.SAME.value)


def _apart(outside: Sequence[str], *, must_agree: bool) -> tuple[str, Severity, str] | None:
    """Judge answers that have nothing in common; in a lab with names of its own that is how it should be."""
    if must_agree:
        why = "Who comes from one side reaches another place than who comes from the other."
        return "leads elsewhere inside and outside", Severity.WARNING, why
    if not any(_is_reached_by_all(address) for address in outside):
        why = "Who asks outside is given an address that leads nowhere there."
        return "leads outside to private addresses only", Severity.WARNING, why
    return None


def _leak(outside: Sequence[str]) -> tuple[str, Severity, str] | None:
    if not outside:
        return None
    why = "Everybody can learn that it exists and where it leads; by itself that opens nothing."
    return "is known outside, although only the inside should know it", Severity.WATCH, why


def _is_reached_by_all(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


def _finding(snapshot: Snapshot, name: str, one: OutsideName, wrong: tuple[str, Severity, str]) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.NAME, name, "name servers asked", fact=OUTSIDE_NAMES.name)
    says, severity, if_nothing = wrong
    return this.finding(
        f"{visible_line(name)}, which {snapshot.machine.name} serves, {says}",
        severity,
        (
            *this.outside("inside", [_shown(one.inside)]),
            *this.outside("outside", [_shown(one.outside)]),
            this.seen("expected", one.expect),
        ),
        if_nothing=if_nothing,
    )


def _shown(addresses: Sequence[str] | None) -> str:
    return "no answer" if addresses is None else ", ".join(addresses[:5]) or "no address"


PLUGIN = Check(
    name=_NAME,
    summary="Names of `outside.yaml` that are missing inside or outside, or answered otherwise than expected.",
    needs=(OUTSIDE_NAMES.name,),
    run=run,
)
