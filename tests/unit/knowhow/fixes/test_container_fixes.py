"""Fixes of containers: a finding in, steps that can be planned out."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from steward.lib.codec import decode
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.workflow import Workflow
from tests.unit.knowhow.container_snapshots import COMPOSE, member, pair, seen
from tests.unit.knowhow.plugins import FIXES, OPERATIONS
from tests.unit.knowhow.snapshots import NOW, found_by, unit, units
from tests.unit.knowhow.uses_containers import IMAGES


def cured(check: str, looked: Snapshot, later: Snapshot | None = None) -> Workflow:
    finding = next(iter(found_by(check, looked).values()))
    assert finding.fix is not None
    workflow = FIXES[finding.fix].propose(finding, later or looked)
    for step in workflow.steps:
        operation = OPERATIONS[step.command]
        assert operation.build(decode(operation.input, step.input), looked).verify
    assert workflow.finding == finding.id
    return workflow


def lasting(policy: str = "no") -> Snapshot:
    return seen(pair(state={"started_at": NOW - timedelta(days=9)}, restart_policy=policy))


def outdated(image_id: str = "1" * 64) -> Snapshot:
    one, settings = pair(image="caddy:2", compose=COMPOSE)
    return seen((replace(one, image_id=image_id), settings), images=IMAGES)


def left_over(size: int = 3 * 1024**3, used: str = "9") -> Snapshot:
    images = replace(IMAGES, images={key: replace(one, size_bytes=size) for key, one in IMAGES.images.items()})
    one, settings = pair()
    return seen((replace(one, image_id=used), settings), images=images)


def partial(state: str = "exited") -> Snapshot:
    return seen(member("web", 1), member("db", 2, state, 1), member("cache", 3, state, 1))


def test_a_container_gets_the_policy_that_lets_people_stop_it() -> None:
    assert cured("containers_without_restart_policy", lasting()).steps[0].input["policy"] == "unless-stopped"


def test_a_container_is_made_anew_by_one_step() -> None:
    assert [step.command for step in cured("outdated_containers", outdated()).steps] == ["container.recreate"]


def test_images_are_removed_for_the_engine_they_belong_to() -> None:
    assert cured("nameless_images", left_over()).steps[0].input["engine"] == "docker"


def test_a_project_is_started_one_container_after_the_other() -> None:
    steps = cured("partial_compose_projects", partial()).steps
    assert [(step.id, step.input["container"], step.needs) for step in steps] == [
        ("start-1", "shop-cache-1", ()),
        ("start-2", "shop-db-1", ("start-1",)),
    ]


def boot(file_state: str = "disabled") -> Snapshot:
    return seen(pair(engine="podman"), units=units(unit("podman-restart.service", file_state=file_state)))


def test_podman_starts_its_containers_at_boot_once_its_service_is_enabled() -> None:
    assert [step.command for step in cured("podman_containers_off_at_boot", boot()).steps] == ["unit.enable"]


@pytest.mark.parametrize(
    ("check", "before", "after"),
    [
        ("containers_without_restart_policy", lasting(), lasting("always")),
        ("outdated_containers", outdated(), outdated("2" * 64)),
        ("nameless_images", left_over(), seen(images=replace(IMAGES, images={}))),
        ("partial_compose_projects", partial(), partial("running")),
        ("podman_containers_off_at_boot", boot(), boot("enabled")),
    ],
)
def test_what_is_cured_already_is_left_alone(check: str, before: Snapshot, after: Any) -> None:
    with pytest.raises(InvalidInput, match=r"any more"):
        cured(check, before, after)
