"""Find disks that failed their own self-test, and disks that were tested and are no longer."""

from __future__ import annotations

from steward.knowhow.disk_findings import asked_disks, called, disk_case
from steward.knowhow.facts.disk_health import PLUGIN as HEALTH
from steward.knowhow.facts.disk_health import DiskHealth, SelfTest
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "disk_self_tests"
_OLD_HOURS = 60 * 24


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each disk; one that never had a test is how most of them live, and none."""
    found: list[Finding] = []
    for key, one in asked_disks(snapshot).items():
        test = one.self_test
        if test is None or one.is_testing:
            continue
        if test.is_failed:
            found.append(_failed(snapshot, key, one, test))
        elif test.hours_ago is not None and test.hours_ago >= _OLD_HOURS:
            found.append(_old(snapshot, key, one, test, test.hours_ago))
    return tuple(found)


def _failed(snapshot: Snapshot, key: str, one: DiskHealth, test: SelfTest) -> Finding:
    this = disk_case(_NAME, snapshot, key)
    hours = [] if test.hours_ago is None else [this.seen("power_on_hours_ago", test.hours_ago)]
    return this.finding(
        f"{called(snapshot, key, one)} failed its last self-test",
        Severity.WARNING,
        (*this.outside("result", [test.says]), *hours),
        if_nothing="The disk could not read its own surface, or a part of it does not work: files on it are damaged,"
        " and it is likely to fail. Make sure of the backup, and replace it.",
    )


def _old(snapshot: Snapshot, key: str, one: DiskHealth, test: SelfTest, hours: int) -> Finding:
    this = disk_case(_NAME, snapshot, key)
    return this.finding(
        f"{called(snapshot, key, one)} has not tested itself for {hours // 24} days of power",
        Severity.WATCH,
        (*this.outside("result", [test.says]), this.seen("power_on_hours_ago", hours)),
        if_nothing="Sectors that nobody reads go bad unnoticed, until they are needed. It was tested before: perhaps"
        " its schedule is gone.",
        fix="test_disk",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Disks that failed their last self-test, or were tested once and have not been for 60 days of power.",
    needs=(HEALTH.name,),
    run=run,
)
