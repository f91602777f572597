"""Find datasets of ZFS that reach their quota."""

from __future__ import annotations

from steward.knowhow.facts.datasets import PLUGIN as DATASETS
from steward.knowhow.facts.datasets import Dataset
from steward.knowhow.findings import case
from steward.lib.text import size, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "full_datasets"
_LEVELS = ((99.0, Severity.DOWN), (95.0, Severity.WARNING), (90.0, Severity.WATCH))


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each dataset near its quota."""
    datasets = snapshot.of(DATASETS)
    if datasets is None:
        return ()
    found: list[Finding] = []
    for one in datasets.datasets.values():
        percent = one.used_bytes * 100 / one.quota_bytes
        severity = next((how for least, how in _LEVELS if percent >= least), None)
        if severity is not None:
            found.append(_finding(snapshot, one, percent, severity))
    return tuple(found)


def _finding(snapshot: Snapshot, one: Dataset, percent: float, severity: Severity) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.VOLUME, one.name, "zfs", fact=DATASETS.name)
    return this.finding(
        f"dataset {visible_line(one.name)} on {snapshot.machine.name} has used {percent:.0f} % of its quota of"
        f" {size(one.quota_bytes)}",
        severity,
        (
            this.seen("used_bytes", one.used_bytes),
            this.seen("quota_bytes", one.quota_bytes),
            this.seen("snapshot_bytes", one.snapshot_bytes),
            this.seen("kind", one.kind),
        ),
        if_nothing="Writing to it fails with 'Disk quota exceeded', although the pool has room.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Datasets of ZFS that have used 90 % (watch), 95 % (warning) or 99 % (down) of their quota.",
    needs=(DATASETS.name,),
    run=run,
)
