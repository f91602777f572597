"""What containers use up: memory, tasks, logs, volumes; and their engines: off, open, badly stored."""

from dataclasses import replace
from typing import Any

import pytest

from steward.knowhow.facts.container_daemons import ContainerDaemons
from steward.knowhow.facts.container_logs import ContainerLogs
from steward.knowhow.facts.container_usage import ContainersUsage, ContainerUsage
from steward.knowhow.facts.container_volumes import UnusedVolumes
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Severity
from tests.unit.knowhow.container_snapshots import pair, seen
from tests.unit.knowhow.plugins import FIXES
from tests.unit.knowhow.snapshots import GIGABYTE, found_by, recorded, snapshot, unit, units

ID = "1" * 64


def using(state: str = "running", **changes: Any) -> Snapshot:
    plain = ContainerUsage(
        id=ID, user_id=0, held_bytes=0, memory_limit_bytes=0, out_of_memory_kills=0, tasks=1, most_tasks=0
    )
    one = replace(plain, **changes)
    return seen(pair(state={"state": state}), container_usage=ContainersUsage(containers={ID: one}))


def severity(check: str, looked: Snapshot) -> Severity | None:
    found = list(found_by(check, looked).values())
    return found[0].severity if found else None


@pytest.mark.parametrize(
    ("held", "expected"), [(970, Severity.WARNING), (969, Severity.WATCH), (900, Severity.WATCH), (899, None)]
)
def test_memory_is_judged_against_its_limit(held: int, expected: Severity | None) -> None:
    assert severity("containers_near_memory_limit", using(held_bytes=held, memory_limit_bytes=1000)) is expected


def test_without_a_limit_and_when_off_there_is_nothing_to_judge() -> None:
    assert severity("containers_near_memory_limit", using(held_bytes=900)) is None
    assert severity("containers_near_memory_limit", using("exited", held_bytes=990, memory_limit_bytes=1000)) is None


@pytest.mark.parametrize(
    ("tasks", "most", "expected"), [(1844, 2048, Severity.WARNING), (1843, 2048, None), (9000, 0, None)]
)
def test_tasks_are_judged_against_their_limit(tasks: int, most: int, expected: Severity | None) -> None:
    assert severity("containers_near_task_limit", using(tasks=tasks, most_tasks=most)) is expected


def test_the_files_of_the_kernel_tell_usage_by_container() -> None:
    known = recorded(container_usage="debian_13_cgroup_2").values["container_usage"]
    looked = seen(*(pair(f"c{number}", number) for number in (1, 2, 3)), container_usage=known)
    found = found_by("containers_near_memory_limit", looked)
    assert list(found) == ["c1"]
    assert found["c1"].evidence[-1].value == 3
    assert found_by("containers_near_task_limit", looked) == {}


@pytest.mark.parametrize(
    ("used", "is_bounded", "expected"),
    [
        (10 * GIGABYTE, False, Severity.WARNING),
        (10 * GIGABYTE - 1, False, Severity.WATCH),
        (GIGABYTE, False, Severity.WATCH),
        (GIGABYTE - 1, False, None),
        (10 * GIGABYTE, True, None),
    ],
)
def test_a_log_is_judged_when_nothing_bounds_it(used: int, is_bounded: bool, expected: Severity | None) -> None:
    looked = seen(pair(log_is_bounded=is_bounded), container_logs=ContainerLogs(bytes={ID: used, "f" * 64: used}))
    assert severity("unbounded_container_logs", looked) is expected


def test_volumes_left_over_are_found_when_they_hold_much() -> None:
    looked = recorded(container_volumes="docker_left_over")
    found = found_by("unused_volumes", looked)["unused volumes of docker"]
    assert "3 volumes of docker on m1 that no container uses, at least 2.3 GB: nextcloud_db" in found.title
    assert found.fix is None


@pytest.mark.parametrize(
    ("size", "count", "is_found"),
    [(GIGABYTE, 1, True), (GIGABYTE - 1, 1, False), (None, 20, True), (None, 19, False)],
)
def test_a_few_small_volumes_are_left_over_everywhere(size: int | None, count: int, is_found: bool) -> None:
    known = recorded(container_volumes="podman_4_3").values["container_volumes"].volumes["data"]
    volumes = {f"v{number}": replace(known, name=f"v{number}", size_bytes=size) for number in range(count)}
    looked = snapshot(container_volumes=UnusedVolumes(volumes=volumes, unread=""))
    assert bool(found_by("unused_volumes", looked)) is is_found


def test_a_quadlet_without_a_unit_is_worse_than_one_that_was_changed() -> None:
    found = found_by("ungenerated_quadlets", recorded(quadlets="fedora_41"))
    assert {name.rpartition("/")[2]: one.severity for name, one in found.items()} == {
        "proxy.container": Severity.WATCH,
        "photos.pod": Severity.WARNING,
    }
    old = found_by("ungenerated_quadlets", recorded(quadlets="debian_12_without_generator"))
    assert "older than 4.4" in next(iter(old.values())).if_nothing


@pytest.mark.parametrize(
    ("place", "is_found"),
    [("0.0.0.0:4243", True), ("[::]:4243", True), ("0.0.0.0:2375", False), ("127.0.0.1:4243", False)],
)
def test_an_engine_that_takes_orders_from_the_network_is_found(place: str, is_found: bool) -> None:
    known = recorded(container_daemons="docker_24_open_api").values["container_daemons"].daemons["docker"]
    warnings = tuple(text.replace("0.0.0.0:2375", place) for text in known.warnings)
    daemons = ContainerDaemons(daemons={"docker": replace(known, warnings=warnings)}, unread="")
    assert bool(found_by("exposed_engine_apis", snapshot(container_daemons=daemons))) is is_found


def test_only_drivers_that_waste_or_end_are_poor() -> None:
    assert severity("poor_storage_drivers", recorded(container_daemons="podman_4_3_vfs")) is Severity.WATCH
    assert severity("poor_storage_drivers", recorded(container_daemons="docker_20_10")) is None
    known = recorded(container_daemons="podman_4_3_vfs").values["container_daemons"]
    plain = replace(known, daemons={"podman": replace(known.daemons["podman"], storage_driver="overlay")})
    assert severity("poor_storage_drivers", snapshot(container_daemons=plain)) is None


def engine(state: str, file_state: str = "enabled", socket: str = "inactive") -> Snapshot:
    service = unit("docker.service", active_state=state, file_state=file_state)
    return snapshot(units=units(service, unit("docker.socket", active_state=socket)))


@pytest.mark.parametrize(
    ("looked", "expected"),
    [
        (engine("inactive"), Severity.DOWN),
        (engine("inactive", socket="active"), Severity.WATCH),
        (engine("active"), None),
        (engine("failed"), None),
        (engine("inactive", "disabled"), None),
        (snapshot(units=units(unit())), None),
    ],
)
def test_an_engine_is_missed_where_it_is_enabled(looked: Snapshot, expected: Severity | None) -> None:
    assert severity("stopped_container_engines", looked) is expected


def test_an_engine_is_started_where_it_is_off() -> None:
    finding = found_by("stopped_container_engines", engine("inactive"))["docker.service"]
    workflow = FIXES["start_container_engine"].propose(finding, engine("inactive"))
    assert [(step.command, step.input["unit"]) for step in workflow.steps] == [("unit.start", "docker.service")]
    with pytest.raises(InvalidInput, match="not off any more"):
        FIXES["start_container_engine"].propose(finding, engine("active"))


def test_a_network_of_containers_that_hides_another_is_found() -> None:
    found = found_by("overlapping_container_networks", recorded(container_networks="docker_overlapping"))
    assert {name: one.severity for name, one in found.items()} == {
        "home_default": Severity.WARNING,
        "vpn_default": Severity.WATCH,
    }
    assert found["home_default"].title.endswith("overlaps 192.168.1.0/24, reached through eno1")


@pytest.mark.parametrize("case", ["docker_20_10", "podman_4_3", "no_engine"])
def test_the_networks_an_engine_chose_itself_overlap_nothing(case: str) -> None:
    assert found_by("overlapping_container_networks", recorded(container_networks=case)) == {}


def test_containers_of_other_users_are_told_as_not_seen() -> None:
    known = recorded(container_usage="debian_13_cgroup_2").values["container_usage"]
    found = found_by("unseen_containers", seen(pair(), container_usage=known))
    assert list(found) == ["user 1000"]
    assert found_by("unseen_containers", seen(pair("mine", 4), container_usage=known)) == {}
