"""Benchmark: what a daemon costs that has ten machines and nothing to do but look at them."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import time
from pathlib import Path

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.bench.fleet import fingerprint_of
from tests.bench.measure import PYTHON, Sample, say
from tests.bench.report import Row, Section
from tests.real.lab import Lab
from tests.real.operator import Operator

_MACHINES = 10
_ENDPOINTS = 50
"""As many as the benchmark of all facts wants, so that they are made once."""
_CPU_AIM, _MEMORY_AIM = 1.0, 150.0
_TICKS = os.sysconf("SC_CLK_TCK")
_IDLE = "import asyncio; asyncio.run(asyncio.sleep(3600))"


def measure(windows: int, seconds: int = 60) -> Section:
    """Watch the daemon over whole minutes: each holds one look at every machine."""
    lab = Lab.from_environment()
    lab.up(machines=0, docker=0, sshd=_ENDPOINTS)
    operator = Operator(None, scan_seconds=60)
    operator.environment["STEWARD_LISTEN"] = f"127.0.0.1:{(port := _free_port())}"
    anchor = subprocess.Popen([PYTHON, "-c", _IDLE])
    try:
        operator.init()
        _write_inventory(operator, lab)
        operator.is_prepared = True
        operator.start()
        time.sleep(15)  # the first look and the first commits are the start, not the idling
        watched = {"daemon": operator.daemon.pid, "anchor": anchor.pid}
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in watched}
        for number in range(windows):
            say(f"idle {number + 1}/{windows}: {seconds} s")
            before = {name: _cpu_seconds(pid) for name, pid in watched.items()}
            time.sleep(seconds)
            for name, pid in watched.items():
                percent = (_cpu_seconds(pid) - before[name]) / seconds * 100
                taken[name].append((percent, _resident_megabytes(pid)))
        seen = operator.call("machines", "ls", ok=(0, 10, 11, 12))
        threads = len(list(Path(f"/proc/{operator.daemon.pid}/task").iterdir()))
        asyncio.run(_use_every_way_in(operator.call("tokens", "mint", "bench", "--rights", "read")["value"], port))
        used = _resident_megabytes(operator.daemon.pid)
    finally:
        operator.close()
        anchor.kill()
        anchor.wait()
    return _section(taken, used=used, threads=threads, machines=_count(seen))


def _section(taken: dict[str, list[tuple[float, float]]], *, used: float, threads: int, machines: int) -> Section:
    cpu = {name: Sample(values=tuple(one[0] for one in some)) for name, some in taken.items()}
    memory = {name: Sample(values=tuple(one[1] for one in some)) for name, some in taken.items()}
    return Section(
        title="Idle",
        intro=(
            f"`steward up` with {machines} machines over SSH, looked at every 60 s, watched over whole minutes with "
            f"{threads} threads; its processor time includes every process it started and waited for. The anchor is a "
            "process that only sleeps in asyncio."
        ),
        rows=[
            Row(
                what="processor, of one core",
                figure=cpu["daemon"].text("%", 2),
                anchor=f"idle asyncio {cpu['anchor'].text('%', 2)}",
                aim=f"below {_CPU_AIM:g} %",
                is_met=cpu["daemon"].median < _CPU_AIM,
            ),
            Row(
                what="resident memory",
                figure=memory["daemon"].text("MB", 0),
                anchor=f"idle asyncio {memory['anchor'].text('MB', 0)}",
                ratio=f"{memory['daemon'].median / memory['anchor'].median:.1f}x",
                aim=f"below {_MEMORY_AIM:g} MB",
                is_met=memory["daemon"].median < _MEMORY_AIM,
            ),
            Row(
                what="the same after a page, the API and an agent over MCP were used",
                figure=f"{used:.0f} MB",
                anchor=f"idle asyncio {memory['anchor'].text('MB', 0)}",
                ratio=f"{used / memory['anchor'].median:.1f}x",
                aim=f"below {_MEMORY_AIM:g} MB",
                is_met=used < _MEMORY_AIM,
            ),
        ],
    )


async def _use_every_way_in(token: str, port: int) -> None:
    """Load what the daemon only loads when somebody comes."""
    address = f"http://127.0.0.1:{port}"
    async with httpx2.AsyncClient(headers={"authorization": f"Bearer {token}"}, timeout=60) as plain:
        for path in ("/sign-in", "/api/v1/openapi.json", "/api/v1/status", "/metrics"):
            (await plain.get(address + path)).raise_for_status()
        async with Client(streamable_http_client(f"{address}/mcp", http_client=plain)) as agent:
            await agent.list_tools()
            await agent.call_tool("status", {})


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_inventory(operator: Operator, lab: Lab) -> None:
    """Put ten confirmed machines into the inventory, as a person with an editor and git would."""
    lines = ["machines:"]
    for number, machine in enumerate(lab.endpoints.all()[:_MACHINES], 1):
        lines += [
            f"  - id: machine-bench{number}",
            f"    name: {machine.name}",
            f"    address: {machine.address}",
            f"    port: {machine.port}",
            f"    user: {machine.user}",
            f"    identity_file: {machine.key}",
            f"    host_key: {fingerprint_of(machine)}",
        ]
    (operator.workspace / "inventory.yaml").write_text("\n".join(lines) + "\n")
    git = ["git", "-C", str(operator.workspace), "-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    subprocess.run([*git, "commit", "-qam", "Ten machines"], check=True)


def _cpu_seconds(pid: int) -> float:
    """Time of the process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return sum(int(value) for value in fields[11:15]) / _TICKS


def _resident_megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def _count(listed: object) -> int:
    found = listed.get("machines", listed) if isinstance(listed, dict) else listed
    return len(found) if isinstance(found, list) else -1
