"""Find links that agreed on less than both ends can do, or than they did within the last month."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.links import PLUGIN as LINKS
from steward.knowhow.facts.links import Link
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.history import since
from steward.model.resource import ResourceKind

_NAME = "slow_links"
_MEMORY = timedelta(days=30)


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each slow link; wireless ones change their speed all the time and are none."""
    links = snapshot.of(LINKS)
    if links is None:
        return ()
    found: list[Finding] = []
    for name, one in links.links.items():
        if one.has_carrier and not one.is_wireless and one.speed_megabits is not None:
            better = max(one.both_ends_megabits or 0, _before(snapshot, name))
            if one.speed_megabits < better or one.is_half_duplex:
                found.append(_finding(snapshot, name, one, one.speed_megabits, better))
    return tuple(found)


def _before(snapshot: Snapshot, name: str) -> int:
    points = since(snapshot.past.of(LINKS.name, f"{name} speed_megabits"), snapshot.at - _MEMORY)
    return round(max((point.high for point in points), default=0))


def _finding(snapshot: Snapshot, name: str, one: Link, speed: int, better: int) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.NETWORK, name, "/sys/class/net")
    is_certain = one.is_half_duplex or (one.both_ends_megabits or 0) > speed
    how = f"{speed} Mb/s{', one way at a time' if one.is_half_duplex else ''}"
    could = f" instead of {better} Mb/s" if better > speed else ""
    evidence = [this.seen("speed_megabits", speed), this.seen("is_half_duplex", one.is_half_duplex)]
    evidence += [this.seen("both_ends_megabits", one.both_ends_megabits)] if one.both_ends_megabits else []
    evidence += [this.seen("speed_before_megabits", before)] if (before := _before(snapshot, name)) else []
    return this.finding(
        f"Link {visible_line(name)} on {snapshot.machine.name} runs at {how}{could}",
        Severity.WARNING if is_certain else Severity.WATCH,
        tuple(evidence),
        if_nothing="Copies and backups over it take longer. Most often one of the four pairs of the cable is broken:"
        " plug it in anew or replace it, then try another port of the switch.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Links slower than both ends offer, or half duplex (warning), or than within the last month (watch).",
    needs=(LINKS.name,),
    history=(LINKS.name,),
    run=run,
)
