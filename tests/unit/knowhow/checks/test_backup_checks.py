"""Backups that are late, failed, lie beside the data, or leave something out."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from steward.knowhow.facts.backups import BackupJob, Backups
from steward.knowhow.facts.filesystems import Filesystem
from steward.knowhow.facts.timers import Timer, Timers
from steward.lib.codec import decode
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Severity
from tests.unit.knowhow.plugins import CHECKS, FIXES, OPERATIONS
from tests.unit.knowhow.snapshots import NOW, disk, filesystems, found_by, recorded, snapshot, unit, units
from tests.unit.knowhow.test_plugins import blueprint
from tests.unit.knowhow.uses_backups import JOB

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NAME = "borgmatic.service"
RECORDED: Timers = recorded(timers="debian_12").values["timers"]
TIMER = replace(
    next(iter(RECORDED.timers.values())), unit=NAME, active_since=NOW - 20 * DAY, period_seconds=86_400, last_at=None
)


def backed_up(*, is_journal_read: bool = True, name: str = NAME, timer: Timer = TIMER, **changes: Any) -> Snapshot:
    backups = Backups(jobs={name: replace(JOB, **changes)}, is_journal_read=is_journal_read)
    return snapshot(
        backups=backups, timers=Timers(timers={"borgmatic.timer": timer}), units=units(unit(name, type="oneshot"))
    )


def copying(*disks: Filesystem, **changes: Any) -> Snapshot:
    jobs: dict[str, BackupJob] = {NAME: replace(JOB, **changes)}
    return snapshot(backups=Backups(jobs=jobs, is_journal_read=True), filesystems=filesystems(*disks))


def place(mount_point: str, source: str, **changes: Any) -> Filesystem:
    return disk(50.0, mount_point=mount_point, source=source, **changes)


@pytest.mark.parametrize(
    ("succeeded_at", "is_late"),
    [(NOW - 2 * DAY - 6 * HOUR, False), (NOW - 2 * DAY - 7 * HOUR, True), (NOW, False), (None, True)],
)
def test_a_job_is_late_after_twice_its_period(succeeded_at: datetime | None, is_late: bool) -> None:
    found = found_by("late_backups", backed_up(succeeded_at=succeeded_at))
    assert [one.severity for one in found.values()] == ([Severity.WARNING] if is_late else [])


def test_where_nobody_can_tell_nothing_is_late() -> None:
    assert found_by("late_backups", backed_up(succeeded_at=None, is_journal_read=False)) == {}
    fresh = replace(TIMER, active_since=NOW - DAY)
    assert found_by("late_backups", backed_up(succeeded_at=None, timer=fresh)) == {}
    unclear = replace(TIMER, period_seconds=None)
    assert found_by("late_backups", backed_up(succeeded_at=NOW - 90 * DAY, timer=unclear)) == {}
    monthly = replace(TIMER, period_seconds=31 * 86_400)
    assert found_by("late_backups", backed_up(succeeded_at=NOW - 60 * DAY, timer=monthly)) == {}


def test_a_late_job_is_run_once_and_not_while_it_runs() -> None:
    seen = backed_up(succeeded_at=NOW - 9 * DAY)
    finding = found_by("late_backups", seen)[NAME]
    (step,) = FIXES["run_backup"].propose(finding, seen).steps
    made = OPERATIONS[step.command].build(decode(OPERATIONS[step.command].input, step.input), seen)
    assert made.action.argv == ("/usr/bin/systemctl", "start", "--no-block", NAME)
    running = backed_up(succeeded_at=NOW - 9 * DAY, is_running=True)
    assert found_by("late_backups", running)[NAME].fix is None
    with pytest.raises(InvalidInput, match="cannot be started"):
        FIXES["run_backup"].propose(finding, running)
    with pytest.raises(InvalidInput, match="runs already"):
        blueprint("backup.run", {"job": NAME}, running)
    with pytest.raises(InvalidInput, match=r"did you mean `borgmatic\.service`"):
        blueprint("backup.run", {"job": "borgmatc.service"}, seen)


def test_a_failure_that_no_unit_shows_any_more_is_found() -> None:
    seen = recorded(backups="after_a_restart")
    found = found_by("failing_backups", seen)
    assert list(found) == ["restic-docs.service"]
    assert found["restic-docs.service"].title.endswith("failed the last time; its last success was 7 d ago")
    assert found["restic-docs.service"].fix == "run_backup"


def test_a_unit_that_stands_as_failed_is_not_told_twice() -> None:
    failed = units(unit("restic-home.service", active_state="failed", type="oneshot"))
    seen = recorded(backups="failed_unit").values
    assert found_by("failing_backups", snapshot(units=failed, **seen)) == {}
    assert list(found_by("failing_backups", snapshot(**seen))) == ["restic-home.service"]


def test_a_night_without_backup_of_guests_is_found_and_a_warning_is_none() -> None:
    found = found_by("failing_backups", recorded(backups="proxmox_8_vzdump_failed"))
    assert [(name, one.fix) for name, one in found.items()] == [("vzdump", None)]
    assert found_by("failing_backups", recorded(backups="proxmox_8_vzdump")) == {}


@pytest.mark.parametrize(
    ("repositories", "is_found"),
    [
        (("/srv/backup",), True),
        (("/mnt/other/backup",), False),
        (("/mnt/usb/backup",), False),
        (("/srv/backup", "/mnt/usb/backup"), False),
        (("/srv/backup", "ssh://nas.lan/./x"), False),
        (("sftp:nas:/backup",), False),
        ((), False),
    ],
)
def test_a_backup_on_the_disk_of_its_data_is_worth_knowing(repositories: tuple[str, ...], is_found: bool) -> None:
    disks = (place("/", "/dev/sda1"), place("/mnt/usb", "/dev/sdb1"))
    found = found_by("backups_beside_data", copying(*disks, sources=("/home",), repositories=repositories))
    assert [one.severity for one in found.values()] == ([Severity.WATCH] if is_found else [])


def test_two_datasets_of_one_pool_fail_together() -> None:
    disks = (
        place("/tank/data", "tank/data", type="zfs"),
        place("/tank/backup", "tank/backup", type="zfs"),
        place("/other", "other", type="zfs"),
    )
    beside = copying(*disks, sources=("/tank/data",), repositories=("/tank/backup/repo",))
    apart = copying(*disks, sources=("/tank/data",), repositories=("/other/repo",))
    assert list(found_by("backups_beside_data", beside)) == [NAME]
    assert found_by("backups_beside_data", apart) == {}


@pytest.mark.parametrize(
    ("sources", "missed"),
    [
        (("/home",), ["/srv/photos"]),
        (("/srv/photos/raw",), []),
        (("/srv",), []),
        (("/",), []),
        (("/srv/photos2",), ["/srv/photos"]),
        ((), []),
    ],
)
def test_what_no_job_copies_is_worth_knowing(sources: tuple[str, ...], missed: list[str]) -> None:
    disks = (
        place("/", "/dev/sda1"),
        place("/boot", "/dev/sda2"),
        place("/var/lib/docker", "/dev/sda3"),
        place("/srv/photos", "/dev/sdb1"),
        place("/mnt/usb", "/dev/sdc1"),
        place("/mnt/nas", "nas:/x", type="nfs4"),
    )
    seen = copying(*disks, sources=sources, repositories=("/mnt/usb/repo",))
    assert list(found_by("filesystems_without_backup", seen)) == missed


def test_one_job_that_is_not_known_in_full_makes_it_impossible_to_tell() -> None:
    seen = copying(place("/srv/photos", "/dev/sdb1"), sources=("/home",))
    backups = seen.values["backups"]
    assert isinstance(backups, Backups)
    more = replace(backups, jobs={**backups.jobs, "x.service": replace(JOB, sources=())})
    assert list(found_by("filesystems_without_backup", seen)) == ["/srv/photos"]
    assert found_by("filesystems_without_backup", replace(seen, values={**seen.values, "backups": more})) == {}


@pytest.mark.parametrize("case", ["debian_12_borgmatic_restic", "alpine_cron", "user_without_journal", "no_backups"])
@pytest.mark.parametrize(
    "check", ["late_backups", "failing_backups", "backups_beside_data", "filesystems_without_backup"]
)
def test_healthy_machines_are_left_alone(check: str, case: str) -> None:
    timers = Timers(timers={"borgmatic.timer": TIMER, "restic-docs.timer": TIMER, "photos-backup.timer": TIMER})
    seen = snapshot(timers=timers, filesystems=filesystems(disk(50.0)), **recorded(backups=case).values)
    assert CHECKS[check].run(seen) == ()


def test_nights_without_backup_of_guests_are_missed_by_what_was_usual() -> None:
    seen = recorded(backups="proxmox_8_vzdump_stopped").values
    found = found_by("late_backups", snapshot(timers=Timers(timers={}), **seen))
    assert [one.title for one in found.values()] == ["vzdump on m1 has made no backup for 5 d; it should every 23 h"]
    few = recorded(backups="proxmox_8_vzdump_failed").values
    assert found_by("late_backups", snapshot(timers=Timers(timers={}), **few)) == {}
