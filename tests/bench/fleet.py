"""Benchmark: all facts of fifty machines, against Ansible, pyinfra and asyncssh alone."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from steward.app.plugins import load_know_how
from steward.lib.shell import join
from tests.bench.measure import PYTHON, REPOSITORY, BenchError, Sample, run, say
from tests.bench.report import Row, Section, table
from tests.real.lab import Lab, Machine

_BENCH_VENV = REPOSITORY / ".venv-bench" / "bin"
_MACHINES = 50
_WARM = 5
_PYINFRA_FACTS = (
    "server.LinuxDistribution",
    "server.Kernel",
    "server.KernelVersion",
    "server.Hostname",
    "server.User",
    "server.Mounts",
    "server.SecurityLimits",
    "hardware.Cpus",
    "hardware.Memory",
    "hardware.BlockDevices",
    "deb.DebPackages",
)
_REACHED = {"Ansible": "| SUCCESS =>", "pyinfra": f"Loaded fact {_PYINFRA_FACTS[-1]}"}
"""What each prints once for a machine whose facts it has."""


@dataclass(frozen=True, kw_only=True)
class _Look:
    """One look of one tool at all machines."""

    seconds: float
    client_cpu: float
    machines_cpu: float | None
    """Of all machines together; None where the kernel does not tell."""
    told: dict[str, object]


def fingerprint_of(machine: Machine) -> str:
    """Return what a person confirms."""
    return asyncssh.import_public_key(machine.host_key).get_fingerprint()


def measure(count: int, *, slow_count: int, machines: int) -> Section:
    """Look with every tool in turns; the slowest one fewer times."""
    lab = Lab.from_environment()
    lab.up(machines=0, docker=0, sshd=max(machines, _MACHINES))
    targets = lab.endpoints.all()[:machines]
    if len(targets) != machines:
        message = f"the lab has {len(targets)} endpoints, not {machines}"
        raise BenchError(message)
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        tools = _tools(folder, targets)
        looks: dict[str, list[_Look]] = {name: [] for name in tools}
        for number in range(count):
            for name, (argv, environment) in tools.items():
                if name == "Ansible" and number >= slow_count:
                    continue
                say(f"fleet {number + 1}/{count}: {name}")
                looks[name].append(_look(name, argv, environment, lab, machines))
        kept = {name: _kept(tools[name], name, lab, machines) for name in ("Steward", "asyncssh")}
        return _section(looks, kept, machines)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tools(folder: Path, targets: Sequence[Machine]) -> dict[str, tuple[list[str], dict[str, str]]]:
    key = folder / "key"
    shutil.copy(targets[0].key, key)
    key.chmod(0o600)
    known = folder / "known_hosts"
    known.write_text("".join(f"[{one.address}]:{one.port} {one.host_key}\n" for one in targets))
    task = folder / "task.json"
    task.write_text(json.dumps(_task(targets, key, known)))
    hosts = [(one.name, _pyinfra_host(one, key, known)) for one in targets]
    (folder / "inventory.py").write_text(f"hosts = {hosts!r}\n")
    (folder / "inventory.ini").write_text(_ansible_inventory(targets, key, known))
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("STEWARD_", "ANSIBLE_"))}
    # Ansible's faster ways: all machines at once, and no file copied before each module.
    ansible = {**plain, "ANSIBLE_HOME": str(folder / "ansible"), "ANSIBLE_FORKS": "50", "ANSIBLE_PIPELINING": "1"}
    pyinfra = [str(_BENCH_VENV / "pyinfra"), str(folder / "inventory.py"), "fact", *_PYINFRA_FACTS]
    setup = [str(_BENCH_VENV / "ansible"), "all", "-i", str(folder / "inventory.ini"), "-m", "setup"]
    return {
        "Steward": ([PYTHON, "-m", "tests.bench.fleet_steward", str(task), "0"], plain),
        "asyncssh": ([PYTHON, "-m", "tests.bench.fleet_bare", str(task), "0"], plain),
        "pyinfra": (pyinfra, plain),
        "Ansible": (setup, ansible),
    }


def _task(targets: Sequence[Machine], key: Path, known: Path) -> dict[str, object]:
    commands = [
        join((("sudo", "-n", "--") if reading.needs_root else ()) + reading.argv) + " </dev/null 2>&1"
        for fact in load_know_how().facts
        for reading in fact.readings
    ]
    listed = [
        {
            "name": one.name,
            "address": one.address,
            "port": one.port,
            "user": one.user,
            "known_hosts": str(known),
            "fingerprint": fingerprint_of(one),
        }
        for one in targets
    ]
    return {"key": str(key), "script": "\n".join(commands) + "\n", "commands": len(commands), "targets": listed}


def _pyinfra_host(machine: Machine, key: Path, known: Path) -> dict[str, object]:
    return {
        "ssh_hostname": machine.address,
        "ssh_port": machine.port,
        "ssh_user": machine.user,
        "ssh_key": str(key),
        "ssh_known_hosts_file": str(known),
        "ssh_strict_host_key_checking": "yes",
    }


def _ansible_inventory(targets: Sequence[Machine], key: Path, known: Path) -> str:
    lines = ["[all]", *(f"{one.name} ansible_host={one.address} ansible_port={one.port}" for one in targets)]
    lines += ["[all:vars]", f"ansible_user={targets[0].user}", f"ansible_ssh_private_key_file={key}"]
    lines += [f"ansible_ssh_common_args=-F /dev/null -o UserKnownHostsFile={known}"]
    return "\n".join([*lines, "ansible_python_interpreter=/usr/bin/python3"]) + "\n"


def _look(name: str, argv: list[str], environment: Mapping[str, str], lab: Lab, machines: int) -> _Look:
    before = _machines_cpu(lab)
    timed = run(argv, environment=environment)
    after = _machines_cpu(lab)
    told: dict[str, object] = {}
    if name in {"Steward", "asyncssh"}:
        told = json.loads(timed.stdout)
        reached = told["machines"]
    else:
        reached = (timed.stdout + timed.stderr).count(_REACHED[name])
    if reached != machines:
        message = f"{name} reached {reached} machines, not {machines}"
        raise BenchError(message)
    spent = None if before is None or after is None else after - before
    return _Look(seconds=timed.seconds, client_cpu=timed.cpu_seconds, machines_cpu=spent, told=told)


def _kept(tool: tuple[list[str], dict[str, str]], name: str, lab: Lab, machines: int) -> Sample:
    """Look again over kept connections, in one process, as the daemon does."""
    say(f"fleet, connections kept: {name}")
    argv, environment = tool
    look = _look(name, [*argv[:-1], str(_WARM)], environment, lab, machines)
    return Sample(values=tuple(_told([look], "warm")))


def _machines_cpu(lab: Lab) -> float | None:
    """Return the processor time of the container all endpoints are in, from its control group."""
    pid = lab.podman("inspect", "--format", "{{.State.Pid}}", "endpoints").stdout.strip()
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        usage = Path(f"/sys/fs/cgroup/cpuacct{path}/cpuacct.usage")
        if "cpuacct" in controllers.split(",") and usage.exists():
            return int(usage.read_text()) / 1e9
        unified = Path(f"/sys/fs/cgroup{path}/cpu.stat")
        if not controllers and unified.exists():
            words = unified.read_text().split()
            return int(words[words.index("usage_usec") + 1]) / 1e6
    return None


def _section(looks: dict[str, list[_Look]], kept: dict[str, Sample], machines: int) -> Section:
    whole = {name: Sample(values=tuple(one.seconds for one in some)) for name, some in looks.items()}
    rows = [
        _faster(f"Ansible `setup` ({len(looks['Ansible'])}x)", whole["Steward"], whole["Ansible"], 10),
        _faster("pyinfra facts", whole["Steward"], whole["pyinfra"], 3),
        _within("asyncssh alone, same commands", whole["Steward"], whole["asyncssh"]),
    ]
    inner = {name: Sample(values=tuple(_told(looks[name], "cold"))) for name in ("Steward", "asyncssh")}
    rows.append(_within("the same without starting Python", inner["Steward"], inner["asyncssh"], has_aim=False))
    rows.append(_within("the daemon's later looks, connections kept", kept["Steward"], kept["asyncssh"], has_aim=False))
    return Section(
        title=f"All facts of {machines} machines",
        intro=(
            f"{machines} sshd endpoints on this computer, whole processes from start to exit, connections new, host "
            "keys checked by all, each tool with all machines at once, in turns. Everything runs on the same "
            "processors: the machines' own work is in every figure."
        ),
        rows=rows,
        tables=["Processor seconds, which other work on the computer changes less than the clock:", _cpu(looks)],
        notes=[
            "asyncssh alone: one connection and one shell per machine, Steward's own commands one after another; no "
            "deadlines, no limits on output, no framing, nothing parsed.",
            "Ansible with 50 forks and pipelining, which is faster than its defaults; `setup` gathers other things "
            "than Steward. It is by far the slowest, so it is run fewer times.",
            f"pyinfra: {', '.join(f'`{fact}`' for fact in _PYINFRA_FACTS)}.",
            "The endpoints share one container and have no systemd and no Docker: what a machine with these spends "
            "on them is in nobody's figure.",
        ],
    )


def _told(looks: list[_Look], name: str) -> list[float]:
    values: list[float] = []
    for look in looks:
        value = look.told[name]
        values += value if isinstance(value, list) else [float(str(value))]
    return values


def _faster(what: str, steward: Sample, anchor: Sample, aim: int) -> Row:
    ratio = anchor.median / steward.median
    return Row(
        what=f"against {what}",
        figure=steward.text("s", 2),
        anchor=anchor.text("s", 2),
        ratio=f"{ratio:.1f}x faster",
        aim=f"{aim}x faster",
        is_met=ratio >= aim,
    )


def _within(what: str, steward: Sample, anchor: Sample, *, has_aim: bool = True) -> Row:
    ratio = steward.median / anchor.median
    return Row(
        what=f"against {what}" if has_aim else f"{what}, against asyncssh",
        figure=steward.text("s", 2),
        anchor=anchor.text("s", 2),
        ratio=f"{ratio:.2f}x its time",
        aim="within 1.5x" if has_aim else "",
        is_met=ratio <= 1.5 if has_aim else None,
    )


def _cpu(looks: dict[str, list[_Look]]) -> str:
    rows: list[list[str]] = []
    for name, some in looks.items():
        client = Sample(values=tuple(one.client_cpu for one in some))
        there = [one.machines_cpu for one in some if one.machines_cpu is not None]
        machines = Sample(values=tuple(there)).text("", 1).strip() if there else "unknown"
        rows.append([name, client.text("", 1).strip(), machines])
    return table(["one look at all machines by", "this side", "the machines"], rows)
