"""Find processes that the kernel killed because memory ran out."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.memory import PLUGIN as MEMORY
from steward.knowhow.facts.os import PLUGIN as OS
from steward.knowhow.findings import Case, case
from steward.lib.text import plural
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "out_of_memory_kills"
_RECENT = timedelta(hours=24)
_IF_NOTHING = "What was killed may be off or half done, and it happens again when memory runs out again."


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding: for kills of the last day, or for kills of unknown time since boot."""
    memory = snapshot.of(MEMORY)
    if memory is None:
        return ()
    this = case(_NAME, snapshot, ResourceKind.MEMORY, "memory", "the kernel")
    if memory.kills is None:
        return _of_unknown_time(this, snapshot, memory.kill_count or 0)
    recent = [kill for kill in memory.kills if snapshot.at - kill.at < _RECENT]
    if not recent:
        return ()
    return (
        this.finding(
            f"{snapshot.machine.name} ran out of memory: {plural(len(recent), 'kill')} in 24 hours",
            Severity.WARNING,
            (
                this.seen("kills_in_24_hours", len(recent)),
                this.seen("last_kill_at", recent[-1].at.isoformat()),
                *this.outside("log_line", [kill.line for kill in recent]),
            ),
            if_nothing=_IF_NOTHING,
        ),
    )


def _of_unknown_time(this: Case, snapshot: Snapshot, count: int) -> tuple[Finding, ...]:
    """Judge by the counter since boot alone; after a long uptime it is old news and only worth knowing."""
    system = snapshot.of(OS)
    if count == 0:
        return ()
    uptime = None if system is None else system.uptime_seconds
    is_recent = uptime is not None and uptime < _RECENT.total_seconds()
    since = "" if uptime is None else f" {uptime // 3600} h ago"
    return (
        this.finding(
            f"{snapshot.machine.name} ran out of memory since it was started{since}: {count} killed",
            Severity.WARNING if is_recent else Severity.WATCH,
            (this.seen("kills_since_boot", count),),
            if_nothing=_IF_NOTHING,
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Processes killed for lack of memory in the last 24 hours, or since boot where no time can be read.",
    needs=(MEMORY.name,),
    run=run,
)
