"""Find packages that are held back and so get no updates, although one waits for them."""

from __future__ import annotations

from steward.knowhow.facts.package_states import PLUGIN as STATES
from steward.knowhow.findings import case
from steward.lib.text import plural, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "held_packages"
_MOST_NAMED = 20


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding: somebody held them on purpose, and may have forgotten."""
    states = snapshot.of(STATES)
    if states is None or not states.held:
        return ()
    this = case(_NAME, snapshot, ResourceKind.PACKAGES, "held packages", states.manager, fact=STATES.name)
    named = visible_line(", ".join(states.held[:3]))
    more = f" and {len(states.held) - 3} more" if len(states.held) > 3 else ""
    return (
        this.finding(
            f"{plural(len(states.held), 'package')} held back on {snapshot.machine.name}: {named}{more}",
            Severity.WATCH,
            tuple(this.seen("held", name) for name in states.held[:_MOST_NAMED]),
            if_nothing="They get no updates, security updates included, until somebody lets go of them.",
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Packages that somebody holds back from updates.",
    needs=(STATES.name,),
    run=run,
)
