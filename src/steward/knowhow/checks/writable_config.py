"""Find files of the machine's set-up that everybody on it may write to."""

from __future__ import annotations

from steward.knowhow.facts.config_files import PLUGIN as CONFIG_FILES
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "writable_config"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each such file."""
    config = snapshot.of(CONFIG_FILES)
    return () if config is None else tuple(_finding(snapshot, path) for path in config.writable)


def _finding(snapshot: Snapshot, path: str) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.FILE, path, "find", fact=CONFIG_FILES.name)
    return this.finding(
        f"{visible_line(path)} on {snapshot.machine.name} may be changed by everybody there",
        Severity.WARNING,
        (this.seen("path", visible_line(path)),),
        if_nothing="Any user or broken-in program can change how this machine is set up, and mostly become root by it."
        f" `chmod o-w {visible_line(path)}` puts it right.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Files below /etc that everybody on the machine may write to.",
    needs=(CONFIG_FILES.name,),
    run=run,
)
