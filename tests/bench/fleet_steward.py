"""Steward's side: the parts the daemon looks with (Look over the SSH executor), all facts, parsed."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from steward.adapters.clocks.system import SystemClock, SystemClockSettings
from steward.adapters.executors import ssh
from steward.app.plugins import load_know_how
from steward.core.look import Executors, Look
from steward.model.ids import MachineId
from steward.model.machine import Machine, Transport


async def main() -> None:
    """Look at every machine at once; then again over the kept connections."""
    task = json.loads(Path(sys.argv[1]).read_text())
    machines = [
        Machine(
            id=MachineId(f"machine-{number}"),
            name=target["name"],
            address=target["address"],
            port=int(target["port"]),
            user=target["user"],
            identity_file=task["key"],
            host_key=target["fingerprint"],
        )
        for number, target in enumerate(task["targets"])
    ]
    clock = SystemClock(SystemClockSettings())
    # A computer that is busy with other things must not turn a slow look into a failed one.
    settings = ssh.SshSettings(connect_seconds=60)
    executor = ssh.PLUGIN.build(settings, clock=clock, find_machine=lambda _: None)
    look = Look(facts=load_know_how().facts, executors=Executors({Transport.SSH: executor}), clock=clock, redact=str)

    async def all_facts() -> tuple[float, int, int]:
        started = time.perf_counter()
        snapshots = await asyncio.gather(*(look.at(machine) for machine in machines))
        seconds = time.perf_counter() - started
        return seconds, len(snapshots), min(len(snapshot.values) for snapshot in snapshots)

    cold, count, fewest = await all_facts()
    warm = [(await all_facts())[0] for _ in range(int(sys.argv[2]))]
    await executor.close()
    print(json.dumps({"machines": count, "facts": fewest, "cold": cold, "warm": warm}))


if __name__ == "__main__":
    asyncio.run(main())
