"""Find large logs of containers that nothing keeps from growing."""

from __future__ import annotations

from steward.knowhow.container_setup import all_settings, setup_case
from steward.knowhow.facts.container_logs import PLUGIN as LOGS
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.container_settings import ContainerSettings
from steward.lib.text import size
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "unbounded_container_logs"
_GIGABYTE = 1024**3
_LEVELS = ((10 * _GIGABYTE, Severity.WARNING), (_GIGABYTE, Severity.WATCH))


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each; a large log with a bound is what somebody wanted."""
    logs = snapshot.of(LOGS)
    if logs is None:
        return ()
    pairs = ((name, one, logs.bytes.get(one.id, 0)) for name, one in all_settings(snapshot).items())
    judged = ((name, one, used, _severity(used)) for name, one, used in pairs if not one.log_is_bounded)
    return tuple(_finding(snapshot, name, one, used, level) for name, one, used, level in judged if level is not None)


def _severity(used: int) -> Severity | None:
    return next((severity for level, severity in _LEVELS if used >= level), None)


def _finding(snapshot: Snapshot, name: str, one: ContainerSettings, used: int, severity: Severity) -> Finding:
    this = setup_case(_NAME, snapshot, name, one)
    return this.finding(
        f"the log of container {name} on {snapshot.machine.name} takes {size(used)}, and nothing bounds it",
        severity,
        (this.seen("log_bytes", used), this.seen("log_driver", one.log_driver), this.seen("max_size", "none")),
        if_nothing=(
            "It grows until the disk is full. A bound (`max-size`, in the Compose file or in /etc/docker/daemon.json)"
            " works only once the container is made anew, which also removes the log."
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Container logs of 1 GB (watch) or 10 GB (warning) that have no bound.",
    needs=(SETTINGS.name, LOGS.name),
    run=run,
)
