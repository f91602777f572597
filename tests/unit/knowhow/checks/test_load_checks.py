"""Machines whose work waits, that swap, or are near the kernel's limits; processes that hang or spin."""

from dataclasses import replace
from datetime import timedelta

import pytest

from steward.knowhow.facts.load import Load
from steward.knowhow.facts.processes import BusyProcess, DeadChildren, Processes, StuckProcess
from steward.model.fact import Snapshot
from steward.model.finding import Severity
from steward.model.history import Past, Point
from tests.unit.knowhow.snapshots import NOW, found_by, recorded, snapshot

LOAD: Load = recorded(load="proxmox_8").values["load"]
BUSY = BusyProcess(
    pid=1820, name="photo-index", percent=99.8, cpu_seconds=51_200, niceness=0, unit="photo-index.service"
)
STUCK = StuckProcess(pid=4100, name="ls", waits_in="rpc_wait_bit_killable")


def past(fact: str, name: str, values: list[float], *, every: timedelta = timedelta(minutes=5)) -> Past:
    """Return numbers that were measured at equal distances until now, the oldest first."""
    count = len(values)
    points = [
        Point(at=NOW - every * (count - place), low=value, mean=value, high=value) for place, value in enumerate(values)
    ]
    return Past(points={fact: {name: tuple(points)}})


def waiting(percent: float, looks: int, name: str = "cpu_waiting_percent") -> Snapshot:
    load = replace(LOAD, **{name: percent})
    return replace(snapshot(load=load), past=past("load", name, [0.0] + [percent] * looks))


@pytest.mark.parametrize(
    ("percent", "looks", "severity"),
    [
        (60.0, 12, Severity.WATCH),
        (60.0, 11, None),
        (59.9, 100, None),
        (90.0, 71, Severity.WATCH),
        (90.0, 72, Severity.WARNING),
    ],
)
def test_waiting_for_processors_counts_only_when_it_lasts(
    percent: float, looks: int, severity: Severity | None
) -> None:
    found = found_by("overloaded_machines", waiting(percent, looks))
    assert [one.severity for one in found.values()] == ([severity] if severity else [])


def test_waiting_for_disks_counts_earlier() -> None:
    found = found_by("overloaded_machines", waiting(40.0, 6, "io_stalled_percent"))["m1"]
    assert found.title == "the work on m1 waits for its disks 40 % of the time for 30 min"
    assert found_by("overloaded_machines", waiting(40.0, 5, "io_stalled_percent")) == {}


def test_a_container_is_not_blamed_for_its_machine() -> None:
    seen = waiting(90.0, 100)
    seen = replace(seen, values={"load": replace(seen.values["load"], is_container=True)})
    assert found_by("overloaded_machines", seen) == {}


def test_a_machine_whose_past_is_not_known_is_not_judged() -> None:
    assert found_by("overloaded_machines", snapshot(load=replace(LOAD, cpu_waiting_percent=99.0))) == {}


@pytest.mark.parametrize(
    ("used", "severity"),
    [(79_999, None), (80_000, Severity.WARNING), (94_999, Severity.WARNING), (95_000, Severity.DOWN)],
)
def test_limits_of_the_kernel_are_told_before_they_are_met(used: int, severity: Severity | None) -> None:
    load = replace(LOAD, connections=used, connections_limit=100_000)
    assert [one.severity for one in found_by("exhausted_limits", snapshot(load=load)).values()] == (
        [severity] if severity else []
    )


def test_each_limit_is_a_finding_of_its_own() -> None:
    found = found_by("exhausted_limits", recorded(load="old_kernel_without_pressure"))
    assert {name: one.severity for name, one in found.items()} == {
        "open files": Severity.DOWN,
        "connections": Severity.DOWN,
    }
    assert found_by("exhausted_limits", recorded(load="proxmox_8")) == {}


@pytest.mark.parametrize(("pages", "is_found"), [(150_000.0, True), (149_000.0, False)])
def test_swap_thrashes_when_much_goes_in_and_out_for_long(pages: float, is_found: bool) -> None:
    counted = [pages * look for look in range(4)]
    points = {name: past("load", name, counted).of("load", name) for name in ("swapped_in_pages", "swapped_out_pages")}
    seen = replace(snapshot(load=LOAD), past=Past(points={"load": points}))
    assert bool(found_by("thrashing_swap", seen)) is is_found
    only_out = Past(points={"load": {"swapped_out_pages": points["swapped_out_pages"]}})
    assert found_by("thrashing_swap", replace(seen, past=only_out)) == {}


def test_a_counter_that_began_anew_tells_no_rate() -> None:
    points = {
        name: past("load", name, [9e9, 0.0, 1.0, 2.0]).of("load", name)
        for name in ("swapped_in_pages", "swapped_out_pages")
    }
    assert found_by("thrashing_swap", replace(snapshot(load=LOAD), past=Past(points={"load": points}))) == {}


def spinning(one: BusyProcess = BUSY, *, looks: int = 24, lowest: float = 95.0) -> Snapshot:
    values = [lowest] + [99.0] * (looks - 1)
    seen = snapshot(processes=Processes(total=400, busy=(one,), stuck=(), dead=()))
    return replace(seen, past=past("processes", f"busy {one.name}", values))


def test_a_process_that_spins_for_hours_is_worth_knowing() -> None:
    found = found_by("runaway_processes", spinning())["photo-index"]
    assert found.severity is Severity.WATCH
    assert "photo-index.service" in [one.value for one in found.evidence]


@pytest.mark.parametrize(
    "seen",
    [
        spinning(looks=15),
        spinning(lowest=89.9),
        spinning(replace(BUSY, percent=89.9)),
        spinning(replace(BUSY, niceness=10)),
        spinning(replace(BUSY, cpu_seconds=6_000)),
        spinning(replace(BUSY, name="CPU 0/KVM")),
        recorded(processes="debian_12"),
    ],
    ids=["seldom", "idle between", "now idle", "gives way", "young", "a machine", "no past"],
)
def test_a_process_that_only_works_is_none(seen: Snapshot) -> None:
    assert found_by("runaway_processes", seen) == {}


@pytest.mark.parametrize(("looks", "is_found"), [(3, True), (2, False)])
def test_a_process_is_stuck_when_it_was_so_at_every_look(looks: int, is_found: bool) -> None:
    seen = snapshot(processes=Processes(total=400, busy=(), stuck=(STUCK, replace(STUCK, pid=7)), dead=()))
    seen = replace(seen, past=past("processes", "stuck", [0.0] + [2.0] * looks))
    found = found_by("stuck_processes", seen)
    assert [one.title for one in found.values()] == (
        ["ls and 1 other on m1 wait for a device that has not answered for 15 min"] if is_found else []
    )


@pytest.mark.parametrize(
    ("count", "severity"), [(49, None), (50, Severity.WATCH), (999, Severity.WATCH), (1000, Severity.WARNING)]
)
def test_dead_children_are_told_of_by_their_number(count: int, severity: Severity | None) -> None:
    dead = DeadChildren(parent=901, name="node", count=count)
    seen = snapshot(processes=Processes(total=2000, busy=(), stuck=(), dead=(dead,)))
    assert [one.severity for one in found_by("dead_children", seen).values()] == ([severity] if severity else [])


@pytest.mark.parametrize(("stolen", "is_found"), [(960.0, True), (959.0, False)])
def test_time_that_the_machine_below_keeps_is_told_in_percent_of_all_processors(stolen: float, is_found: bool) -> None:
    seen = snapshot(load=replace(LOAD, processors=16))
    seen = replace(seen, past=past("load", "stolen_seconds", [stolen * look for look in range(12)]))
    assert bool(found_by("stolen_processors", seen)) is is_found
