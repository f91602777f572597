"""What changed is told: by whom, since when, on which machine; and what is read seldom keeps its own age."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from steward.app.plugins import KnowHow
from steward.app.start import LOCAL_NAME
from steward.model.check import Check
from steward.model.errors import InvalidInput, NotFound
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.ids import FindingId
from steward.model.machine import Machine
from steward.model.resource import ResourceKind, resource_on
from tests.flows import house as houses
from tests.flows.house import SOMEBODY, Files, House

SEEN: list[tuple[Snapshot, ...]] = []


def traits(files: Files) -> Mapping[str, str]:
    return {f"file {name}": "there" for name in files.files}


def samples(files: Files) -> Mapping[str, float]:
    return {"count": len(files.files), "odd": float("nan")}


def messy(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Find a folder with a file called `mess`, and keep what was judged."""
    SEEN.append((snapshot,))
    folder = snapshot.values["folder"]
    assert isinstance(folder, Files)
    if "mess" not in folder.files:
        return ()
    return (
        Finding(
            id=FindingId("find-mess"),
            check="messy",
            title="there is a mess",
            severity=Severity.WARNING,
            resource=resource_on(snapshot.machine.id, ResourceKind.MACHINE, snapshot.machine.name),
            machine=snapshot.machine.id,
            evidence=(),
            if_nothing="it grows",
        ),
    )


@pytest.fixture
async def watching(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house that remembers what lies in its folder, and reads its system once an hour."""
    SEEN.clear()
    before = houses.know_how

    def with_memory(files: Path) -> KnowHow:
        known = before(files)
        facts = tuple(
            replace(fact, traits=traits, samples=samples)
            if fact.name == "folder"
            else replace(fact, pause=timedelta(hours=1))
            for fact in known.facts
        )
        check = Check(name="messy", summary="a mess", needs=("folder",), history=("folder",), run=messy)
        return replace(known, facts=facts, checks=(check,))

    monkeypatch.setattr(houses, "know_how", with_memory)
    await house.close()
    await house.open()
    return house


async def changed(house: House, **given: Any) -> dict[str, Any]:
    return (await house.do("changed", SOMEBODY, **given)).result


async def look(house: House, *, after: timedelta = timedelta(minutes=6)) -> Snapshot:
    house.clock.pass_time(after)
    await house.daemon.look()
    return SEEN[-1][0]


async def test_the_first_look_is_what_others_are_compared_with(watching: House) -> None:
    await look(watching)
    told = await changed(watching)
    assert told["changed"] == []
    assert told["sentence"] == "Nothing Steward looks at changed in the last 24 h."


async def test_what_somebody_did_is_told_once_and_what_steward_did_with_its_run(watching: House) -> None:
    (watching.files / "old").touch()
    await look(watching)
    (watching.files / "new").touch()
    (watching.files / "old").unlink()
    await look(watching)
    await look(watching)
    told = await changed(watching)
    assert [(each["machine"], each["difference"]["subject"]) for each in told["changed"]] == [
        (LOCAL_NAME, "file old"),
        (LOCAL_NAME, "file new"),
    ]
    gone, new = (each["difference"] for each in told["changed"])
    assert (gone["before"], gone["after"], gone["author"]) == ("there", "", "unknown")
    assert (new["before"], new["after"], new["run"]) == ("", "there", None)
    card = await watching.ask("made")
    await watching.approve(card)
    run = (await watching.ended(card["run"])).run.id
    await look(watching)
    newest = (await changed(watching, since="5m"))["changed"]
    assert [(each["difference"]["subject"], each["difference"]["author"]) for each in newest] == [
        ("file made", "steward")
    ]
    assert newest[0]["difference"]["run"] == run
    assert (await changed(watching))["sentence"] == "3 changes on 1 machine in the last 24 h; 1 by Steward."


async def test_a_finding_tells_what_changed_before_it(watching: House) -> None:
    await look(watching)
    (watching.files / "mess").touch()
    await look(watching)
    (watching.files / "later").touch()
    await look(watching)
    explained = (await watching.do("why", SOMEBODY, target="find-mess")).result["explained"][0]
    assert [each["subject"] for each in explained["changed"]] == ["file mess"]


async def test_a_restart_forgets_nothing(watching: House) -> None:
    await look(watching)
    await watching.close()
    (watching.files / "meanwhile").touch()
    await watching.open()
    await look(watching)
    assert [each["difference"]["subject"] for each in (await changed(watching))["changed"]] == ["file meanwhile"]


async def test_a_fact_with_a_pause_keeps_its_age_and_is_read_again_after_it(watching: House) -> None:
    first = await look(watching)
    second = await look(watching)
    assert second.read_at("os") == first.at
    assert second.read_at("folder") == second.at
    assert second.values["os"] is first.values["os"]
    third = await look(watching, after=timedelta(hours=1))
    assert third.read_at("os") == third.at


async def test_after_a_run_nothing_old_is_believed(watching: House) -> None:
    await look(watching)
    card = await watching.ask("made")
    await watching.approve(card)
    await watching.ended(card["run"])
    after = await look(watching)
    assert after.read_at("os") == after.at
    assert (await look(watching)).read_at("os") == after.at


async def test_who_wants_it_afresh_gets_everything_read_anew(watching: House) -> None:
    await look(watching)
    await watching.do("machines.check", machine=LOCAL_NAME)
    assert SEEN[-1][0].read_at("os") < SEEN[-1][0].at
    await watching.do("machines.check", machine=LOCAL_NAME, afresh=True)
    assert SEEN[-1][0].read_at("os") == SEEN[-1][0].at


async def test_looks_at_one_machine_take_turns_so_that_a_quick_one_spoils_no_slow_one(
    watching: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await look(watching)
    scanner, machine = watching.steward.scanner, watching.steward.workspace.require(LOCAL_NAME)
    at, running = scanner._look.at, list[int]()

    async def slow(machine: Machine, names: Sequence[str] | None = None) -> Snapshot:
        running.append(1)
        assert len(running) == 1, "two looks at once"
        await asyncio.sleep(0)
        try:
            return await at(machine, names)
        finally:
            running.pop()

    monkeypatch.setattr(scanner._look, "at", slow)
    watching.clock.pass_time(timedelta(minutes=1))
    began = watching.clock.now()
    await asyncio.gather(scanner.one(machine, is_afresh=True), scanner.one(machine), scanner.one(machine))
    assert scanner.seen[machine.id].read_at("os") >= began


async def test_a_check_sees_what_was_measured_before(watching: House) -> None:
    (watching.files / "one").touch()
    await look(watching)
    (watching.files / "two").touch()
    await look(watching, after=timedelta(minutes=11))
    known = await look(watching, after=timedelta(minutes=11))
    assert [point.mean for point in known.past.of("folder", "count")] == [1, 2]
    assert known.past.of("folder", "odd") == ()


@pytest.mark.parametrize("since", ["", "yesterday", "0h", "91d", "-3h", "24"])
async def test_a_span_that_cannot_be_used_is_refused(watching: House, since: str) -> None:
    with pytest.raises(InvalidInput, match="--since 24h"):
        await changed(watching, since=since)


async def test_an_unknown_machine_is_refused_with_the_nearest(watching: House) -> None:
    with pytest.raises(NotFound, match=LOCAL_NAME):
        await changed(watching, machine="this-machin")
