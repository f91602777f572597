"""Units that failed, and units that never look failed because they are restarted all the time."""

from dataclasses import replace
from datetime import timedelta

from steward.model.finding import Severity
from steward.model.taint import DataClass, Taint
from tests.unit.knowhow.plugins import CHECKS, FACTS
from tests.unit.knowhow.snapshots import NOW, found_by, recorded, snapshot, unit, units


def test_the_recorded_machine_has_its_four_failed_units() -> None:
    found = found_by("failed_units", recorded(units="debian_12_with_failures"))
    assert set(found) == {"job.service", "mail-relay.service", "photo-index.service", "ssh.service"}
    assert found["photo-index.service"].title == "photo-index.service on m1 has failed: ended by SIGSEGV"
    assert found["photo-index.service"].severity is Severity.DOWN
    assert found["job.service"].severity is Severity.WARNING


def test_a_failed_unit_can_be_restarted_unless_it_is_protected() -> None:
    found = found_by("failed_units", recorded(units="debian_12_with_failures"))
    assert found["mail-relay.service"].fix == "restart_failed_unit"
    assert found["ssh.service"].fix is None


def test_log_lines_are_evidence_from_outside() -> None:
    found = found_by("failed_units", recorded(units="debian_12_with_failures"))["mail-relay.service"]
    lines = [one for one in found.evidence if one.name == "log_line"]
    assert any("relay_port must be a number" in str(one.value) for one in lines)
    assert {one.taint for one in lines} == {Taint.OUTSIDE}
    assert {one.data_class for one in lines} == {DataClass.SENSITIVE}
    assert {one.source for one in found.evidence} == {"systemctl on m1"}


def test_the_same_failed_unit_is_the_same_finding_every_time() -> None:
    seen = recorded(units="debian_12_with_failures")
    assert CHECKS["failed_units"].run(seen) == CHECKS["failed_units"].run(seen)
    first = found_by("failed_units", snapshot(units=units(unit(active_state="failed", exit_code=1))))
    again = found_by("failed_units", snapshot(units=units(unit(active_state="failed", exit_code=2))))
    assert first["nginx.service"].id == again["nginx.service"].id


def test_a_job_of_a_timer_may_succeed_next_time() -> None:
    job = unit("backup.service", type="oneshot", active_state="failed", triggered_by=("backup.timer",))
    found = found_by("failed_units", snapshot(units=units(job)))["backup.service"]
    assert found.severity is Severity.WARNING
    assert "backup.timer starts it again" in found.if_nothing


def test_a_running_unit_is_no_finding() -> None:
    seen = snapshot(units=units(unit(), unit("job.service", type="oneshot", active_state="inactive")))
    assert found_by("failed_units", seen) == {}
    assert found_by("restarting_units", seen) == {}


def test_a_service_between_two_restarts_is_found() -> None:
    found = found_by("restarting_units", recorded(units="debian_12_with_failures"))
    assert set(found) == {"looper.service"}
    assert found["looper.service"].severity is Severity.DOWN
    assert found["looper.service"].fix is None


def test_a_service_caught_while_it_runs_is_found_by_its_restarts() -> None:
    young = unit(restart_count=7, changed_at=NOW - timedelta(seconds=20))
    old = unit(restart_count=7, changed_at=NOW - timedelta(hours=3))
    assert set(found_by("restarting_units", snapshot(units=units(young)))) == {"nginx.service"}
    assert found_by("restarting_units", snapshot(units=units(old))) == {}


def test_a_unit_that_was_stopped_is_no_change_although_systemd_forgets_its_file() -> None:
    seen, traits = recorded(units="debian_12_with_failures").values["units"], FACTS["units"].traits
    assert traits is not None
    docker = seen.units["docker.service"]
    stopped = replace(docker, active_state="inactive", sub_state="dead", fragment_path="")
    told = traits(seen)
    assert told["unit docker.service"] == "enabled"
    assert traits(replace(seen, units=seen.units | {"docker.service": stopped})) == told
