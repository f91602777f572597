"""Programs that run old code, crash, or suddenly write errors; boots that got slow."""

from dataclasses import replace
from datetime import timedelta

import pytest

from steward.knowhow.facts.boot_times import BootTimes
from steward.knowhow.facts.crashes import Crash, Crashes
from steward.knowhow.facts.log_errors import Errors, LogErrors
from steward.model.fact import Snapshot
from steward.model.finding import Severity
from steward.model.history import Past, Point
from steward.model.machine import Transport
from steward.model.taint import Taint
from tests.unit.knowhow.plugins import CHECKS
from tests.unit.knowhow.snapshots import MACHINE, NOW, found_by, recorded, snapshot, unit, units
from tests.unit.knowhow.uses_system import SYSTEM


def stale(case: str, *names: str) -> Snapshot:
    return snapshot(
        stale_programs=recorded(stale_programs=case).values["stale_programs"], units=units(*map(unit, names))
    )


def test_services_with_replaced_files_are_one_finding_with_their_files() -> None:
    found = found_by("outdated_services", stale("debian_12_after_update", "nginx.service"))["services"]
    assert found.title.startswith(
        "3 services on m1 still use replaced files: nginx.service, postgresql@15-main.service"
    )
    assert found.severity is Severity.WATCH
    assert found.fix == "restart_outdated_services"


def test_what_only_a_restart_of_the_machine_cures_is_that() -> None:
    seen = stale("only_protected", "ssh.service", "dbus.service")
    assert found_by("outdated_services", seen)["services"].fix == "restart_machine"
    local = replace(seen, machine=replace(MACHINE, transport=Transport.LOCAL))
    assert CHECKS["outdated_services"].run(local)[0].fix is None


@pytest.mark.parametrize("case", ["debian_12_container", "without_right"])
def test_sessions_and_current_services_are_no_finding(case: str) -> None:
    assert found_by("outdated_services", recorded(stale_programs=case)) == {}


@pytest.mark.parametrize(
    ("hours", "severity"),
    [
        ([23.9], Severity.WATCH),
        ([24.0], None),
        ([1, 2], Severity.WATCH),
        ([1, 2, 3], Severity.WARNING),
        ([1, 2, 30], Severity.WATCH),
    ],
)
def test_crashes_of_the_last_day_are_counted_by_program(hours: list[float], severity: Severity | None) -> None:
    crashes = [Crash(program="smbd", at=NOW - timedelta(hours=each)) for each in sorted(hours, reverse=True)]
    found = found_by("crashed_programs", snapshot(crashes=Crashes(crashes=tuple(crashes))))
    assert [one.severity for one in found.values()] == ([severity] if severity else [])


def test_the_recorded_crashes_are_told_by_name() -> None:
    found = found_by("crashed_programs", recorded(crashes="fedora_41"))
    assert found["photo-index"].title == "photo-index on m1 crashed 3 times in 24 hours"
    assert "old" not in found
    assert found_by("crashed_programs", recorded(crashes="debian_12_none")) == {}


def writing(count: int, usual: float | None) -> Snapshot:
    """Return so many errors now, and as many on average at the looks of the last day."""
    kind = Errors(writer="nginx.service", template="upstream # timed out", count=count, example="upstream 3 timed out")
    seen = snapshot(log_errors=LogErrors(count=count, by_writer={"nginx.service": count}, kinds=(kind,)))
    if usual is None:
        return seen
    looks = [NOW - timedelta(hours=3) - timedelta(minutes=30) * place for place in reversed(range(48))]
    total = tuple(Point(at=at, low=usual, mean=usual + 1, high=usual) for at in looks)
    own = tuple(Point(at=at, low=usual, mean=usual, high=usual) for at in looks) if usual else ()
    return replace(seen, past=Past(points={"log_errors": {"count": total, "nginx.service count": own}}))


@pytest.mark.parametrize(
    ("count", "usual", "severity"),
    [
        (49, 0.0, None),
        (50, 0.0, Severity.WATCH),
        (99, 10.0, None),
        (100, 10.0, Severity.WATCH),
        (299, None, None),
        (300, None, Severity.WATCH),
        (1000, 0.0, Severity.WARNING),
    ],
)
def test_errors_are_a_burst_by_the_measure_of_the_week(
    count: int, usual: float | None, severity: Severity | None
) -> None:
    found = found_by("error_bursts", writing(count, usual))
    assert [one.severity for one in found.values()] == ([severity] if severity else [])


def test_examples_of_a_burst_are_evidence_from_outside() -> None:
    found = found_by("error_bursts", writing(100, 1.0))["nginx.service"]
    examples = [one for one in found.evidence if one.name == "log_line"]
    assert [(one.value, one.taint) for one in examples] == [("upstream 3 timed out", Taint.OUTSIDE)]


def test_lines_that_differ_only_in_numbers_and_names_are_one_kind() -> None:
    errors = recorded(log_errors="burst").values["log_errors"]
    assert errors.kinds[0].template == "cannot read #: error # after # ms"
    assert errors.kinds[0].count == 60
    assert errors.by_writer["kernel"] == 1
    assert "sshd@.service" in errors.by_writer


@pytest.mark.parametrize("case", ["debian_12", "quiet"])
def test_a_few_errors_are_no_burst(case: str) -> None:
    assert found_by("error_bursts", recorded(log_errors=case)) == {}


def booted(took: float, before: list[float]) -> Snapshot:
    points = [
        Point(at=NOW - timedelta(days=20 - place), low=value, mean=value, high=value)
        for place, value in enumerate(before)
    ]
    seen = snapshot(os=SYSTEM, boot_times=BootTimes(stages={"userspace": took}, slowest={"srv.mount": 90.1}))
    return replace(seen, past=Past(points={"boot_times": {"userspace seconds": tuple(points)}}))


@pytest.mark.parametrize(
    ("took", "before", "is_found"),
    [
        (80.0, [40.0] * 3, True),
        (79.9, [40.0] * 3, False),
        (39.9, [10.0] * 3, False),
        (40.0, [10.0] * 3, True),
        (80.0, [40.0] * 2, False),
        (80.0, [40.0, 40.0, 400.0], True),
    ],
    ids=["twice", "less than twice", "not 30 s longer", "30 s longer", "little known", "one slow boot before"],
)
def test_a_boot_is_measured_by_those_before(took: float, before: list[float], is_found: bool) -> None:
    assert bool(found_by("slow_boots", booted(took, before))) is is_found


def test_what_was_measured_in_this_boot_is_no_measure_for_it() -> None:
    seen = booted(100.0, [])
    own = tuple(Point(at=NOW - timedelta(days=each), low=9.0, mean=9.0, high=9.0) for each in (3, 2, 1))
    assert found_by("slow_boots", replace(seen, past=Past(points={"boot_times": {"userspace seconds": own}}))) == {}
