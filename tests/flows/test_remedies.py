"""What Steward does by itself, which is only what grants cover; and that every brake holds over every door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from steward.app.plugins import KnowHow
from steward.app.start import LOCAL_NAME
from steward.model.access import Right
from steward.model.check import Check
from steward.model.errors import StewardError
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.fix import Fix
from steward.model.ids import FindingId, derived
from steward.model.principal import Principal
from steward.model.resource import ResourceKind, resource_on
from steward.model.run import RunState
from steward.model.workflow import Workflow, WorkflowStep
from steward.store import findings, grants, runs
from steward.surfaces.local.peer import Peer
from tests.flows import house as houses
from tests.flows.house import OWNER, House, know_how

WANTED = "wanted"


def _wrong(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Find that the wanted file is not there."""
    if WANTED in snapshot.values["folder"].files:
        return ()
    resource = resource_on(snapshot.machine.id, ResourceKind.FILESYSTEM, WANTED)
    found = Finding(
        id=FindingId(derived("find", "missing", resource.id)),
        check="missing",
        title="the wanted file is missing",
        severity=Severity.WARNING,
        resource=resource,
        machine=snapshot.machine.id,
        evidence=(),
        if_nothing="it stays missing",
        fix="make_it",
    )
    return (found,)


def _cure(finding: Finding, snapshot: Snapshot) -> Workflow:
    step = WorkflowStep(id="make", command="file.make", input={"machine": snapshot.machine.id, "name": WANTED})
    return Workflow(name="make-it", title="Make the wanted file", goal="it is there", steps=(step,), finding=finding.id)


def with_cure(folder: Path) -> KnowHow:
    check = Check(name="missing", summary="A file that is wanted.", needs=("folder",), run=_wrong)
    fix = Fix(name="make_it", summary="Make it.", needs=("folder",), propose=_cure)
    return replace(know_how(folder), checks=(check,), fixes=(fix,))


@pytest.fixture(autouse=True)
def cure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the house know a check and its cure."""
    monkeypatch.setattr(houses, "know_how", with_cure)


Grant = Callable[..., Awaitable[str]]


@pytest.fixture
async def grant(house: House) -> Grant:
    """Grant the cure by command, on this machine at `granted`."""
    await house.do("machines.promote", machine=LOCAL_NAME, to="granted")

    async def give(**changes: Any) -> str:
        terms = {"command": "file.make", "machine": [LOCAL_NAME], "where": [f"name={WANTED}"], "daily": 9, **changes}
        return str((await house.do("grants.add", **terms)).result["grant"]["id"])

    return give


async def seen(house: House) -> tuple[str, ...]:
    """Look at the machine, and return what is wrong with it."""
    await house.steward.scanner.all()
    return tuple(each.check for each in await house.steward.storage.read(findings.still_open))


async def remedied(house: House) -> RunState | None:
    """Let Steward do what it does by itself; return how that ended, or None when nothing was begun."""
    before = {run.id for run in await house.steward.storage.read(runs.listing)}
    await house.daemon.remedy()
    begun = [run for run in await house.steward.storage.read(runs.listing) if run.id not in before]
    assert len(begun) <= 1
    return (await house.ended(begun[0].id)).run.state if begun else None


async def test_what_no_grant_covers_is_left_alone(house: House, grant: Grant) -> None:
    assert "missing" in await seen(house)
    assert await remedied(house) is None
    await grant(where=["name=other"])
    assert await remedied(house) is None
    assert not house.has(WANTED)


async def test_a_finding_whose_cure_is_granted_is_cured_and_proven(house: House, grant: Grant) -> None:
    await grant()
    assert await remedied(house) is None, "nothing was looked at yet"
    await seen(house)
    assert await remedied(house) is RunState.VERIFIED
    assert house.has(WANTED)
    assert "missing" not in await seen(house)
    assert await remedied(house) is None


async def test_a_finding_that_comes_back_is_cured_twice_in_an_hour_and_not_a_third_time(
    house: House, grant: Grant
) -> None:
    await grant()
    for _ in range(2):
        await seen(house)
        assert await remedied(house) is RunState.VERIFIED
        (house.files / WANTED).unlink()
    await seen(house)
    assert await remedied(house) is None
    house.clock.pass_time(timedelta(hours=2))
    assert await remedied(house) is None, "only a person lifts it"
    assert "remedy_loop" in await seen(house)
    (breaker,) = (await house.do("budgets.ls")).result["breakers"]
    assert "2 times within an hour" in breaker["why"]
    await house.do("budgets.lift", subject=breaker["subject"])
    assert "remedy_loop" not in await seen(house)
    assert await remedied(house) is RunState.VERIFIED


async def test_a_cure_that_fails_costs_its_grant_and_is_told(house: House, grant: Grant) -> None:
    given = await grant(command="file.promise", where=[f"name={WANTED}"])
    card = await house.ask(WANTED, command="file.promise")
    assert card["approval"] is None
    assert (await house.ended(card["run"])).run.state is RunState.ROLLED_BACK
    assert "grant_suspended" in await seen(house)
    assert (await house.ask("x", command="file.promise"))["approval"]
    await house.do("grants.revoke", grant=given)
    assert "grant_suspended" not in await seen(house)


async def doors(house: House) -> dict[str, Principal]:
    """Return whoever comes in by each door without a person, as that door makes them."""
    peer = Peer(uid=1000, terminal="")
    tokens = house.steward.access.tokens
    right = frozenset({Right.READ, Right.PROPOSE, Right.BRAKE})
    _, value = await tokens.mint(OWNER, name="script", rights=right, lasts=timedelta(days=1))
    return {
        "socket": peer.principal(),
        "agent": peer.agent("mcp"),
        "token": await tokens.recognize(value),
    }


@pytest.mark.parametrize("brake", ["pause", "freeze", "stop"])
async def test_every_brake_holds_over_every_door_whatever_is_granted(house: House, grant: Grant, brake: str) -> None:
    await grant(where=[])
    await seen(house)
    await house.do(brake)
    for door, actor in (await doors(house)).items():
        if (brake, door) == ("pause", "socket"):  # a process of the owner's user is asked about, and not let run
            assert (await house.ask(door, actor=actor))["approval"]
        else:
            with pytest.raises(StewardError, match=f"{brake} is on"):
                await house.ask(door, actor=actor)
    assert await remedied(house) is None
    assert list(house.files.iterdir()) == []
    await house.do("resume")
    for door, actor in (await doors(house)).items():
        card = await house.ask(f"{door}-after", actor=actor)
        assert (await house.ended(card["run"])).run.state is RunState.VERIFIED
    assert await remedied(house) is RunState.VERIFIED


async def test_a_grant_taken_back_stops_what_steward_does_by_itself(house: House, grant: Grant) -> None:
    given = await grant()
    await seen(house)
    await house.do("grants.revoke", grant=given)
    assert await remedied(house) is None
    assert await house.steward.storage.read(grants.active, house.clock.now()) == ()
