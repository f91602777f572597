"""Find links that lose frames or come and go."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.links import PLUGIN as LINKS
from steward.knowhow.facts.links import Link
from steward.knowhow.findings import case
from steward.knowhow.past import rate_per_second
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "faulty_links"
_WITHIN = timedelta(hours=1)
_HOUR = 3600
_ERRORS = 60
_SHARE = 0.0005
_CHANGES = 6
"""Both a number in an hour that is no accident, and a share of all frames that can be felt."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each link that was faulty within the last hour."""
    links = snapshot.of(LINKS)
    if links is None:
        return ()
    found: list[Finding] = []
    for name, one in links.links.items():
        errors, packets = (_per_hour(snapshot, name, counter) for counter in ("error_count", "packet_count"))
        changes = _per_hour(snapshot, name, "carrier_change_count")
        loses = errors >= _ERRORS and errors >= packets * _SHARE
        if loses or (changes >= _CHANGES and not one.is_wireless):
            found.append(_finding(snapshot, name, one, errors if loses else 0, changes))
    return tuple(found)


def _per_hour(snapshot: Snapshot, name: str, counter: str) -> int:
    rate = rate_per_second(snapshot.past.of(LINKS.name, f"{name} {counter}"), now=snapshot.at, within=_WITHIN)
    return 0 if rate is None else round(rate * _HOUR)


def _finding(snapshot: Snapshot, name: str, one: Link, errors: int, changes: int) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.NETWORK, name, "/sys/class/net")
    says = f"lost {errors} frames" if errors else f"came and went {changes // 2} times"
    return this.finding(
        f"Link {visible_line(name)} on {snapshot.machine.name} {says} within an hour",
        Severity.WARNING,
        (
            this.seen("errors_per_hour", errors),
            this.seen("carrier_changes_per_hour", changes),
            this.seen("error_count", one.error_count),
            this.seen("packet_count", one.packet_count),
        ),
        if_nothing="What is lost is sent again: everything over it stalls now and then. Look at cable, plug and the"
        " port of the switch.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Links that lost 60 frames and 0.05 % within an hour, or whose other end went three times.",
    needs=(LINKS.name,),
    history=(LINKS.name,),
    run=run,
)
