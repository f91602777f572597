"""Find links that are set up and whose other end is not there."""

from __future__ import annotations

from steward.knowhow.facts.links import PLUGIN as LINKS
from steward.knowhow.facts.links import Link
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "missing_links"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each link with an address or in a bridge or bond; a socket nobody uses is none."""
    links = snapshot.of(LINKS)
    if links is None:
        return ()
    return tuple(
        _finding(snapshot, name, one)
        for name, one in links.links.items()
        if one.is_enabled and not one.has_carrier and not one.is_wireless and (one.has_address or one.master)
    )


def _finding(snapshot: Snapshot, name: str, one: Link) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.NETWORK, name, "/sys/class/net")
    part = f", part of {visible_line(one.master)}," if one.master else ""
    if one.master:
        if_nothing = f"{visible_line(one.master)} lives on its other links, if it has any, with none to spare."
    else:
        if_nothing = "Its addresses cannot be reached, nor what is found through it."
    return this.finding(
        f"Link {visible_line(name)}{part} on {snapshot.machine.name} is set up and not connected",
        Severity.WARNING,
        (
            this.seen("has_carrier", one.has_carrier),
            this.seen("driver", visible_line(one.driver)),
            this.seen("address", visible_line(one.address)),
        ),
        if_nothing=if_nothing,
    )


PLUGIN = Check(
    name=_NAME,
    summary="Links with an address, or in a bridge or bond, whose other end is not there.",
    needs=(LINKS.name,),
    run=run,
)
