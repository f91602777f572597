"""Record what every fact reads on real machines of the lab, for the week to tell again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from steward.adapters.clocks.system import SystemClock, SystemClockSettings
from steward.adapters.executors.ssh.executor import SshExecutor
from steward.adapters.executors.ssh.settings import SshSettings
from steward.app.plugins import load_know_how
from steward.model.fact import CommandOutput, Reading
from steward.model.ids import MachineId
from steward.model.machine import Machine
from tests.real.lab import Lab


async def record(lab: Lab, names: Sequence[str]) -> dict[str, dict[str, CommandOutput]]:
    """Return the outputs of these machines by fact and reading, read as root over SSH in one round trip each."""
    readings = [
        replace(reading, name=f"{fact.name}/{reading.name}")
        for fact in load_know_how().facts
        for reading in fact.readings
    ]
    executor = SshExecutor(SshSettings(), clock=SystemClock(SystemClockSettings()), find_machine=lambda _: None)
    try:
        return {name: await _read(lab, name, executor, readings) for name in names}
    finally:
        await executor.close()


async def _read(lab: Lab, name: str, executor: SshExecutor, readings: list[Reading]) -> dict[str, CommandOutput]:
    known = lab.machine(name)
    machine = Machine(
        id=MachineId(f"mch-{name}"),
        name=name,
        address=known.address,
        user="root",
        identity_file=str(known.key),
        host_key=lab.run(name, ["ssh-keygen", "-lf", "/etc/ssh/ssh_host_ed25519_key.pub"]).stdout.split()[1],
    )
    return dict(await executor.read(machine, readings))
