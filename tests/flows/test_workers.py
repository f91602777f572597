"""Workers through the commands: who is there, who is asked to leave, and what is said when nobody takes runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from steward.app.doctor import diagnose
from steward.core.workers import WORKER
from steward.model.errors import Conflict, NeedsProof, NotFound, StewardError
from steward.store import workers as table
from steward.store.database import Connection
from steward.store.workers import Worker
from tests.flows.house import SOMEBODY, House


def _join(connection: Connection, name: str, *, role: str = WORKER, silent: timedelta = timedelta()) -> None:
    at = table.now(connection) - silent
    row = Worker(id=f"{name}@aaaa", name=name, role=role, version="1.0", boot="boot-9", since=at, at=at)
    table.join(connection, row)


async def _leave_everybody(house: House) -> None:
    def leave(connection: Connection) -> None:
        for worker in table.listing(connection):
            table.leave(connection, worker.id, worker.epoch)

    await house.steward.storage.write(leave)


async def test_everybody_who_works_is_shown_and_who_fell_silent_too(house: House) -> None:
    await house.steward.storage.write(_join, "shed-1")
    await house.steward.storage.write(_join, "shed-2", silent=timedelta(minutes=10))
    answer = await house.do("workers.ls", SOMEBODY)
    told = {worker["name"]: (worker["role"], worker["state"]) for worker in answer.result["workers"]}
    own = house.steward.settings.worker
    assert told == {own: ("both", "alive"), "shed-1": ("worker", "alive"), "shed-2": ("worker", "silent")}
    assert answer.result["sentence"] == "2 workers at work; shed-2 silent"


async def test_a_worker_is_asked_to_leave_by_its_name(house: House) -> None:
    await house.steward.storage.write(_join, "shed-1")
    answer = await house.do("workers.drain", name="shed-1")
    assert "takes no new runs" in answer.result["sentence"]
    places = (await house.do("workers.ls")).result["workers"]
    assert [place["state"] for place in places if place["name"] == "shed-1"] == ["draining"]


async def test_who_is_silent_unknown_or_the_control_plane_is_not_asked(house: House) -> None:
    await house.steward.storage.write(_join, "shed-2", silent=timedelta(minutes=10))
    for name in ("shed-2", "shed-9"):
        with pytest.raises(NotFound):
            await house.do("workers.drain", name=name)
    with pytest.raises(Conflict, match="is the control plane"):
        await house.do("workers.drain", name=house.steward.settings.worker)


async def test_asking_a_worker_to_leave_needs_the_owner(house: House) -> None:
    await house.steward.storage.write(_join, "shed-1")
    with pytest.raises(StewardError) as refused:
        await house.do("workers.drain", SOMEBODY, name="shed-1")
    assert isinstance(refused.value, NeedsProof)
    assert (await house.steward.storage.read(table.get, "shed-1@aaaa")) is not None


async def test_runs_that_nobody_takes_are_told_by_status_the_list_and_the_doctor(house: House) -> None:
    card = await house.ask("one")
    await house.steward.jobs.drain(0)
    await house.approve(card)
    await _leave_everybody(house)
    await house.steward.storage.write(_join, "small-box", role="control plane")
    listed = await house.do("workers.ls")
    assert listed.result["sentence"].startswith("1 run waits: no worker")
    assert listed.result["queued"] == 1
    status = await house.do("status")
    assert status.result["problems"] == [listed.result["sentence"]]
    said = {item.id: item for item in diagnose(house.steward.settings)}["workers"]
    assert (said.severity, said.evidence) == ("warning", "1 run waits: no worker")
    assert "steward worker" in said.fix
    await house.steward.storage.write(_join, "shed-1")
    assert (await house.do("status")).result["problems"] == []


async def test_runs_are_kept_under_a_name_that_stays_the_same_after_a_restart(house: House) -> None:
    before = [worker.id for worker in await house.steward.storage.read(table.listing)]
    await house.close()
    await house.open()
    assert [worker.id for worker in await house.steward.storage.read(table.listing)] == before
