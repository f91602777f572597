"""Find disks that failed their own self-test, and disks that were tested and are no longer."""

from __future__ import annotations

from steward.knowhow.disk_findings import asked_disks, called, counted, disk_case
from steward.knowhow.facts.disk_health import PLUGIN as HEALTH
from steward.knowhow.facts.disk_health import DiskHealth
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "disk_self_tests"
_OLD_HOURS = 60 * 24


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each disk; one that never had a test is how most of them live, and none."""
    judged = (_judge(snapshot, key, one) for key, one in asked_disks(snapshot).items())
    return tuple(finding for finding in judged if finding is not None)


def _judge(snapshot: Snapshot, key: str, one: DiskHealth) -> Finding | None:
    test = one.self_test
    if one.is_testing:
        return None
    has_failed = counted(snapshot, key, one, "failed_self_test") == 1 if one.is_asleep else test and test.is_failed
    hours = counted(snapshot, key, one, "self_test_hours_ago") if one.is_asleep else test and test.hours_ago
    if has_failed:
        return _failed(snapshot, key, one, hours)
    return _old(snapshot, key, one, hours) if hours is not None and hours >= _OLD_HOURS else None


def _failed(snapshot: Snapshot, key: str, one: DiskHealth, hours: int | None) -> Finding:
    this = disk_case(_NAME, snapshot, key)
    return this.finding(
        f"{called(snapshot, key, one)} failed its last self-test",
        Severity.WARNING,
        (
            *this.outside("result", [] if one.self_test is None else [one.self_test.says]),
            *([] if hours is None else [this.seen("power_on_hours_ago", hours)]),
        ),
        if_nothing="The disk could not read its own surface, or a part of it does not work: files on it are damaged,"
        " and it is likely to fail. Make sure of the backup, and replace it.",
    )


def _old(snapshot: Snapshot, key: str, one: DiskHealth, hours: int) -> Finding:
    this = disk_case(_NAME, snapshot, key)
    return this.finding(
        f"{called(snapshot, key, one)} has not tested itself for {hours // 24} days of power",
        Severity.WATCH,
        (
            *this.outside("result", [] if one.self_test is None else [one.self_test.says]),
            this.seen("power_on_hours_ago", hours),
        ),
        if_nothing="Sectors that nobody reads go bad unnoticed, until they are needed. It was tested before: perhaps"
        " its schedule is gone.",
        fix=None if one.is_asleep else "test_disk",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Disks that failed their last self-test, or were tested once and have not been for 60 days of power.",
    needs=(HEALTH.name,),
    history=(HEALTH.name,),
    run=run,
)
