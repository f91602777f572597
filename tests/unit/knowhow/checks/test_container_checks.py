"""Containers that loop, hang or are off against their policy."""

from datetime import timedelta

import pytest

from steward.model.finding import Severity
from tests.unit.knowhow.snapshots import NOW, container, containers, found_by, recorded, snapshot

TROUBLE = recorded(containers="docker_20_10_with_trouble")


def test_each_container_in_trouble_is_found_by_one_check() -> None:
    found = {
        check: list(found_by(check, TROUBLE))
        for check in ("crash_looping_containers", "unhealthy_containers", "stopped_containers")
    }
    assert found == {
        "crash_looping_containers": ["worker"],
        "unhealthy_containers": ["web"],
        "stopped_containers": ["stopped", "importer"],
    }


def test_a_restart_is_offered_where_it_can_help() -> None:
    assert found_by("crash_looping_containers", TROUBLE)["worker"].fix is None
    assert found_by("unhealthy_containers", TROUBLE)["web"].fix == "restart_container"
    assert found_by("stopped_containers", TROUBLE)["importer"].fix == "restart_container"


def test_a_container_that_gave_up_is_worse_than_one_that_was_stopped() -> None:
    found = found_by("stopped_containers", TROUBLE)
    assert found["importer"].severity is Severity.DOWN
    assert found["stopped"].severity is Severity.WATCH


def test_podman_is_judged_like_docker() -> None:
    seen = recorded(containers="podman_4_3")
    assert list(found_by("unhealthy_containers", seen)) == ["sick"]
    assert list(found_by("stopped_containers", seen)) == ["looper"]
    assert found_by("unhealthy_containers", seen)["sick"].evidence[0].source == "podman on m1"


@pytest.mark.parametrize(
    ("changes", "is_found"),
    [
        ({"restart_count": 3, "started_at": NOW - timedelta(seconds=30)}, True),
        ({"restart_count": 2, "started_at": NOW - timedelta(seconds=30)}, False),
        ({"restart_count": 50, "started_at": NOW - timedelta(days=1)}, False),
        ({"state": "restarting"}, True),
    ],
)
def test_a_loop_is_many_restarts_and_a_short_life(changes: dict[str, object], is_found: bool) -> None:
    seen = snapshot(containers=containers(container(**changes)))
    assert bool(found_by("crash_looping_containers", seen)) is is_found


@pytest.mark.parametrize(
    ("policy", "exit_code", "is_found"),
    [("no", 1, False), ("", 1, False), ("on-failure", 0, False), ("on-failure", 1, True), ("unless-stopped", 0, True)],
)
def test_a_container_that_is_off_is_found_only_against_its_policy(policy: str, exit_code: int, is_found: bool) -> None:
    off = container(state="exited", restart_policy=policy, exit_code=exit_code)
    assert bool(found_by("stopped_containers", snapshot(containers=containers(off)))) is is_found


def test_a_machine_that_wants_a_restart_says_so() -> None:
    assert list(found_by("restart_wanted", recorded(packages="unknown_manager"))) == ["packages"]
    assert found_by("restart_wanted", recorded(packages="debian_12")) == {}
