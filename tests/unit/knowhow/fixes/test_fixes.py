"""Fixes: a finding in, the least workflow that cures it out."""

from dataclasses import replace

import pytest

from steward.lib.codec import decode
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.workflow import Workflow
from tests.unit.knowhow.plugins import CHECKS, FIXES, OPERATIONS
from tests.unit.knowhow.snapshots import (
    GIGABYTE,
    MACHINE,
    MEGABYTE,
    disk,
    filesystems,
    found_by,
    journal,
    packages,
    recorded,
    snapshot,
)

EVERYTHING = recorded(
    units="debian_12_with_failures",
    containers="docker_20_10_with_trouble",
    filesystems="debian_12_bind_mounts",
    journal="debian_12",
    packages="debian_12",
)


def full(cache: int = 0, archived: int = 0, used_percent: float = 95.0, size: int = GIGABYTE) -> Snapshot:
    return snapshot(
        filesystems=filesystems(disk(used_percent, size)), packages=packages(cache), journal=journal(archived)
    )


def cure(seen: Snapshot) -> Workflow:
    finding = found_by("full_filesystems", seen)["/"]
    return FIXES["free_disk_space"].propose(finding, seen)


def steps(workflow: Workflow) -> list[tuple[str, object]]:
    return [(step.command, step.input.get("keep_megabytes")) for step in workflow.steps]


@pytest.mark.parametrize("check", CHECKS)
def test_every_fix_that_a_finding_names_gives_steps_that_can_be_planned(check: str) -> None:
    for finding in CHECKS[check].run(EVERYTHING):
        if finding.fix is None:
            continue
        workflow = FIXES[finding.fix].propose(finding, EVERYTHING)
        assert workflow.finding == finding.id
        for step in workflow.steps:
            operation = OPERATIONS[step.command]
            assert step.input["machine"] == MACHINE.id
            assert operation.build(decode(operation.input, step.input), EVERYTHING).verify


def test_packages_alone_are_cleaned_when_they_suffice() -> None:
    assert steps(cure(full(cache=200, archived=400))) == [("packages.clean_cache", None)]


def test_old_journal_goes_only_as_far_as_is_needed() -> None:
    workflow = cure(full(cache=40, archived=400))
    assert steps(workflow) == [("packages.clean_cache", None), ("journal.vacuum", 386)]
    assert workflow.steps[1].needs == ("packages",)
    gone = 95 * GIGABYTE / 100 - 89 * GIGABYTE / 100 - 40 * MEGABYTE
    assert 408 * MEGABYTE - gone >= 386 * MEGABYTE


def test_the_journal_alone_is_cleaned_when_there_is_no_cache() -> None:
    workflow = cure(full(archived=400))
    assert steps(workflow) == [("journal.vacuum", 346)]
    assert workflow.steps[0].needs == ()


def test_some_journal_always_stays() -> None:
    with pytest.raises(InvalidInput, match="does not free enough"):
        cure(full(archived=64))


def test_too_little_to_clean_is_said_with_the_numbers_and_where_to_look() -> None:
    with pytest.raises(InvalidInput) as raised:
        cure(full(cache=10, archived=16, size=50 * GIGABYTE))
    assert "10.0 MB of downloaded packages and 16.0 MB of archived journal" in raised.value.why
    assert raised.value.next_step.startswith("look with `du -xh --max-depth=2 / ")


def test_what_lies_on_another_disk_is_left_alone() -> None:
    seen = snapshot(
        filesystems=filesystems(disk(95.0, GIGABYTE)),
        packages=packages(900, mount_point="/var", source="/dev/sdb1"),
        journal=replace(journal(800), mount_point="/var", source="/dev/sdb1"),
    )
    with pytest.raises(InvalidInput, match="does not free enough"):
        cure(seen)


def test_a_disk_that_is_not_full_any_more_is_left_alone() -> None:
    finding = found_by("full_filesystems", full())["/"]
    with pytest.raises(InvalidInput, match="not full any more"):
        FIXES["free_disk_space"].propose(finding, full(cache=200, used_percent=50.0))


def test_a_disk_that_was_taken_away_is_left_alone() -> None:
    finding = found_by("full_filesystems", full())["/"]
    with pytest.raises(InvalidInput, match="not mounted"):
        FIXES["free_disk_space"].propose(finding, snapshot(filesystems=filesystems()))


def test_a_unit_that_runs_again_is_left_alone() -> None:
    finding = found_by("failed_units", EVERYTHING)["photo-index.service"]
    units = EVERYTHING.values["units"]
    running = replace(units.units["photo-index.service"], active_state="active")
    healed = snapshot(units=replace(units, units={**units.units, running.name: running}))
    with pytest.raises(InvalidInput, match="not failed any more"):
        FIXES["restart_failed_unit"].propose(finding, healed)


def test_a_container_that_is_healthy_again_is_left_alone() -> None:
    finding = found_by("unhealthy_containers", EVERYTHING)["web"]
    containers = EVERYTHING.values["containers"]
    healthy = replace(containers.containers["web"], health="healthy")
    healed = snapshot(containers=replace(containers, containers={"web": healthy}))
    with pytest.raises(InvalidInput, match="needs no restart any more"):
        FIXES["restart_container"].propose(finding, healed)
