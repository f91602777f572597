"""Find machines that run an older kernel than the one that is installed."""

from __future__ import annotations

from steward.knowhow.facts.kernel import PLUGIN as KERNEL
from steward.knowhow.facts.kernel import Kernel, is_newer
from steward.knowhow.facts.packages import PLUGIN as PACKAGES
from steward.knowhow.findings import case
from steward.knowhow.machine_restart import restart_fix
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "outdated_kernels"
_OLD = "It goes on with the old kernel, its known security holes included, until it is restarted."
_BARE = "No module can be loaded any more: a new USB disk, a filesystem, a VPN or a firewall rule may not work."


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding; where the distribution itself asks for a restart, that is said elsewhere."""
    kernel, packages = snapshot.of(KERNEL), snapshot.of(PACKAGES)
    if kernel is None or kernel.is_container:
        return ()
    if not kernel.has_modules and kernel.installed:
        says = f"{snapshot.machine.name} runs kernel {visible_line(kernel.running)}, whose modules are gone"
        return (_finding(snapshot, kernel, says, Severity.WARNING),)
    says = "" if packages is not None and packages.is_restart_wanted else _newer(snapshot, kernel)
    return (_finding(snapshot, kernel, says, Severity.WATCH),) if says else ()


def _newer(snapshot: Snapshot, kernel: Kernel) -> str:
    """Say what newer kernel waits, or nothing; one that somebody chose is as it should be."""
    runs = f"{snapshot.machine.name} runs kernel {visible_line(kernel.running)}"
    if kernel.newest and is_newer(kernel.newest, kernel.running) and not kernel.chosen:
        return f"{runs}; {visible_line(kernel.newest)} is installed"
    if kernel.build and kernel.installed_build and kernel.build != kernel.installed_build:
        return f"{runs} as it was before the last update"
    return ""


def _finding(snapshot: Snapshot, kernel: Kernel, says: str, severity: Severity) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.KERNEL, "kernel", "uname and /lib/modules", fact=KERNEL.name)
    evidence = [
        this.seen("running", kernel.running),
        this.seen("newest_installed", kernel.newest or "unknown"),
        this.seen("has_modules", kernel.has_modules),
    ]
    if kernel.build != kernel.installed_build:
        evidence += [this.seen("running_build", kernel.build), this.seen("installed_build", kernel.installed_build)]
    if_nothing = _BARE if severity is Severity.WARNING else _OLD
    return this.finding(says, severity, tuple(evidence), if_nothing=if_nothing, fix=restart_fix(snapshot))


PLUGIN = Check(
    name=_NAME,
    summary="A newer kernel is installed than runs (watch), or the running one lost its modules (warning).",
    needs=(KERNEL.name,),
    run=run,
)
