"""A mistake in one check is told and costs that check on that machine, nothing else."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from steward.app.daemon import Daemon
from steward.app.plugins import KnowHow
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.ids import FindingId
from steward.model.resource import ResourceKind, resource_on
from tests.flows import house as houses
from tests.flows.house import SOMEBODY, House


def full(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Find something on every machine."""
    machine = snapshot.machine
    resource = resource_on(machine.id, ResourceKind.MACHINE, machine.name)
    found = Finding(
        id=FindingId("find-full"),
        check="full",
        title="the folder is full",
        severity=Severity.WARNING,
        resource=resource,
        machine=machine.id,
        evidence=(),
        if_nothing="nothing fits any more",
    )
    return (found,)


class Broken:
    """A check that breaks down until it is mended."""

    is_mended = False

    def __call__(self, snapshot: Snapshot) -> tuple[Finding, ...]:
        if not self.is_mended:
            raise KeyError(snapshot.machine.name)
        return ()


async def looked(house: House) -> dict[str, Any]:
    await house.daemon.look()
    return {each["check"]: each for each in (await house.do("status", SOMEBODY)).result["findings"]}


async def test_a_check_that_breaks_down_is_a_finding_and_the_others_still_judge(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Broken()
    checks = tuple(
        Check(name=name, summary=name, needs=("folder",), run=run) for name, run in (("broken", broken), ("full", full))
    )
    before = houses.know_how

    def with_checks(files: Path) -> KnowHow:
        return replace(before(files), checks=checks)

    monkeypatch.setattr(houses, "know_how", with_checks)
    await house.close()
    await house.open()
    found = await looked(house)
    assert set(found) == {"check_failed", "full"}
    assert found["check_failed"]["title"] == "the check broken broke down on this-machine: a mistake in Steward"
    assert found["check_failed"]["severity"] == "unknown"
    assert "KeyError" in found["check_failed"]["evidence"][0]["value"]
    broken.is_mended = True
    assert set(await looked(house)) == {"full"}


async def test_the_daemon_looks_once_at_the_start_and_outlives_a_first_look_that_fails(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.close()
    steward = houses.build(
        house.settings, houses.know_how(house.files), houses.Surroundings(environment={}, reached=lambda _point: None)
    )
    looks: list[int] = []

    async def fail() -> None:
        looks.append(1)
        raise RuntimeError("a mistake in the first look")

    monkeypatch.setattr(steward.scanner, "round", fail)
    daemon = Daemon(steward)
    began = asyncio.Event()

    async def started() -> None:
        await daemon.first_look()
        began.set()
        raise RuntimeError("a mistake in what is said at the start")

    running = asyncio.create_task(daemon.run(started=started))
    await began.wait()
    await asyncio.sleep(0)
    assert not running.done()
    assert looks == [1]
    daemon.end()
    await running
