"""Timers, jobs and cron: work that should have been done."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from steward.knowhow.facts.timers import Timer, Timers
from steward.model.fact import Snapshot
from steward.model.finding import Severity
from tests.unit.knowhow.snapshots import NOW, found_by, recorded, snapshot, unit, units
from tests.unit.knowhow.uses_system import SYSTEM

TIMER = Timer(
    unit="backup.service",
    active_state="active",
    file_state="enabled",
    starts_at_boot=True,
    is_condition_met=True,
    is_persistent=False,
    last_at=NOW - timedelta(hours=9),
    next_at=None,
    active_since=NOW - timedelta(days=20),
    period_seconds=86_400,
)
JOB = unit("backup.service", type="oneshot", active_state="inactive", sub_state="dead")


def seen(timer: Timer = TIMER, *others: object, **changes: object) -> Snapshot:
    return snapshot(timers=Timers(timers={"backup.timer": replace(timer, **changes)}), units=units(*others or (JOB,)))


def test_only_the_backup_that_was_missed_is_overdue() -> None:
    found = found_by("overdue_timers", recorded(timers="ubuntu_24_04_overdue"))
    assert [one.title for one in found.values()] == [
        "backup.timer on m1 has not started backup.service for 9 d and should every 24 h"
    ]


@pytest.mark.parametrize("case", ["debian_12", "alpine_without_systemd"])
def test_timers_of_a_healthy_machine_are_no_finding(case: str) -> None:
    for check in ("overdue_timers", "stopped_timers"):
        assert found_by(check, recorded(timers=case)) == {}


@pytest.mark.parametrize(("hours", "is_found"), [(51, False), (51.01, True)])
def test_a_timer_is_overdue_after_two_periods_and_some_slack(hours: float, is_found: bool) -> None:
    found = found_by("overdue_timers", seen(last_at=NOW - timedelta(hours=hours)))
    assert bool(found) is is_found


def test_a_timer_that_never_ran_is_measured_from_its_own_start() -> None:
    assert found_by("overdue_timers", seen(last_at=None, active_since=NOW - timedelta(hours=50))) == {}
    assert found_by("overdue_timers", seen(last_at=None))["backup.timer"].fix == "run_overdue_timer"


@pytest.mark.parametrize("state", ["activating", "active"])
def test_a_timer_waits_for_the_work_it_started(state: str) -> None:
    assert found_by("overdue_timers", seen(TIMER, replace(JOB, active_state=state), last_at=None)) == {}


@pytest.mark.parametrize("changes", [{"period_seconds": None}, {"active_state": "inactive"}])
def test_a_timer_without_a_period_or_that_is_off_is_not_overdue(changes: dict[str, object]) -> None:
    assert found_by("overdue_timers", seen(last_at=None, **changes)) == {}


def test_a_timer_that_starts_a_protected_unit_is_left_to_a_person() -> None:
    protected = unit("systemd-tmpfiles-clean.service", type="oneshot", active_state="inactive")
    late = seen(TIMER, protected, unit=protected.name, last_at=None)
    assert found_by("overdue_timers", late)["backup.timer"].fix is None


def test_an_enabled_timer_that_is_off_is_found_unless_its_conditions_keep_it_off() -> None:
    assert set(found_by("stopped_timers", recorded(timers="ubuntu_24_04_overdue"))) == {"photos.timer"}
    off = seen(TIMER, unit("backup.timer", active_state="inactive"), active_state="inactive")
    assert found_by("stopped_timers", off)["backup.timer"].fix == "start_stopped_unit"
    assert found_by("stopped_timers", seen(active_state="inactive", is_condition_met=None)) != {}
    for changes in ({"file_state": "disabled"}, {"starts_at_boot": False}, {"is_condition_met": False}):
        assert found_by("stopped_timers", seen(active_state="inactive", **changes)) == {}


@pytest.mark.parametrize(
    ("changes", "is_found"),
    [
        ({"changed_at": NOW - timedelta(hours=24)}, True),
        ({"changed_at": NOW - timedelta(hours=23, minutes=59)}, False),
        ({"changed_at": None}, False),
        ({"changed_at": datetime(2026, 1, 1, tzinfo=NOW.tzinfo), "type": "simple"}, False),
        ({"changed_at": datetime(2026, 1, 1, tzinfo=NOW.tzinfo), "sub_state": "auto-restart"}, False),
    ],
)
def test_a_job_hangs_when_it_works_for_a_day(changes: dict[str, object], is_found: bool) -> None:
    job = replace(JOB, active_state="activating", **{"sub_state": "start", **changes})
    assert bool(found_by("hanging_jobs", snapshot(units=units(job)))) is is_found


@pytest.mark.parametrize("case", ["debian_12_container", "debian_12_running", "alpine_container"])
def test_a_machine_without_cron_or_with_one_that_runs_is_no_finding(case: str) -> None:
    assert found_by("stopped_cron", recorded(cron=case)) == {}


def test_stopped_cron_is_a_warning_and_can_be_started() -> None:
    cron = recorded(cron="ubuntu_24_04_stopped").values["cron"]
    service = unit("cron.service", active_state="inactive")
    found = found_by("stopped_cron", snapshot(cron=cron, units=units(service)))["cron.service"]
    assert found.title == "cron does not run on m1, and 17 jobs wait for it"
    assert (found.severity, found.fix) == (Severity.WARNING, "start_stopped_unit")
    disabled = replace(service, file_state="disabled")
    found = found_by("stopped_cron", snapshot(cron=cron, units=units(disabled)))["cron.service"]
    assert found.severity is Severity.WATCH


def test_cron_without_a_unit_of_its_own_is_left_to_a_person() -> None:
    assert found_by("stopped_cron", recorded(cron="ubuntu_24_04_stopped"))["cron"].fix is None


def test_rounds_of_anacron_are_overdue_by_their_own_length() -> None:
    found = found_by("overdue_anacron", recorded(cron="rocky_9_anacron_overdue"))["anacron"]
    assert found.title == "anacron on m1 has not done cron.daily for 4 d"
    assert found_by("overdue_anacron", recorded(cron="debian_12_running")) == {}


def test_a_machine_that_was_off_is_given_a_day_for_its_rounds() -> None:
    late = recorded(cron="rocky_9_anacron_overdue").values["cron"]
    for uptime, count in ((86_399, 0), (86_400, 1)):
        young = snapshot(cron=late, os=replace(SYSTEM, uptime_seconds=uptime))
        assert len(found_by("overdue_anacron", young)) == count
