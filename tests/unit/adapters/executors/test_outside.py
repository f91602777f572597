"""A machine that is only watched from outside is knocked at, and nothing more."""

from __future__ import annotations

import asyncio

import pytest

from steward.adapters.executors.outside import OutsideExecutor, OutsideSettings
from steward.model.errors import NotAllowed, Unreachable
from steward.model.fact import Reading
from steward.model.fence import Fence
from steward.model.ids import MachineId
from steward.model.machine import Machine, Transport
from steward.ports.executor import Order
from tests.suites.executors import serving
from tests.suites.sshd import free_port

PATIENT = OutsideSettings(connect_seconds=30)
LOOK = [Reading(name="x", argv=("true",))]
FENCE = Fence(control_plane="cp-one", epoch=1)


def printer(transport: Transport = Transport.NONE, port: int = 9100) -> Machine:
    return Machine(id=MachineId("m-1"), name="printer", transport=transport, address="127.0.0.1", port=port)


async def test_a_machine_whose_port_answers_is_seen_and_hears_nothing():
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read())

    async with serving(listen) as port:
        outputs = await OutsideExecutor(PATIENT).read(printer(port=port), LOOK)
        await asyncio.sleep(0.05)
    assert outputs["x"].exit_code is None
    assert "only watched from outside" in outputs["x"].stderr
    assert set(heard) <= {b""}


async def test_a_machine_whose_port_is_closed_is_unreachable():
    with pytest.raises(Unreachable, match="Connection refused"):
        await OutsideExecutor(PATIENT).read(printer(port=free_port()), LOOK)


async def test_a_machine_of_an_api_is_not_knocked_at():
    outputs = await OutsideExecutor(PATIENT).read(printer(Transport.API, free_port()), LOOK)
    assert "come from an API" in outputs["x"].stderr


@pytest.mark.parametrize("transport", [Transport.API, Transport.NONE])
async def test_nothing_is_executed_there(transport: Transport):
    executor, machine = OutsideExecutor(PATIENT), printer(transport)
    order = Order(key="k", argv=("true",), fence=FENCE, environment={}, timeout_seconds=1, output_limit=1)
    for refused in (
        executor.run(machine, order),
        executor.ask(machine, "k"),
        executor.end(machine, "k"),
        executor.take_over(machine, FENCE),
    ):
        with pytest.raises(NotAllowed, match=f"its transport is `{transport.value}`"):
            await refused
